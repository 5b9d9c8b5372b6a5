// No kernel branches on, or takes as an address, what depends on shares or keys: memcheck watches all of
// them.
#include <boost/test/unit_test.hpp>
#include <cstdlib>

#include "tests/processes/process.hpp"

using namespace tacet::test;

namespace {

constexpr int kReported = 9, kSkipped = 77;

ProcessPtr under_memcheck(const Command& arguments) {
  ProcessPtr p = start(Command{"/usr/bin/env", "valgrind", "--quiet",
                               "--error-exitcode=" + std::to_string(kReported), program("branch_free")} +
                       arguments);
  BOOST_TEST_REQUIRE(all_end({p.get()}, 10min));
  return p;
}

bool is_possible() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  BOOST_TEST_MESSAGE("skipped: valgrind does not run programs with sanitizers");
  return false;
#endif
  if (std::system("command -v valgrind >/dev/null") == 0) return true;
  BOOST_TEST_MESSAGE("skipped: there is no valgrind");
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(branch_free)

BOOST_AUTO_TEST_CASE(kernels_neither_branch_on_shares_nor_look_them_up) {
  if (!is_possible()) return;
  const ProcessPtr p = under_memcheck({});
  if (p->exit_code() == kSkipped) {
    BOOST_TEST_MESSAGE(p->out());
    return;
  }
  BOOST_TEST(p->exit_code() == 0, p->out() << p->err());
  says(p->out(), {"operations have run on what was hidden"});
}

BOOST_AUTO_TEST_CASE(a_branch_and_an_address_that_depend_on_a_share_are_reported) {
  if (!is_possible()) return;
  for (const auto& [leak, report] :
       {std::pair{"branch", "Conditional jump or move depends on uninitialised value"},
        std::pair{"address", "Use of uninitialised value"}}) {
    const ProcessPtr p = under_memcheck({leak});
    if (p->exit_code() == kSkipped) return;
    BOOST_TEST(p->exit_code() == kReported, leak);
    says(p->err(), {report, "note"});
  }
}

BOOST_AUTO_TEST_SUITE_END()
