#include "apps/live/terminal.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <chrono>
#include <condition_variable>
#include <deque>
#include <mutex>
#include <system_error>
#include <thread>

#include "apps/io/descriptor.hpp"

namespace tacet::apps {

namespace {

using Clock = std::chrono::steady_clock;

constexpr std::size_t kMaxLines = 1000;
constexpr std::chrono::milliseconds kQuiet{300};  // shorter jobs need no status
constexpr std::chrono::milliseconds kPause{100};  // between two states of it
constexpr std::chrono::seconds kPatience{1};

std::size_t width_of(int descriptor) {
  winsize size{};
  const bool known = ::ioctl(descriptor, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  return known ? size.ws_col - 1u : 79u;
}

void write_all(int descriptor, const std::string& text) {
  for (std::size_t done = 0; done < text.size();) {
    const ssize_t put = ::write(descriptor, text.data() + done, text.size() - done);
    if (put < 0 && errno == EAGAIN) {
      pollfd ready{descriptor, POLLOUT, 0};
      ::poll(&ready, 1, -1);
    } else if (put < 0 && errno != EINTR) {
      return;  // nobody can read it any more
    } else if (put > 0) {
      done += static_cast<std::size_t>(put);
    }
  }
}

}  // namespace

/// Outlives the Terminal if its thread hangs in a write: then the end of the process ends that.
struct Terminal::State {
  explicit State(int fd) : descriptor(::fcntl(fd, F_DUPFD_CLOEXEC, 0)), is_terminal(::isatty(fd) != 0) {}

  const Descriptor descriptor;
  const bool is_terminal;
  std::mutex mutex;
  std::condition_variable news, written;
  std::deque<std::string> lines;
  std::size_t dropped = 0;
  Status status;
  Clock::time_point due;  ///< when the status is shown next
  std::size_t shown = 0;  ///< lines of it that stand on the terminal
  bool begun = false, busy = false, ending = false;
  bool in_vain = false;  ///< a wait was, and nothing has been written since

  bool settled() const { return lines.empty() && !busy && (shown == 0 || status != nullptr); }

  /// What is to be written now: the status taken away, lines, the status again.
  std::string next() {
    std::string text;
    for (; shown > 0; --shown) text += shown == 1 ? "\r\033[K" : "\r\033[K\033[A";
    if (dropped > 0)
      text += "(" + std::to_string(dropped) + (dropped == 1 ? " line" : " lines") +
              " dropped: nobody read them in time)\n";
    dropped = 0;
    for (const std::string& line : lines) text += line + "\n";
    lines.clear();
    if (status == nullptr || Clock::now() < due) return text;
    due = Clock::now() + kPause;
    for (const std::string& line : status(width_of(descriptor.get())))
      text += (shown++ == 0 ? "" : "\n") + line;
    return text;
  }

  void begin(const std::shared_ptr<State>& self) {
    if (begun) return;
    try {
      std::thread([self] { self->run(); }).detach();
      begun = true;
    } catch (const std::system_error&) {  // no thread can be had: what needs no waiting is written here
      pollfd ready{descriptor.get(), POLLOUT, 0};
      if (::poll(&ready, 1, 0) > 0) write_all(descriptor.get(), next());
      lines.clear();
    }
  }

  void run() {
    std::unique_lock lock(mutex);
    while (!ending || !settled()) {
      const auto wanted = [&] { return ending || !settled(); };
      if (status != nullptr) {
        news.wait_until(lock, due, wanted);
      } else {
        news.wait(lock, wanted);
      }
      std::string text;
      try {
        text = next();
      } catch (const std::exception&) {  // no memory for it
        lines.clear();
        status = nullptr;
      }
      busy = true;
      lock.unlock();
      write_all(descriptor.get(), text);
      lock.lock();
      busy = false, in_vain = false;
      written.notify_all();
    }
  }
};

Terminal::Terminal(int descriptor) : state_(std::make_shared<State>(descriptor)) {}

Terminal::~Terminal() {
  show({});
  settle();
  const std::lock_guard lock(state_->mutex);
  state_->lines.clear();
  state_->ending = true;
  state_->news.notify_all();
}

void Terminal::say(std::string text) {
  const std::lock_guard lock(state_->mutex);
  State& s = *state_;
  s.lines.push_back(std::move(text));
  if (s.lines.size() > kMaxLines) s.lines.pop_front(), ++s.dropped;
  s.begin(state_);
  s.news.notify_all();
}

void Terminal::show(Status status) {
  const std::lock_guard lock(state_->mutex);
  State& s = *state_;
  if (!s.is_terminal) return;
  s.status = std::move(status);
  s.due = Clock::now() + kQuiet;
  if (s.status != nullptr) s.begin(state_);
  s.news.notify_all();
}

void Terminal::settle() {
  std::unique_lock lock(state_->mutex);
  State& s = *state_;
  if (s.in_vain || s.written.wait_for(lock, kPatience, [&] { return s.settled(); })) return;
  s.in_vain = true;
  s.shown = 0;  // other text may stand below it once the terminal goes on
}

}  // namespace tacet::apps
