// Digits of words against loops.
#include "protocols/rss/planes.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <vector>

#include "graph/tensor.hpp"
#include "tests/targets.hpp"

using namespace tacet;
using namespace tacet::protocols::rss;

namespace {

constexpr std::byte kUntouched{0xEE};

std::vector<std::byte> random_words(unsigned width, std::size_t words, std::mt19937_64& rng) {
  std::vector<std::byte> out(words * word_bytes(width));
  for (std::byte& b : out) b = static_cast<std::byte>(rng());
  return out;
}

unsigned bit(const std::vector<std::byte>& planes, std::size_t stride, unsigned plane, std::size_t i) {
  return std::to_integer<unsigned>(planes[plane * stride + i / 8] >> (i % 8)) & 1;
}

/// planes_of() and words_of() against one digit after the other.
void test_planes() {
  std::mt19937_64 rng(5);
  for (const unsigned width : {1u, 7u, 8u, 9u, 16u, 31u, 32u, 33u, 64u, 65u, 127u, 128u})
    for (const std::size_t words : {1u, 63u, 64u, 65u, 255u, 256u, 257u, 700u})
      for (const unsigned first : {0u, 1u, width / 2, width - 1, width + 3}) {
        const auto in = random_words(width, words, rng);
        const std::size_t used = (words + 63) / 64 * 8, stride = used + 8;  // something lies between planes
        const unsigned count = width + 2;
        std::vector<std::byte> planes(count * stride, kUntouched);
        planes_of(in.data(), width, words, first, count, planes.data(), stride);
        std::vector<u128> digits(words, 0);
        bool right = true;
        for (unsigned p = 0; p < count; ++p) {
          for (std::size_t i = 0; i < 8 * used; ++i) {
            const unsigned digit = first + p;
            const u128 word = i < words ? load_element(in.data(), ring(width), words, i) : 0;
            const auto expected = digit < width ? static_cast<unsigned>(word >> digit & 1) : 0u;
            right = right && bit(planes, stride, p, i) == expected;
            if (i < words && p < 128) digits[i] |= u128{expected} << p;
          }
          for (std::size_t i = used; i < stride; ++i) right = right && planes[p * stride + i] == kUntouched;
        }
        BOOST_TEST(right, "digits of words of " << width << " bits from " << first << " on, " << words);

        // As many digits as there are, fewer, and more than a word of the result has.
        for (const unsigned to : {width, std::min(128u, width + 9), std::max(1u, width / 3)})
          for (const unsigned given : {1u, std::min(width, 128u), std::min(count, 128u)}) {
            std::vector<std::byte> out(words * word_bytes(to) + 1, kUntouched);
            words_of(planes.data(), stride, given, to, words, out.data());
            bool same = out.back() == kUntouched;
            for (std::size_t i = 0; i < words; ++i) {
              const u128 mask = low_mask<u128>(std::min<unsigned>(given, 128)) & low_mask<u128>(to);
              same = same && ((load_element(out.data(), ring(to), words, i) ^ digits[i]) & mask) == 0 &&
                     (given > to || (load_element(out.data(), ring(to), words, i) & ~mask) == 0);
            }
            BOOST_TEST(same, given << " planes to words of " << to << " bits, " << words);
          }
      }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(planes)

BOOST_AUTO_TEST_CASE(planes_hold_the_digits_of_words_and_words_come_back) {
  test::for_each_target(test_planes);
}

BOOST_AUTO_TEST_SUITE_END()
