// Every elementwise kernel against a loop over u128: all widths, all ways to broadcast, ranges and
// accumulation.
#include <boost/test/unit_test.hpp>
#include <functional>

#include "graph/evaluate.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
namespace {

using naive::Array;
using naive::Dims;

struct Binary {
  Op op;
  Domain domain;
  std::function<u128(u128, u128)> meaning;
};

const std::vector<Binary>& binaries() {
  static const std::vector<Binary> all{
      {Op::add, Domain::ring, [](u128 a, u128 b) { return a + b; }},
      {Op::sub, Domain::ring, [](u128 a, u128 b) { return a - b; }},
      {Op::mul, Domain::ring, [](u128 a, u128 b) { return a * b; }},
      {Op::bit_xor, Domain::bits, [](u128 a, u128 b) { return (a | b) & ~(a & b); }},
      {Op::bit_and, Domain::bits, [](u128 a, u128 b) { return a & b; }},
  };
  return all;
}

std::vector<ElementType> elements_of(Domain domain) {
  if (domain == Domain::bits) return {bits(1), bits(5), bits(64), bits(128)};
  std::vector<ElementType> out;
  for (const unsigned k : naive::kWidths) out.push_back(ring(k));
  return out;
}

/// Pairs of shapes: every rank against every rank, stretched on either side, on both, on none, and empty.
const std::vector<std::pair<Dims, Dims>>& shape_pairs() {
  static const std::vector<std::pair<Dims, Dims>> all = [] {
    const std::vector<Dims> shapes{{},     {1},    {3},       {0},       {1, 1},    {2, 1},    {1, 3},
                                   {2, 3}, {0, 3}, {1, 1, 1}, {4, 1, 3}, {4, 2, 1}, {1, 2, 3}, {4, 2, 3}};
    std::vector<std::pair<Dims, Dims>> out;
    for (const Dims& a : shapes)
      for (const Dims& b : shapes) {
        bool fits = true;
        for (std::size_t i = 1; i <= std::min(a.size(), b.size()); ++i) {
          const std::int64_t x = a[a.size() - i], y = b[b.size() - i];
          fits = fits && (x == y || x == 1 || y == 1);
        }
        if (fits) out.emplace_back(a, b);
      }
    for (const std::int64_t n : {63, 64, 65, 200}) {
      out.push_back({{n}, {n}});
      out.push_back({{n}, {}});
      out.push_back({{1}, {n}});
      out.push_back({{2, n}, {n}});
      out.push_back({{n, 1}, {3}});
    }
    return out;
  }();
  return all;
}

Array reduced(Array a, unsigned width) {
  for (u128& v : a.values) v = naive::mod(v, width);
  return a;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(op_elementwise)

BOOST_AUTO_TEST_CASE(pairs_of_operands_broadcast_as_in_numpy) {
  std::mt19937_64 rng(11);
  for (const Binary& binary : binaries()) {
    for (const ElementType element : elements_of(binary.domain)) {
      for (const auto& [left, right] : shape_pairs()) {
        const Array a = naive::random_array(rng, left, element.width),
                    b = naive::random_array(rng, right, element.width);
        const Array expected = naive::zip(a, b, element.width, binary.meaning);
        Tensor seen = naive::run(binary.op, {}, {naive::tensor(element, a), naive::tensor(element, b)},
                                 element, expected.dims);
        reduce(seen);
        BOOST_TEST(naive::difference(seen, expected) == "",
                   op_row(binary.op).name << " on " << element.to_string() << " " << Shape(left).to_string()
                                          << " " << Shape(right).to_string());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_range_writes_its_elements_and_no_other) {
  std::mt19937_64 rng(12);
  for (const Binary& binary : binaries()) {
    for (const ElementType element : elements_of(binary.domain)) {
      for (const auto& [left, right] : std::vector<std::pair<Dims, Dims>>{
               {{300}, {300}}, {{300}, {}}, {{}, {300}}, {{3, 100}, {100}}, {{3, 1}, {1, 100}}}) {
        const Array a = naive::random_array(rng, left, element.width),
                    b = naive::random_array(rng, right, element.width);
        const Array product = naive::zip(a, b, element.width, binary.meaning);
        const Array before = naive::random_array(rng, product.dims, element.width);
        for (const Range range :
             {Range{0, 64}, Range{64, 192}, Range{128, 300}, Range{64, 64}, Range{0, 300}}) {
          Array expected = before;
          std::copy(product.values.begin() + static_cast<std::ptrdiff_t>(range.begin),
                    product.values.begin() + static_cast<std::ptrdiff_t>(range.end),
                    expected.values.begin() + static_cast<std::ptrdiff_t>(range.begin));
          Tensor seen = naive::run(binary.op, {}, {naive::tensor(element, a), naive::tensor(element, b)},
                                   naive::tensor(element, before), range, false);
          reduce(seen);
          BOOST_TEST(naive::difference(seen, expected) == "",
                     op_row(binary.op).name << " on " << element.to_string() << " [" << range.begin << ", "
                                            << range.end << ") of " << Shape(left).to_string()
                                            << Shape(right).to_string());
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(products_add_to_what_is_there_when_they_accumulate) {
  std::mt19937_64 rng(13);
  for (const Binary& binary : binaries()) {
    if (op_row(binary.op).op_class != OpClass::bilinear) continue;
    for (const ElementType element : elements_of(binary.domain)) {
      for (const auto& [left, right] : shape_pairs()) {
        const Array a = naive::random_array(rng, left, element.width),
                    b = naive::random_array(rng, right, element.width);
        const Array product = naive::zip(a, b, element.width, binary.meaning);
        const Array before = naive::random_array(rng, product.dims, element.width);
        const bool ring_sum = element.domain == Domain::ring;
        const Array expected = naive::zip(before, product, element.width,
                                          [&](u128 x, u128 y) { return ring_sum ? x + y : x ^ y; });
        Tensor seen = naive::run(binary.op, {}, {naive::tensor(element, a), naive::tensor(element, b)},
                                 naive::tensor(element, before), {0, naive::count(product.dims)}, true);
        reduce(seen);
        BOOST_TEST(naive::difference(seen, expected) == "",
                   op_row(binary.op).name << " on " << element.to_string() << " " << Shape(left).to_string()
                                          << " " << Shape(right).to_string());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_result_may_be_wrong_above_the_width_but_never_below) {
  // Components of a sharing are random words: what lies above the width must not reach the low bits.
  std::mt19937_64 rng(14);
  for (const unsigned k : {1u, 7u, 31u, 60u, 72u}) {
    for (const Op op : {Op::add, Op::sub, Op::mul, Op::neg}) {
      std::vector<Tensor> clean, dirty;
      for (int i = 0; i < (op == Op::neg ? 1 : 2); ++i) {
        clean.push_back(naive::tensor(ring(k), naive::random_array(rng, {50}, k)));
        dirty.push_back(clean.back());
        with_word(k, [&]<class Word>(std::type_identity<Word>) {
          for (Word& w : dirty.back().words<Word>())
            w = static_cast<Word>(w | (static_cast<Word>((u128{rng()} << 64) | rng()) & ~low_mask<Word>(k)));
        });
      }
      Tensor expected = naive::run(op, {}, clean, ring(k), {50}),
             seen = naive::run(op, {}, dirty, ring(k), {50});
      reduce(expected), reduce(seen);
      BOOST_TEST((expected == seen), op_row(op).name << " in Z_2^" << k);
    }
  }
}

BOOST_AUTO_TEST_CASE(either_is_the_sum_less_twice_the_product) {
  std::mt19937_64 rng(16);
  for (const unsigned k : naive::kWidths) {
    for (const std::array<Dims, 3>& dims : std::vector<std::array<Dims, 3>>{{{{}, {}, {}}},
                                                                            {{{0}, {0}, {0}}},
                                                                            {{{70}, {70}, {70}}},
                                                                            {{{1}, {5}, {5}}},
                                                                            {{{5}, {5}, {1}}},
                                                                            {{{3, 1}, {4}, {3, 4}}}}) {
      std::vector<Tensor> in;
      std::vector<Array> arrays;
      Shape shape;
      for (const Dims& d : dims) {
        arrays.push_back(naive::random_array(rng, d, k));
        in.push_back(naive::tensor(ring(k), arrays.back()));
        shape = broadcast(shape, Shape(d));
      }
      Tensor seen = naive::run(Op::either, {}, in, ring(k), shape.dims());
      reduce(seen);
      for (std::uint64_t i = 0; i < seen.elements(); ++i) {
        const auto at = [&](std::size_t operand) {  // row-major, at most two axes
          std::uint64_t index = 0, rest = i, stride = 1;
          const auto& own = dims[operand];
          for (std::size_t axis = own.size(); axis-- > 0;) {
            const auto all = static_cast<std::uint64_t>(shape[shape.rank() - (own.size() - axis)]);
            if (own[axis] != 1) index += rest % all * stride;
            rest /= all, stride *= static_cast<std::uint64_t>(own[axis]);
          }
          return arrays[operand].values[index];
        };
        BOOST_TEST((seen.get(i) == naive::mod(at(0) + at(1) - 2 * at(2), k)),
                   "Z_2^" << k << ", element " << i << " of " << shape.to_string());
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(neg_is_the_additive_inverse) {
  std::mt19937_64 rng(15);
  for (const unsigned k : naive::kWidths) {
    for (const Dims& dims : std::vector<Dims>{{}, {0}, {1}, {7}, {3, 5}}) {
      const Array a = naive::random_array(rng, dims, k);
      Array expected = a;
      for (u128& v : expected.values) v = naive::mod(~v + 1, k);
      Tensor seen = naive::run(Op::neg, {}, {naive::tensor(ring(k), a)}, ring(k), dims);
      reduce(seen);
      BOOST_TEST(naive::difference(seen, expected) == "", "Z_2^" << k << " " << Shape(dims).to_string());
    }
  }
}

BOOST_AUTO_TEST_CASE(reshape_output_and_reveal_copy_their_range) {
  std::mt19937_64 rng(16);
  for (const Op op : {Op::reshape, Op::output, Op::reveal}) {
    for (const ElementType element : {ring(1), ring(31), ring(72), bits(1), bits(5), bits(64)}) {
      const Array a = naive::random_array(rng, {150}, element.width),
                  before = naive::random_array(rng, {150}, element.width);
      for (const Range range : {Range{0, 150}, Range{64, 128}, Range{128, 150}, Range{0, 0}}) {
        Array expected = before;
        for (std::uint64_t i = range.begin; i < range.end; ++i) expected.values[i] = a.values[i];
        const Tensor seen =
            naive::run(op, {150}, {naive::tensor(element, a)}, naive::tensor(element, before), range, false);
        BOOST_TEST(
            naive::difference(seen, reduced(expected, element.width)) == "",
            op_row(op).name << " " << element.to_string() << " [" << range.begin << ", " << range.end << ")");
      }
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
