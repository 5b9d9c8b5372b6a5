// Rounds, tiles and groups.
#include "graph/plan.hpp"

#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "graph/functions.hpp"
#include "tests/graph/plan_checks.hpp"
#include "tests/graph/random_graph.hpp"

namespace tacet {
namespace {

constexpr Setting kThree{Scheme::rss, 3, 0};
const PlanOptions kSmallTiles{256};
Role party(std::uint32_t i) {
  return Builder::party(i);
}

std::vector<std::uint32_t> steps_of(const Plan& plan, Op op) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s)
    if (plan.steps[s].op == op) out.push_back(s);
  return out;
}

bool follows(const Plan& plan, std::uint32_t producer, std::uint32_t consumer) {
  for (const std::uint32_t next : plan.step_successors(plan.steps[producer]))
    if (next == consumer) return true;
  return false;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan)

BOOST_AUTO_TEST_CASE(independent_chains_share_their_rounds) {
  for (const int branches : {1, 3, 50}) {
    for (const int depth : {0, 1, 7}) {
      Builder b;
      for (int i = 0; i < branches; ++i) {
        const Value x = b.input("x" + std::to_string(i), party(0), ring(32));
        Value y = x;
        for (int d = 0; d < depth; ++d) y = y * x;
        b.output("y" + std::to_string(i), y, party(1));
      }
      const Plan plan = make_plan(b.graph(), kThree);
      BOOST_TEST(plan.rounds == static_cast<std::uint32_t>(depth + 2));
      // One step per round however many branches there are.
      BOOST_TEST(plan.steps.size() == static_cast<std::size_t>(depth + 2));
      checks::sound(plan);
    }
  }
}

BOOST_AUTO_TEST_CASE(rounds_count_the_longest_chain_and_local_work_none) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32)), y = b.input("y", party(1), ring(32));
  const Value deep = (((x * y) + 3) * (x - y) * 5) * x;  // input, 3 products
  const Value shallow = x + y * 2 - b.random(ring(32));  // input
  b.output("a", deep + shallow, party(0));               // output after 4
  b.output("b", shallow, party(0));                      // output after 1
  b.output("c", reveal(shallow) * deep, party(0));       // reveal runs beside the products
  const Plan plan = make_plan(b.graph(), kThree);
  BOOST_TEST(plan.rounds == 5u);
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(what_parties_know_already_takes_no_round) {
  Builder b;
  b.output("c", b.constant(ring(8), 3), party(0));
  const Plan plan = make_plan(b.graph(), kThree);
  BOOST_TEST(plan.rounds == 0u);
  BOOST_TEST(plan.links.empty());
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(small_equal_nodes_become_one_step_with_their_values_side_by_side) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {3}), y = b.input("y", party(1), ring(32), {3});
  std::vector<Value> sums;
  for (int i = 1; i <= 10; ++i) sums.push_back((x + i) * (y - i));
  b.output("o", concat(sums, 0), party(0));
  const Plan plan = make_plan(b.graph(), kThree, kSmallTiles);
  const auto products = steps_of(plan, Op::mul);
  BOOST_REQUIRE(products.size() == 1u);
  BOOST_TEST(plan.steps[products[0]].node_count == 10u);
  BOOST_TEST(plan.steps[products[0]].range.end == 30u);
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(a_group_ends_at_the_size_of_a_tile) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {8});
  std::vector<Value> products;
  for (int i = 1; i <= 20; ++i) products.push_back((x + i) * x);
  b.output("o", concat(products, 0), party(0));
  const Plan plan = make_plan(b.graph(), kThree, kSmallTiles);
  const auto steps = steps_of(plan, Op::mul);
  BOOST_TEST(steps.size() == 3u);  // eight of 8 fit in 64: 8 + 8 + 4
  for (const std::uint32_t s : steps) BOOST_TEST(plan.steps[s].range.end <= 64u);
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(what_fills_much_of_a_tile_is_not_grouped) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {9});
  std::vector<Value> products;
  for (int i = 1; i <= 10; ++i) products.push_back((x + i) * x);
  b.output("o", concat(products, 0), party(0));
  const Plan plan = make_plan(b.graph(), kThree, kSmallTiles);
  BOOST_TEST(steps_of(plan, Op::mul).size() == 10u);
  BOOST_TEST(plan.rounds == 3u);
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(what_differs_in_type_owner_receivers_or_secrecy_is_not_grouped) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32)), y = b.input("y", party(1), ring(32));
  const Value z = b.input("z", party(1), ring(64)), r = reveal(y);
  b.output("a", x * y, party(0));
  b.output("b", x * r, party(1));
  b.output("c", z * z, {party(0), party(1)});
  const Plan plan = make_plan(b.graph(), kThree);
  BOOST_TEST(steps_of(plan, Op::input).size() == 3u);
  BOOST_TEST(steps_of(plan, Op::mul).size() == 3u);
  BOOST_TEST(steps_of(plan, Op::output).size() == 3u);
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(large_values_are_cut_and_tiles_wait_for_their_tile_only) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {200}), y = b.input("y", party(1), ring(32), {200});
  b.output("o", (x * y + x) * 3, party(0));
  const Plan plan = make_plan(b.graph(), kThree, kSmallTiles);
  const auto products = steps_of(plan, Op::mul), sums = steps_of(plan, Op::add);
  BOOST_REQUIRE(sums.size() == 4u);  // 64 + 64 + 64 + 8
  BOOST_REQUIRE(products.size() == 8u);
  for (std::uint32_t i = 0; i < 4; ++i) {
    BOOST_TEST(plan.steps[sums[i]].range.begin == 64u * i);
    BOOST_TEST(plan.steps[sums[i]].tile == i);
    for (std::uint32_t j = 0; j < 4; ++j) BOOST_TEST(follows(plan, products[j], sums[i]) == (i == j));
    BOOST_TEST(plan.steps[sums[i]].predecessors == 2u);  // its tile of the product, its tile of x
    BOOST_TEST(plan.buffers[plan.steps[sums[i]].buffer].elements == (i == 3 ? 8u : 64u));
  }
  BOOST_TEST(plan.steps[sums[3]].range.end == 200u);
  for (const Step& step : plan.steps) BOOST_TEST(!step.join);
  // What is ready at once is computed tile by tile, not value by value.
  const auto scaled = std::vector(products.begin() + 4, products.end());
  for (std::uint32_t i = 0; i < 3; ++i) BOOST_TEST((sums[i] < scaled[i] && scaled[i] < sums[i + 1]));
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(who_reads_all_of_a_cut_value_waits_for_its_last_tile) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {200}), y = b.input("y", party(1), ring(32), {200});
  const Value product = x * y;
  const Value broadcast = reshape(product, {200, 1}) + b.constant(Tensor(ring(32), Shape{1, 2}));
  b.output("sum", sum(product), party(0));
  b.output("pairs", broadcast, party(0));
  b.output("same", reshape(product, {2, 100}) + 1, party(0));  // another shape, but cut alike
  const Plan plan = make_plan(b.graph(), kThree, kSmallTiles);
  const auto products = steps_of(plan, Op::mul);
  BOOST_REQUIRE(products.size() == 4u);
  std::vector<std::uint32_t> joins;
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s)
    if (plan.steps[s].join && follows(plan, products[0], s)) joins.push_back(s);
  BOOST_REQUIRE(joins.size() == 1u);
  for (const std::uint32_t tile : products) BOOST_TEST(follows(plan, tile, joins[0]));
  BOOST_TEST(plan.buffers[plan.steps[products[0]].buffer].elements == 200u);  // side by side for them
  for (const std::uint32_t s : steps_of(plan, Op::sum)) BOOST_TEST(follows(plan, joins[0], s));
  std::uint32_t whole = 0, tiled = 0;
  for (const std::uint32_t s : steps_of(plan, Op::add)) {
    if (follows(plan, joins[0], s)) ++whole;
    for (std::uint32_t i = 0; i < 4; ++i) tiled += follows(plan, products[i], s);
  }
  BOOST_TEST(whole == 1u);
  BOOST_TEST(tiled == 4u);
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(tiles_of_bits_are_as_large_as_those_of_words) {
  Builder b;
  const Value x = b.input("x", party(0), bits(3), {10000}), y = b.input("y", party(1), bits(3), {10000});
  b.output("o", x & y, party(0));
  const Plan plan = make_plan(b.graph(), kThree, kSmallTiles);
  const auto steps = steps_of(plan, Op::bit_and);
  BOOST_REQUIRE(steps.size() == 16u);  // 15 times 640 strings in at most 256 bytes, and the rest
  std::uint64_t bytes = 0;
  for (const std::uint32_t s : steps)
    for (const Flow& f : plan.step_flows(plan.steps[s]))
      if (f.from.value == 0) bytes += f.bytes;
  BOOST_TEST(bytes == 3 * 1250u);
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(what_is_computed_from_each_other_is_cut_alike) {
  for (const unsigned width : {1u, 2u, 3u, 33u, 64u, 65u, 128u}) {
    const std::uint64_t tile = tile_elements(bits(width), kSmallTiles);
    BOOST_TEST(tile % 64 == 0u);
    BOOST_TEST(tile == std::max(64u, 2048 / width / 64 * 64));
  }
  Builder b;
  const Value y = b.input("y", party(0), bits(8), {2000});
  const Value narrow = bit_slice(y & y, 0, 4);  // as the wider ones, in tiles of 256
  b.output("o", narrow, party(0));
  const Plan plan = make_plan(b.graph(), kThree, kSmallTiles);
  const auto products = steps_of(plan, Op::bit_and), slices = steps_of(plan, Op::wires);
  BOOST_REQUIRE(products.size() == 8u);
  BOOST_REQUIRE(slices.size() == 8u);
  for (std::uint32_t i = 0; i < 8; ++i)
    for (std::uint32_t j = 0; j < 8; ++j) BOOST_TEST(follows(plan, products[j], slices[i]) == (j == i));
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(what_exceeds_the_memory_goes_in_waves) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {100000}), y = b.input("y", party(1), ring(32), {100000});
  b.output("o", lt(x, y, Order::fits), party(0));
  PlanOptions options{1024};
  options.memory_bytes = 0;
  const Plan whole = make_plan(b.graph(), kThree, options);
  BOOST_TEST(whole.waves.empty());
  const auto peak = [](const Plan& plan) {
    const PlanCost cost = cost_of(plan);
    return *std::max_element(cost.peak_memory_bytes.begin(), cost.peak_memory_bytes.end());
  };
  options.memory_bytes = peak(whole);
  BOOST_TEST(make_plan(b.graph(), kThree, options).waves.empty());
  std::uint32_t last = 1;
  for (const std::uint64_t part : {2, 5, 20}) {
    options.memory_bytes = peak(whole) / part;
    const Plan plan = make_plan(b.graph(), kThree, options);
    BOOST_TEST(peak(plan) <= options.memory_bytes);
    BOOST_REQUIRE(plan.waves.size() == 1u);
    const Waves& waves = plan.waves[0];
    BOOST_TEST(waves.count > last);
    last = waves.count;
    BOOST_TEST(waves.rounds == whole.rounds);
    BOOST_TEST(plan.rounds == whole.rounds + (waves.count - 1) * waves.skew);
    BOOST_TEST(waves.skew <= waves.rounds / kWavesAtOnce + 1);
    BOOST_TEST(cost_of(plan).bytes_sent == cost_of(whole).bytes_sent, boost::test_tools::per_element());
    // When the last step of a wave runs, none of those that must not be under way with it has begun.
    std::map<std::uint32_t, std::set<std::uint32_t>> steps;
    for (std::uint32_t s = 0; s < plan.steps.size(); ++s)
      if (!plan.steps[s].join) steps[plan.steps[s].tile / waves.tiles].insert(s);
    for (std::uint32_t w = kWavesAtOnce; w < waves.count; ++w)
      BOOST_TEST(*steps[w - kWavesAtOnce].rbegin() < *steps[w].begin());
  }
  options.memory_bytes = peak(whole) / 20;
  checks::sound(make_plan(b.graph(), kThree, options));
}

// What one part of a region needs at once and another needs after all waves of the region before would
// multiply rounds from region to region.
BOOST_AUTO_TEST_CASE(waves_do_not_multiply_rounds_along_a_chain) {
  constexpr std::int64_t kElements = 64 * 60;
  Builder b;
  const auto input = [&](int i) { return b.input("x" + std::to_string(i), party(0), ring(32), {kElements}); };
  Value z = input(0);
  for (int i = 1; i <= 12; ++i) {
    const Value early = input(2 * i) * input(2 * i + 1);
    z = early * (z + sum(z));
  }
  b.output("z", sum(z), party(0));
  PlanOptions options{256};
  options.memory_bytes = 1;
  const Plan plan = make_plan(b.graph(), kThree, options);
  BOOST_TEST(plan.rounds < 100000u);
  BOOST_TEST(!plan.waves.empty());
}

BOOST_AUTO_TEST_CASE(a_revealed_result_is_known_without_another_round) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {3});
  b.output("o", reveal(x * x) + 1, party(0));
  b.output("p", reveal(x), b.client("alice"));  // a client has to hear it
  const Plan plan = make_plan(b.graph(), {Scheme::rss, 3, 1});
  BOOST_TEST(plan.rounds == 3u);  // input; product and reveal of x; reveal of the product and x to the client
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(empty_values_are_planned_and_send_nothing) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {0, 3}), y = b.input("y", party(1), ring(32), {3});
  b.output("o", sum(x * y, 0), party(0));
  b.output("p", x, party(0));
  const Plan plan = make_plan(b.graph(), kThree);
  for (const Flow& f : plan.flows) BOOST_TEST(f.bytes > 0u);
  BOOST_TEST(plan.rounds == 2u);  // y comes in and the sum, which is 0 but secret, goes out; x is empty
  checks::sound(plan);
}

BOOST_AUTO_TEST_CASE(tile_sizes_that_cannot_work_are_refused) {
  Builder b;
  b.output("o", b.input("x", party(0), ring(8)), party(0));
  for (const std::uint64_t bad : {std::uint64_t{0}, (std::uint64_t{1} << 40) + 1, ~std::uint64_t{0}})
    BOOST_CHECK_EXCEPTION(make_plan(b.graph(), kThree, {bad}), Error, [&](const Error& e) {
      return e.code() == Errc::bad_argument &&
             std::string(e.what()).find(std::to_string(bad)) != std::string::npos;
    });
}

BOOST_AUTO_TEST_CASE(many_scalar_comparisons_take_the_rounds_of_one_vector) {
  constexpr std::int64_t kCount = 50;
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const bool offline_first : {false, true}) {
      PlanOptions options;
      options.policy.offline_first = offline_first;
      options.policy.prefer = {{"msb", "edabit"}};
      Builder vector, scalars;
      vector.output("less",
                    lt(vector.input("x", party(0), ring(32), {kCount}),
                       vector.input("y", party(1), ring(32), {kCount})),
                    party(0));
      for (std::int64_t i = 0; i < kCount; ++i) {
        const std::string name = std::to_string(i);
        scalars.output(
            "less" + name,
            lt(scalars.input("x" + name, party(0), ring(32)), scalars.input("y" + name, party(1), ring(32))),
            party(0));
      }
      const Plan one = make_plan(vector.graph(), {Scheme::rss, n, 0}, options);
      const Plan many = make_plan(scalars.graph(), {Scheme::rss, n, 0}, options);
      BOOST_TEST(many.rounds == one.rounds);
      BOOST_TEST(many.offline_rounds == one.offline_rounds);
      BOOST_TEST((one.offline_rounds > 0) == offline_first);
      checks::sound(many);
    }
}

BOOST_AUTO_TEST_CASE(what_needs_no_input_comes_first_where_that_is_asked_for) {
  Builder b;
  const Value x = b.input("x", party(0), ring(32), {3});
  const Value r = b.random(ring(32), {3}), cube = r * r * r;
  const Value w = x * x * x * x;
  b.output("a", cube + w, party(0));
  b.output("b", reveal(cube), party(1));
  const auto plan_of = [&](bool offline_first) {
    PlanOptions options;
    options.policy.offline_first = offline_first;
    return make_plan(b.graph(), kThree, options);
  };
  const Plan merged = plan_of(false), apart = plan_of(true);
  BOOST_TEST(merged.rounds == 5u);  // input, 3 products of x beside all that is random, output
  BOOST_TEST(merged.offline_rounds == 0u);
  BOOST_TEST(apart.offline_rounds == 3u);  // 2 products and the reveal
  BOOST_TEST(apart.rounds == 8u);
  BOOST_TEST((merged.canonical_bytes() != apart.canonical_bytes()));
  const PlanCost cost = cost_of(merged), cost_apart = cost_of(apart);
  for (const PlanCost* c : {&cost, &cost_apart}) {
    BOOST_TEST(c->offline_rounds == 3u);
    BOOST_TEST(c->online_rounds == 5u);
    BOOST_TEST(c->offline_bytes_sent == cost.offline_bytes_sent);
    BOOST_TEST(c->bytes_sent == cost.bytes_sent);
  }
  bool online = false;
  for (const Step& step : apart.steps) {
    BOOST_TEST((step.offline || step.round >= apart.offline_rounds));
    BOOST_TEST(!(online && step.offline), "an offline step after an online one");
    online = !step.offline;
  }
  for (const Step& step : merged.steps) BOOST_TEST(!step.offline);
  checks::sound(apart);
}

RC_BOOST_PROP(plans_of_random_programs_are_sound, (const std::vector<random_graph::Instruction>& program)) {
  Builder b;
  random_graph::build(b, program);
  for (const std::uint32_t n : {3u, 5u})
    for (const bool offline_first : {false, true}) {
      PlanOptions options = kSmallTiles;
      options.policy.offline_first = offline_first;
      const Plan plan = make_plan(b.graph(), {Scheme::rss, n, 0}, options);
      checks::sound(plan);
      checks::phases_add_up(plan);
    }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
