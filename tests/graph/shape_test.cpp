#include "graph/shape.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/error.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
namespace {

using naive::Dims;

/// All shapes of up to `rank` axes with extents from `extents`.
std::vector<Dims> shapes(std::size_t rank, const Dims& extents) {
  std::vector<Dims> out{{}}, last{{}};
  for (std::size_t r = 0; r < rank; ++r) {
    std::vector<Dims> next;
    for (const Dims& s : last)
      for (const std::int64_t e : extents) {
        next.push_back(s);
        next.back().push_back(e);
      }
    out.insert(out.end(), next.begin(), next.end());
    last = std::move(next);
  }
  return out;
}

bool stretches(Dims a, Dims b) {
  for (; !a.empty() && !b.empty(); a.pop_back(), b.pop_back())
    if (a.back() != b.back() && a.back() != 1 && b.back() != 1) return false;
  return true;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shape)

BOOST_AUTO_TEST_CASE(a_scalar_has_one_element_and_an_extent_of_0_none) {
  BOOST_TEST(Shape().elements() == 1u);
  BOOST_TEST(Shape().rank() == 0u);
  BOOST_TEST(Shape().to_string() == "[]");
  BOOST_TEST((Shape{2, 3, 5}.elements()) == 30u);
  BOOST_TEST((Shape{2, 0, 5}.elements()) == 0u);
  BOOST_TEST((Shape{2, 3}.to_string()) == "[2, 3]");
}

BOOST_AUTO_TEST_CASE(strides_give_the_row_major_position) {
  const Shape s{2, 3, 5};
  std::int64_t position = 0;
  for (const Dims& i : naive::indices(s.dims())) {
    std::int64_t offset = 0;
    for (std::size_t axis = 0; axis < 3; ++axis) offset += i[axis] * s.strides()[axis];
    BOOST_TEST(offset == position++);
  }
  BOOST_TEST(position == 30);
}

BOOST_AUTO_TEST_CASE(negative_and_enormous_shapes_are_refused) {
  const auto mismatch = [](const Error& e) { return e.code() == Errc::shape_mismatch; };
  const std::int64_t big = std::int64_t{1} << 40;
  BOOST_CHECK_EXCEPTION(Shape({3, -1}), Error, mismatch);
  BOOST_CHECK_EXCEPTION(Shape({big, 257}), Error, mismatch);
  BOOST_CHECK_NO_THROW(Shape({big, 256}));
  // The strides of an empty tensor are numbers, too: they must not overflow, wherever the 0 stands.
  BOOST_CHECK_EXCEPTION(Shape({0, big, big}), Error, mismatch);
  BOOST_CHECK_EXCEPTION(Shape({big, big, 0}), Error, mismatch);
}

BOOST_AUTO_TEST_CASE(broadcasting_follows_numpy_for_all_small_shapes) {
  int fits = 0, clashes = 0;
  for (const Dims& a : shapes(3, {0, 1, 2, 3})) {
    for (const Dims& b : shapes(3, {0, 1, 2, 3})) {
      if (stretches(a, b)) {
        BOOST_TEST(broadcast(Shape(a), Shape(b)).dims() == naive::common(a, b),
                   boost::test_tools::per_element());
        ++fits;
      } else {
        BOOST_CHECK_EXCEPTION(broadcast(Shape(a), Shape(b)), Error, [&](const Error& e) {
          const std::string text = e.what();
          return e.code() == Errc::shape_mismatch && text.find(Shape(a).to_string()) != std::string::npos &&
                 text.find(Shape(b).to_string()) != std::string::npos;
        });
        ++clashes;
      }
    }
  }
  BOOST_TEST(fits > 1000);
  BOOST_TEST(clashes > 1000);
}

BOOST_AUTO_TEST_CASE(broadcast_strides_read_the_stretched_element) {
  const Dims to{4, 2, 3};
  for (const Dims& from :
       std::vector<Dims>{{}, {1}, {3}, {2, 1}, {1, 3}, {2, 3}, {4, 1, 1}, {1, 2, 1}, {4, 2, 3}}) {
    naive::Array numbered{from, {}};
    for (std::uint64_t i = 0; i < naive::count(from); ++i) numbered.values.push_back(i);
    const std::vector<std::int64_t> strides = broadcast_strides(Shape(from), Shape(to));
    for (const Dims& index : naive::indices(to)) {
      std::int64_t offset = 0;
      for (std::size_t axis = 0; axis < to.size(); ++axis) offset += index[axis] * strides[axis];
      BOOST_TEST(static_cast<std::uint64_t>(offset) ==
                 static_cast<std::uint64_t>(naive::at(numbered, index)));
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
