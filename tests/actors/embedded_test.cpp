#include "actors/embedded.hpp"

#include <boost/test/unit_test.hpp>
#include <random>

#include "graph/builder.hpp"
#include "graph/cost.hpp"
#include "graph/evaluate.hpp"
#include "protocols/plan_digest.hpp"

using namespace tacet;

namespace {

using actors::EmbeddedOptions;
using actors::JobResult;
using actors::TransportKind;

Tensor random_tensor(const ValueType& type, std::mt19937_64& rng) {
  Tensor t(type.element, type.shape);
  for (std::uint64_t i = 0; i < t.elements(); ++i) {
    const u128 v = (static_cast<u128>(rng()) << 64) | rng();
    t.set(i, v & low_mask<u128>(type.element.width));
  }
  return t;
}

/// Runs a program with random inputs and compares outputs, rounds and bytes with the clear run and the plan.
void check(const Builder& b, std::uint32_t n, TransportKind transport, std::uint64_t seed = 1,
           Scheme scheme = Scheme::rss) {
  const Setting setting{scheme, n, static_cast<std::uint32_t>(b.graph().clients().size())};
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), setting));
  std::mt19937_64 rng(seed);
  std::vector<Tensor> ordered;
  std::map<std::string, Tensor> inputs;
  for (const InputInfo& in : b.graph().inputs()) {
    ordered.push_back(random_tensor(b.graph().type(in.node), rng));
    inputs.emplace(in.name, ordered.back());
  }
  const std::vector<Tensor> expected = evaluate(b.graph(), ordered);
  EmbeddedOptions options;
  options.transport = transport;
  const auto results = run_embedded(plan, protocols::plan_digest(*plan), inputs, options);
  const PlanCost cost = cost_of(*plan);
  BOOST_TEST_REQUIRE(results.size() == setting.endpoints());
  std::uint32_t rounds = 0;
  for (std::uint32_t e = 0; e < results.size(); ++e) {
    if (results[e].abort)
      BOOST_FAIL("endpoint " << e << ": " << results[e].abort->name << " " << results[e].abort->reason);
    BOOST_TEST(results[e].stats.bytes_sent == cost.bytes_sent[e]);
    rounds = std::max(rounds, results[e].stats.rounds);
  }
  BOOST_TEST(rounds == plan->rounds);
  for (std::size_t o = 0; o < b.graph().outputs().size(); ++o) {
    const OutputInfo& info = b.graph().outputs()[o];
    for (std::uint32_t e = 0; e < results.size(); ++e) {
      const bool receives = std::any_of(info.receivers.begin(), info.receivers.end(),
                                        [&](Role r) { return (r.is_client ? n + r.index : r.index) == e; });
      const auto it = results[e].outputs.find(info.name);
      BOOST_TEST((it != results[e].outputs.end()) == receives);
      if (receives && it != results[e].outputs.end()) BOOST_TEST((it->second == expected[o]));
    }
  }
}

Builder mixed(unsigned k, std::int64_t size) {
  Builder b;
  const Role alice = b.client("alice"), bob = b.client("bob");
  const Value x = b.input("x", Builder::party(0), ring(k), {size});
  const Value y = b.input("y", Builder::party(2), ring(k), {size});
  const Value z = b.input("z", alice, ring(k), {size});
  const Value w = (x * y + z * (k == 1 ? 1 : 3) - 1) * z;
  const Value d = dot(x, y) + sum(z);
  const Value opened = reveal(x + y);
  const Value p = b.input("p", bob, bits(5), {size});
  const Value q = b.input("q", Builder::party(1), bits(5), {size});
  b.output("w", w, {alice, Builder::party(1)});
  b.output("d", d, bob);
  b.output("o", opened * w, Builder::party(0));
  b.output("opened", opened, {alice});
  b.output("bits", ~(p & q) ^ (p | q), {bob, Builder::party(2)});
  return b;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(embedded)

BOOST_AUTO_TEST_CASE(every_width_and_party_count_agrees_with_the_clear_run) {
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const unsigned k : {1u, 8u, 16u, 31u, 32u, 60u, 64u, 72u, 128u})
      BOOST_TEST_CONTEXT("n " << n << " k " << k) check(mixed(k, 67), n, TransportKind::memory);
}

BOOST_AUTO_TEST_CASE(tls_gives_the_same) {
  for (const std::uint32_t n : {3u, 5u}) check(mixed(64, 1000), n, TransportKind::tls);
}

BOOST_AUTO_TEST_CASE(plain_scheme_runs_the_same_plan) {
  check(mixed(32, 100), 3, TransportKind::memory, 7, Scheme::plain);
}

BOOST_AUTO_TEST_CASE(nine_parties) {
  check(mixed(32, 10), 9, TransportKind::memory);
}

BOOST_AUTO_TEST_CASE(tiles_and_empty_values) {
  for (const std::int64_t size : {0, 1, 100'001}) check(mixed(64, size), 3, TransportKind::memory);
}

BOOST_AUTO_TEST_CASE(branches_share_rounds) {
  for (const int chains : {1, 10, 1000}) {
    Builder b;
    std::vector<Value> ends;
    for (int c = 0; c < chains; ++c) {
      Value x = b.input("x" + std::to_string(c), Builder::party(0), ring(32));
      const Value y = b.input("y" + std::to_string(c), Builder::party(1), ring(32));
      for (int d = 0; d < 20; ++d) x = x * y;
      ends.push_back(reshape(x, {1}));
    }
    b.output("ends", concat(ends, 0), Builder::party(2));
    check(b, 3, TransportKind::memory);
    BOOST_TEST(make_plan(b.graph(), Setting{Scheme::rss, 3, 0}).rounds == 22);
  }
}

BOOST_AUTO_TEST_SUITE_END()
