// Memory of values where there is none left.

#include "actors/memory.hpp"

#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <new>
#include <vector>

namespace tacet::actors {
namespace {

/// Takes blocks until there is no memory for more, and tries on; each is written from end to end. True if
/// none lay where it must not.
[[maybe_unused]] bool exhaust() {
  std::uint64_t pages = 0;
  std::ifstream("/proc/self/statm") >> pages;
  const rlim_t most = pages * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE)) + (rlim_t{48} << 20);
  const rlimit limit{most, most};
  if (::setrlimit(RLIMIT_AS, &limit) != 0) return false;
  constexpr std::size_t kBytes = 300'000;
  const auto pool = std::make_shared<BlockPool>();
  std::vector<std::unique_ptr<Block>> blocks(1000);
  std::size_t made = 0, failures = 0;
  for (std::unique_ptr<Block>& block : blocks) {
    try {
      block = std::make_unique<Block>(kBytes, pool);
      std::memset(block->bytes().data(), static_cast<int>(made++ % 251), kBytes);
    } catch (const std::bad_alloc&) {
      ++failures;
    }
  }
  std::size_t at = 0;
  for (const std::unique_ptr<Block>& block : blocks) {
    if (block == nullptr) continue;
    for (const std::byte b : block->bytes())
      if (b != static_cast<std::byte>(at % 251)) return false;
    ++at;
  }
  return made > 0 && failures > 1;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(memory_that_runs_out_leaves_what_there_is_intact) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  BOOST_TEST_MESSAGE("skipped: sanitizers need address space without end");
#else
  const pid_t child = ::fork();
  BOOST_TEST_REQUIRE(child >= 0);
  if (child == 0) ::_exit(exhaust() ? 0 : 1);
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST((WIFEXITED(status) && WEXITSTATUS(status) == 0), "status " << status);
#endif
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tacet::actors
