#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "transport/detail/lookup.hpp"
#include "transport/detail/meeting.hpp"
#include "transport/detail/message_channel.hpp"

namespace tacet::transport::detail {

/// Keeps calling one peer for one direction until it answers, with growing pauses. Driven by poll(): says
/// what it waits for and is advanced when that is due.
class Dialler {
 public:
  Dialler(std::shared_ptr<Meeting> meeting, std::shared_ptr<const TlsContext> context, const Peer& peer,
          Direction direction);
  ~Dialler();
  Dialler(Dialler&&) noexcept;

  /// Nothing more to do: the connection arrived at the meeting.
  bool done() const { return done_; }
  /// Begins anew: the connection is lost.
  void again();
  /// What to poll for; a negative descriptor while it only waits for time to pass.
  pollfd wait() const;
  Deadline due() const { return due_; }
  /// Called when wait() is ready or due() has passed.
  void advance();

  EndpointId peer() const { return peer_.id; }
  Direction direction() const { return direction_; }
  /// How the last attempt failed ("Connection refused").
  const std::string& last_error() const { return last_; }
  /// Whether this process could not even try for want of descriptors.
  bool exhausted() const { return exhausted_; }
  /// The peer answered that it has given up, because of whom and why.
  const std::optional<std::pair<EndpointId, std::string>>& over() const { return over_; }

 private:
  enum class Phase { pause, lookup, connect, handshake, reply };

  void begin();
  void connect();
  void connected();
  void handshake();
  void reply();
  void handle(const HelloReply& reply);
  void retry(const std::string& why);
  void object(const std::string& predicate);
  std::string own_name() const;
  void handshake_failed(const Fault& fault);

  std::shared_ptr<Meeting> meeting_;
  std::shared_ptr<const TlsContext> context_;
  Peer peer_;
  Direction direction_;
  std::shared_ptr<const Pins> pins_;
  std::shared_ptr<Lookup> lookup_;
  std::vector<Address> addresses_;
  std::size_t next_address_ = 0;
  UniqueFd fd_;
  std::unique_ptr<TlsSession> session_;
  MessageReader reader_;
  Phase phase_ = Phase::pause;
  short events_ = 0;
  Deadline due_;
  std::chrono::milliseconds pause_;
  std::string last_;
  std::optional<std::pair<EndpointId, std::string>> over_;
  std::uint32_t attempt_ = 0;
  bool exhausted_ = false;
  bool done_ = false;
};

}  // namespace tacet::transport::detail
