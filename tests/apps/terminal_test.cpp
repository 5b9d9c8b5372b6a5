// Whoever has something to say never waits for who reads it.
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>
#include <string>
#include <thread>

#include "apps/io/descriptor.hpp"
#include "apps/live/messages.hpp"
#include "apps/live/terminal.hpp"

using namespace tacet::apps;

namespace {

struct Pipe {
  Descriptor read, write;
  Pipe() {
    int ends[2];
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC) == 0);
    read.reset(ends[0]), write.reset(ends[1]);
  }
  /// Until it takes no more.
  void fill() const {
    BOOST_TEST_REQUIRE(::fcntl(write.get(), F_SETFL, O_NONBLOCK) == 0);
    const std::string some(4096, '.');
    while (::write(write.get(), some.data(), some.size()) > 0) continue;
    BOOST_TEST_REQUIRE(::fcntl(write.get(), F_SETFL, 0) == 0);
  }
};

/// A terminal and what stands behind it.
struct Pty {
  Descriptor behind, terminal;
  Pty() {
    behind.reset(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC));
    BOOST_TEST_REQUIRE(behind.get() >= 0);
    BOOST_TEST_REQUIRE(::grantpt(behind.get()) == 0);
    BOOST_TEST_REQUIRE(::unlockpt(behind.get()) == 0);
    terminal.reset(::open(::ptsname(behind.get()), O_RDWR | O_NOCTTY | O_CLOEXEC));
    BOOST_TEST_REQUIRE(terminal.get() >= 0);
  }
};

/// Reads until `words` have come.
std::string read_until(const Descriptor& from, const std::string& words) {
  std::string text;
  char buffer[4096];
  while (text.find(words) == std::string::npos) {
    const ssize_t got = ::read(from.get(), buffer, sizeof buffer);
    if (got <= 0) break;
    text.append(buffer, static_cast<std::size_t>(got));
  }
  return text;
}

void has(const std::string& text, const std::string& part) {
  BOOST_TEST(text.find(part) != std::string::npos, "\"" << part << "\" is not in: " << text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(terminals)

BOOST_AUTO_TEST_CASE(lines_come_in_their_order) {
  const Pipe pipe;
  Terminal terminal(pipe.write.get());
  terminal.say("one");
  terminal.say("two\nthree");
  terminal.settle();
  BOOST_TEST(read_until(pipe.read, "three\n") == "one\ntwo\nthree\n");
}

BOOST_AUTO_TEST_CASE(a_pipe_that_nobody_reads_holds_nobody_up) {
  ::signal(SIGPIPE, SIG_IGN);
  const Pipe pipe;
  pipe.fill();
  {
    Terminal terminal(pipe.write.get());
    // The loop and the end of the terminal come back at all: nothing here waits for the reader.
    for (int i = 0; i < 100'000; ++i) terminal.say("line " + std::to_string(i));
    terminal.settle();
  }
  has(read_until(pipe.read, "line 0\n"), ".line 0\n");
}

BOOST_AUTO_TEST_CASE(what_is_dropped_is_counted_and_the_latest_stays) {
  const Pipe pipe;
  pipe.fill();
  Terminal terminal(pipe.write.get());
  terminal.say("first");
  terminal.settle();  // in vain: the thread waits in its write
  for (int i = 0; i < 5000; ++i) terminal.say("line " + std::to_string(i));
  const std::string text = read_until(pipe.read, "line 4999\n");
  const std::size_t first = text.find("first\n");
  BOOST_TEST_REQUIRE(first != std::string::npos);
  BOOST_TEST(text.substr(first).starts_with(
      "first\n(4000 lines dropped: nobody read them in time)\nline 4000\nline 4001\n"));
}

BOOST_AUTO_TEST_CASE(a_status_is_shown_below_all_lines_and_taken_away) {
  const Pty pty;
  std::atomic<int> state = 1;
  Terminal terminal(pty.terminal.get());
  terminal.show([&](std::size_t) { return std::vector<std::string>{"state " + std::to_string(state)}; });
  read_until(pty.behind, "state 1");
  state = 2;
  // The one before is rewritten in place.
  has(read_until(pty.behind, "state 2"), "\r\033[Kstate 2");
  terminal.say("a line");
  has(read_until(pty.behind, "a line\r\nstate 2"), "\r\033[Ka line\r\nstate 2");
  terminal.show({});
  terminal.settle();
  terminal.say("the end");
  has(read_until(pty.behind, "the end\r\n"), "\r\033[Kthe end\r\n");
}

BOOST_AUTO_TEST_CASE(a_stopped_terminal_holds_nobody_up_and_shows_the_latest_when_it_goes_on) {
  const Pty pty;
  BOOST_TEST_REQUIRE(::tcflow(pty.terminal.get(), TCOOFF) == 0);  // as Ctrl-S does
  {
    std::atomic<int> asked = 0;
    Terminal terminal(pty.terminal.get());
    terminal.show([&](std::size_t) { return std::vector<std::string>{"state " + std::to_string(++asked)}; });
    while (asked == 0) std::this_thread::yield();
    for (int i = 0; i < 5000; ++i) terminal.say("line " + std::to_string(i));
    BOOST_TEST_REQUIRE(::tcflow(pty.terminal.get(), TCOON) == 0);
    const std::string text = read_until(pty.behind, "state 2");
    has(text, "state 1");
    has(text, "line 4999\r\nstate 2");
    BOOST_TEST_REQUIRE(::tcflow(pty.terminal.get(), TCOOFF) == 0);
    terminal.say("never read");
  }  // comes back although the terminal is stopped
  BOOST_TEST_REQUIRE(::tcflow(pty.terminal.get(), TCOON) == 0);
}

BOOST_AUTO_TEST_CASE(a_status_is_for_terminals_alone) {
  const Pipe pipe;
  Terminal terminal(pipe.write.get());
  terminal.show([](std::size_t) -> std::vector<std::string> { std::abort(); });
  terminal.say("a line");
  terminal.settle();
  BOOST_TEST(read_until(pipe.read, "a line\n") == "a line\n");
}

BOOST_AUTO_TEST_CASE(messages_and_logs_are_lines_of_the_terminal) {
  const Pipe pipe;
  {
    Terminal terminal(pipe.write.get());
    const Messages messages(terminal);
    std::cerr << "one " << 1 << "\nhalf a ";
    std::cerr << "line\n"
              << "no end";
  }
  BOOST_TEST(read_until(pipe.read, "no end\n") == "one 1\nhalf a line\nno end\n");
}

BOOST_AUTO_TEST_SUITE_END()
