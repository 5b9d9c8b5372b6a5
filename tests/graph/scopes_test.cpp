// The parts of a plan by their names, and what each costs.
#include "graph/scopes.hpp"

#include <boost/test/unit_test.hpp>
#include <numeric>

#include "graph/cost.hpp"
#include "graph/functions.hpp"

namespace tacet {
namespace {

/// Two layers of a multiplication and a comparison each, and a product outside of both.
Plan layers(std::uint32_t n, std::int64_t elements = 10, const PlanOptions& options = {}) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {elements});
  Value y = x;
  for (const char* name : {"first", "second"}) {
    const auto layer = b.scope(name);
    const auto inside = b.scope("square");
    y = y * y;
    y = y + inject(lt(y, x), x);
  }
  b.output("y", y * x, Builder::party(1));
  Setting setting;
  setting.n = n;
  return make_plan(b.graph(), setting, options);
}

std::uint64_t sum(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

std::size_t find(const ScopeTree& tree, ScopeKind kind, std::string_view name, std::uint32_t parent) {
  for (std::size_t i = 0; i < tree.scopes.size(); ++i)
    if (tree.scopes[i].kind == kind && tree.scopes[i].name == name && tree.scopes[i].parent == parent)
      return i;
  BOOST_FAIL("no scope " << name);
  return 0;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(scopes)

BOOST_AUTO_TEST_CASE(names_nest_and_end_with_their_guards) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32));
  const auto scope = [&](const Value& v) { return b.graph().scope_of(b.graph().node(v.node()).location); };
  BOOST_TEST(scope(x) == 0);
  std::uint32_t outer = 0;
  {
    const auto a = b.scope("a");
    outer = scope(x + 1);
    BOOST_TEST(b.graph().scopes()[outer].name == "a");
    {
      const auto c = b.scope("c");
      const std::uint32_t inner = scope(x + 2);
      BOOST_TEST(b.graph().scopes()[inner].name == "c");
      BOOST_TEST(b.graph().scopes()[inner].parent == outer);
    }
    BOOST_TEST(scope(x + 3) == outer);
  }
  BOOST_TEST(scope(x + 4) == 0);
  const auto again = b.scope("a");
  BOOST_TEST(scope(x + 5) == outer);
  BOOST_CHECK_EXCEPTION(b.scope(""), Error, [](const Error& e) {
    return std::string(e.what()).find("scopes_test.cpp:") != std::string::npos;
  });
}

BOOST_AUTO_TEST_CASE(operations_are_scopes_inside_those_of_their_lines) {
  const Plan plan = layers(3);
  const ScopeTree tree = scopes_of(plan);
  const auto first = static_cast<std::uint32_t>(find(tree, ScopeKind::named, "first", 0));
  const auto square = static_cast<std::uint32_t>(find(tree, ScopeKind::named, "square", first));
  const auto second =
      static_cast<std::uint32_t>(find(tree, ScopeKind::named, "square",
                                      static_cast<std::uint32_t>(find(tree, ScopeKind::named, "second", 0))));
  for (const std::uint32_t parent : {square, second}) {
    const std::size_t less = find(tree, ScopeKind::operation, "lt", parent);
    BOOST_TEST(tree.scopes[less].times == 1);
    BOOST_TEST(plan.graph.location_text(tree.scopes[less].location).starts_with("scopes_test.cpp:"));
  }
  BOOST_TEST(tree.of_node.size() == plan.graph.size());
  for (std::uint32_t i = 1; i < tree.scopes.size(); ++i)
    BOOST_TEST(tree.scopes[i].parent < tree.scopes.size());
}

BOOST_AUTO_TEST_CASE(costs_add_up_to_the_plans) {
  for (const std::uint32_t n : {3u, 5u}) {
    for (const bool waves : {false, true}) {
      PlanOptions options;
      if (waves) options.tile_bytes = 256, options.memory_bytes = 1;
      const Plan plan = layers(n, waves ? 1000 : 10, options);
      BOOST_TEST(plan.waves.empty() != waves);
      const PlanCost cost = cost_of(plan);
      const ScopeTree tree = scopes_of(plan);
      const std::vector<ScopeCost> costs = scope_costs(plan, tree);
      BOOST_TEST(sum(costs[0].online_bytes) + sum(costs[0].offline_bytes) == sum(cost.bytes_sent));
      BOOST_TEST(sum(costs[0].offline_bytes) == sum(cost.offline_bytes_sent));
      BOOST_TEST(costs[0].rounds == plan.rounds);
      BOOST_TEST(costs[0].peak_memory_bytes <= cost.peak_memory_bytes[0]);
      // What a scope sends is what stands in it directly and what its children send.
      std::vector<std::uint64_t> inside(tree.scopes.size(), 0), direct(tree.scopes.size(), 0);
      for_each_part(plan, [&](const Step&, NodeId node, bool, EndpointId, std::uint64_t bytes) {
        direct[tree.of_node[node.value]] += bytes;
      });
      for (std::size_t i = 1; i < costs.size(); ++i)
        inside[tree.scopes[i].parent] += sum(costs[i].online_bytes) + sum(costs[i].offline_bytes);
      for (std::size_t i = 0; i < costs.size(); ++i) {
        BOOST_TEST(sum(costs[i].online_bytes) + sum(costs[i].offline_bytes) == inside[i] + direct[i]);
        BOOST_TEST(costs[i].rounds <= plan.rounds);
        BOOST_TEST(costs[i].rounds <= costs[i].end_round - costs[i].first_round);
      }
      const ScopeCost& multiplication =
          costs[find(tree, ScopeKind::operation, "mul",
                     static_cast<std::uint32_t>(
                         find(tree, ScopeKind::named, "square",
                              static_cast<std::uint32_t>(find(tree, ScopeKind::named, "first", 0)))))];
      if (!waves) {
        BOOST_TEST(multiplication.rounds == 1);
        const std::uint64_t each = plan.setting.t() * 4 * 10;
        BOOST_TEST(multiplication.round_bytes == each);
        BOOST_TEST(multiplication.seconds(1e-3, 1e6) == 1e-3 + static_cast<double>(each) / 1e6);
        BOOST_TEST(multiplication.online_bytes[0] == each);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(the_critical_path_has_a_node_for_every_round_of_one_wave) {
  const Plan plan = layers(3);
  const std::vector<NodeId> path = critical_path(plan);
  BOOST_TEST(path.size() == plan.rounds);
  const std::vector<RoundSpan> spans = round_spans(plan);
  for (std::size_t i = 0; i < path.size(); ++i) {
    BOOST_TEST(spans[path[i].value].first == i);
    BOOST_TEST(spans[path[i].value].last == i);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
