#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <cstring>
#include <utility>

#include "apps/draw/draw.hpp"

extern char** environ;

namespace tacet::apps {
namespace {

using Clock = std::chrono::steady_clock;

[[noreturn]] void fail(const std::string& what) {
  throw Error(Errc::unsupported, "drawing as SVG: " + what);
}

/// A descriptor that is closed once.
class Handle {
 public:
  Handle() = default;
  explicit Handle(int fd) : fd_(fd) {}
  ~Handle() { close(); }
  Handle(const Handle&) = delete;
  Handle& operator=(Handle&& other) noexcept {
    close();
    fd_ = std::exchange(other.fd_, -1);
    return *this;
  }
  void close() {
    if (fd_ >= 0) ::close(fd_);
    fd_ = -1;
  }
  int get() const { return fd_; }
  bool is_open() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// Two ends of a socket rather than a pipe: writing to a program that has gone is then an error, not a
/// signal.
std::pair<int, int> channel() {
  std::array<int, 2> ends{};
  if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends.data()) != 0)
    fail(std::string("no channel to the program: ") + std::strerror(errno));
  return {ends[0], ends[1]};
}

/// The running program. Whatever happens, it is ended and waited for.
class Dot {
 public:
  Dot() {
    Handle in, out, err;
    const auto connect = [](Handle& ours, Handle& its) {
      const auto [a, b] = channel();
      ours = Handle(a), its = Handle(b);
    };
    connect(input, in), connect(output, out), connect(errors, err);
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, in.get(), 0);
    posix_spawn_file_actions_adddup2(&actions, out.get(), 1);
    posix_spawn_file_actions_adddup2(&actions, err.get(), 2);
    std::string program = "dot", format = "-Tsvg";
    std::array<char*, 3> arguments{program.data(), format.data(), nullptr};
    const int error = posix_spawnp(&pid_, "dot", &actions, nullptr, arguments.data(), environ);
    posix_spawn_file_actions_destroy(&actions);
    if (error != 0) {
      pid_ = -1;
      fail(error == ENOENT
               ? "the program \"dot\" is not in PATH: install Graphviz, or ask for the DOT text instead"
               : std::string("the program \"dot\" cannot be started: ") + std::strerror(error));
    }
  }
  ~Dot() {
    if (pid_ > 0) kill(pid_, SIGKILL);
    wait();
  }
  Dot(const Dot&) = delete;

  /// The status as waitpid gives it.
  int wait() {
    int status = 0;
    if (pid_ > 0)
      while (waitpid(pid_, &status, 0) < 0 && errno == EINTR) continue;
    pid_ = -1;
    return status;
  }

  Handle input, output, errors;

 private:
  pid_t pid_ = -1;
};

void write_some(Handle& to, const std::string& text, std::size_t& written) {
  const ssize_t n = send(to.get(), text.data() + written, text.size() - written, MSG_NOSIGNAL | MSG_DONTWAIT);
  if (n > 0) written += static_cast<std::size_t>(n);
  const bool gone = n < 0 && errno != EAGAIN && errno != EINTR;  // it will say why, or end with a status
  if (gone || written == text.size()) to.close();
}

void read_some(Handle& from, std::string& into) {
  std::array<char, 65536> buffer;
  const ssize_t n = recv(from.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (n > 0) into.append(buffer.data(), static_cast<std::size_t>(n));
  if (n == 0 || (n < 0 && errno != EAGAIN && errno != EINTR)) from.close();
}

}  // namespace

std::string to_svg(const std::string& dot, std::chrono::milliseconds deadline) {
  const Clock::time_point end = Clock::now() + deadline;
  Dot program;
  std::string svg, errors;
  std::size_t written = 0;
  if (dot.empty()) program.input.close();
  while (program.output.is_open() || program.errors.is_open()) {
    std::array<pollfd, 3> ends{{{program.input.get(), POLLOUT, 0},
                                {program.output.get(), POLLIN, 0},
                                {program.errors.get(), POLLIN, 0}}};
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now()).count();
    const int ready =
        left <= 0 ? 0 : poll(ends.data(), ends.size(), static_cast<int>(std::min<long long>(left, 1 << 30)));
    if (ready < 0 && errno == EINTR) continue;
    if (ready < 0) fail(std::string("waiting for the program: ") + std::strerror(errno));
    if (ready == 0)
      fail("the program \"dot\" was not done after " + std::to_string(deadline.count()) +
           " ms: draw a smaller instance, or its steps or rounds instead of its nodes");
    if (ends[0].revents != 0) write_some(program.input, dot, written);
    if (ends[1].revents != 0) read_some(program.output, svg);
    if (ends[2].revents != 0) read_some(program.errors, errors);
  }
  const int status = program.wait();
  if (!WIFEXITED(status) || WEXITSTATUS(status) != 0 || svg.empty()) {
    while (!errors.empty() && errors.back() == '\n') errors.pop_back();
    fail("the program \"dot\" failed" + (errors.empty() ? " without a word" : ": " + errors.substr(0, 2000)));
  }
  return svg;
}

}  // namespace tacet::apps
