#pragma once

#include <chrono>
#include <string>
#include <string_view>

#include "apps/live/request.hpp"
#include "transport/detail/socket.hpp"

namespace tacet::apps {

/// One connection to the dashboard, which never waits: it reads one request, and sends an answer or events as
/// far as the socket takes them.
class Browser {
 public:
  using Clock = std::chrono::steady_clock;
  enum class State {
    asking,     ///< its request is not complete
    asked,      ///< waits for answer() or stream()
    answering,  ///< what it gets is on its way
    streaming,  ///< gets events until end_stream()
    leaving,    ///< has everything; what it still says is discarded, so that the answer is not lost
    gone,
  };

  Browser(transport::detail::UniqueFd socket, Clock::time_point now);

  State state() const { return state_; }
  int descriptor() const { return socket_.get(); }
  bool may_say_more() const { return !deaf_; }
  bool wants_to_write() const { return !out_.empty() || !body_.empty(); }
  /// When it is given up unless something moves before.
  Clock::time_point until() const { return until_; }

  /// Reads what there is.
  void read();
  /// What it asked; nothing if that is no request.
  std::optional<HttpRequest> request() const { return parse_request(asked_); }

  /// `type` and `body` as they are; the body must outlive the connection.
  void answer(std::string_view status, std::string_view type, std::string_view body, Clock::time_point now);
  void stream(Clock::time_point now);
  /// An event for a stream. One that has not taken the last one does not get this.
  void tell(std::string_view event, Clock::time_point now);
  /// The last event, which everyone gets.
  void end_stream(std::string_view event, Clock::time_point now);
  /// Sends what the socket takes.
  void flush(Clock::time_point now);

 private:
  bool send(std::string_view bytes, std::size_t& sent);

  transport::detail::UniqueFd socket_;
  State state_ = State::asking;
  Clock::time_point until_;
  std::string asked_, out_;
  std::string_view body_;
  std::size_t heard_ = 0;
  bool deaf_ = false;  // it will say no more
};

}  // namespace tacet::apps
