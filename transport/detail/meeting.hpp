#pragma once

#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "transport/detail/socket.hpp"
#include "transport/detail/tls_session.hpp"
#include "transport/hello.hpp"
#include "transport/rendezvous.hpp"

namespace tacet::transport::detail {

/// A connection whose peer is known and agrees with us.
struct Established {
  std::unique_ptr<TlsSession> session;
  Hello hello;  ///< the peer's
  bool we_send = false;
};

/// One connect_all(): whom it expects, what they said, who has arrived. The calling thread dials, the
/// listener's thread accepts, and both ask here what a hello is worth. Every function may be called from
/// either.
class Meeting {
 public:
  Meeting(const Fingerprint& own, Hello mine, std::vector<Peer> peers, bool listening);

  const Fingerprint& own_fingerprint() const { return own_; }
  const Hello& mine() const { return mine_; }
  const std::vector<Peer>& peers() const { return peers_; }
  const std::shared_ptr<const Pins>& pins() const { return pins_; }
  std::string describe(EndpointId id) const;
  /// With its address, if it has one.
  std::string describe_place(EndpointId id) const;

  Hello hello_to(EndpointId peer, Direction direction) const;

  /// Judges what someone with this certificate says on a connection it dialled. A refusal of a known peer is
  /// also this meeting's end.
  HelloReply judge(const Fingerprint& seen, const std::string& validity_error, const Hello& theirs);

  /// Judges the hello of a peer we dialled. Nothing if it agrees, else why not.
  std::optional<std::string> objection(EndpointId dialled, const Hello& theirs);

  /// A judged connection is ready. A later one of the same peer and direction replaces it: the peer gave up
  /// on the earlier one.
  void arrive(Established established);

  /// The meeting ends without success; the first reason stands. `they_know`: the peer itself gave the reason.
  void fail(EndpointId who, Fault fault, bool they_know);
  /// The same because of what a peer that we dialled says of someone else.
  void fail_for_third(EndpointId told_by, EndpointId culprit, const std::string& reason);
  std::optional<Culprit> failure() const;

  /// Every connection is there.
  bool complete() const;
  std::vector<Established> take();
  /// Those that have not come on a direction that we wait for.
  std::vector<EndpointId> missing_callers() const;
  /// Descriptors of connections we send on: a peer says nothing there, so that a hang-up means that it left.
  std::vector<std::pair<int, EndpointId>> watched() const;

  /// From now on whoever comes is told to try later.
  void close();

  /// Peers that were refused by us since fail(), and so know.
  bool everyone_told() const;

  Wake& wake() { return wake_; }

 private:
  const Peer* find(EndpointId id) const;
  const Peer* owner(const Fingerprint& seen) const;
  std::optional<std::string> objection_locked(const Peer& peer, const Hello& theirs);
  bool expects_caller(const Peer& peer, bool we_send) const;

  const Fingerprint own_;
  const Hello mine_;
  const std::vector<Peer> peers_;
  const bool listening_;
  std::shared_ptr<const Pins> pins_;
  Wake wake_;
  mutable std::mutex mutex_;
  std::map<EndpointId, Nonce> nonces_;
  std::map<std::pair<EndpointId, bool>, Established> arrived_;  // by peer and "we send"
  std::map<EndpointId, bool> told_;
  std::optional<Culprit> failure_;
  bool closed_ = false;
};

}  // namespace tacet::transport::detail
