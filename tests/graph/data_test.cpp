// What operations on rows mean in the clear, worked out by hand.

#include "graph/data.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "graph/evaluate.hpp"

namespace tacet {
namespace {

using Words = std::vector<u128>;

const Role p0 = Builder::party(0);

Tensor tensor(ElementType element, Shape shape, const Words& values) {
  return Tensor(element, std::move(shape), values);
}
Tensor vector_of(ElementType element, const Words& values) {
  return tensor(element, {static_cast<std::int64_t>(values.size())}, values);
}

Errc code(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    BOOST_TEST_MESSAGE(e.what());
    return e.code();
  }
  BOOST_FAIL("nothing was refused");
  return Errc::bad_argument;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data_in_the_clear)

BOOST_AUTO_TEST_CASE(a_shuffle_is_by_the_order_of_its_draws) {
  Builder b;
  const Value x = b.input("x", p0, ring(8), {4});
  const Value p = permutation(b, 4);
  b.output("there", shuffle(x, p), p0);
  b.output("back", unshuffle(x, p), p0);
  const auto out =
      evaluate(b.graph(), std::vector{vector_of(ring(8), {10, 11, 12, 13})}, [](const ValueType& type) {
        return tensor(type.element, type.shape, {7, 9, 3, 5});
      });
  // The numbers of the draws in ascending order are 2, 3, 0, 1: where rows go.
  BOOST_TEST((out[0].values() == Words{12, 13, 10, 11}));
  BOOST_TEST((out[1].values() == Words{12, 13, 10, 11}));
  BOOST_CHECK_THROW(evaluate(b.graph(), std::vector{vector_of(ring(8), {1, 2, 3, 4})}), Error);
}

BOOST_AUTO_TEST_CASE(places_are_where_rows_go) {
  for (const ElementType element : {ring(8), bits(8)}) {
    Builder b;
    const Value x = b.input("x", p0, element, {3, 2});
    const Value to = b.input("to", p0, ring(16), {3});
    b.output("o", place(x, to), p0);
    const std::vector inputs{tensor(element, {3, 2}, {1, 2, 3, 4, 5, 6}), vector_of(ring(16), {2, 0, 5})};
    // Two bits of a destination count: 5 is 1.
    BOOST_TEST((evaluate(b.graph(), inputs)[0].values() == Words{3, 4, 5, 6, 1, 2}));
  }
}

BOOST_AUTO_TEST_CASE(prefix_sums_include_each_element) {
  Builder b;
  const Value x = b.input("x", p0, ring(8), {2, 3});
  b.output("down", prefix_sum(x), p0);
  b.output("along", prefix_sum(x, -1), p0);
  const auto out = evaluate(b.graph(), std::vector{tensor(ring(8), {2, 3}, {1, 2, 3, 250, 5, 6})});
  BOOST_TEST((out[0].values() == Words{1, 2, 3, 251, 7, 9}));
  BOOST_TEST((out[1].values() == Words{1, 3, 6, 250, 255, 5}));
}

BOOST_AUTO_TEST_CASE(unit_vectors_reads_and_writes) {
  Builder b;
  const Value i = b.input("i", p0, ring(32), {4});
  const Value a = b.input("a", p0, ring(32), {3, 2});
  b.output("unit", one_hot(i, 3, bits(1)), p0);
  b.output("read", read(a, i), p0);
  b.output("first", write(a, at(i, 0, 0), at(a, 0, 0)), p0);
  b.output("past", write(a, at(i, 0, 2), at(a, 0, 0)), p0);
  const std::vector inputs{vector_of(ring(32), {2, 0, 3, 5}), tensor(ring(32), {3, 2}, {1, 2, 3, 4, 5, 6})};
  const auto out = evaluate(b.graph(), inputs);
  BOOST_TEST((out[0].values() == Words{0, 0, 1, 1, 0, 0, 0, 0, 0, 0, 1, 0}));  // 5 is 1 in two bits
  BOOST_TEST((out[1].values() == Words{5, 6, 1, 2, 0, 0, 3, 4}));
  BOOST_TEST((out[2].values() == Words{1, 2, 3, 4, 1, 2}));
  BOOST_TEST((out[3].values() == Words{1, 2, 3, 4, 5, 6}));
}

BOOST_AUTO_TEST_CASE(codes_are_counted) {
  Builder b;
  const Value codes = b.input("codes", p0, ring(8), {5});
  const Value weights = b.input("weights", p0, ring(16), {5});
  b.output("counts", histogram(codes, 3), p0);
  b.output("sums", histogram(codes, 3, weights), p0);
  const auto out = evaluate(b.graph(), std::vector{vector_of(ring(8), {2, 0, 2, 3, 2}),
                                                   vector_of(ring(16), {1, 10, 100, 1000, 10000})});
  BOOST_TEST((out[0].values() == Words{1, 0, 3}));
  BOOST_TEST((out[1].values() == Words{10, 0, 10101}));
}

BOOST_AUTO_TEST_CASE(ranks_are_stable_in_every_order) {
  const Words keys{3, 255, 3, 0, 128, 255};
  const auto ranks = [&](ElementType element, SortOptions options) {
    Builder b;
    b.output("o", rank(b.input("keys", p0, element, {6}), options), p0);
    return evaluate(b.graph(), std::vector{vector_of(element, keys)})[0].values();
  };
  BOOST_TEST((ranks(ring(8), {Order::unsigned_full, false}) == Words{1, 4, 2, 0, 3, 5}));
  BOOST_TEST((ranks(ring(8), {Order::unsigned_full, true}) == Words{3, 0, 4, 5, 2, 1}));
  // Signed: 3, -1, 3, 0, -128, -1.
  BOOST_TEST((ranks(ring(8), {}) == Words{4, 1, 5, 3, 0, 2}));
  BOOST_TEST((ranks(ring(8), {Order::fits, true}) == Words{0, 3, 1, 2, 5, 4}));
  BOOST_TEST((ranks(bits(8), {}) == Words{1, 4, 2, 0, 3, 5}));
  for (const std::int64_t m : {0, 1, 2}) {
    Builder b;
    const Value x = b.input("keys", p0, ring(8), {m});
    b.output("r", rank(x), p0);
    b.output("s", sort(x), p0);
    Words few(keys.begin(), keys.begin() + m);
    const auto out = evaluate(b.graph(), std::vector{vector_of(ring(8), few)});
    std::reverse(few.begin(), few.end());
    BOOST_TEST((out[1].values() == few));
    BOOST_TEST((out[0].values() == (m == 2 ? Words{1, 0} : Words(static_cast<std::size_t>(m), 0))));
  }
}

BOOST_AUTO_TEST_CASE(bits_that_number_rows) {
  BOOST_TEST(index_bits(0) == 1u);
  BOOST_TEST(index_bits(1) == 1u);
  BOOST_TEST(index_bits(2) == 1u);
  BOOST_TEST(index_bits(3) == 2u);
  BOOST_TEST(index_bits(256) == 8u);
  BOOST_TEST(index_bits(257) == 9u);
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  Builder b;
  const Value x = b.input("x", p0, ring(8), {300});
  const Value table = b.input("table", p0, ring(8), {2, 3});
  const Value scalar = b.input("scalar", p0, ring(8));
  BOOST_TEST((code([&] { shuffle(x, permutation(b, 299)); }) == Errc::type_mismatch));
  BOOST_TEST((code([&] { shuffle(scalar); }) == Errc::type_mismatch));
  BOOST_TEST((code([&] { place(x, x); }) == Errc::type_mismatch));  // 8 bits do not number 300 rows
  BOOST_TEST((code([&] { one_hot(x, -1, ring(8)); }) == Errc::bad_argument));
  BOOST_TEST((code([&] { one_hot(x, 3, bits(2)); }) == Errc::type_mismatch));
  BOOST_TEST((code([&] { read(scalar, x); }) == Errc::shape_mismatch));
  BOOST_TEST((code([&] { write(table, x, at(table, 0, 0)); }) == Errc::shape_mismatch));
  BOOST_TEST((code([&] { write(table, scalar, scalar); }) == Errc::shape_mismatch));
  BOOST_TEST((code([&] { prefix_sum(x, 1); }) == Errc::bad_argument));
  BOOST_TEST((code([&] { histogram(table, 3); }) == Errc::shape_mismatch));
  BOOST_TEST((code([&] { histogram(x, 3, table); }) == Errc::shape_mismatch));
  BOOST_TEST((code([&] { rank(table); }) == Errc::shape_mismatch));
  BOOST_TEST((code([&] { group_by_sum(table, {}); }) == Errc::type_mismatch));
}

BOOST_AUTO_TEST_CASE(rows_are_put_where_public_numbers_say) {
  for (const ElementType element : {ring(8), bits(8)}) {
    Builder b;
    const Value x = b.input("x", p0, element, {3, 2});
    const Value to = b.constant(ring(8), {3}, std::array<std::int64_t, 3>{4, 0, 6});
    const std::array operands{to, x};
    b.output("o", b.apply(Op::put, operands, {{4}}, {}), p0);
    const auto out = evaluate(b.graph(), std::vector{tensor(element, {3, 2}, {1, 2, 4, 8, 16, 32})});
    BOOST_TEST((out[0].values() == Words{5, 10, 0, 0, 16, 32, 0, 0}));
    BOOST_TEST((code([&] { b.apply(Op::put, operands, {{0}}, {}); }) == Errc::bad_argument));
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
