// Any computation gives on shares what it gives in the clear.

#include "random_program.hpp"

#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>
#include <set>

#include "graph/evaluate.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

struct Seen {
  std::set<Op> ops;
  std::size_t runs = 0, rounds = 0, largest_plan = 0, waves = 0;
};
Seen seen;

void compare(std::uint32_t n) {
  const auto width = rc::gen::inRange(1u, 129u);
  const unsigned k = *width, other = *width, w = *width;
  // Many instructions do not fit what they are applied to: long lists make programs of some size.
  const auto program =
      *rc::gen::scale(4.0, rc::gen::container<std::vector<testing::Instruction>>(
                               rc::gen::container<testing::Instruction>(rc::gen::arbitrary<std::uint8_t>())));
  const auto chance = *rc::gen::arbitrary<std::uint64_t>();
  Builder b;
  testing::RandomProgram builder(b, n, k, other, w);
  for (const auto& instruction : program) builder.add(instruction);
  builder.finish();

  std::mt19937_64 rng(chance);
  PlanOptions options;
  if (chance % 2 == 0) options.tile_bytes = 64;
  if (chance % 4 == 0) options.memory_bytes = 1 + chance % 4096;  // much goes in waves then
  options.policy.offline_first = rng() % 2 == 0;
  for (const OpRow& row : op_table())
    if (rng() % 2 == 0 && !row.variants.empty())
      options.policy.prefer[std::string(row.name)] = row.variants[rng() % row.variants.size()].name;
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 2}, options));
  const auto inputs = testing::random_inputs(b.graph(), rng);
  // Whatever the random values are, they cancel.
  const auto expected = evaluate(b.graph(), inputs, [&](const ValueType& type) {
    return testing::random_tensor(type.element, type.shape, rng);
  });
  std::vector<Tensor> needed;  // inputs nobody uses are not part of the plan
  for (const InputInfo& info : plan->graph.inputs())
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (b.graph().inputs()[i].name == info.name) needed.push_back(inputs[i]);
  testing::Simulator sim(plan, needed, testing::Keys(plan->setting), rng());
  const bool finished = sim.run();
  const std::string wrong = verdict(sim, *plan, finished, expected);
  if (!wrong.empty()) RC_FAIL(wrong);

  ++seen.runs;
  seen.waves += plan->waves.size();
  seen.rounds += plan->rounds;
  seen.largest_plan = std::max(seen.largest_plan, plan->steps.size());
  for (const Graph* graph : {&b.graph(), &plan->graph})
    for (std::uint32_t i = 0; i < graph->size(); ++i) seen.ops.insert(graph->node(NodeId{i}).op);
}

/// A property that only ever sees empty programs proves nothing.
void check_variety() {
  BOOST_TEST_MESSAGE(seen.runs << " programs, " << seen.rounds << " rounds, at most " << seen.largest_plan
                               << " steps, " << seen.waves << " in waves");
  BOOST_TEST(seen.waves != 0u);
  BOOST_TEST(2 * seen.rounds > 5 * seen.runs);  // an input and an output take two rounds
  for (const OpRow& row : op_table()) {
    const auto op = static_cast<Op>(&row - op_table().data());
    BOOST_TEST(seen.ops.contains(op), "no program had the operation " << row.name);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(random_programs)

RC_BOOST_PROP(three_parties_compute_what_the_clear_run_does, ()) {
  compare(3);
}
RC_BOOST_PROP(five_parties_compute_what_the_clear_run_does, ()) {
  compare(5);
}
BOOST_AUTO_TEST_CASE(
    the_programs_were_varied,
    *boost::unit_test::depends_on("random_programs/three_parties_compute_what_the_clear_run_does")) {
  check_variety();
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
