#pragma once

#include <array>
#include <optional>
#include <vector>

#include "transport/detail/meeting.hpp"
#include "transport/detail/presence.hpp"
#include "transport/frame.hpp"

namespace tacet::transport::detail {

/// One established connection until the job begins: presences go or come on it, in the direction of its data.
/// Never waits itself and never reads a byte behind the peer's word that it has begun.
class Line {
 public:
  explicit Line(Established established) : established_(std::move(established)) {}

  bool we_send() const { return established_.we_send; }
  const Hello& hello() const { return established_.hello; }
  int descriptor() const { return established_.session->descriptor(); }
  /// What to poll for: the peer's hang-up where we send, else what it says.
  pollfd wait() const;

  /// Sends a presence. False while the network has not taken the last one: to be said again. Fails: it is
  /// broken.
  Result<bool> say(const Presence& presence);
  /// Whether all that was said has left. Fails: it is broken.
  Result<bool> flush();

  /// What has arrived since. A fault ends the line: closed, malformed.
  struct Heard {
    std::vector<Presence> presences;
    std::optional<AbortNotice> notice;  ///< only once the peer has begun: why it gave up then
    Status fault;
    bool in_order = false;  ///< the peer ended it itself, as who gives up an attempt does; no process died
  };
  /// `to_the_end`: also looks at frames behind the peer's beginning, for a notice; the line is of no use
  /// then.
  Heard listen(bool to_the_end = false);

  /// Ends what we send, in good order.
  void close();
  Established take() { return std::move(established_); }

 private:
  Result<bool> fill(bool& in_order);

  Established established_;
  bool begun_ = false;
  bool pending_ = false;
  std::optional<FrameHeader> header_;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kFrameHeaderBytes);
  std::size_t have_ = 0;
};

}  // namespace tacet::transport::detail
