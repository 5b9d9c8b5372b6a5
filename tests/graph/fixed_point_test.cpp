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
  std::size_t truncations() const { return count(place_truncations(b.graph()).graph, Op::trunc); }
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

// Products whose integers are longer than the ring, though the results are not.
BOOST_AUTO_TEST_CASE(results_that_the_type_holds_come_out_right) {
  const auto product = [](ElementType type, double x, double y) {
    Builder b;
    const Value a = b.input("x", Builder::party(0), type, {1}),
                c = b.input("y", Builder::party(1), type, {1});
    b.output("z", a * c, Builder::party(0));
    return number(evaluate(b.graph(), std::vector{numbers(type, {x}), numbers(type, {y})})[0], 0, type.frac);
  };
  BOOST_TEST(product(fixed(64, 16), 46341, 46341) == 2147488281.0);
  BOOST_TEST(product(fixed(64, 24), 93807.64, 0.5) ==
             std::floor(std::llround(std::ldexp(93807.64, 24)) / 2.0) / (1 << 24));
  BOOST_TEST(product(fixed(64, 16), std::ldexp(1, 46), -2) == -std::ldexp(1, 47));
  std::mt19937_64 rng(20261130);
  for (const auto& [k, f] : {std::pair{8u, 3u}, {16u, 15u}, {33u, 7u}, {60u, 30u}, {64u, 63u}, {64u, 1u}}) {
    Builder b;
    const ElementType type = fixed(k, f);
    constexpr std::int64_t kCount = 200;
    const Value x = b.input("x", Builder::party(0), type, {kCount}),
                y = b.input("y", Builder::party(0), type, {kCount}),
                z = b.input("z", Builder::party(0), type, {kCount});
    b.output("product", x * y, Builder::party(0));
    b.output("sum", x * y + z - y * z, Builder::party(0));
    b.output("larger", max(x * y, z), Builder::party(0));
    std::vector<Tensor> in(3, Tensor(type, {kCount}));
    for (Tensor& t : in)
      for (std::uint64_t i = 0; i < t.elements(); ++i)
        t.set(i, static_cast<u128>(as_signed(rng(), k) >> (rng() % k)));
    const std::vector<Tensor> out = evaluate(b.graph(), in);
    int checked = 0;
    for (std::uint64_t i = 0; i < kCount; ++i) {
      const auto at = [&](std::size_t t) { return as_signed(in[t].get(i), k); };
      const auto is = [&](std::size_t o, __int128 expected) {
        if (expected >= -(__int128{1} << (k - 1)) && expected < __int128{1} << (k - 1)) {
          ++checked;
          BOOST_TEST((as_signed(out[o].get(i), k) == expected), "output " << o << " of " << type.to_string());
        }
        return expected;
      };
      const __int128 p = is(0, at(0) * at(1) >> f);
      is(1, (at(0) * at(1) + at(2) * (__int128{1} << f) - at(1) * at(2)) >> f);
      if (p < __int128{1} << (k - 1) && p >= -(__int128{1} << (k - 1))) is(2, std::max(p, at(2)));
    }
    BOOST_TEST(checked > kCount);
  }
}

BOOST_AUTO_TEST_CASE(declared_ranges_save_the_longer_ring) {
  const auto made = [](auto... declared) {
    Builder b;
    const Value x = b.input("x", Builder::party(0), fixed(64, 16), {3}, declared...);
    b.output("z", dot(x, x) + relu(x * 3.5) - x, Builder::party(0));
    return place_truncations(b.graph()).graph;
  };
  BOOST_TEST(count(made(range(-1000, 1000)), Op::convert) == 0u);
  BOOST_TEST(count(made(), Op::convert) > 0u);
  BOOST_TEST(count(made(range(-1e8, 1e8)), Op::convert) > 0u);
  // At the edge: 2^15 x 2^16 in units of 2^-32 is 2^63.
  const auto edge = [](double high) {
    Builder b;
    const Value x = b.input("x", Builder::party(0), fixed(64, 16), {}, range(0, high));
    b.output("z", x * 65536.0, Builder::party(0));
    return count(place_truncations(b.graph()).graph, Op::convert);
  };
  BOOST_TEST(edge(32767.5) == 0u);
  BOOST_TEST(edge(32768) > 0u);
}

BOOST_AUTO_TEST_CASE(products_that_no_ring_holds_are_refused_with_their_line) {
  const auto refusal = [](auto build) {
    Builder b;
    try {
      b.output("z", build(b), Builder::party(0));
      static_cast<void>(make_plan(b.graph(), {Scheme::rss, 3, 0}));
    } catch (const Error& e) {
      return std::string(e.what());
    }
    return std::string();
  };
  const auto says = [](const std::string& text, const char* name) {
    return text.find("fixed_point_test.cpp:") == 0 && text.find(name) != std::string::npos &&
           text.find("fixed(128, 32)") != std::string::npos && text.find("ring(") == std::string::npos &&
           text.find("160)") == std::string::npos;
  };
  const ElementType type = fixed(128, 32);
  const auto x = [&](Builder& b, auto... declared) {
    return b.input("x", Builder::party(0), type, {}, declared...);
  };
  std::string text = refusal([&](Builder& b) {
    const Value v = x(b);
    return v * v;
  });
  BOOST_TEST(says(text, "mul"), text);
  text = refusal([&](Builder& b) {
    const Value v = x(b);
    return div(v, v);
  });
  BOOST_TEST(says(text, "div"), text);
  BOOST_TEST(refusal([&](Builder& b) {
               const Value v = x(b, range(-1e9, 1e9));
               return v * v;
             }) == "");
  text = refusal([&](Builder& b) {
    const Value v = x(b, range(-1e15, 1e15));
    return v * v;
  });
  BOOST_TEST(says(text, "mul"), text);
  text = refusal([&](Builder& b) {
    const Value v = b.input("x", Builder::party(0), fixed(64, 16));
    return div(v, v, {.bits = 70});
  });
  BOOST_TEST((text.find("70 bits in fixed(64, 16)") != std::string::npos), text);
}

// Probabilistic truncation discloses something: nothing but a program's own words brings it in.
BOOST_AUTO_TEST_CASE(fixed_point_stays_exact) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), fixed(64, 16), {4}),
              y = b.input("y", Builder::party(1), fixed(64, 16), {4});
  const Value z = x * y, w = dot(x, y), q = div(x, y);
  b.output("z", z + w + relu(q) + trunc(x, 3) + max(z, y), Builder::party(0));
  b.output("m", matmul(reshape(x, {2, 2}), reshape(y, {2, 2})), Builder::party(0));
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const bool offline : {false, true})
      for (const char* variant : {"summands", "edabit"}) {
        PlanOptions options;
        options.policy.offline_first = offline;
        options.policy.prefer["trunc"] = variant;
        std::size_t exact = 0;
        for (const Choice& c : make_plan(b.graph(), {Scheme::rss, n, 0}, options).choices) {
          exact += c.op == Op::trunc;
          BOOST_TEST((c.op != Op::trunc_pr && c.op != Op::mul_trunc_pr));
        }
        BOOST_TEST(exact > 0u);
      }
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
