// Fixed-point numbers: where truncations are placed, and what comes out.
#include "graph/fixed_point.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>
#include <random>

#include "graph/evaluate.hpp"
#include "graph/functions.hpp"
#include "graph/plan.hpp"
#include "tests/graph/count.hpp"

namespace tacet {
namespace {

Tensor numbers(ElementType element, const std::vector<double>& values) {
  std::vector<u128> units;
  for (const double v : values)
    units.push_back(static_cast<u128>(static_cast<__int128>(std::llround(std::ldexp(v, element.frac)))));
  return Tensor(element, {static_cast<std::int64_t>(values.size())}, units);
}

double number(const Tensor& t, std::uint64_t i, unsigned frac) {
  const unsigned rest = 128 - t.element().width;
  return std::ldexp(static_cast<double>(static_cast<__int128>(t.get(i) << rest) >> rest),
                    -static_cast<int>(frac));
}

struct Program {
  Builder b;
  ElementType type = fixed(64, 16);
  Value x = b.input("x", Builder::party(0), type, {3});
  Value y = b.input("y", Builder::party(1), type, {3});
  std::vector<Tensor> inputs{numbers(type, {1.5, -2.25, 100.0}), numbers(type, {0.5, 3.0, -0.125})};

  std::vector<double> run(const Value& result) {
    b.output("z", result, Builder::party(0));
    const std::vector<Tensor> out = evaluate(b.graph(), inputs);
    std::vector<double> values;
    for (std::uint64_t i = 0; i < out.back().elements(); ++i)
      values.push_back(number(out.back(), i, result.type().element.frac));
    return values;
  }
  std::size_t truncations() const { return count(place_truncations(b.graph()), Op::trunc); }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(fixed_point)

BOOST_AUTO_TEST_CASE(a_product_is_truncated_once) {
  Program p;
  BOOST_TEST(p.run(p.x * p.y) == (std::vector<double>{0.75, -6.75, -12.5}), boost::test_tools::per_element());
  BOOST_TEST(p.truncations() == 1u);
}

BOOST_AUTO_TEST_CASE(sums_of_products_are_truncated_after_they_are_added) {
  Program p;
  const Value sum = p.x * p.y + p.y * p.y - p.x + 0.25;
  BOOST_TEST(p.run(sum) == (std::vector<double>{-0.25, 4.75, -112.234375}), boost::test_tools::per_element());
  BOOST_TEST(p.truncations() == 1u);
}

BOOST_AUTO_TEST_CASE(scalar_products_and_choices_carry_the_longer_fraction) {
  Program p;
  const Value z = relu(dot(p.x, p.y)) + select(lt(p.x, p.y), p.x * p.y, p.y);
  BOOST_TEST(p.run(z) == (std::vector<double>{0.5, -6.75, -0.125}), boost::test_tools::per_element());
  BOOST_TEST(p.truncations() == 1u);
}

BOOST_AUTO_TEST_CASE(convolutions_carry_the_longer_fraction) {
  Program p;
  const Value z = conv2d(reshape(p.x, {1, 1, 3, 1}), reshape(p.y, {1, 1, 3, 1}), {.padding = {0, 0, 1, 1}});
  BOOST_TEST(p.run(z + 1) == (std::vector<double>{5.78125, -17.5, 299.875}),
             boost::test_tools::per_element());
  BOOST_TEST(p.truncations() == 1u);
}

BOOST_AUTO_TEST_CASE(a_factor_of_a_product_is_truncated_before) {
  Program p;
  BOOST_TEST(p.run(p.x * p.y * p.y) == (std::vector<double>{0.375, -20.25, 1.5625}),
             boost::test_tools::per_element());
  BOOST_TEST(p.truncations() == 2u);
}

BOOST_AUTO_TEST_CASE(integer_factors_cost_no_truncation) {
  Program p;
  BOOST_TEST(p.run(3 * p.x - 1) == (std::vector<double>{3.5, -7.75, 299.0}),
             boost::test_tools::per_element());
  BOOST_TEST(p.truncations() == 0u);
}

BOOST_AUTO_TEST_CASE(truncation_rounds_down) {
  Program p;
  p.inputs = {numbers(p.type, {std::ldexp(1, -16), -std::ldexp(1, -16), 0}),
              numbers(p.type, {0.5, 0.5, 0.5})};
  BOOST_TEST(p.run(p.x * p.y) == (std::vector<double>{0, -std::ldexp(1, -16), 0}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(quotients_keep_the_fraction) {
  Program p;
  const auto z = p.run(div(p.x, p.y));
  BOOST_TEST(z == (std::vector<double>{3, -0.75, -800}), boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(integers_become_numbers_and_back) {
  Program p;
  const Value units = with_fraction(p.x * p.y, 0);
  p.b.output("units", units, Builder::party(1));
  BOOST_TEST(p.run(with_fraction(units + 65536, 16)) == (std::vector<double>{1.75, -5.75, -11.5}),
             boost::test_tools::per_element());
  BOOST_TEST(p.truncations() == 1u);  // shared by both
}

BOOST_AUTO_TEST_CASE(inputs_and_outputs_remember_their_fractions) {
  Program p;
  p.run(p.x + p.y);
  const Plan plan = make_plan(p.b.graph(), {Scheme::rss, 3, 0});
  BOOST_TEST(plan.graph.inputs()[0].frac_bits == 16);
  BOOST_TEST(plan.graph.outputs()[0].format.frac_bits == 16);
  BOOST_TEST(plan.graph.outputs()[0].format.is_signed);
  BOOST_TEST(!has_fractions(plan.graph));
}

BOOST_AUTO_TEST_CASE(what_does_not_fit_is_refused) {
  Program p;
  const Value other = p.b.input("other", Builder::party(0), fixed(64, 8), {3});
  const Value integers = p.b.input("integers", Builder::party(0), ring(64), {3});
  BOOST_CHECK_THROW(p.x + other, Error);
  BOOST_CHECK_THROW(p.x * other, Error);
  BOOST_CHECK_THROW(p.x + integers, Error);
  BOOST_CHECK_THROW(integers + 0.5, Error);
  BOOST_CHECK_THROW(p.x + std::ldexp(1.0, 47), Error);
  BOOST_CHECK_THROW(p.x + (std::int64_t{1} << 50), Error);
  BOOST_CHECK_THROW(p.x + std::nan(""), Error);
  BOOST_CHECK_THROW(fixed(16, 16), Error);
  BOOST_TEST((p.x * integers).type().element.frac == 16);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
