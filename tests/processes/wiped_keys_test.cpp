// When a session is over, no memory of the process holds a key or what a key was made of.
#include <boost/test/unit_test.hpp>

#include "tests/processes/process.hpp"

using namespace tacet::test;

namespace {

bool is_possible() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  BOOST_TEST_MESSAGE("skipped: sanitizers have terabytes of memory");
  return false;
#else
  return true;
#endif
}

}  // namespace

BOOST_AUTO_TEST_SUITE(wiped_keys)

BOOST_AUTO_TEST_CASE(no_key_and_no_contribution_outlives_its_session) {
  if (!is_possible()) return;
  const ProcessPtr p = run({program("wiped_keys")});
  BOOST_TEST(p->exit_code() == 0, p->out());
  // Each of three parties draws for three shares and three others, each of two clients for three shares. A
  // party has keys of two shares and two pairs; each client has keys of two shares, and so have two holders
  // of each.
  says(p->out(), {"24 contributions and 24 keys looked for"});
}

BOOST_AUTO_TEST_CASE(a_copy_that_is_kept_is_found) {
  if (!is_possible()) return;
  const ProcessPtr p = run({program("wiped_keys"), "leak"});
  BOOST_TEST(p->exit_code() == 1);
  says(p->out(), {"a contribution at"});
}

BOOST_AUTO_TEST_SUITE_END()
