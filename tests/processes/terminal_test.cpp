// The terminal is not the job: a party whose messages nobody takes does its work as any other.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <thread>

#include "tests/processes/endpoints.hpp"

using namespace tacet::test;

namespace {

/// The ends of a pipe that is full.
struct FullPipe {
  int ends[2];
  FullPipe() {
    BOOST_TEST_REQUIRE(::pipe2(ends, O_CLOEXEC | O_NONBLOCK) == 0);
    const std::string some(4096, '.');
    while (::write(ends[1], some.data(), some.size()) > 0) continue;
    BOOST_TEST_REQUIRE(::fcntl(ends[1], F_SETFL, 0) == 0);
  }
  ~FullPipe() { ::close(ends[0]), ::close(ends[1]); }
};

/// A terminal that has been stopped, as by Ctrl-S.
struct StoppedTerminal {
  int behind, terminal;
  StoppedTerminal() : behind(::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC)) {
    BOOST_TEST_REQUIRE((behind >= 0 && ::grantpt(behind) == 0 && ::unlockpt(behind) == 0));
    terminal = ::open(::ptsname(behind), O_RDWR | O_NOCTTY | O_CLOEXEC);
    BOOST_TEST_REQUIRE((terminal >= 0 && ::tcflow(terminal, TCOOFF) == 0));
  }
  ~StoppedTerminal() { ::close(terminal), ::close(behind); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(the_terminal)

BOOST_AUTO_TEST_CASE(a_stopped_terminal_and_a_full_pipe_hold_up_no_job) {
  const Endpoints all(3, {"alice", "bob"});
  const std::string input = all.file("x.csv");
  BOOST_TEST_REQUIRE(::mkfifo(input.c_str(), 0600) == 0);
  const Command options{"--set", "size=2", "--offline-first", "--peer-timeout", "3", "--log"};
  const StoppedTerminal stopped;
  const FullPipe full;
  int gone[2];
  BOOST_TEST_REQUIRE(::pipe2(gone, O_CLOEXEC) == 0);
  ::close(gone[0]);
  const int err[] = {stopped.terminal, full.ends[1], gone[1]};
  // The first has nothing to show but its progress.
  const std::string log[] = {"warn", "debug", "debug"};
  std::vector<ProcessPtr> endpoints;
  for (std::uint32_t p = 0; p < 3; ++p) {
    Command command = all.party("long_chain", p, options + Command{log[p]});
    std::erase(command, "--json");  // so that progress is shown
    if (p == 0) command = command + Command{"-i", "factor=3"};
    endpoints.push_back(start(command, {-1, err[p], ""}));
  }
  ::close(gone[1]);
  endpoints.push_back(
      start(all.client("long_chain", "alice", options + Command{"info", "-i", "x=" + input})));
  endpoints.push_back(
      start(all.client("long_chain", "bob", options + Command{"warn", "-o", "result=" + all.file("y.csv")})));
  while (endpoints[3]->err().find("reading inputs") == std::string::npos && !endpoints[3]->ended())
    std::this_thread::sleep_for(2ms);
  BOOST_TEST_REQUIRE(!endpoints[3]->ended(), endpoints[3]->err());
  // Longer than any endpoint may be silent: whoever waited for its terminal would be given up by now.
  for (const ProcessPtr& p : endpoints)
    BOOST_TEST_REQUIRE(!p->ended_by(Clock::now() + 1s), p->text() << ": " << p->err());
  write_text(input, "1\n2\n");
  for (const ProcessPtr& p : endpoints) {
    BOOST_TEST_REQUIRE(all_end({p.get()}, 20s));
    BOOST_TEST(p->exit_code() == 0, p->text() << ": " << p->err());
  }
  std::string expected;
  for (std::uint64_t x : {1, 2}) {
    for (int d = 0; d < 10; ++d) x = x * 3 + 1;
    expected += std::to_string(x) + "\n";
  }
  BOOST_TEST(read_text(all.file("y.csv")) == expected);
}

BOOST_AUTO_TEST_SUITE_END()
