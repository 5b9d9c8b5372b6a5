// Every composite operation, computed in every way it has, gives on shares what it gives in the clear: all
// ring widths that matter, values at the edges, all shapes, public operands among secret ones.

#include <boost/test/unit_test.hpp>
#include <set>

#include "composites.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

using testing::forcing;
using testing::most_variants;
using testing::Program;
using testing::program;

using Forced = std::set<std::pair<std::string_view, std::string_view>>;

/// Which variants the policy could force, somewhere in the graph.
void note_forced(const Graph& graph, const Setting& setting, const Policy& policy, Forced& forced) {
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const OpRow& row = op_row(graph.node(NodeId{i}).op);
    const auto preferred = policy.prefer.find(row.name);
    if (preferred == policy.prefer.end()) continue;
    std::vector<const ValueType*> types;
    bool secret = row.min_operands == 0;
    for (const NodeId operand : graph.operands(NodeId{i})) {
      types.push_back(&graph.type(operand));
      secret = secret || types.back()->secret();
    }
    for (const Variant& v : row.variants)
      if (secret && v.name == preferred->second &&
          (v.applies == nullptr || v.applies(setting, types, graph.attributes(NodeId{i}))))
        forced.emplace(row.name, v.name);
  }
}

void check(const Program& program, const Setting& setting, const Policy& policy, std::uint64_t order,
           const std::string& what) {
  const auto plan = std::make_shared<const Plan>(make_plan(program.b.graph(), setting, {.policy = policy}));
  std::vector<Tensor> needed;  // inputs nobody uses are not part of the plan
  for (const InputInfo& info : plan->graph.inputs())
    for (std::size_t i = 0; i < program.inputs.size(); ++i)
      if (program.b.graph().inputs()[i].name == info.name) needed.push_back(program.inputs[i]);
  testing::Simulator sim(plan, needed, testing::Keys(setting), order);
  const bool finished = sim.run();
  const std::string wrong = verdict(sim, *plan, finished, program.expected);
  if (wrong.empty()) return;
  const auto outputs = sim.engine(0).outputs();
  for (std::size_t i = 0; i < program.names.size(); ++i) {
    const auto at = outputs.find("out" + std::to_string(i + 1));
    if (at == outputs.end() || !(at->second == program.expected[i]))
      BOOST_ERROR(what << ": " << program.names[i] << " is wrong");
  }
  BOOST_ERROR(what << ": " << wrong);
}

void check_widths(std::uint32_t n, std::initializer_list<unsigned> widths) {
  const Setting setting{Scheme::rss, n, 0};
  auto rng = testing::generator("composites " + std::to_string(n));
  for (const unsigned k : widths) {
    const auto made = program(k, n == 3 || k == 3 || (n == 5 && k == 31), rng);
    const std::string what = "n " + std::to_string(n) + ", k " + std::to_string(k);
    check(*made, setting, {}, rng(), what + ", cheapest");
    for (std::size_t round = 0; round < most_variants(); ++round)
      check(*made, setting, forcing(round), rng(), what + ", way " + std::to_string(round));
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(composites)

BOOST_AUTO_TEST_CASE(three_parties) {
  check_widths(3, {1, 2, 3, 8, 16, 31, 32, 60, 64, 72, 128});
}
BOOST_AUTO_TEST_CASE(five_parties) {
  check_widths(5, {1, 2, 3, 8, 16, 31, 32, 60, 64, 72, 128});
}
BOOST_AUTO_TEST_CASE(seven_parties) {
  check_widths(7, {1, 3, 16, 31, 64, 128});
}

BOOST_AUTO_TEST_CASE(work_done_beforehand_changes_nothing) {
  auto rng = testing::generator("composites offline");
  for (const unsigned k : {3u, 32u}) {
    Policy policy;
    policy.offline_first = true;
    check(*program(k, false, rng), {Scheme::rss, 5, 0}, policy, rng(),
          "offline first, k " + std::to_string(k));
  }
}

BOOST_AUTO_TEST_CASE(what_is_sent_is_what_the_cost_says) {
  constexpr std::int64_t kValues = 40;
  auto rng = testing::generator("composites cost");
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const unsigned k : {16u, 32u})
      for (const Op op : {Op::to_bits, Op::msb, Op::eqz, Op::inject, Op::mul, Op::to_ring}) {
        const Setting setting{Scheme::rss, n, 0};
        const OpRow& row = op_row(op);
        for (std::size_t way = 0; way < std::max<std::size_t>(row.variants.size(), 1); ++way) {
          Policy policy;
          if (!row.variants.empty()) policy.prefer[std::string(row.name)] = row.variants[way].name;
          Builder b;
          std::vector<Value> operands;
          const auto bring = [&](ElementType element) {
            operands.push_back(
                b.input("in" + std::to_string(operands.size()), Builder::party(0), element, {kValues}));
          };
          bring(op == Op::inject ? bits(1) : op == Op::to_ring ? bits(k / 2) : ring(k));
          if (op == Op::inject || op == Op::mul) bring(ring(k));
          std::vector<std::int64_t> attributes;
          if (op == Op::to_bits || op == Op::to_ring) attributes.push_back(k);
          b.output("out", b.apply(op, operands, attributes, {}), Builder::party(0));
          std::vector<ValueType> types;
          for (const Value& v : operands) types.push_back(v.type());
          const Traffic said = operation_traffic(op, types, attributes, setting, policy);
          const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), setting, {.policy = policy}));
          testing::Simulator sim(plan, testing::random_inputs(plan->graph, rng), testing::Keys(setting),
                                 rng());
          BOOST_TEST_REQUIRE(sim.run());
          std::vector<std::uint64_t> sent(n, 0);
          for (const auto& [ends, bytes] : sim.streams()) sent[ends.from] += bytes.size();
          for (const Step& step : plan->steps)
            if (step.op == Op::input || step.op == Op::output)
              for (const Flow& flow : plan->step_flows(step)) sent[flow.from.value] -= flow.bytes;
          for (std::uint32_t p = 0; p < n; ++p)
            BOOST_TEST(sent[p] == said.offline_bytes[p] + said.online_bytes[p],
                       row.name << ", n " << n << ", k " << k << ", way " << way << ", party " << p);
          // What depends on no input is under way while inputs are: an output follows, an input comes before.
          BOOST_TEST(plan->rounds <= said.rounds + 2);
          BOOST_TEST(plan->rounds >= said.rounds + 1);
        }
      }
}

BOOST_AUTO_TEST_CASE(every_operation_and_every_way_is_among_them) {
  auto rng = testing::generator("composites coverage");
  std::set<Op> seen;
  Forced forced;
  for (const unsigned k : {1u, 8u, 64u, 72u}) {
    const auto made = program(k, false, rng);
    const Graph& graph = made->b.graph();
    for (std::uint32_t i = 0; i < graph.size(); ++i) seen.insert(graph.node(NodeId{i}).op);
    for (std::size_t round = 0; round < most_variants(); ++round)
      note_forced(graph, {Scheme::rss, 3, 0}, forcing(round), forced);
  }
  for (const OpRow& row : op_table()) {
    const Op op = static_cast<Op>(&row - op_table().data());
    // Operations on rows have shapes of their own, and tests of their own.
    static const std::set<Op> rows{Op::shuffle, Op::place,     Op::one_hot, Op::read,
                                   Op::write,   Op::histogram, Op::rank};
    if (row.op_class != OpClass::composite || rows.contains(op)) continue;
    BOOST_TEST(seen.contains(op), "no row has " << row.name);
    for (const Variant& v : row.variants)
      BOOST_TEST(forced.contains({row.name, v.name}), row.name << " is never computed by " << v.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
