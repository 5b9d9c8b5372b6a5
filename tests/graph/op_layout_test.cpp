// sum, slice, concat and transpose against index arithmetic written out.
#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdint>

#include "graph/evaluate.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
namespace {

using naive::Array;
using naive::Dims;

const std::vector<ElementType>& elements() {
  static const std::vector<ElementType> all{ring(1),  ring(7),   ring(16), ring(32), ring(64),
                                            ring(72), ring(128), bits(1),  bits(5),  bits(64)};
  return all;
}
const std::vector<Dims> kShapes{{1},       {5},     {0},     {2, 3},    {3, 0, 2},
                                {4, 1, 3}, {2, 67}, {67, 3}, {2, 3, 5}, {130}};

ValueType infer(Op op, const Dims& attributes, const std::vector<Array>& operands, ElementType element) {
  std::vector<ValueType> types;
  for (const Array& a : operands) types.push_back({Visibility::secret, element, Shape(a.dims)});
  std::vector<const ValueType*> pointers;
  for (const ValueType& t : types) pointers.push_back(&t);
  return op_row(op).infer(pointers, attributes);
}

void check(Op op, const Dims& attributes, const std::vector<Array>& operands, ElementType element,
           const Array& expected) {
  BOOST_TEST_CONTEXT(op_row(op).name << " " << element.to_string() << " "
                                     << Shape(operands[0].dims).to_string() << " attributes "
                                     << Dims(attributes).size()) {
    BOOST_TEST((infer(op, attributes, operands, element) ==
                ValueType{Visibility::secret, element, Shape(expected.dims)}));
    std::vector<Tensor> tensors;
    for (const Array& a : operands) tensors.push_back(naive::tensor(element, a));
    Tensor seen = naive::run(op, attributes, tensors, element, expected.dims);
    reduce(seen);
    BOOST_TEST(naive::difference(seen, expected) == "");
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(op_layout)

BOOST_AUTO_TEST_CASE(sum_adds_along_each_axis) {
  std::mt19937_64 rng(31);
  for (const ElementType element : elements()) {
    if (element.domain != Domain::ring) continue;
    for (const Dims& dims : kShapes) {
      const Array a = naive::random_array(rng, dims, element.width);
      for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        Array expected{dims, {}};
        expected.dims.erase(expected.dims.begin() + static_cast<std::ptrdiff_t>(axis));
        for (const Dims& index : naive::indices(expected.dims)) {
          u128 total = 0;
          for (std::int64_t j = 0; j < dims[axis]; ++j) {
            Dims full = index;
            full.insert(full.begin() + static_cast<std::ptrdiff_t>(axis), j);
            total += naive::at(a, full);
          }
          expected.values.push_back(naive::mod(total, element.width));
        }
        check(Op::sum, {static_cast<std::int64_t>(axis)}, {a}, element, expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(slice_takes_every_step_th_index) {
  std::mt19937_64 rng(32);
  for (const ElementType element : elements()) {
    for (const Dims& dims : kShapes) {
      const Array a = naive::random_array(rng, dims, element.width);
      for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        const std::int64_t extent = dims[axis];
        for (const auto& [begin, end, step] :
             std::vector<std::array<std::int64_t, 3>>{{0, extent, 1},
                                                      {0, extent, 2},
                                                      {extent / 2, extent, 1},
                                                      {extent / 3, extent, 3},
                                                      {0, 0, 1},
                                                      {extent, extent, 5},
                                                      {0, extent, extent + 1},
                                                      {0, extent, INT64_MAX}}) {
          Array expected{dims, {}};
          Dims chosen;
          for (std::int64_t i = 0; i < extent; ++i)
            if (i >= begin && i < end && (i - begin) % step == 0) chosen.push_back(i);
          expected.dims[axis] = static_cast<std::int64_t>(chosen.size());
          for (Dims index : naive::indices(expected.dims)) {
            index[axis] = chosen[static_cast<std::size_t>(index[axis])];
            expected.values.push_back(naive::at(a, index));
          }
          // Extents of 1 repeat in naive::at, which is right here too: the only index along them is 0.
          check(Op::slice, {static_cast<std::int64_t>(axis), begin, end, step}, {a}, element, expected);
        }
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(slices_outside_the_value_are_refused) {
  const Array a{{3, 4}, naive::Values(12)};
  const auto bad = [](const Error& e) { return e.code() == Errc::bad_argument; };
  for (const Dims& attributes : std::vector<Dims>{{2, 0, 1, 1},
                                                  {-1, 0, 1, 1},
                                                  {0, -1, 2, 1},
                                                  {0, 2, 1, 1},
                                                  {0, 0, 4, 1},
                                                  {1, 0, 4, 0},
                                                  {1, 0, 4, -1}})
    BOOST_CHECK_EXCEPTION(infer(Op::slice, attributes, {a}, ring(8)), Error, bad);
}

BOOST_AUTO_TEST_CASE(concat_puts_values_one_after_another) {
  std::mt19937_64 rng(33);
  for (const ElementType element : elements()) {
    for (const Dims& dims : kShapes) {
      for (std::size_t axis = 0; axis < dims.size(); ++axis) {
        std::vector<Array> pieces;
        for (const std::int64_t extent : {dims[axis], std::int64_t{1}, std::int64_t{0}, std::int64_t{66}}) {
          Dims piece = dims;
          piece[axis] = extent;
          pieces.push_back(naive::random_array(rng, piece, element.width));
        }
        Array expected{dims, {}};
        expected.dims[axis] = dims[axis] + 67;
        for (Dims index : naive::indices(expected.dims)) {
          std::size_t piece = 0;
          while (index[axis] >= pieces[piece].dims[axis]) index[axis] -= pieces[piece++].dims[axis];
          expected.values.push_back(naive::at(pieces[piece], index));
        }
        check(Op::concat, {static_cast<std::int64_t>(axis)}, pieces, element, expected);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(concat_of_values_that_do_not_fit_is_refused) {
  const Array a{{2, 3}, naive::Values(6)}, longer{{2, 4}, naive::Values(8)}, flat{{6}, naive::Values(6)};
  const auto code = [](Errc expected) { return [expected](const Error& e) { return e.code() == expected; }; };
  BOOST_CHECK_EXCEPTION(infer(Op::concat, {0}, {a, longer}, ring(8)), Error, code(Errc::shape_mismatch));
  BOOST_CHECK_EXCEPTION(infer(Op::concat, {0}, {a, flat}, ring(8)), Error, code(Errc::shape_mismatch));
  BOOST_CHECK_EXCEPTION(infer(Op::concat, {2}, {a, a}, ring(8)), Error, code(Errc::bad_argument));
  BOOST_CHECK_NO_THROW(infer(Op::concat, {1}, {a, longer}, ring(8)));
}

BOOST_AUTO_TEST_CASE(transpose_moves_axis_to_axis) {
  std::mt19937_64 rng(34);
  for (const ElementType element : elements()) {
    for (const Dims& dims : kShapes) {
      const Array a = naive::random_array(rng, dims, element.width);
      Dims order;
      for (std::size_t i = 0; i < dims.size(); ++i) order.push_back(static_cast<std::int64_t>(i));
      do {
        Array expected{{}, {}};
        for (const std::int64_t axis : order) expected.dims.push_back(dims[static_cast<std::size_t>(axis)]);
        for (const Dims& index : naive::indices(expected.dims)) {
          Dims old(dims.size());
          for (std::size_t i = 0; i < order.size(); ++i) old[static_cast<std::size_t>(order[i])] = index[i];
          expected.values.push_back(naive::at(a, old));
        }
        check(Op::transpose, order, {a}, element, expected);
      } while (std::next_permutation(order.begin(), order.end()));
    }
  }
}

BOOST_AUTO_TEST_CASE(transpose_needs_each_axis_once) {
  const Array a{{3, 4}, naive::Values(12)};
  const auto bad = [](const Error& e) { return e.code() == Errc::bad_argument; };
  for (const Dims& order : std::vector<Dims>{{0}, {0, 0}, {0, 2}, {-1, 0}, {0, 1, 1}})
    BOOST_CHECK_EXCEPTION(infer(Op::transpose, order, {a}, ring(8)), Error, bad);
}

BOOST_AUTO_TEST_CASE(reshape_needs_as_many_elements) {
  const Array a{{3, 4}, naive::Values(12)};
  for (const Dims& to : std::vector<Dims>{{12}, {2, 6}, {1, 12, 1}})
    BOOST_TEST((infer(Op::reshape, to, {a}, ring(8)).shape == Shape(to)));
  for (const Dims& to : std::vector<Dims>{{}, {11}, {3, 5}, {0}, {-1}})
    BOOST_CHECK_EXCEPTION(infer(Op::reshape, to, {a}, ring(8)), Error,
                          [](const Error& e) { return e.code() == Errc::shape_mismatch; });
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
