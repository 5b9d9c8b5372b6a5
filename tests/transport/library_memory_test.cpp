#include "transport/library_memory.hpp"

#include <openssl/crypto.h>
#include <sys/wait.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>

#include "transport/detail/openssl.hpp"

namespace tacet::transport {
namespace {

/// Before anything else of the library is used.
struct Watched {
  Watched() { watch_library_memory(); }
};
BOOST_TEST_GLOBAL_FIXTURE(Watched);

}  // namespace

BOOST_AUTO_TEST_SUITE(library_memory)

BOOST_AUTO_TEST_CASE(what_the_library_could_not_allocate_is_known_and_said) {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  BOOST_TEST_MESSAGE("skipped: a sanitizer ends the process where memory runs out");
#else
  // In a process of its own: it stays known.
  const pid_t child = ::fork();
  BOOST_TEST_REQUIRE(child >= 0);
  if (child == 0) {
    if (starved()) ::_exit(1);
    void* some = OPENSSL_malloc(1000);
    if (some == nullptr || starved()) ::_exit(2);
    if (OPENSSL_realloc(some, std::size_t{1} << 60) != nullptr || !starved()) ::_exit(3);
    ::_exit(detail::take_tls_error() == "out of memory" ? 0 : 4);
  }
  int status = 0;
  BOOST_TEST_REQUIRE(::waitpid(child, &status, 0) == child);
  BOOST_TEST_REQUIRE(WIFEXITED(status));
  BOOST_TEST(WEXITSTATUS(status) == 0);
  BOOST_TEST(!starved());
#endif
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::transport
