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

/// One connect_all(): whom it expects and what they said. The calling thread dials, the listener's thread
/// accepts, and both ask here what a hello is worth. Every function may be called from either. Nobody is
/// turned away for good: until the job begins, whoever comes back in a better state is let in.
class Meeting {
 public:
  Meeting(const Fingerprint& own, Hello mine, std::vector<Peer> peers, bool listening);

  const Fingerprint& own_fingerprint() const { return own_; }
  const Hello& mine() const { return mine_; }
  const std::vector<Peer>& peers() const { return peers_; }
  const std::shared_ptr<const Pins>& pins() const { return pins_; }
  std::string describe(EndpointId id) const;
  /// "at 10.0.0.2:7000 " of a peer that has an address, else nothing.
  std::string place(EndpointId id) const;

  Hello hello_to(EndpointId peer, Direction direction) const;

  /// Judges what someone with this certificate says on a connection it dialled.
  HelloReply judge(const Fingerprint& seen, const std::string& validity_error, const Hello& theirs);
  /// Judges the hello of a peer we dialled. Nothing if it agrees, else why not.
  std::optional<std::string> objection(EndpointId dialled, const Hello& theirs);
  /// What a dialler saw of a peer: why it is not let in, or why it does not let us in.
  void object(EndpointId peer, std::string why);
  void turned_away(EndpointId by, std::string why);

  /// A judged connection is ready.
  void arrive(Established established);
  std::vector<Established> take_arrivals();
  /// No connection to that peer is left: another process may take its place.
  void vacate(EndpointId peer);

  /// Why a peer was not let in when it came last, or does not let us in; empty if nothing is wrong.
  struct Problem {
    std::string why;
    bool refuses = false;  ///< it is the peer that does not let us in
  };
  Problem problem(EndpointId peer) const;
  /// Why more than half of the parties cannot take part with us, or nothing: then we are the odd one out.
  std::optional<std::string> outnumbered() const;

  /// The meeting ends without success: from now on callers hear why.
  void give_up(EndpointId culprit, const std::string& reason);
  /// Whether each of these has heard it.
  bool have_heard(const std::vector<EndpointId>& peers) const;
  /// From now on whoever comes is told to try later.
  void close();

  Wake& wake() { return wake_; }

 private:
  struct Seat {
    std::optional<Nonce> nonce;  ///< of the process that has connections here
    std::string objection;       ///< why it is not let in; a predicate
    std::string turned_away;     ///< why it does not let us in
    bool heard = false;          ///< why the meeting is over
  };
  const Peer* find(EndpointId id) const;
  const Peer* owner(const Fingerprint& seen) const;
  std::optional<std::string> objection_locked(const Peer& peer, const Hello& theirs);
  bool taken_by_another(EndpointId id, const Hello& theirs) const;
  bool expects_caller(const Peer& peer, bool we_send) const;

  const Fingerprint own_;
  const Hello mine_;
  const std::vector<Peer> peers_;
  const bool listening_;
  std::shared_ptr<const Pins> pins_;
  Wake wake_;
  mutable std::mutex mutex_;
  std::map<EndpointId, Seat> seats_;
  std::vector<Established> arrivals_;
  std::optional<std::pair<EndpointId, std::string>> over_;
  bool closed_ = false;
};

}  // namespace tacet::transport::detail
