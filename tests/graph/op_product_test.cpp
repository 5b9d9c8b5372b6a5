// dot and matmul against the definition: one sum of products in u128 per element of the result.
#include <boost/test/unit_test.hpp>

#include "graph/evaluate.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
namespace {

using naive::Array;
using naive::Dims;

Array dot(const Array& a, const Array& b, unsigned width) {
  Dims lead_a(a.dims.begin(), a.dims.end() - 1), lead_b(b.dims.begin(), b.dims.end() - 1);
  Array out{naive::common(lead_a, lead_b), {}};
  for (Dims index : naive::indices(out.dims)) {
    u128 sum = 0;
    index.push_back(0);
    for (std::int64_t j = 0; j < a.dims.back(); ++j) {
      index.back() = j;
      sum += naive::at(a, index) * naive::at(b, index);
    }
    out.values.push_back(naive::mod(sum, width));
  }
  return out;
}

/// A vector becomes one row on the left and one column on the right, and its axis is dropped from the result.
Array matmul(Array a, Array b, unsigned width) {
  const bool row = a.dims.size() == 1, column = b.dims.size() == 1;
  if (row) a.dims.insert(a.dims.begin(), 1);
  if (column) b.dims.push_back(1);
  const std::int64_t m = a.dims[a.dims.size() - 2], inner = a.dims.back(), n = b.dims.back();
  const Dims batch =
      naive::common(Dims(a.dims.begin(), a.dims.end() - 2), Dims(b.dims.begin(), b.dims.end() - 2));
  Array out{batch, {}};
  if (!row) out.dims.push_back(m);
  if (!column) out.dims.push_back(n);
  for (const Dims& outer : naive::indices(batch))
    for (std::int64_t i = 0; i < m; ++i)
      for (std::int64_t j = 0; j < n; ++j) {
        u128 sum = 0;
        for (std::int64_t l = 0; l < inner; ++l) {
          Dims left = outer, right = outer;
          left.push_back(i), left.push_back(l);
          right.push_back(l), right.push_back(j);
          sum += naive::at(a, left) * naive::at(b, right);
        }
        out.values.push_back(naive::mod(sum, width));
      }
  return out;
}

using Product = Array (*)(const Array&, const Array&, unsigned);

void check(Op op, Product meaning, const std::vector<std::pair<Dims, Dims>>& shapes, bool accumulate) {
  std::mt19937_64 rng(21);
  for (const unsigned k : naive::kWidths) {
    for (const auto& [left, right] : shapes) {
      BOOST_TEST_CONTEXT(op_row(op).name << " Z_2^" << k << " " << Shape(left).to_string()
                                         << Shape(right).to_string()) {
        const Array a = naive::random_array(rng, left, k), b = naive::random_array(rng, right, k);
        const Array product = meaning(a, b, k);
        const Array before = naive::random_array(rng, product.dims, k);
        const Array expected =
            naive::zip(before, product, k, [&](u128 x, u128 y) { return accumulate ? x + y : y; });
        Tensor seen = naive::run(op, {}, {naive::tensor(ring(k), a), naive::tensor(ring(k), b)},
                                 naive::tensor(ring(k), before), {0, naive::count(product.dims)}, accumulate);
        reduce(seen);
        BOOST_TEST(naive::difference(seen, expected) == "");
        const ValueType types[] = {{Visibility::secret, ring(k), Shape(left)},
                                   {Visibility::open, ring(k), Shape(right)}};
        const std::vector<const ValueType*> pointers{&types[0], &types[1]};
        BOOST_TEST(
            (op_row(op).infer(pointers, {}) == ValueType{Visibility::secret, ring(k), Shape(product.dims)}));
      }
    }
  }
}

const std::vector<std::pair<Dims, Dims>> kDotShapes{
    {{1}, {1}},       {{9}, {9}},       {{0}, {0}},          {{2, 9}, {9}},          {{9}, {2, 9}},
    {{2, 9}, {2, 9}}, {{1, 9}, {4, 9}}, {{3, 1, 5}, {4, 5}}, {{3, 1, 5}, {1, 4, 5}}, {{2, 3, 5}, {2, 3, 5}},
    {{0, 3}, {3}},    {{2, 0}, {2, 0}}, {{3, 0}, {0}}};
const std::vector<std::pair<Dims, Dims>> kMatmulShapes{
    {{1, 1}, {1, 1}},       {{2, 3}, {3, 4}},          {{3}, {3}},          {{3}, {3, 4}},
    {{2, 3}, {3}},          {{5, 2, 3}, {3, 4}},       {{2, 3}, {5, 3, 4}}, {{5, 2, 3}, {5, 3, 4}},
    {{1, 2, 3}, {5, 3, 4}}, {{6, 1, 2, 3}, {5, 3, 4}}, {{5, 2, 3}, {3}},    {{3}, {5, 3, 4}},
    {{0, 3}, {3, 4}},       {{2, 0}, {0, 4}},          {{2, 3}, {3, 0}},    {{0, 2, 3}, {3, 4}},
    {{17, 33}, {33, 9}}};

}  // namespace

BOOST_AUTO_TEST_SUITE(op_product)

BOOST_AUTO_TEST_CASE(dot_sums_products_over_the_last_axis) {
  check(Op::dot, dot, kDotShapes, false);
}
BOOST_AUTO_TEST_CASE(dot_accumulates) {
  check(Op::dot, dot, kDotShapes, true);
}
BOOST_AUTO_TEST_CASE(matmul_follows_numpy) {
  check(
      Op::matmul, [](const Array& a, const Array& b, unsigned k) { return matmul(a, b, k); }, kMatmulShapes,
      false);
}
BOOST_AUTO_TEST_CASE(matmul_accumulates) {
  check(
      Op::matmul, [](const Array& a, const Array& b, unsigned k) { return matmul(a, b, k); }, kMatmulShapes,
      true);
}

BOOST_AUTO_TEST_CASE(dot_computes_a_range_of_its_result) {
  std::mt19937_64 rng(22);
  const Array a = naive::random_array(rng, {6, 1, 5}, 31), b = naive::random_array(rng, {7, 5}, 31);
  const Array product = dot(a, b, 31), before = naive::random_array(rng, {6, 7}, 31);
  for (const Range range : {Range{0, 42}, Range{3, 17}, Range{41, 42}, Range{8, 8}}) {
    Array expected = before;
    for (std::uint64_t i = range.begin; i < range.end; ++i) expected.values[i] = product.values[i];
    Tensor seen = naive::run(Op::dot, {}, {naive::tensor(ring(31), a), naive::tensor(ring(31), b)},
                             naive::tensor(ring(31), before), range, false);
    reduce(seen);
    BOOST_TEST(naive::difference(seen, expected) == "");
  }
}

BOOST_AUTO_TEST_CASE(matmul_computes_a_range_of_its_result) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  const std::vector<std::pair<Dims, Dims>> shapes{
      {{5, 17, 6}, {6, 19}},      {{3, 1, 9, 6}, {2, 6, 11}}, {{150}, {150, 201}},    {{201, 9}, {9}},
      {{2, 1, 40, 20}, {20, 33}}, {{4, 20, 20}, {1, 20, 20}}, {{2, 30, 0}, {2, 0, 7}}};
  for (const unsigned k : naive::kWidths)
    for (const auto& [left, right] : shapes) {
      const Array a = naive::random_array(rng, left, k), b = naive::random_array(rng, right, k);
      const Array product = matmul(a, b, k), before = naive::random_array(rng, product.dims, k);
      const std::uint64_t end = naive::count(product.dims);
      for (int i = 0; i < 4; ++i) {
        Range range{rng() % (end / 64 + 1) * 64, end};
        if (rng() % 2 != 0) range.end = range.begin + rng() % (end - range.begin + 1);
        const bool accumulate = rng() % 2 != 0;
        BOOST_TEST_CONTEXT("Z_2^" << k << " " << Shape(left).to_string() << Shape(right).to_string() << " ["
                                  << range.begin << ", " << range.end << ")") {
          Array expected = before;
          for (std::uint64_t e = range.begin; e < range.end; ++e)
            expected.values[e] = naive::mod((accumulate ? before.values[e] : 0) + product.values[e], k);
          Tensor seen = naive::run(Op::matmul, {}, {naive::tensor(ring(k), a), naive::tensor(ring(k), b)},
                                   naive::tensor(ring(k), before), range, accumulate);
          reduce(seen);
          BOOST_TEST(naive::difference(seen, expected) == "");
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(bits_above_the_width_do_not_count) {
  std::mt19937_64 rng(23);
  for (const unsigned k : {1u, 7u, 12u, 31u, 60u, 72u}) {
    const Array a = naive::random_array(rng, {9, 40}, k), b = naive::random_array(rng, {40, 23}, k);
    const auto with_garbage = [&](const Array& from) {
      Tensor out = naive::tensor(ring(k), from);
      with_word(k, [&]<class Word>(std::type_identity<Word>) {
        auto* words = reinterpret_cast<Word*>(out.data());
        for (std::uint64_t i = 0; i < out.elements(); ++i)
          words[i] |= static_cast<Word>(static_cast<Word>(rng()) & ~low_mask<Word>(k));
      });
      return out;
    };
    Tensor seen = naive::run(Op::matmul, {}, {with_garbage(a), with_garbage(b)},
                             Tensor(ring(k), Shape{9, 23}), {0, 207}, false);
    reduce(seen);
    BOOST_TEST(naive::difference(seen, matmul(a, b, k)) == "", "Z_2^" << k);
  }
}

BOOST_AUTO_TEST_CASE(shapes_that_do_not_fit_are_refused) {
  const auto mismatch = [](const Error& e) { return e.code() == Errc::shape_mismatch; };
  const auto infer = [](Op op, const Dims& a, const Dims& b) {
    const ValueType types[] = {{Visibility::secret, ring(8), Shape(a)},
                               {Visibility::secret, ring(8), Shape(b)}};
    const std::vector<const ValueType*> pointers{&types[0], &types[1]};
    return op_row(op).infer(pointers, {});
  };
  for (const auto& [a, b] :
       std::vector<std::pair<Dims, Dims>>{{{}, {3}}, {{3}, {}}, {{3}, {4}}, {{3}, {1}}, {{2, 3}, {5, 3}}})
    BOOST_CHECK_EXCEPTION(infer(Op::dot, a, b), Error, mismatch);
  for (const auto& [a, b] : std::vector<std::pair<Dims, Dims>>{
           {{}, {3}}, {{3, 1}, {}}, {{2, 3}, {2, 3}}, {{3}, {1, 3}}, {{2, 2, 3}, {5, 3, 4}}})
    BOOST_CHECK_EXCEPTION(infer(Op::matmul, a, b), Error, mismatch);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
