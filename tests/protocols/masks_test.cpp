#include <boost/test/unit_test.hpp>

#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <cstdio>
#include <cstring>
#include <set>

#include "protocols/aes.hpp"
#include "simulator.hpp"

using namespace tacet;
using namespace tacet::protocols;

namespace {

const Setting kThree{Scheme::rss, 3, 1};

std::vector<std::byte> drawn(MaskSource& source, const Draw& draw, std::uint64_t first, std::size_t count) {
  std::vector<std::byte> out(count);
  source.fill(draw, first, out);
  return out;
}

/// Whether `f` stops the process.
template <class F>
bool aborts(F f) {
  std::fflush(nullptr);
  const pid_t child = fork();
  if (child == 0) {
    std::signal(SIGABRT, SIG_DFL);
    std::fclose(stderr);
    f();
    _exit(0);
  }
  int status = 0;
  waitpid(child, &status, 0);
  return WIFSIGNALED(status) && WTERMSIG(status) == SIGABRT;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(masks)

BOOST_AUTO_TEST_CASE(a_stream_is_counter_mode_of_its_name) {
  // The counter block as documented, encrypted by itself.
  const Key key = testing::test_key(5, 0, 1, 0);
  KeyRing ring(kThree);
  ring.set(KeyRef::share(1), key);
  const auto masks = aes_masks(std::move(ring));
  const auto source = masks->make_source();
  const auto got = drawn(*source, {KeyRef::share(1), 0x1122334455667788, 0x99AA, DrawTag::bits}, 5 * 16, 16);
  std::vector<std::byte> block(16);
  Aes128(key).encrypt_counted({0x1122334455667788, std::uint64_t{5} << 24 | 0x0299AA}, 0, block);
  BOOST_TEST((got == block));
}

BOOST_AUTO_TEST_CASE(any_piece_of_a_stream_can_be_drawn_alone) {
  const auto masks = aes_masks(testing::test_keys(kThree, EndpointId{0}, 3));
  const auto source = masks->make_source(), other = masks->make_source();
  const Draw draw{KeyRef::share(1), 7, 2, DrawTag::ring};
  const auto whole = drawn(*source, draw, 0, 20000);
  for (const std::size_t first : {0, 1, 8, 15, 16, 17, 4095, 4096, 9001})
    for (const std::size_t count : {0, 1, 7, 8, 16, 31, 64, 4096, 9000}) {
      const auto piece = drawn(*other, draw, first, count);
      BOOST_REQUIRE(
          std::equal(piece.begin(), piece.end(), whole.begin() + static_cast<std::ptrdiff_t>(first)));
    }
}

BOOST_AUTO_TEST_CASE(different_names_give_different_streams) {
  const auto masks = aes_masks(testing::test_keys(kThree, EndpointId{0}, 3));
  const auto source = masks->make_source();
  std::set<std::string> seen;
  std::size_t draws = 0;
  for (const KeyRef& key : {KeyRef::share(1), KeyRef::share(2), KeyRef::pair(1), KeyRef::pair(2),
                            KeyRef::of_client(0, 1), KeyRef::of_client(0, 2)})
    for (const std::uint64_t address :
         {std::uint64_t{0}, std::uint64_t{1}, std::uint64_t{1} << 40, ~std::uint64_t{0}})
      for (const std::uint16_t lane : {0, 1, 256, 65535})
        for (const DrawTag tag : {DrawTag::ring, DrawTag::bits, DrawTag::zero_sharing, DrawTag::client_input})
          for (const std::uint64_t block : {0, 1, 65536}) {
            const auto bytes = drawn(*source, {key, address, lane, tag}, 16 * block, 16);
            seen.emplace(reinterpret_cast<const char*>(bytes.data()), bytes.size());
            ++draws;
          }
  BOOST_TEST(seen.size() == draws);
}

BOOST_AUTO_TEST_CASE(holders_draw_the_same) {
  const auto a = aes_masks(testing::test_keys(kThree, EndpointId{0}, 3));
  const auto b = aes_masks(testing::test_keys(kThree, EndpointId{1}, 3));
  const Draw draw{KeyRef::share(2), 7, 2, DrawTag::ring};
  BOOST_TEST((drawn(*a->make_source(), draw, 3, 50) == drawn(*b->make_source(), draw, 3, 50)));
}

BOOST_AUTO_TEST_CASE(a_key_that_is_not_held_stops_the_program) {
  const auto masks = aes_masks(testing::test_keys(kThree, EndpointId{0}, 3));
  BOOST_TEST(aborts([&] { drawn(*masks->make_source(), {KeyRef::share(0), 7, 2, DrawTag::ring}, 0, 16); }));
}

BOOST_AUTO_TEST_CASE(a_mask_drawn_twice_stops_the_program) {
  const auto masks = checked_masks(zero_masks());
  const auto source = masks->make_source();
  const Draw draw{KeyRef::share(1), 7, 2, DrawTag::ring};
  drawn(*source, draw, 0, 64);
  drawn(*source, draw, 128, 64);
  drawn(*source, draw, 64, 64);  // joins the two
  drawn(*source, draw, 500, 0);
  Draw changed = draw;
  changed.lane = 1;
  drawn(*source, changed, 0, 64);
  changed.tag = DrawTag::bits;
  drawn(*source, changed, 0, 64);
  changed.address = 8;
  drawn(*source, changed, 0, 64);
  changed.key = KeyRef::share(2);
  drawn(*source, changed, 0, 64);
  BOOST_TEST(aborts([&] { drawn(*masks->make_source(), draw, 0, 1); }));
  BOOST_TEST(aborts([&] { drawn(*masks->make_source(), draw, 191, 2); }));
  BOOST_TEST(aborts([&] { drawn(*masks->make_source(), changed, 63, 100); }));
  BOOST_TEST(!aborts([&] { drawn(*masks->make_source(), draw, 192, 8); }));
}

BOOST_AUTO_TEST_SUITE_END()
