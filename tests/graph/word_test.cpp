#include "graph/word.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/value_type.hpp"

namespace tacet {
BOOST_AUTO_TEST_SUITE(word)

BOOST_AUTO_TEST_CASE(every_width_has_the_smallest_word_that_holds_it) {
  for (unsigned k = 1; k <= 128; ++k) {
    BOOST_TEST_CONTEXT("width " << k) {
      const std::size_t bytes = word_bytes(k);
      BOOST_TEST(8 * bytes >= k);
      BOOST_TEST((bytes == 1 || 8 * (bytes / 2) < k));
      BOOST_TEST((bytes & (bytes - 1)) == 0u);
      const std::size_t wire = wire_bytes(k);
      BOOST_TEST(8 * wire >= k);
      BOOST_TEST(8 * (wire - 1) < k);
      const std::size_t seen =
          with_word(k, []<class Word>(std::type_identity<Word>) { return sizeof(Word); });
      BOOST_TEST(seen == bytes);
    }
  }
}

template <class Word>
void check_masks() {
  for (unsigned b = 0; b <= 8 * sizeof(Word); ++b) {
    Word expected = 0;
    for (unsigned i = 0; i < b; ++i) expected = static_cast<Word>(expected | (Word{1} << i));
    BOOST_TEST((low_mask<Word>(b) == expected), "mask of " << b << " bits in " << sizeof(Word) << " bytes");
  }
}

BOOST_AUTO_TEST_CASE(masks_have_the_low_bits_set) {
  check_masks<std::uint8_t>();
  check_masks<std::uint16_t>();
  check_masks<std::uint32_t>();
  check_masks<std::uint64_t>();
  check_masks<u128>();
}

BOOST_AUTO_TEST_CASE(products_of_narrow_words_are_taken_in_an_unsigned_type_that_holds_them) {
  static_assert(std::is_same_v<Arith<std::uint8_t>, std::uint32_t>);
  static_assert(std::is_same_v<Arith<std::uint16_t>, std::uint32_t>);
  static_assert(std::is_same_v<Arith<std::uint32_t>, std::uint32_t>);
  static_assert(std::is_same_v<Arith<std::uint64_t>, std::uint64_t>);
  static_assert(std::is_same_v<Arith<u128>, u128>);
  BOOST_TEST(Arith<std::uint16_t>{65535} * Arith<std::uint16_t>{65535} == 4294836225u);
}

BOOST_AUTO_TEST_CASE(widths_outside_1_to_128_are_refused_with_the_width_in_the_message) {
  for (const unsigned bad : {0u, 129u, 256u, 257u, 4294967295u}) {
    const auto says = [&](const Error& e) {
      return e.code() == Errc::bad_width &&
             std::string(e.what()).find(std::to_string(bad)) != std::string::npos;
    };
    BOOST_CHECK_EXCEPTION(ring(bad), Error, says);
    BOOST_CHECK_EXCEPTION(bits(bad), Error, says);
  }
  BOOST_TEST(ring(128).to_string() == "ring(128)");
  BOOST_TEST(bits(1).to_string() == "bits(1)");
}

BOOST_AUTO_TEST_CASE(sizes_of_values_in_memory_and_on_the_wire) {
  BOOST_TEST(ring(72).memory_bytes(3) == 48u);
  BOOST_TEST(ring(72).payload_bytes(3) == 27u);
  BOOST_TEST(ring(31).memory_bytes(5) == 20u);
  BOOST_TEST(ring(31).payload_bytes(5) == 20u);
  BOOST_TEST(ring(1).payload_bytes(0) == 0u);
  BOOST_TEST(bits(5).memory_bytes(64) == 40u);
  BOOST_TEST(bits(5).memory_bytes(65) == 80u);
  BOOST_TEST(bits(5).payload_bytes(64) == 40u);
  BOOST_TEST(bits(5).payload_bytes(65) == 45u);
  BOOST_TEST(bits(128).payload_bytes(1) == 128u);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
