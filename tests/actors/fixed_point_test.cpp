// Fixed-point programs give on shares what they give in the clear, in their own ring and in longer ones.

#include <boost/test/unit_test.hpp>

#include "graph/evaluate.hpp"
#include "graph/functions.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

void check(std::uint32_t n, unsigned k, unsigned f, const std::optional<Numbers>& numbers,
           const char* variant) {
  constexpr std::int64_t kCount = 6;
  auto rng = testing::generator("fixed_point");
  Builder b;
  const ElementType type = fixed(k, f);
  const auto input = [&](const char* name, std::uint32_t owner) {
    return numbers ? b.input(name, Builder::party(owner), type, {kCount}, *numbers)
                   : b.input(name, Builder::party(owner), type, {kCount});
  };
  const Value x = input("x", 0), y = input("y", 1);
  b.output("product", x * y, Builder::party(0));
  b.output("sum", dot(x, y) + relu(x * 0.5) - at(y, 0, 1), Builder::party(0));
  b.output("larger", max(x * x, y) * 3, Builder::party(0));
  if (k <= 16) b.output("quotient", div(x, y), Builder::party(0));
  std::vector<Tensor> inputs(2, Tensor(type, {kCount}));
  const Interval in = numbers ? numbers->of(type, "") : all_numbers(k, true);
  for (Tensor& t : inputs)
    for (std::uint64_t i = 0; i < t.elements(); ++i) {
      const u128 width = in.high - in.low;
      const u128 by = i == 0 ? 0 : i == 1 ? width : (u128{rng()} << 64 | rng()) % width;
      t.set(i, in.low + by);
    }
  PlanOptions options;
  options.policy.prefer["convert"] = options.policy.prefer["trunc"] = variant;
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 0}, options));
  testing::Simulator sim(plan, inputs, testing::Keys(plan->setting), rng());
  BOOST_TEST_REQUIRE(sim.run());
  const std::vector<Tensor> expected = evaluate(b.graph(), inputs);
  const auto outputs = sim.engine(0).outputs();
  for (std::size_t i = 0; i < expected.size(); ++i)
    BOOST_TEST((outputs.at(b.graph().outputs()[i].name) == expected[i]),
               b.graph().outputs()[i].name << " in " << type.to_string() << " among " << n);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(fixed_point)

BOOST_AUTO_TEST_CASE(on_shares_as_in_the_clear) {
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const char* variant : {"summands", "edabit"}) {
      check(n, 64, 16, std::nullopt, variant);
      check(n, 64, 16, range(-1000, 1000), variant);
      check(n, 16, 5, std::nullopt, variant);
      if (n == 3) check(n, 96, 32, std::nullopt, variant), check(n, 128, 40, range(-1e6, 1e6), variant);
    }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
