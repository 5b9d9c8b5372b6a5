// Operations on rows give on shares what they give in the clear, whichever way they are computed, at the cost
// that is known for them.

#include "graph/data.hpp"

#include <boost/test/unit_test.hpp>
#include <set>

#include "graph/evaluate.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

using testing::Keys;
using testing::Simulator;

constexpr unsigned kWidths[] = {8, 16, 31, 32, 60, 64, 72, 128};
constexpr std::uint32_t kParties[] = {3, 5, 7};

PlanOptions preferring(const std::string& op, const std::string& variant) {
  PlanOptions options;
  options.policy.prefer[op] = variant;
  return options;
}

/// Names of an operation's variants.
std::vector<std::string> variants(Op op) {
  std::vector<std::string> out;
  for (const Variant& v : op_row(op).variants) out.emplace_back(v.name);
  return out;
}

struct Session {
  std::shared_ptr<const Plan> plan;
  std::unique_ptr<Simulator> sim;
  std::string wrong;
  /// What party 0 learns.
  Tensor output(const std::string& name) const { return sim->engine(0).outputs().at(name); }
};

/// Runs a program whose outputs do not depend on its draws, and compares it with the clear run.
Session run(const Builder& b, std::uint32_t n, const std::vector<Tensor>& inputs, std::mt19937_64& rng,
            const PlanOptions& options = {}) {
  Session out;
  out.plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 0}, options));
  const auto expected = evaluate(b.graph(), inputs, [&](const ValueType& type) {
    return testing::random_tensor(type.element, type.shape, rng);
  });
  std::vector<Tensor> needed;  // inputs nobody uses are not part of the plan
  for (const InputInfo& info : out.plan->graph.inputs())
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (b.graph().inputs()[i].name == info.name) needed.push_back(inputs[i]);
  out.sim = std::make_unique<Simulator>(out.plan, needed, Keys(out.plan->setting), rng());
  const bool finished = out.sim->run();
  out.wrong = verdict(*out.sim, *out.plan, finished, expected);
  return out;
}

Session run(const Builder& b, std::uint32_t n, std::mt19937_64& rng, const PlanOptions& options = {}) {
  return run(b, n, testing::random_inputs(b.graph(), rng), rng, options);
}

Tensor numbers(ElementType element, const Shape& shape, std::uint64_t bound, std::mt19937_64& rng) {
  std::vector<u128> values(shape.elements());
  for (u128& v : values) v = testing::below(rng, bound);
  return Tensor(element, shape, values);
}

std::uint32_t shares(std::uint32_t n) {
  return n == 3 ? 3 : n == 5 ? 10 : 35;
}

std::uint64_t total(const Traffic& traffic) {
  std::uint64_t out = 0;
  for (const auto& bytes : {traffic.offline_bytes, traffic.online_bytes})
    for (const std::uint64_t b : bytes) out += b;
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data)

BOOST_AUTO_TEST_CASE(unshuffle_restores_what_shuffle_did) {
  auto rng = testing::generator("unshuffle");
  for (const std::uint32_t n : kParties)
    for (const unsigned k : kWidths)
      for (const std::int64_t m : {0, 1, 2, 67}) {
        if (m == 67 && n == 7 && k != 32) continue;
        Builder b;
        const Value x = b.input("x", Builder::party(0), ring(k), {m, 2});
        const Value y = b.input("y", Builder::party(1), bits(std::min(k, 9u)), {m});
        const Value p = permutation(b, m);
        b.output("x", unshuffle(shuffle(x, p), p), Builder::party(0));
        b.output("y", unshuffle(shuffle(y, p), p), Builder::party(0));
        b.output("z", shuffle(unshuffle(reshape(y, {m, 1}), p), p), Builder::party(1));
        const Session s = run(b, n, rng);
        BOOST_TEST(s.wrong == "", "n " << n << ", k " << k << ", m " << m);
        // What was shuffled by itself costs one set of passes, and back another; the three values share them.
        BOOST_TEST(s.plan->rounds == (m < 1 ? 0 : m < 2 ? 2 : 2 + 2 * shares(n)));
      }
}

BOOST_AUTO_TEST_CASE(columns_shuffled_together_stay_together_and_lose_nothing) {
  auto rng = testing::generator("columns");
  for (const std::uint32_t n : kParties) {
    constexpr std::int64_t kRows = 100;
    std::vector<u128> ids(kRows);
    for (std::size_t i = 0; i < kRows; ++i) ids[i] = i;
    Builder b;
    const std::vector<Value> columns{b.input("a", Builder::party(0), ring(16), {kRows}),
                                     b.input("b", Builder::party(1), bits(7), {kRows}),
                                     b.constant(Tensor(ring(32), {kRows}, ids))};
    const std::vector<Value> mixed = shuffle(columns);
    for (std::size_t i = 0; i < mixed.size(); ++i)
      b.output("o" + std::to_string(i), mixed[i], Builder::party(0));
    const std::vector<Tensor> inputs{Tensor(ring(16), {kRows}, ids), Tensor(bits(7), {kRows}, ids)};
    const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 0}));
    Simulator sim(plan, inputs, Keys(plan->setting), rng());
    BOOST_TEST_REQUIRE(sim.run());
    const auto outputs = sim.engine(0).outputs();
    std::vector<u128> order = outputs.at("o0").values();
    BOOST_TEST((outputs.at("o1").values() == order));
    BOOST_TEST((outputs.at("o2").values() == order));
    BOOST_TEST((order != ids));
    std::sort(order.begin(), order.end());
    BOOST_TEST((order == ids));
    BOOST_TEST(plan->rounds == 2 + shares(n));
  }
}

BOOST_AUTO_TEST_CASE(every_order_of_three_rows_occurs) {
  auto rng = testing::generator("orders");
  std::map<std::vector<unsigned>, int> seen;
  // Draws of one session are independent: many shuffles of three rows show what many sessions would.
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(8), {3});
  constexpr int kShuffles = 600;
  for (int i = 0; i < kShuffles; ++i) b.output("o" + std::to_string(i), shuffle(x), Builder::party(0));
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, 3, 0}));
  const std::array<u128, 3> rows{0, 1, 2};
  Simulator sim(plan, {Tensor(ring(8), {3}, rows)}, Keys(plan->setting), rng());
  BOOST_TEST_REQUIRE(sim.run());
  for (const auto& [name, tensor] : sim.engine(0).outputs()) {
    std::vector<unsigned> order;
    for (const u128 v : tensor.values()) order.push_back(static_cast<unsigned>(v));
    ++seen[order];
  }
  BOOST_TEST(seen.size() == 6u);
  // 100 each on average, with a deviation of 9.
  for (const auto& [order, count] : seen) BOOST_TEST((count > 45 && count < 155), count);
}

BOOST_AUTO_TEST_CASE(a_shuffle_costs_what_it_should) {
  const std::uint64_t elements[] = {6, 60, 420};  // per entry, in all
  for (std::size_t i = 0; i < 3; ++i) {
    const Setting setting{Scheme::rss, kParties[i], 0};
    const std::array operands{ValueType{Visibility::partial, ring(32), {10}},
                              ValueType{Visibility::secret, ring(32), {10}}};
    const std::array<std::int64_t, 1> forward{0};
    const Traffic traffic = operation_traffic(Op::shuffle, operands, forward, setting);
    BOOST_TEST(traffic.rounds == shares(kParties[i]));
    BOOST_TEST(total(traffic) == elements[i] * 10 * 4);
  }
}

BOOST_AUTO_TEST_CASE(a_read_costs_online_what_it_should) {
  for (const std::uint32_t n : kParties)
    for (const bool of_public : {false, true}) {
      Builder b;
      const Value i = b.input("i", Builder::party(0), ring(32));
      const Value a =
          of_public ? b.constant(Tensor(ring(32), {256})) : b.input("a", Builder::party(1), ring(32), {256});
      const Value r = read(a, i);
      b.output("r", r, Builder::party(0));
      const Setting setting{Scheme::rss, n, 0};
      Policy policy;
      policy.prefer["one_hot"] = "edabit";
      const Traffic traffic = traffic_of(lower(b.graph(), setting, policy), setting, true);
      // The output is a round and an element from t parties; the read opens 8 bits and shares a product
      // again.
      BOOST_TEST(traffic.online_rounds == (of_public ? 2u : 3u));
      std::uint64_t online = 0;
      for (const std::uint64_t bytes : traffic.online_bytes) online += bytes;
      BOOST_TEST(online == std::uint64_t{n} * setting.t() * (of_public ? 1 : 1 + 4) + setting.t() * 4);
    }
}

BOOST_AUTO_TEST_CASE(unit_vectors_stand_at_their_index) {
  auto rng = testing::generator("one_hot");
  for (const std::uint32_t n : kParties)
    for (const std::string& variant : variants(Op::one_hot))
      for (const unsigned k : kWidths) {
        Builder b;
        const Value i = b.input("i", Builder::party(0), ring(k), {2, 3});
        const Value w = b.input("w", Builder::party(1), bits(5), {4});
        const Value narrow = b.input("narrow", Builder::party(1), ring(3), {9});
        b.output("ring", one_hot(i, 11, ring(k)), Builder::party(1));
        b.output("bits", one_hot(at(i, 0, 0), 130, bits(1)), Builder::party(1));
        b.output("word", one_hot(w, 32, ring(k)), Builder::party(1));
        b.output("longer", one_hot(narrow, 20, ring(k)), Builder::party(1));
        b.output("scalar", one_hot(at(at(i, 0, 0), 0, 0), 5, bits(1)), Builder::party(1));
        b.output("one", one_hot(i, 1, ring(k)), Builder::party(1));
        b.output("none", one_hot(i, 0, ring(k)), Builder::party(1));
        const std::vector<Tensor> inputs{numbers(ring(k), {2, 3}, 14, rng), numbers(bits(5), {4}, 32, rng),
                                         numbers(ring(3), {9}, 8, rng)};
        BOOST_TEST(run(b, n, inputs, rng, preferring("one_hot", variant)).wrong == "",
                   "n " << n << ", k " << k << ", " << variant);
      }
}

BOOST_AUTO_TEST_CASE(reads_and_writes_at_secret_indices) {
  auto rng = testing::generator("read");
  for (const std::uint32_t n : kParties)
    for (const std::string& variant : variants(Op::one_hot))
      for (const unsigned k : kWidths)
        for (const std::int64_t m : {1, 2, 13}) {
          Builder b;
          const Value i = b.input("i", Builder::party(0), ring(k), {2, 2});
          const Value a = b.input("a", Builder::party(1), ring(k), {m, 3});
          const Value w = b.input("w", Builder::party(1), bits(std::min(k, 100u)), {m, 2});
          const Value one = at(at(i, 0, 0), 0, 0);
          b.output("rows", read(a, i), Builder::party(0));
          b.output("element", read(slice(a, 1, 0, 1), one), Builder::party(0));
          b.output("words", read(w, i), Builder::party(0));
          b.output("public", read(b.constant(Tensor(ring(k), {m}, std::vector<u128>(m, 7))), i),
                   Builder::party(0));
          b.output("known index", read(a, b.constant(ring(8), m - 1)), Builder::party(0));
          b.output("written", write(a, one, at(a, 0, 0) + 5), Builder::party(0));
          b.output("bits", write(w, one, ~at(w, 0, 0)), Builder::party(0));
          std::vector<Tensor> inputs = testing::random_inputs(b.graph(), rng);
          inputs[0] = numbers(ring(k), {2, 2}, 16, rng);
          BOOST_TEST(run(b, n, inputs, rng, preferring("one_hot", variant)).wrong == "",
                     "n " << n << ", k " << k << ", m " << m << ", " << variant);
        }
}

BOOST_AUTO_TEST_CASE(what_is_past_the_end_reads_as_nothing_and_is_not_written) {
  auto rng = testing::generator("past the end");
  Builder b;
  const Value i = b.input("i", Builder::party(0), ring(32), {4});
  const Value a = b.input("a", Builder::party(1), ring(32), {5});
  b.output("r", read(a, i), Builder::party(0));
  b.output("w", write(a, at(i, 0, 1), at(a, 0, 0)), Builder::party(0));
  const std::array<u128, 4> indices{4, 5, 8, 8 + 7};  // of which three bits count
  const std::array<u128, 5> array{1, 2, 3, 4, 5};
  const Session s = run(b, 3, {Tensor(ring(32), {4}, indices), Tensor(ring(32), {5}, array)}, rng);
  BOOST_TEST(s.wrong == "");
  BOOST_TEST((s.output("r").values() == std::vector<u128>{5, 0, 1, 0}));
  BOOST_TEST((s.output("w").values() == std::vector<u128>(array.begin(), array.end())));
}

BOOST_AUTO_TEST_CASE(rows_go_where_they_are_sent) {
  auto rng = testing::generator("place");
  for (const std::uint32_t n : kParties)
    for (const unsigned k : kWidths) {
      Builder b;
      const Value to = b.input("to", Builder::party(0), ring(k), {7});
      const Value x = b.input("x", Builder::party(1), ring(k), {7, 2});
      const Value y = b.input("y", Builder::party(1), bits(3), {7});
      const auto moved = place(std::vector{x, y}, to);
      b.output("x", moved[0], Builder::party(0));
      b.output("y", moved[1], Builder::party(0));
      b.output("public", place(x, b.constant(ring(3), {7}, std::array<std::int64_t, 7>{6, 5, 4, 3, 2, 1, 0})),
               Builder::party(0));
      std::vector<Tensor> inputs = testing::random_inputs(b.graph(), rng);
      std::vector<u128> order{0, 1, 2, 3, 4, 5, 6};
      std::shuffle(order.begin(), order.end(), rng);
      inputs[0] = Tensor(ring(k), {7}, order);
      const Session s = run(b, n, inputs, rng);
      BOOST_TEST(s.wrong == "", "n " << n << ", k " << k);
      BOOST_TEST(s.plan->rounds == 2 + shares(n) + 1);  // columns share the shuffle; the opening follows it
    }
}

BOOST_AUTO_TEST_CASE(sorting_is_stable_in_every_order_by_every_way) {
  auto rng = testing::generator("sort");
  for (const std::uint32_t n : kParties)
    for (const std::string& variant : variants(Op::rank))
      for (const unsigned k : kWidths) {
        if (n == 7 && k != 8 && k != 31) continue;  // 35 passes for each of so many digits
        if (variant == "radix" && k > 32 && n != 3) continue;
        for (const std::int64_t m : {0, 1, 2, 9}) {
          if (m < 9 && k != 16) continue;
          Builder b;
          const Value keys = b.input("keys", Builder::party(0), ring(k), {m});
          const Value word = b.input("word", Builder::party(0), bits(3), {m});
          const Value x = b.input("x", Builder::party(1), ring(16), {m});
          const Order order = k % 3 == 0 ? Order::unsigned_full : Order::signed_full;
          b.output("keys", sort(keys, {order, k % 2 == 1}), Builder::party(0));
          b.output("x", sort(word, std::span(&x, 1), {order, true})[0], Builder::party(0));
          std::vector<Tensor> inputs = testing::random_inputs(b.graph(), rng);
          if (m > 4) inputs[0].set(3, inputs[0].get(4));
          BOOST_TEST(run(b, n, inputs, rng, preferring("rank", variant)).wrong == "",
                     "n " << n << ", k " << k << ", m " << m << ", " << variant);
        }
      }
}

BOOST_AUTO_TEST_CASE(more_rows_are_sorted_by_every_way) {
  auto rng = testing::generator("more rows");
  for (const std::string& variant : variants(Op::rank)) {
    Builder b;
    const Value keys = b.input("keys", Builder::party(0), ring(8), {200});
    const Value x = b.input("x", Builder::party(1), ring(16), {200});
    b.output("x", sort(keys, std::span(&x, 1))[0], Builder::party(0));
    BOOST_TEST(run(b, 3, rng, preferring("rank", variant)).wrong == "", variant);
  }
}

/// Everything that sorting three rows opens, in a run with keys that are equal, ascending or descending: each
/// opened vector is a uniform permutation, and the opened comparisons together are those of one.
BOOST_AUTO_TEST_CASE(what_sorting_opens_does_not_depend_on_the_keys) {
  auto rng = testing::generator("opened");
  constexpr std::int64_t kSorts = 300;
  for (const std::string variant : {"radix", "shuffle_compare"})
    for (const std::array<u128, 3> keys : {std::array<u128, 3>{2, 2, 2}, {0, 1, 2}, {3, 1, 0}}) {
      Builder b;
      const Value x = b.input("x", Builder::party(0), ring(2), {kSorts, 3});
      for (std::int64_t i = 0; i < kSorts; ++i)
        b.output("sorted" + std::to_string(i), sort(at(x, 0, i), {Order::unsigned_full}), Builder::party(0));
      Policy policy = preferring("rank", variant).policy;
      for (const char* op : {"to_bits", "to_ring"}) policy.prefer[op] = "summands";
      const Setting setting{Scheme::rss, 3, 0};
      Graph graph = lower(b.graph(), setting, policy);
      std::vector<NodeId> opened;
      for (std::uint32_t i = 0; i < graph.size(); ++i)
        if (graph.node(NodeId{i}).op == Op::reveal) opened.push_back(NodeId{i});
      const std::size_t each = opened.size() / kSorts;
      // By digits: where the first sends rows, their old numbers, their ranks. By comparisons: three, then
      // the ranks.
      BOOST_TEST_REQUIRE(opened.size() == each * kSorts);
      BOOST_TEST_REQUIRE(each == (variant == "radix" ? 3u : 4u));
      for (std::size_t i = 0; i < opened.size(); ++i)
        graph.add_output({"opened" + std::to_string(i), {Builder::party(0)}, {}, {}}, opened[i], 0);
      const auto plan = std::make_shared<const Plan>(make_plan(graph, setting));
      std::vector<u128> all;
      for (std::int64_t i = 0; i < kSorts; ++i) all.insert(all.end(), keys.begin(), keys.end());
      Simulator sim(plan, {Tensor(ring(2), {kSorts, 3}, all)}, Keys(setting), rng());
      BOOST_TEST_REQUIRE(sim.run());
      const auto outputs = sim.engine(0).outputs();
      // Of radix sorting each opening by itself; of comparisons, which are opened before the rows' places,
      // all.
      const std::size_t together = variant == "radix" ? 1 : 3;
      for (std::size_t kind = 0; kind < each; kind += together) {
        std::map<std::vector<u128>, int> seen;
        for (std::size_t i = 0; i < static_cast<std::size_t>(kSorts); ++i) {
          std::vector<u128> values;
          for (std::size_t j = kind; j < std::min(kind + together, each); ++j)
            for (const u128 v : outputs.at("opened" + std::to_string(i * each + j)).values())
              values.push_back(v);
          ++seen[values];
        }
        BOOST_TEST(seen.size() == 6u);
        // 50 each on average, with a deviation of 6.5.
        for (const auto& [values, count] : seen)
          BOOST_TEST((count > 15 && count < 85), variant << " " << count);
      }
    }
}

BOOST_AUTO_TEST_CASE(the_way_to_sort_is_chosen_by_cost) {
  const auto chosen = [](std::int64_t m, unsigned k, Policy policy) {
    Builder b;
    const Value keys = b.input("keys", Builder::party(0), ring(k), {m});
    b.output("r", rank(keys), Builder::party(0));
    const Setting setting{Scheme::rss, 3, 0};
    const Traffic best = traffic_of(lower(b.graph(), setting, policy), setting);
    std::string name;
    for (const std::string& variant : variants(Op::rank)) {
      policy.prefer["rank"] = variant;
      const Traffic traffic = traffic_of(lower(b.graph(), setting, policy), setting);
      if (traffic.rounds == best.rounds && total(traffic) == total(best) && name.empty()) name = variant;
    }
    return name;
  };
  BOOST_TEST(chosen(8, 32, {}) == "pairs");
  BOOST_TEST(chosen(20000, 32, {}).starts_with("radix"));
  Policy slow;
  slow.bytes_per_second = 1e5;
  BOOST_TEST(chosen(400, 128 - 9, slow) == "shuffle_compare");
}

BOOST_AUTO_TEST_CASE(codes_are_counted_and_their_weights_added) {
  auto rng = testing::generator("histogram");
  for (const std::uint32_t n : kParties)
    for (const unsigned k : kWidths)
      for (const std::int64_t m : {0, 1, 33}) {
        Builder b;
        const Value codes = b.input("codes", Builder::party(0), ring(k), {m});
        const Value weights = b.input("weights", Builder::party(1), ring(k), {m, 2});
        b.output("counts", histogram(codes, 6, k), Builder::party(0));
        b.output("sums", histogram(codes, 6, weights), Builder::party(0));
        b.output("one", histogram(codes, 1), Builder::party(0));
        b.output("none", histogram(codes, 0), Builder::party(0));
        b.output("prefix", prefix_sum(weights, 0) + prefix_sum(weights, -1), Builder::party(0));
        std::vector<Tensor> inputs = testing::random_inputs(b.graph(), rng);
        inputs[0] = numbers(ring(k), {m}, 6, rng);
        BOOST_TEST(run(b, n, inputs, rng).wrong == "", "n " << n << ", k " << k << ", m " << m);
      }
}

BOOST_AUTO_TEST_CASE(tables_are_grouped_and_joined) {
  auto rng = testing::generator("tables");
  for (const std::uint32_t n : {3u, 5u})
    for (const std::int64_t m : {0, 1, 12}) {
      Builder b;
      const Value keys = b.input("keys", Builder::party(0), ring(16), {m});
      const Value values = b.input("values", Builder::party(1), ring(32), {m});
      const Value other_keys = b.input("other keys", Builder::party(1), ring(16), {5});
      const Value other = b.input("other", Builder::party(1), ring(64), {5});
      const auto learn = [&](const std::string& name, const Table& table) {
        b.output(name + " valid", table.valid, Builder::party(0));
        for (std::size_t i = 0; i < table.columns.size(); ++i)
          b.output(name + std::to_string(i), table.columns[i], Builder::party(0));
      };
      learn("grouped", group_by_sum(keys, std::span(&values, 1)));
      learn("joined", inner_join(keys, std::span(&values, 1), other_keys, std::span(&other, 1)));
      std::vector<Tensor> inputs = testing::random_inputs(b.graph(), rng);
      inputs[0] = numbers(ring(16), {m}, 8, rng);
      const std::array<u128, 5> distinct{3, 1, 7, 0, 6};
      inputs[2] = Tensor(ring(16), {5}, distinct);
      const Session s = run(b, n, inputs, rng);
      BOOST_TEST(s.wrong == "", "n " << n << ", m " << m);

      std::map<u128, u128> sums;
      std::vector<u128> valid(static_cast<std::size_t>(m), 0), left(valid), right(valid);
      for (std::size_t i = 0; i < valid.size(); ++i) {
        sums[inputs[0].get(i)] += inputs[1].get(i);
        for (std::size_t j = 0; j < 5; ++j)
          if (distinct[j] == inputs[0].get(i))
            valid[i] = 1, left[i] = inputs[1].get(i), right[i] = inputs[3].get(j);
      }
      BOOST_TEST((s.output("joined valid").values() == valid));
      BOOST_TEST((s.output("joined0").values() == left));
      BOOST_TEST((s.output("joined1").values() == right));
      std::vector<u128> group_valid(valid.size(), 0), group_keys(group_valid), group_sums(group_valid);
      std::size_t g = 0;
      for (const auto& [key, value] : sums)
        group_valid[g] = 1, group_keys[g] = key, group_sums[g++] = value & low_mask<u128>(32);
      BOOST_TEST((s.output("grouped valid").values() == group_valid));
      BOOST_TEST((s.output("grouped0").values() == group_keys));
      BOOST_TEST((s.output("grouped1").values() == group_sums));
    }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
