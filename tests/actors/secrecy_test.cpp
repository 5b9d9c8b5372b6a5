// What is sent, when, and how much of it does not depend on inputs; what a party receives looks like noise.

#include <array>
#include <boost/test/unit_test.hpp>
#include <cmath>

#include "cluster.hpp"
#include "graph/builder.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

using testing::Keys;
using testing::Simulator;

Builder products(std::int64_t size) {
  Builder b;
  const Role alice = b.client("alice");
  const Value x = b.input("x", Builder::party(0), ring(64), {size});
  const Value y = b.input("y", alice, ring(64), {size});
  const Value p = b.input("p", Builder::party(1), bits(8), {size});
  b.output("xy", x * y, Builder::party(2));
  b.output("xx", (x * x) * y, alice);
  b.output("pp", (p & p) | p, Builder::party(0));
  return b;
}

std::vector<Tensor> all_equal(const Graph& graph, u128 value) {
  std::vector<Tensor> inputs;
  for (const InputInfo& info : graph.inputs()) {
    const ValueType& type = graph.type(info.node);
    inputs.emplace_back(type.element, type.shape, std::vector<u128>(type.elements(), value));
  }
  return inputs;
}

/// How far the bytes are from uniform.
double chi_square(const std::vector<std::byte>& bytes) {
  std::array<std::uint64_t, 256> count{};
  for (const std::byte b : bytes) ++count[std::to_integer<std::size_t>(b)];
  const double expected = static_cast<double>(bytes.size()) / 256;
  double sum = 0;
  for (const std::uint64_t c : count)
    sum += (static_cast<double>(c) - expected) * (static_cast<double>(c) - expected) / expected;
  return sum;
}

/// The value that chi-square with 255 degrees of freedom exceeds with probability below 1e-9 (Wilson and
/// Hilferty: 255 (1 - 2/(9*255) + 5.998 sqrt(2/(9*255)))^3 = 414): some dozens of tests stay far below one
/// false alarm in 1e6.
constexpr double kThreshold = 420;

/// The bytes of each kind that each link carried, by operation.
std::map<std::pair<testing::Ends, Op>, std::vector<std::byte>> by_operation(const Simulator& sim,
                                                                            const Plan& plan) {
  std::map<std::pair<testing::Ends, Op>, std::vector<std::byte>> out;
  const auto streams = sim.streams();
  for (const LinkPlan& link : plan.links)
    for (const Segment& segment : link.segments) {
      const testing::Ends ends{link.from.value, link.to.value};
      const auto begin = streams.at(ends).begin() + static_cast<std::ptrdiff_t>(segment.offset);
      auto& bytes = out[{ends, plan.steps[segment.step].op}];
      bytes.insert(bytes.end(), begin, begin + static_cast<std::ptrdiff_t>(plan.flows[segment.flow].bytes));
    }
  return out;
}

/// The largest chi-square over all links that carry inputs or products among parties, and their number.
std::pair<double, int> worst(Scheme scheme, std::uint32_t n, u128 value) {
  const Builder b = products(8192);
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {scheme, n, 1}));
  Simulator sim(plan, all_equal(b.graph(), value), Keys(plan->setting), testing::seed());
  BOOST_TEST_REQUIRE(sim.run());
  double largest = 0;
  int streams = 0;
  for (const auto& [where, bytes] : by_operation(sim, *plan)) {
    const Op op = where.second;
    if (op != Op::input && op != Op::mul && op != Op::bit_and) continue;
    BOOST_TEST_REQUIRE(bytes.size() >= 8192u);
    largest = std::max(largest, chi_square(bytes));
    ++streams;
  }
  return {largest, streams};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(secrecy)

BOOST_AUTO_TEST_CASE(sizes_and_schedule_do_not_depend_on_inputs) {
  auto rng = testing::generator("sizes");
  const Builder b = products(300);
  for (const std::uint32_t n : {3u, 5u}) {
    const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 1}, {64}));
    for (std::size_t i = 0; i < testing::cases(10); ++i) {
      const std::uint64_t order = rng();
      Simulator zero(plan, all_equal(b.graph(), 0), Keys(plan->setting), order);
      Simulator ones(plan, all_equal(b.graph(), ~u128{0}), Keys(plan->setting), order);
      Simulator any(plan, testing::random_inputs(b.graph(), rng), Keys(plan->setting), order);
      for (Simulator* sim : {&zero, &ones, &any}) BOOST_TEST_REQUIRE(sim->run());
      for (Simulator* sim : {&ones, &any}) {
        BOOST_TEST((sim->segment_sizes() == zero.segment_sizes()));
        BOOST_TEST((sim->schedule() == zero.schedule()));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(received_inputs_and_products_are_uniform) {
  for (const std::uint32_t n : {3u, 5u})
    for (const u128 value : {u128{0}, u128{1}, ~u128{0}}) {
      const auto [largest, streams] = worst(Scheme::rss, n, value);
      BOOST_TEST_MESSAGE("n " << n << ": chi-square at most " << largest << " over " << streams
                              << " streams");
      BOOST_TEST(streams >= 9);
      BOOST_TEST(largest < kThreshold);
    }
}

/// The same test must see that the plain scheme hides nothing.
BOOST_AUTO_TEST_CASE(the_test_notices_missing_masks) {
  for (const u128 value : {u128{0}, u128{1}, ~u128{0}})
    BOOST_TEST(worst(Scheme::plain, 3, value).first > 10 * kThreshold);
}

/// Two runs on the same inputs share no message: keys are fresh.
BOOST_AUTO_TEST_CASE(another_session_sends_other_bytes) {
  const Builder b = products(1000);
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, 3, 1}));
  const auto inputs = all_equal(b.graph(), 7);
  Simulator first(plan, inputs, Keys(plan->setting), 1), second(plan, inputs, Keys(plan->setting), 1);
  BOOST_TEST_REQUIRE((first.run() && second.run()));
  const auto again = by_operation(second, *plan);
  for (const auto& [where, bytes] : by_operation(first, *plan)) {
    const auto& other = again.at(where);
    std::size_t equal = 0;
    for (std::size_t i = 0; i < bytes.size(); ++i) equal += bytes[i] == other[i];
    BOOST_TEST(equal < bytes.size() / 32);  // one in 256 by chance
  }
}

/// On real links, too, the stream's cut into rounds is the plan's. (Where a round is cut into frames depends
/// on timing.)
BOOST_AUTO_TEST_CASE(what_leaves_an_endpoint_in_each_round_does_not_depend_on_inputs) {
  const Builder b = products(100);
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, 3, 1}));
  const auto rounds_of = [&](u128 value) {
    testing::Cluster cluster(plan, all_equal(b.graph(), value), TransportKind::memory);
    std::mutex mutex;
    std::map<std::pair<testing::Ends, std::uint32_t>, std::uint64_t> bytes;  // by link and round
    cluster.bend = [&](EndpointId self, transport::Mesh& mesh) {
      for (transport::Connection& c : mesh)
        c.out = std::make_unique<testing::WatchedSink>(
            std::move(c.out), [&, self, to = c.hello.from](const transport::FrameHeader& h) {
              const std::lock_guard lock(mutex);
              if (h.kind == transport::FrameKind::data)
                bytes[{{self.value, to.value}, h.round}] += h.payload_bytes;
            });
    };
    cluster.start();
    BOOST_TEST_REQUIRE(cluster.ended_within(std::chrono::seconds(10)));
    for (const auto& party : cluster.parties) BOOST_TEST(!party->wait().abort.has_value());
    return bytes;
  };
  const auto zero = rounds_of(0);
  BOOST_TEST(zero.size() > plan->links.size());
  for (int i = 0; i < 5; ++i) BOOST_TEST((rounds_of(~u128{0}) == zero));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
