#include "graph/tensor.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/evaluate.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
BOOST_AUTO_TEST_SUITE(tensor)

BOOST_AUTO_TEST_CASE(elements_of_every_width_and_odd_counts_are_kept_mod_2_to_the_width) {
  std::mt19937_64 rng(1);
  for (unsigned k = 1; k <= 128; ++k) {
    for (const ElementType element : {ring(k), bits(k)}) {
      for (const std::int64_t n : {0, 1, 3, 63, 64, 65, 130}) {
        naive::Array full = naive::random_array(rng, {n}, 128);  // more bits than fit
        const Tensor t(element, Shape{n}, full.values);
        for (u128& v : full.values) v = naive::mod(v, k);
        BOOST_TEST(naive::difference(t, full) == "", element.to_string() << " x " << n);
        BOOST_TEST((t.values() == full.values));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(setting_one_element_leaves_the_others) {
  std::mt19937_64 rng(2);
  for (const ElementType element : {ring(7), ring(72), bits(1), bits(5), bits(128)}) {
    naive::Array a = naive::random_array(rng, {131}, element.width);
    Tensor t = naive::tensor(element, a);
    for (int change = 0; change < 200; ++change) {
      const std::uint64_t i = rng() % 131;
      a.values[i] = naive::random_word(rng, element.width);
      t.set(i, a.values[i] | (element.width < 128 ? u128{1} << element.width : 0));  // a bit too many
    }
    BOOST_TEST(naive::difference(t, a) == "", element.to_string());
  }
}

BOOST_AUTO_TEST_CASE(planes_hold_bit_i_of_every_element_and_zero_above_the_count) {
  naive::Array a{{70}, {}};
  for (std::uint64_t i = 0; i < 70; ++i) a.values.push_back((i * 11) % 8);
  const Tensor t = naive::tensor(bits(3), a);
  const auto words = t.words<std::uint64_t>();
  BOOST_REQUIRE(words.size() == 6u);
  for (unsigned bit = 0; bit < 3; ++bit) {
    std::uint64_t low = 0, high = 0;
    for (std::uint64_t i = 0; i < 70; ++i) {
      const std::uint64_t set = ((i * 11) % 8) >> bit & 1;
      (i < 64 ? low : high) |= set << (i % 64);
    }
    BOOST_TEST(words[2 * bit] == low);
    BOOST_TEST(words[2 * bit + 1] == high);
  }
}

BOOST_AUTO_TEST_CASE(equality_compares_type_shape_and_elements) {
  const u128 values[] = {1, 2, 3, 4, 5, 6};
  const Tensor t(ring(8), Shape{2, 3}, values);
  Tensor same(ring(8), Shape{2, 3}, values);
  BOOST_TEST((t == same));
  BOOST_TEST(!(t == Tensor(ring(8), Shape{3, 2}, values)));
  BOOST_TEST(!(t == Tensor(ring(7), Shape{2, 3}, values)));
  BOOST_TEST(!(t == Tensor(bits(8), Shape{2, 3}, values)));
  same.set(5, 7);
  BOOST_TEST(!(t == same));
}

BOOST_AUTO_TEST_CASE(no_tensor_is_empty_and_can_be_compared_and_copied) {
  const Tensor none;
  BOOST_TEST(none.elements() == 0u);
  BOOST_TEST(none.size_bytes() == 0u);
  BOOST_TEST(none.values().empty());
  const Tensor copy = none;
  BOOST_TEST((copy == none));
  const u128 zero = 0;
  BOOST_TEST(!(none == Tensor(ring(1), Shape(), {&zero, 1})));
}

BOOST_AUTO_TEST_CASE(copies_are_independent_and_aligned) {
  const u128 values[] = {1, 2, 3};
  Tensor t(ring(32), Shape{3}, values);
  Tensor copy = t, assigned;
  assigned = t;
  t.set(0, 9);
  BOOST_TEST((copy.get(0) == 1 && assigned.get(0) == 1 && t.get(0) == 9));
  BOOST_TEST(reinterpret_cast<std::uintptr_t>(copy.data()) % 64 == 0u);
  const Tensor moved = std::move(copy);
  BOOST_TEST((moved == assigned));
}

BOOST_AUTO_TEST_CASE(a_wrong_number_of_elements_is_refused) {
  const u128 values[] = {1, 2, 3};
  BOOST_CHECK_EXCEPTION(Tensor(ring(8), Shape{2, 2}, values), Error,
                        [](const Error& e) { return e.code() == Errc::shape_mismatch; });
}

BOOST_AUTO_TEST_CASE(reduce_clears_what_lies_above_the_width_and_the_count) {
  for (const ElementType element : {ring(7), ring(31), ring(32), ring(72), bits(3)}) {
    for (const std::int64_t n : {0, 5, 64, 67}) {
      Tensor dirty(element, Shape{n}), clean(element, Shape{n});
      for (std::uint64_t i = 0; i < dirty.size_bytes(); ++i) dirty.data()[i] = std::byte{0xff};
      for (std::int64_t i = 0; i < n; ++i) clean.set(static_cast<std::uint64_t>(i), ~u128{0});
      reduce(dirty);
      BOOST_TEST((dirty == clean), element.to_string() << " x " << n);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
