// Probabilistic truncation: how often it rounds up, and what its precondition is worth.

#include <boost/test/unit_test.hpp>
#include <cmath>

#include "graph/functions.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

constexpr unsigned kWidth = 16, kBits = 6;
constexpr std::int64_t kCount = 4096;

/// Differences from the exact result, mod 2^k, of many truncations of one value.
std::map<u128, std::int64_t> errors(std::int64_t value, bool product, const char* variant,
                                    std::uint64_t order) {
  const u128 x = static_cast<u128>(static_cast<__int128>(value)) & low_mask<u128>(kWidth);
  Builder b;
  const Value in = b.input("x", Builder::party(0), ring(kWidth), {kCount});
  b.output("y",
           product ? mul_trunc_pr(in, b.input("one", Builder::party(0), ring(kWidth), {kCount}), kBits)
                   : trunc_pr(in, kBits),
           Builder::party(0));
  PlanOptions options;
  if (product) options.policy.prefer["mul_trunc_pr"] = variant;
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, 3, 0}, options));
  std::vector<Tensor> inputs{Tensor(ring(kWidth), {kCount}, std::vector<u128>(kCount, x))};
  if (product) inputs.emplace_back(ring(kWidth), Shape{kCount}, std::vector<u128>(kCount, 1));
  testing::Simulator sim(plan, inputs, testing::Keys(plan->setting), order);
  BOOST_TEST_REQUIRE(sim.run());
  const Tensor y = sim.engine(0).outputs().at("y");
  const u128 exact = static_cast<u128>(static_cast<__int128>(value) >> kBits);
  std::map<u128, std::int64_t> out;
  for (std::uint64_t i = 0; i < y.elements(); ++i) ++out[(y.get(i) - exact) & low_mask<u128>(kWidth)];
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(truncation_by_chance)

BOOST_AUTO_TEST_CASE(rounds_up_as_often_as_what_is_cut_off_says) {
  auto rng = testing::generator("trunc_pr");
  for (const char* variant : {"", "open", "king", "separate"})
    for (const std::int64_t x : {0L, 1L, 16L, 32L, 63L, 64L, 1000L, -1L, -64L, -8192L - 8192L, 16383L}) {
      const auto seen = errors(x, *variant != 0, variant, rng());
      const double share = static_cast<double>(x & 63) / 64;
      std::int64_t up = 0;
      for (const auto& [error, count] : seen) {
        BOOST_TEST((error <= 1), "an error of " << static_cast<std::uint64_t>(error) << " for " << x);
        up += error == 1 ? count : 0;
      }
      // Six standard deviations: one false alarm in 5 * 10^8.
      const double slack = 6 * std::sqrt(share * (1 - share) * kCount);
      BOOST_TEST(std::abs(static_cast<double>(up) - share * kCount) <= slack, up << " times up for " << x);
    }
}

// The operand is shifted by 2^(k-2) into [0, 2^(k-1)). Above that the top bit is set, and wraps are missed.
BOOST_AUTO_TEST_CASE(a_value_beyond_its_range_is_off_by_a_whole_range) {
  auto rng = testing::generator("trunc_pr beyond");
  const auto seen = errors(3 << (kWidth - 3), false, "", rng());
  const u128 wrap = u128{1} << (kWidth - kBits);
  std::int64_t wrong = 0;
  for (const auto& [error, count] : seen) wrong += error > 1 ? count : 0;
  BOOST_TEST(wrong > 0);
  for (const auto& [error, count] : seen)
    BOOST_TEST((error <= 1 || error == wrap || error == wrap + 1 || error == (u128{1} << kWidth) - wrap ||
                error == (u128{1} << kWidth) - wrap + 1),
               "an error of " << static_cast<std::uint64_t>(error));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
