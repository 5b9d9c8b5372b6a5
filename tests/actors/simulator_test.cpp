// Whole sessions of pure engines under random schedules.

#include "simulator.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "graph/builder.hpp"
#include "graph/evaluate.hpp"

namespace tacet::actors {
namespace {

using testing::Keys;
using testing::Simulator;

/// Every exchange, owners and receivers of both kinds, broadcasting, tiles, gathered operands, values used
/// twice.
Builder mixed(unsigned k, std::int64_t size) {
  Builder b;
  const Role alice = b.client("alice"), bob = b.client("bob");
  const Value x = b.input("x", Builder::party(0), ring(k), {size});
  const Value y = b.input("y", Builder::party(2), ring(k), {size});
  const Value z = b.input("z", alice, ring(k), {size});
  const Value s = b.input("s", bob, ring(k));
  const Value r = b.random(ring(k), {size});
  const Value opened = reveal(x - y);
  const Value w = (x * y + s) * (z - opened) * x;
  b.output("w", w + r - r, {alice, Builder::party(1)});
  b.output("d", dot(x, z) + sum(y), bob);
  b.output("o", opened, {Builder::party(0), alice});
  b.output("m", matmul(reshape(x, {size, 1}), reshape(slice(y, 0, 0, 3), {1, -1})), Builder::party(2));
  const Value p = b.input("p", bob, bits(3), {size});
  const Value q = b.input("q", Builder::party(1), bits(3), {size});
  b.output("bits", ~(p & q) ^ (p | q), {bob, Builder::party(2)});
  return b;
}

/// Many small nodes side by side: coalesced steps and gathered operands.
Builder chains(int count) {
  Builder b;
  std::vector<Value> xs, ends;
  for (int c = 0; c < count; ++c)
    xs.push_back(b.input("x" + std::to_string(c), Builder::party(c % 3), ring(17)));
  for (int c = 0; c < count; ++c) {
    Value v = xs[static_cast<std::size_t>(c)];
    for (int d = 0; d < 4; ++d)
      v = v * xs[static_cast<std::size_t>((c * 5 + d) % count)] + (d % 2 == 0 ? v : -v);
    ends.push_back(reshape(v, {1}));
  }
  b.output("ends", concat(ends, 0), {Builder::party(0), b.client("carol")});
  return b;
}

struct Program {
  const char* name;
  Builder builder;
  PlanOptions options;
};

std::vector<Program> programs() {
  std::vector<Program> out;
  out.push_back({"mixed", mixed(31, 5), {}});
  out.push_back({"tiled", mixed(64, 200), {64}});
  out.push_back({"one bit", mixed(1, 70), {64}});
  out.push_back({"chains", chains(12), {}});
  return out;
}

struct Case {
  std::shared_ptr<const Plan> plan;
  std::vector<Tensor> inputs, expected;
};

Case make_case(const Program& program, std::uint32_t n, std::mt19937_64& rng, Scheme scheme = Scheme::rss) {
  const Graph& graph = program.builder.graph();
  const Setting setting{scheme, n, static_cast<std::uint32_t>(graph.clients().size())};
  Case c{std::make_shared<const Plan>(make_plan(graph, setting, program.options)),
         testing::random_inputs(graph, rng),
         {}};
  c.expected =
      evaluate(graph, c.inputs, [](const ValueType& type) { return Tensor(type.element, type.shape); });
  return c;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(engine_simulator)

BOOST_AUTO_TEST_CASE(every_schedule_gives_the_clear_result_the_planned_rounds_and_frees_its_memory) {
  auto rng = testing::generator("schedules");
  std::size_t runs = 0;
  std::set<std::vector<std::pair<std::uint32_t, std::uint32_t>>> schedules;
  for (const Program& program : programs())
    for (const std::uint32_t n : {3u, 5u}) {
      const std::size_t count = testing::cases(n == 3 ? 600 : 150);
      for (std::size_t i = 0; i < count; ++i, ++runs) {
        const Case c = make_case(program, n, rng);
        const std::uint64_t order = rng();
        Simulator sim(c.plan, c.inputs, Keys(c.plan->setting), order);
        const bool finished = sim.run();
        const std::string wrong = verdict(sim, *c.plan, finished, c.expected);
        if (!wrong.empty()) BOOST_FAIL(program.name << ", n " << n << ", order " << order << ": " << wrong);
        if (n == 3 && program.name == std::string("chains")) schedules.insert(sim.schedule());
      }
    }
  BOOST_TEST_MESSAGE(runs << " simulated sessions");
  // Were the schedule always the same, this would show nothing.
  BOOST_TEST(schedules.size() > testing::cases(600) / 2);
}

BOOST_AUTO_TEST_CASE(every_schedule_gives_the_same_bytes_on_every_link) {
  auto rng = testing::generator("same bytes");
  for (const Program& program : programs())
    for (const std::uint32_t n : {3u, 5u}) {
      const Case c = make_case(program, n, rng);
      const Keys keys(c.plan->setting);
      Simulator first(c.plan, c.inputs, keys, rng());
      BOOST_TEST_REQUIRE(first.run());
      for (std::size_t i = 0; i < testing::cases(20); ++i) {
        Simulator again(c.plan, c.inputs, keys, rng());
        BOOST_TEST_REQUIRE(again.run());
        BOOST_TEST((again.streams() == first.streams()), program.name << ", n " << n);
      }
      // The comparison sees keys: with others every masked link changes.
      Simulator other(c.plan, c.inputs, Keys(c.plan->setting), rng());
      BOOST_TEST_REQUIRE(other.run());
      BOOST_TEST((other.streams() != first.streams()));
    }
}

BOOST_AUTO_TEST_CASE(who_is_waited_for_has_something_to_send) {
  auto rng = testing::generator("waiting");
  for (const Program& program : programs()) {
    const Case c = make_case(program, 3, rng);
    for (std::size_t i = 0; i < testing::cases(20); ++i) {
      Simulator sim(c.plan, c.inputs, Keys(c.plan->setting), rng());
      std::size_t named = 0;
      sim.between = [&] {
        const auto streams = sim.streams();
        for (std::uint32_t e = 0; e < sim.endpoints(); ++e) {
          const auto who = sim.engine(e).waiting_for();
          if (!who) continue;
          ++named;
          BOOST_TEST_REQUIRE(who->value != e);
          const LinkPlan* link = c.plan->link(*who, EndpointId{e});
          BOOST_TEST_REQUIRE(link != nullptr);
          BOOST_TEST_REQUIRE(streams.at({who->value, e}).size() < link->bytes);
        }
      };
      BOOST_TEST_REQUIRE(sim.run());
      BOOST_TEST(named > 0u);
    }
  }
}

/// Runs nothing: only looks at what an engine says of itself.
struct Nowhere : Outbox {
  void put(EndpointId, std::uint32_t, BlockPtr, std::uint32_t) override {}
  void flush() override {}
  void work_waits() override {}
};

BOOST_AUTO_TEST_CASE(nobody_is_waited_for_while_the_work_is_ours) {
  auto rng = testing::generator("own work");
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {4});
  const Value y = b.input("y", Builder::party(1), ring(32), {4});
  b.output("o", (x * y) * y, Builder::party(0));
  const Program program{"product", std::move(b), {}};
  const Case c = make_case(program, 3, rng);
  const Keys keys(c.plan->setting);
  Nowhere nowhere;
  Engine engine(c.plan, EndpointId{0}, std::vector{c.inputs[0], Tensor()}, nowhere);
  engine.begin(protocols::make_kernels(c.plan->setting, EndpointId{0}, keys.ring(EndpointId{0})));
  BOOST_TEST(!engine.waiting_for());  // nothing has been started: the first step is ours
  const auto scratch = engine.make_scratch();
  (void)engine.pump(*scratch, false);
  BOOST_TEST_REQUIRE(engine.waiting_for().has_value());
  BOOST_TEST(engine.waiting_for()->value == 1u);  // everything started waits for y
  // y arrives whole, but nobody runs what it makes ready: the product is ours to start.
  const auto window = engine.window(EndpointId{1});
  std::memset(window.data(), 0, window.size());
  (void)engine.advance(EndpointId{1}, window.size(), 0);
  BOOST_TEST(!engine.waiting_for());
  (void)engine.pump(*scratch, false);
  BOOST_TEST_REQUIRE(engine.waiting_for().has_value());
  BOOST_TEST(engine.waiting_for()->value == 1u);  // its part of the product
}

BOOST_AUTO_TEST_CASE(a_stopped_engine_runs_nothing) {
  auto rng = testing::generator("stopped");
  const Case c = make_case(programs()[0], 3, rng);
  Simulator sim(c.plan, c.inputs, Keys(c.plan->setting), 1);
  for (std::uint32_t e = 0; e < sim.endpoints(); ++e) const_cast<Engine&>(sim.engine(e)).stop();
  BOOST_TEST(!sim.run());
  BOOST_TEST(sim.schedule().empty());
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
