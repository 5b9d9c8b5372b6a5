#include <boost/test/unit_test.hpp>

#include <random>

#include "protocols/rss/word_ops.hpp"
#include "simulator.hpp"
#include "tests/targets.hpp"

using namespace tacet;
using namespace tacet::protocols;
using namespace tacet::protocols::rss;
using namespace tacet::protocols::testing;

namespace {

constexpr std::size_t kCounts[] = {0, 1, 2, 3, 7, 8, 9, 15, 31, 63, 64, 65, 100, 128, 129};

std::size_t words_of(ElementType element, std::size_t elements) {
  return element.domain == Domain::ring ? elements : (elements + 63) / 64;
}

void test_packing() {
  std::mt19937_64 random(11);
  for (unsigned k = 1; k <= 129; ++k) {
    const ElementType element = k == 129 ? bits(1) : ring(k);
    const WordOps& ops = word_ops(element);
    for (const std::size_t count : kCounts) {
      const std::size_t bytes = words_of(element, count) * ops.bytes;
      AlignedBytes memory(bytes), back = Simulator::garbage(bytes), sum = Simulator::garbage(bytes);
      for (std::size_t i = 0; i < bytes; ++i) memory.data()[i] = static_cast<std::byte>(random());
      std::vector<std::byte> wire(element.payload_bytes(count) + 2, std::byte{0xEE});
      ops.pack(wire.data() + 1, memory.data(), element.width, count);  // payloads begin anywhere
      BOOST_REQUIRE((wire.front() == std::byte{0xEE} && wire.back() == std::byte{0xEE}));
      ops.unpack(back.data(), wire.data() + 1, element.width, count);
      AlignedBytes old = sum;
      ops.unpack_add(sum.data(), wire.data() + 1, element.width, count);
      for (std::size_t i = 0; i < count; ++i) {
        const u128 v = load_element(memory.data(), element, count, i);
        BOOST_REQUIRE((load_element(back.data(), element, count, i) == v));
        const u128 before = load_element(old.data(), element, count, i);
        const u128 expected =
            (element.domain == Domain::ring ? before + v : before ^ v) & low_mask<u128>(element.width);
        BOOST_REQUIRE((load_element(sum.data(), element, count, i) == expected));
      }
      ops.reduce(memory.data(), element.width, count);
      BOOST_REQUIRE(bytes == 0 || std::memcmp(memory.data(), back.data(), bytes) == 0);
      if (element.domain == Domain::ring && count == 1) {
        u128 value = 0;
        std::memcpy(&value, wire.data() + 1,
                    element.payload_bytes(1));  // little-endian, nothing above the width
        BOOST_REQUIRE((value == load_element(back.data(), element, 1, 0)));
      }
    }
  }
}

void test_combinations() {
  std::mt19937_64 random(12);
  for (const ElementType element : {ring(8), ring(16), ring(32), ring(64), ring(128), bits(1)}) {
    const bool is_ring = element.domain == Domain::ring;
    const WordOps& ops = word_ops(element);
    for (std::size_t terms = 0; terms <= 9; ++terms)
      for (int trial = 0; trial < 8; ++trial) {
        const std::size_t count = kCounts[random() % std::size(kCounts)];
        const Shape shape{static_cast<std::int64_t>(count)};
        std::vector<Tensor> inputs;
        std::vector<Addend> addends;
        for (std::size_t i = 0; i < terms; ++i)
          inputs.push_back(random_tensor(element, trial < 4 || i % 2 ? shape : Shape{1}, random));
        for (std::size_t i = 0; i < terms; ++i) {
          const u128 factors[] = {1, ~u128{0}, 3, (u128{5} << 64) | 7};
          addends.push_back({inputs[i].data(), is_ring ? factors[trial % 2 ? random() % 4 : 0] : 1,
                             trial >= 4 && i % 2 == 0});
        }
        const std::size_t words = words_of(element, count);
        AlignedBytes out = Simulator::garbage(words * ops.bytes);
        ops.combine(out.data(), addends, words);
        for (std::size_t j = 0; j < count; ++j) {
          u128 expected = 0;
          for (std::size_t i = 0; i < terms; ++i) {
            const u128 v = inputs[i].get(addends[i].stretch ? 0 : j);
            expected = is_ring ? expected + v * addends[i].factor : expected ^ v;
          }
          BOOST_REQUIRE(
              (load_element(out.data(), element, count, j) == (expected & low_mask<u128>(element.width))));
        }
      }
  }
}

/// Against one element after the other.
void test_arithmetic() {
  std::mt19937_64 random(13);
  for (const ElementType element : {ring(8), ring(16), ring(32), ring(64), ring(128), bits(1)}) {
    const bool is_ring = element.domain == Domain::ring;
    const WordOps& ops = word_ops(element);
    for (const std::size_t count : kCounts) {
      const Shape shape{static_cast<std::int64_t>(count)};
      std::vector<Tensor> x;
      for (int i = 0; i < 4; ++i) x.push_back(random_tensor(element, shape, random));
      const auto expect = [&](const char* what, auto run, auto meaning) {
        const Tensor before = random_tensor(element, shape, random);
        Tensor out = before;
        run(out.data(), words_of(element, count));
        for (std::size_t j = 0; j < count; ++j) {
          const auto at = [&](int i) { return x[static_cast<std::size_t>(i)].get(j); };
          BOOST_REQUIRE_MESSAGE((out.get(j) == (meaning(before.get(j), at) & low_mask<u128>(element.width))),
                                what);
        }
      };
      const auto plus = [&](u128 a, u128 b) { return is_ring ? a + b : a ^ b; };
      const auto minus = [&](u128 a, u128 b) { return is_ring ? a - b : a ^ b; };
      const auto times = [&](u128 a, u128 b) { return is_ring ? a * b : a & b; };
      expect(
          "add", [&](std::byte* z, std::size_t n) { ops.add(z, x[0].data(), n); },
          [&](u128 z, auto at) { return plus(z, at(0)); });
      expect(
          "subtract", [&](std::byte* z, std::size_t n) { ops.subtract(z, x[0].data(), n); },
          [&](u128 z, auto at) { return minus(z, at(0)); });
      expect(
          "multiply",
          [&](std::byte* z, std::size_t n) { ops.multiply(z, x[0].data(), x[1].data(), n, false); },
          [&](u128, auto at) { return times(at(0), at(1)); });
      expect(
          "multiply and add",
          [&](std::byte* z, std::size_t n) { ops.multiply(z, x[0].data(), x[1].data(), n, true); },
          [&](u128 z, auto at) { return plus(z, times(at(0), at(1))); });
      expect(
          "multiply_three",
          [&](std::byte* z, std::size_t n) {
            ops.multiply_three(z, x[0].data(), x[1].data(), x[2].data(), x[3].data(), n);
          },
          [&](u128, auto at) { return plus(times(at(0), plus(at(2), at(3))), times(at(1), at(2))); });
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(word_ops_)

BOOST_AUTO_TEST_CASE(what_is_packed_comes_back_reduced) {
  test::for_each_target(test_packing);
}

BOOST_AUTO_TEST_CASE(combinations) {
  test::for_each_target(test_combinations);
}

BOOST_AUTO_TEST_CASE(sums_and_products) {
  test::for_each_target(test_arithmetic);
}

BOOST_AUTO_TEST_SUITE_END()
