// Large sorts and reads in a process: what they take is printed, and bounded.

#include <boost/test/unit_test.hpp>
#include <chrono>
#include <random>

#include "actors/embedded.hpp"
#include "graph/cost.hpp"
#include "graph/data.hpp"
#include "protocols/plan_digest.hpp"
#include "support.hpp"

namespace tacet::actors {
namespace {

double seconds_since(std::chrono::steady_clock::time_point start) {
  return std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
}

/// Runs a program among three parties in this process and says what it took. The results of party 0.
std::map<std::string, Tensor> run(const std::string& what, const Builder& b,
                                  const std::map<std::string, Tensor>& inputs,
                                  const PlanOptions& options = {}) {
  const auto start = std::chrono::steady_clock::now();
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, 3, 0}, options));
  const auto digest = protocols::plan_digest(*plan);
  const double planning = seconds_since(start);
  EmbeddedOptions embedded;
  embedded.transport = TransportKind::memory;
  auto results = run_embedded(plan, digest, inputs, embedded);
  for (const JobResult& r : results)
    if (r.abort) BOOST_FAIL(r.abort->name << " " << r.abort->reason);
  std::uint64_t memory = 0, bytes = 0;
  for (const JobResult& r : results) {
    memory = std::max(memory, r.stats.peak_memory_bytes);
    bytes = std::max(bytes, r.stats.bytes_sent);
  }
  BOOST_TEST_MESSAGE(what << ": " << plan->graph.size() << " nodes, plan " << planning << " s, run "
                          << seconds_since(start) - planning << " s, " << plan->rounds << " rounds, "
                          << bytes / 1000 << " kB sent and " << memory / 1000000
                          << " MB held by a party at most");
  return results[0].outputs;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(data_speed)

BOOST_AUTO_TEST_CASE(a_hundred_thousand_keys_are_sorted_in_seconds) {
  auto rng = testing::generator("large sort");
  constexpr std::int64_t kRows = 100000;
  Builder b;
  const Value keys = b.input("keys", Builder::party(0), ring(32), {kRows});
  b.output("sorted", sort(keys, {Order::unsigned_full}), Builder::party(0));
  const Tensor input = testing::random_tensor(ring(32), {kRows}, rng);
  const auto start = std::chrono::steady_clock::now();
  const auto outputs = run("100000 keys of 32 bits sorted", b, {{"keys", input}});
  BOOST_TEST(seconds_since(start) < 120.0);
  std::vector<u128> expected = input.values();
  std::sort(expected.begin(), expected.end());
  BOOST_TEST((outputs.at("sorted").values() == expected));
}

BOOST_AUTO_TEST_CASE(large_arrays_are_read_in_seconds) {
  auto rng = testing::generator("large read");
  constexpr std::int64_t kEntries = 65536, kReads = 8;
  for (const OpRow* row = &op_row(Op::one_hot); const Variant& variant : row->variants) {
    Builder b;
    const Value array = b.input("array", Builder::party(0), ring(32), {kEntries});
    const Value index = b.input("index", Builder::party(1), ring(32), {kReads});
    b.output("r", read(array, index), Builder::party(0));
    const Tensor entries = testing::random_tensor(ring(32), {kEntries}, rng);
    Tensor indices(ring(32), {kReads});
    for (std::uint64_t i = 0; i < kReads; ++i) indices.set(i, testing::below(rng, kEntries));
    PlanOptions options;
    options.policy.prefer["one_hot"] = variant.name;
    const auto start = std::chrono::steady_clock::now();
    const auto outputs = run("8 reads of 65536 entries by " + std::string(variant.name), b,
                             {{"array", entries}, {"index", indices}}, options);
    BOOST_TEST(seconds_since(start) < 60.0);
    for (std::uint64_t i = 0; i < kReads; ++i)
      BOOST_TEST((outputs.at("r").get(i) == entries.get(static_cast<std::uint64_t>(indices.get(i)))));
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
