#pragma once

#include <atomic>
#include <list>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "transport/detail/meeting.hpp"
#include "transport/detail/message_channel.hpp"
#include "transport/detail/socket.hpp"
#include "transport/detail/tls_session.hpp"

namespace tacet::transport::detail {

/// The listening socket, its thread, and the callers that have not yet been judged.
class Acceptor {
 public:
  Acceptor(const std::string& host, std::uint16_t port);
  ~Acceptor();

  std::uint16_t port() const { return port_; }
  std::uint64_t dropped() const { return dropped_.load(std::memory_order_relaxed); }
  /// Why the last caller was dropped and from where, for whoever waits in vain; empty if none was.
  std::string last_drop() const;

  /// From now on callers are judged by this meeting, with this certificate.
  /// Throws Error bad_argument if another meeting is still waiting here.
  void open(const Identity& identity, std::shared_ptr<Meeting> meeting);
  /// The meeting is over: callers are dropped until the next one.
  void close();

 private:
  struct Caller;
  void run();
  void accept_all(const std::shared_ptr<const TlsContext>& context, const std::shared_ptr<Meeting>& meeting);
  /// False when the caller is to be forgotten.
  bool advance(Caller& caller);
  bool handshake(Caller& caller);
  bool read_hello(Caller& caller);
  bool send_reply(Caller& caller);
  bool linger(Caller& caller);
  void start_linger(Caller& caller);
  bool drop(Caller& caller, const std::string& why, bool known = false);
  void drop_oldest(const std::string& why);
  void note_drop(const std::string& what, bool known = false);

  UniqueFd listening_;
  std::uint16_t port_;
  Wake wake_;
  std::atomic<std::uint64_t> dropped_{0};
  mutable std::mutex mutex_;
  std::shared_ptr<const TlsContext> context_;
  std::shared_ptr<Meeting> meeting_;
  bool meeting_open_ = false;
  bool stop_ = false;
  std::string last_drop_;
  bool last_drop_known_ = false;                                   ///< it showed a certificate
  std::atomic<std::size_t> most_callers_{kMaxPendingConnections};  ///< as many as leave descriptors for peers
  std::list<Caller> callers_;  // the thread's own; the longest waiting first
  Deadline rest_until_{};      // no accepting before, after the system ran out of descriptors
  std::thread thread_;         // last: it uses everything above
};

}  // namespace tacet::transport::detail
