// conv2d against the definition: one sum of products in u128 per element of the result.
#include <boost/test/unit_test.hpp>

#include "graph/evaluate.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
namespace {

using naive::Array;
using naive::Dims;

struct Case {
  Dims input, filter;
  Dims attributes;  // strides, dilations, padding, groups
};

/// Height or width of the result.
std::int64_t extent(const Case& c, std::size_t axis) {
  const std::int64_t padded = c.input[1 + axis] + c.attributes[4 + 2 * axis] + c.attributes[5 + 2 * axis];
  std::int64_t count = 0;
  const std::int64_t reach = (c.filter[1 + axis] - 1) * c.attributes[2 + axis];
  for (std::int64_t at = 0; at + reach < padded; at += c.attributes[axis]) ++count;
  return count;
}

Array convolution(const Case& c, const Array& input, const Array& filter, unsigned width) {
  Array out{{c.input[0], extent(c, 0), extent(c, 1), c.filter[0]}, {}};
  const std::int64_t groups = c.attributes[8], own = c.filter[3];
  for (const Dims& i : naive::indices(out.dims)) {
    u128 sum = 0;
    for (std::int64_t r = 0; r < c.filter[1]; ++r)
      for (std::int64_t s = 0; s < c.filter[2]; ++s)
        for (std::int64_t t = 0; t < own; ++t) {
          const std::int64_t y = i[1] * c.attributes[0] + r * c.attributes[2] - c.attributes[4];
          const std::int64_t x = i[2] * c.attributes[1] + s * c.attributes[3] - c.attributes[6];
          if (y < 0 || y >= c.input[1] || x < 0 || x >= c.input[2]) continue;
          const std::int64_t group = i[3] / (c.filter[0] / groups);
          const auto pixel = static_cast<std::size_t>((i[0] * c.input[1] + y) * c.input[2] + x);
          const auto tap = static_cast<std::size_t>((i[3] * c.filter[1] + r) * c.filter[2] + s);
          sum += input.values[pixel * static_cast<std::size_t>(c.input[3]) +
                              static_cast<std::size_t>(group * own + t)] *
                 filter.values[tap * static_cast<std::size_t>(own) + static_cast<std::size_t>(t)];
        }
    out.values.push_back(naive::mod(sum, width));
  }
  return out;
}

/// With anything above the width.
Tensor with_garbage(const Array& from, unsigned width, std::mt19937_64& rng) {
  Tensor out = naive::tensor(ring(width), from);
  with_word(width, [&]<class Word>(std::type_identity<Word>) {
    auto* words = reinterpret_cast<Word*>(out.data());
    for (std::uint64_t i = 0; i < out.elements(); ++i)
      words[i] |= static_cast<Word>(static_cast<Word>(rng()) & ~low_mask<Word>(width));
  });
  return out;
}

void check(const Case& c, unsigned width, std::mt19937_64& rng) {
  BOOST_TEST_CONTEXT("Z_2^" << width << " input " << Shape(c.input).to_string() << " filter "
                            << Shape(c.filter).to_string() << " attributes "
                            << Shape(c.attributes).to_string()) {
    const Array input = naive::random_array(rng, c.input, width),
                filter = naive::random_array(rng, c.filter, width);
    const Array result = convolution(c, input, filter, width);
    const ValueType types[] = {{Visibility::secret, ring(width), Shape(c.input)},
                               {Visibility::open, ring(width), Shape(c.filter)}};
    const std::vector<const ValueType*> pointers{&types[0], &types[1]};
    BOOST_TEST((op_row(Op::conv2d).infer(pointers, c.attributes) ==
                ValueType{Visibility::secret, ring(width), Shape(result.dims)}));
    const Array before = naive::random_array(rng, result.dims, width);
    const std::uint64_t end = naive::count(result.dims);
    for (Range range : {Range{0, end}, Range{rng() % (end / 64 + 1) * 64, end}}) {
      if (range.begin != 0) range.end -= rng() % (end - range.begin + 1);
      const bool accumulate = rng() % 2 != 0;
      Array expected = before;
      for (std::uint64_t i = range.begin; i < range.end; ++i)
        expected.values[i] = naive::mod((accumulate ? before.values[i] : 0) + result.values[i], width);
      Tensor seen = naive::run(Op::conv2d, c.attributes,
                               {with_garbage(input, width, rng), with_garbage(filter, width, rng)},
                               naive::tensor(ring(width), before), range, accumulate);
      reduce(seen);
      BOOST_TEST(naive::difference(seen, expected) == "", "range " << range.begin << " .. " << range.end);
    }
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(op_convolution)

BOOST_AUTO_TEST_CASE(convolutions_of_any_shape) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  const auto from = [&](std::int64_t least, std::int64_t most) {
    return least + static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(most - least + 1));
  };
  int done = 0;
  while (done < 60) {
    const std::int64_t groups = from(0, 2) == 0 ? from(1, 12) : 1;
    const std::int64_t own = from(0, 3) == 0 ? 1 : from(0, 5), each = from(0, 5);
    Case c{{from(0, 3), from(0, 9), from(0, 9), groups * own},
           {groups * each, from(1, 4), from(1, 4), own},
           {from(1, 3), from(1, 3), from(1, 3), from(1, 3), from(0, 3), from(0, 3), from(0, 3), from(0, 3),
            groups}};
    if (extent(c, 0) == 0 || extent(c, 1) == 0) continue;  // refused
    ++done;
    for (const unsigned width : naive::kWidths) check(c, width, rng);
  }
}

BOOST_AUTO_TEST_CASE(convolutions_that_are_packed_and_cross_blocks) {
  std::mt19937_64 rng(41);
  const std::vector<Case> cases{
      {{1, 12, 11, 40}, {33, 3, 3, 40}, {1, 1, 1, 1, 1, 1, 1, 1, 1}},   // more terms than a block is deep
      {{2, 9, 10, 16}, {20, 1, 1, 16}, {1, 1, 1, 1, 0, 0, 0, 0, 1}},    // pixels as they lie
      {{1, 15, 14, 3}, {18, 3, 3, 3}, {2, 2, 1, 1, 0, 1, 0, 1, 1}},     // a first layer
      {{1, 9, 9, 64}, {64, 3, 3, 1}, {1, 1, 1, 1, 1, 1, 1, 1, 64}},     // depthwise
      {{1, 7, 8, 9}, {27, 3, 3, 1}, {2, 1, 1, 2, 1, 2, 0, 3, 9}},       // with a multiplier
      {{2, 8, 8, 32}, {64, 3, 3, 16}, {1, 1, 2, 2, 2, 2, 2, 2, 2}},     // groups, dilated
      {{1, 20, 1, 1}, {1, 5, 1, 1}, {1, 1, 1, 1, 0, 0, 0, 0, 1}},       // one dimension
      {{3, 1, 1, 300}, {10, 1, 1, 300}, {1, 1, 1, 1, 0, 0, 0, 0, 1}}};  // a dense layer
  for (const Case& c : cases)
    for (const unsigned width : {7u, 16u, 32u, 64u, 128u}) check(c, width, rng);
}

BOOST_AUTO_TEST_CASE(bad_convolutions_are_refused_by_name) {
  const auto refused = [](const Case& c, Errc code, const std::vector<std::string>& says) {
    const ValueType types[] = {{Visibility::secret, ring(8), Shape(c.input)},
                               {Visibility::secret, ring(8), Shape(c.filter)}};
    const std::vector<const ValueType*> pointers{&types[0], &types[1]};
    BOOST_TEST_CONTEXT(says[0])
    BOOST_CHECK_EXCEPTION(op_row(Op::conv2d).infer(pointers, c.attributes), Error, [&](const Error& e) {
      for (const std::string& part : says)
        BOOST_TEST((std::string(e.what()).find(part) != std::string::npos), e.what() << " lacks " << part);
      return e.code() == code;
    });
  };
  const Case good{{1, 5, 6, 4}, {8, 3, 3, 2}, {1, 1, 1, 1, 0, 0, 0, 0, 2}};
  const auto with = [&](std::size_t attribute, std::int64_t value) {
    Case c = good;
    c.attributes[attribute] = value;
    return c;
  };
  refused({{5, 6, 4}, good.filter, good.attributes}, Errc::shape_mismatch,
          {"input has shape [5, 6, 4]", "[batch, "});
  refused({good.input, {8, 3, 3}, good.attributes}, Errc::shape_mismatch,
          {"filter has shape", "[out channels, "});
  refused({good.input, {8, 3, 3, 4}, good.attributes}, Errc::shape_mismatch,
          {"4 input channels", "4 of the input / 2"});
  refused({good.input, {8, 0, 3, 2}, good.attributes}, Errc::shape_mismatch, {"filter of height 0"});
  refused({good.input, {8, 3, 7, 2}, good.attributes}, Errc::shape_mismatch,
          {"filter of width 7", "input of width 6"});
  refused({{1, 0, 6, 4}, good.filter, good.attributes}, Errc::shape_mismatch, {"input of height 0"});
  refused({good.input, {7, 3, 3, 2}, good.attributes}, Errc::bad_argument, {"2 groups", "7 filters"});
  refused({good.input, good.filter, {1, 1}}, Errc::bad_argument, {"2 attributes", "groups"});
  refused(with(8, 3), Errc::bad_argument, {"3 groups", "4 channels"});
  refused(with(8, 0), Errc::bad_argument, {"0 groups"});
  refused(with(0, 0), Errc::bad_argument, {"stride of 0", "height"});
  refused(with(3, -1), Errc::bad_argument, {"dilation of -1", "width"});
  refused(with(5, -2), Errc::bad_argument, {"padding of -2", "height"});
  refused(with(2, 3), Errc::shape_mismatch, {"filter of height 3 with dilation 3", "height 5"});
  refused(with(2, std::int64_t{1} << 31), Errc::bad_argument, {"dilation"});
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
