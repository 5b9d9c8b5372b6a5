#pragma once

#include <functional>
#include <memory>
#include <string>
#include <vector>

namespace tacet::apps {

/// A descriptor that people read, written by a thread of its own: whoever has something to say returns at
/// once, whether the terminal is stopped, a pager slow or a pipe full. Lines wait in a bounded queue, whose
/// oldest are dropped and counted; of the status below them the latest is shown. The thread begins with the
/// first word.
class Terminal {
 public:
  explicit Terminal(int descriptor);
  /// Waits for what was said to be written, as settle() does; the rest is dropped.
  ~Terminal();
  Terminal(const Terminal&) = delete;
  Terminal& operator=(const Terminal&) = delete;

  /// A line, or several. From any thread.
  void say(std::string text);

  /// Gives the lines of a status, each of at most that many characters.
  using Status = std::function<std::vector<std::string>(std::size_t width)>;
  /// Shows a status below all lines and renews it a few times a second, if the descriptor is a terminal and
  /// the status stays for longer than a moment. An empty one takes it away; the one before is not called any
  /// more.
  void show(Status status);

  /// Waits until all that was said is written and the status taken away is gone, for up to a second; if
  /// nobody has read anything since such a wait was in vain, not at all.
  void settle();

 private:
  struct State;
  std::shared_ptr<State> state_;
};

}  // namespace tacet::apps
