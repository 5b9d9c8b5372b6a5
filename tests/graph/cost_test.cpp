// The figures `explain` prints, against figures worked out by hand.
#include "graph/cost.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "graph/builder.hpp"

namespace tacet {
namespace {

Role party(std::uint32_t i) {
  return Builder::party(i);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(cost)

BOOST_AUTO_TEST_CASE(bytes_by_endpoint_and_round) {
  Builder b;
  const Role alice = b.client("alice");
  const Value x = b.input("x", party(0), ring(32), {10}), y = b.input("y", alice, ring(32), {10});
  b.output("o", x * y, {party(2), alice});
  const PlanCost cost = cost_of(make_plan(b.graph(), {Scheme::rss, 3, 1}));
  BOOST_TEST(cost.rounds == 3u);
  // 40 bytes a copy. Inputs: party 0 to party 2, the client to parties 1 and 2. Product: each party to one.
  // Output: party 0 to party 2, and six copies to the client, two of them from each party (every one stands
  // in two rotations).
  BOOST_TEST(cost.round_bytes == (std::vector<std::uint64_t>{3 * 40, 3 * 40, 7 * 40}),
             boost::test_tools::per_element());
  BOOST_TEST(cost.bytes_sent == (std::vector<std::uint64_t>{40 + 40 + 40 + 80, 40 + 80, 40 + 80, 80}),
             boost::test_tools::per_element());
  BOOST_TEST(std::accumulate(cost.bytes_received.begin(), cost.bytes_received.end(), std::uint64_t{0}) ==
             13 * 40u);
  BOOST_TEST(cost.bytes_received[3] == 6 * 40u);
}

BOOST_AUTO_TEST_CASE(memory_of_a_value_is_its_share_components) {
  constexpr std::uint64_t kBytes = 4 << 20;
  for (const std::uint32_t n : {3u, 5u, 7u}) {
    Builder b;
    const Value x = b.input("x", party(0), ring(32), {1 << 20});
    b.output("o", sum(x), party(0));
    const Setting setting{Scheme::rss, n, 0};
    const PlanCost cost = cost_of(make_plan(b.graph(), setting));
    for (std::uint32_t p = 0; p < n; ++p) {
      BOOST_TEST(cost.peak_memory_bytes[p] >= kBytes * setting.components());
      // Besides the value: its messages in flight and a few small buffers.
      BOOST_TEST(cost.peak_memory_bytes[p] <= kBytes * (setting.components() + setting.t()) + 65536);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_long_chain_needs_the_memory_of_a_few_values) {
  const auto peak = [](int length) {
    Builder b;
    Value x = b.input("x", party(0), ring(64), {100000});
    const Value first = x;
    for (int i = 0; i < length; ++i) x = x * first;
    b.output("o", sum(x), party(0));
    return cost_of(make_plan(b.graph(), {})).peak_memory_bytes[0];
  };
  BOOST_TEST(peak(100) == peak(10));
  constexpr std::uint64_t kValue = 2 * 800000;  // two components
  BOOST_TEST(peak(10) >= 3 * kValue);           // the first, the last and the next
  BOOST_TEST(peak(10) <= 3 * kValue + 4 * 800000);
}

BOOST_AUTO_TEST_CASE(values_needed_to_the_end_add_up) {
  PlanOptions whole;
  whole.cache_bytes = std::uint64_t{1} << 40, whole.memory_bytes = 0;
  const auto peak = [](int branches, const PlanOptions& options) {
    Builder b;
    const Value x = b.input("x", party(0), ring(64), {100000});
    std::vector<Value> products;
    for (int i = 1; i <= branches; ++i) products.push_back(x * (x + i));
    Value all = products[0];
    for (const Value& p : products) all = all * p;
    b.output("o", sum(all), party(0));
    return cost_of(make_plan(b.graph(), {}, options)).peak_memory_bytes[0];
  };
  BOOST_TEST(peak(20, whole) >= 20 * 2 * 800000u);
  BOOST_TEST(peak(40, whole) >= peak(20, whole) + 20 * 2 * 800000u);
  // Where a part after another is computed, those count that shall be under way at once, beside what is read
  // as a whole and the payloads of a round.
  PlanOptions parts;
  parts.tile_bytes = std::uint64_t{64} << 10;
  BOOST_TEST(peak(40, parts) <= parts.cache_bytes + 2 * 800000u + peak(40, whole) / 8);
}

BOOST_AUTO_TEST_CASE(constants_count_for_everyone) {
  Builder b;
  const Value c = b.constant(Tensor(ring(64), Shape{100000}));
  b.output("o", sum(b.input("x", party(0), ring(64)) * c), party(0));
  const PlanCost cost = cost_of(make_plan(b.graph(), {}));
  for (const std::uint64_t peak : cost.peak_memory_bytes) BOOST_TEST(peak >= 3 * 800000u);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
