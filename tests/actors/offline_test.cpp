// Plans that are offline first: what needs no input is computed before any input is asked for.

#include <boost/test/unit_test.hpp>
#include <set>

#include "cluster.hpp"
#include "graph/cost.hpp"
#include "graph/evaluate.hpp"
#include "graph/functions.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

using testing::Cluster;
using namespace std::chrono_literals;

constexpr auto kBounded = 10s;
constexpr std::int64_t kSize = 40;

Policy offline_first() {
  Policy policy;
  policy.offline_first = true;
  policy.prefer = {{"msb", "edabit"}, {"to_ring", "random_bit"}};
  return policy;
}

/// A party and a client compare their numbers, and another client learns how many are less.
struct Job {
  std::shared_ptr<const Plan> plan;
  std::vector<Tensor> inputs, expected;

  explicit Job(std::uint32_t n) {
    Builder b;
    const Role alice = b.client("alice"), bob = b.client("bob");
    const Value x = b.input("x", Builder::party(0), ring(32), {kSize});
    const Value y = b.input("y", alice, ring(32), {kSize});
    b.output("count", sum(to_ring(lt(x, y), 16)), {bob, Builder::party(1)});
    PlanOptions options;
    options.policy = offline_first();
    plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 2}, options));
    auto rng = testing::generator("offline");
    inputs = testing::random_inputs(b.graph(), rng);
    expected = evaluate(b.graph(), inputs);
  }
};

/// What happened at one endpoint, in order.
struct Events {
  std::mutex mutex;
  std::vector<std::uint32_t> ended_before, begun_after;  ///< phases of steps, before and after inputs came
  bool provided = false;
};

/// Every endpoint brings its inputs when asked, and notes which steps ran before and after.
std::vector<std::shared_ptr<Events>> watch(Cluster& cluster) {
  std::vector<std::shared_ptr<Events>> all;
  for (PartyConfig& config : cluster.configs) {
    auto events = all.emplace_back(std::make_shared<Events>());
    config.hooks.step = [events](std::uint32_t step, bool begins, std::uint64_t) {
      const std::lock_guard lock(events->mutex);
      if (events->provided && begins) events->begun_after.push_back(step);
      if (!events->provided) events->ended_before.push_back(step);
    };
    config.provide = [events, inputs = config.inputs](const std::function<bool()>&) {
      const std::lock_guard lock(events->mutex);
      events->provided = true;
      return inputs;
    };
    config.inputs.clear();
  }
  return all;
}

/// Waits for all: everyone names that culprit with those words, and learns nothing.
std::vector<JobResult> all_abort(Cluster& cluster, std::uint32_t culprit, const std::string& says) {
  BOOST_TEST(cluster.ended_within(kBounded), "not everyone ended in time");
  std::vector<JobResult> results;
  for (std::uint32_t e = 0; e < cluster.parties.size(); ++e) {
    if (cluster.parties[e] == nullptr) continue;
    if (!cluster.parties[e]->ended_within(0ms)) cluster.parties[e]->abort("the test lost its patience");
    const JobResult& result = results.emplace_back(cluster.parties[e]->wait());
    BOOST_TEST_CONTEXT("endpoint " << e) {
      BOOST_TEST_REQUIRE(result.abort.has_value());
      BOOST_TEST(result.abort->culprit.value == culprit);
      BOOST_TEST(result.abort->reason.find(says) != std::string::npos, result.abort->reason);
      BOOST_TEST(result.outputs.empty());
    }
  }
  return results;
}

/// An owner that waits for its input until nobody needs it any more.
Provide waits(std::shared_ptr<std::atomic<bool>> asked) {
  return [asked](const std::function<bool()>& cancelled) -> std::map<std::string, Tensor> {
    *asked = true;
    while (!cancelled()) std::this_thread::sleep_for(1ms);
    throw Error(Errc::aborted, "nothing came");
  };
}

void wait_for(const std::atomic<bool>& flag) {
  const auto deadline = transport::Clock::now() + kBounded;
  while (!flag && transport::Clock::now() < deadline) std::this_thread::sleep_for(1ms);
  BOOST_TEST_REQUIRE(flag.load());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(offline)

BOOST_AUTO_TEST_CASE(offline_steps_are_complete_before_inputs_are_asked_for) {
  for (const std::uint32_t n : {3u, 5u}) {
    const Job job(n);
    BOOST_TEST_REQUIRE(job.plan->offline_rounds > 0u);
    const PlanCost cost = cost_of(*job.plan);
    Cluster cluster(job.plan, job.inputs, TransportKind::memory);
    const auto events = watch(cluster);
    cluster.start();
    BOOST_TEST_REQUIRE(cluster.ended_within(kBounded));
    std::uint32_t rounds = 0, offline_rounds = 0;
    for (std::uint32_t e = 0; e < cluster.setting.endpoints(); ++e)
      BOOST_TEST_CONTEXT("endpoint " << e << " of " << n << " parties") {
        const JobResult result = cluster.parties[e]->wait();
        BOOST_TEST_REQUIRE(!result.abort.has_value(), result.abort->name << ": " << result.abort->reason);
        if (e == 1 || e == n + 1) BOOST_TEST((result.outputs.at("count") == job.expected[0]));
        std::set<std::uint32_t> before(events[e]->ended_before.begin(), events[e]->ended_before.end());
        for (std::uint32_t s = 0; s < job.plan->steps.size(); ++s)
          BOOST_TEST(before.contains(s) == (e < n && job.plan->steps[s].offline), "step " << s);
        BOOST_TEST(!events[e]->begun_after.empty());
        for (const std::uint32_t s : events[e]->begun_after) BOOST_TEST(!job.plan->steps[s].offline);
        BOOST_TEST(result.stats.offline_bytes == cost.offline_bytes_sent[e]);
        BOOST_TEST(result.stats.bytes_sent == cost.bytes_sent[e]);
        BOOST_TEST((result.stats.offline_bytes > 0) == (cost.offline_bytes_sent[e] > 0));
        if (e < n) BOOST_TEST(result.stats.offline_seconds > 0.0);
        rounds = std::max(rounds, result.stats.rounds);
        offline_rounds = std::max(offline_rounds, result.stats.offline_rounds);
      }
    BOOST_TEST(rounds == job.plan->rounds);
    BOOST_TEST(offline_rounds == cost.offline_rounds);
    BOOST_TEST(rounds - offline_rounds == cost.online_rounds);
  }
}

BOOST_AUTO_TEST_CASE(a_bad_input_ends_the_job_everywhere_and_is_described_to_its_owner_alone) {
  for (const std::uint32_t owner : {0u, 3u}) {
    const Job job(3);
    Cluster cluster(job.plan, job.inputs, TransportKind::memory);
    const auto events = watch(cluster);
    cluster.configs[owner].provide = [](const std::function<bool()>&) -> std::map<std::string, Tensor> {
      throw Error(Errc::bad_file, "line 3 is 4711");
    };
    cluster.start();
    const auto results = all_abort(cluster, owner, "could not bring its inputs");
    for (std::uint32_t e = 0; e < results.size(); ++e) {
      BOOST_TEST(results[e].abort->reason.find("4711") == std::string::npos);
      BOOST_TEST(results[e].detail == (e == owner ? "line 3 is 4711" : ""));
    }
  }
}

BOOST_AUTO_TEST_CASE(an_input_that_is_missing_or_of_another_shape_ends_the_job_too) {
  for (const bool missing : {true, false}) {
    const Job job(3);
    Cluster cluster(job.plan, job.inputs, TransportKind::memory);
    const auto events = watch(cluster);
    cluster.configs[0].provide = [missing](const std::function<bool()>&) {
      std::map<std::string, Tensor> inputs;
      if (!missing) inputs.emplace("x", Tensor(ring(32), Shape{kSize + 1}));
      return inputs;
    };
    cluster.start();
    const auto results = all_abort(cluster, 0, "could not bring its inputs");
    BOOST_TEST(results[0].detail.find(missing ? "is missing" : "[41]") != std::string::npos,
               results[0].detail);
  }
}

BOOST_AUTO_TEST_CASE(an_owner_may_take_longer_than_any_silence_or_connecting) {
  const Job job(3);
  Cluster cluster(job.plan, job.inputs, TransportKind::memory);
  const auto events = watch(cluster);
  for (PartyConfig& config : cluster.configs) {
    config.timeouts.silence = 1s;
    config.timeouts.heartbeat = 50ms;
    config.timeouts.connect = 1s;
  }
  cluster.configs[3].provide = [inner = cluster.configs[3].provide](const std::function<bool()>& cancelled) {
    std::this_thread::sleep_for(1500ms);
    return inner(cancelled);
  };
  cluster.start();
  BOOST_TEST_REQUIRE(cluster.ended_within(kBounded));
  for (std::uint32_t e = 0; e < cluster.setting.endpoints(); ++e) {
    const JobResult result = cluster.parties[e]->wait();
    BOOST_TEST(!result.abort.has_value());
    if (e == 1) BOOST_TEST((result.outputs.at("count") == job.expected[0]));
  }
}

BOOST_AUTO_TEST_CASE(whose_deadline_it_is_says_so_and_names_the_owner_it_waited_for) {
  const Job job(3);
  Cluster cluster(job.plan, job.inputs, TransportKind::memory);
  const auto events = watch(cluster);
  const auto asked = std::make_shared<std::atomic<bool>>(false);
  cluster.configs[3].provide = waits(asked);
  cluster.configs[1].timeouts.job = 2s;
  cluster.start();
  all_abort(cluster, 1,
            "ended the job at its deadline of 2000 ms, while it waited for " +
                endpoint_name(cluster.configs[1], EndpointId{3}));
  BOOST_TEST(asked->load());
}

BOOST_AUTO_TEST_CASE(nobody_waits_for_an_input_when_another_party_has_gone) {
  const Job job(3);
  Cluster cluster(job.plan, job.inputs, TransportKind::memory);
  const auto events = watch(cluster);
  const auto asked = std::make_shared<std::atomic<bool>>(false);
  cluster.configs[0].provide = waits(asked);
  cluster.start();
  wait_for(*asked);
  cluster.parties[2]->abort("was told to stop");
  all_abort(cluster, 2, "was told to stop");
}

BOOST_AUTO_TEST_CASE(comparisons_one_by_one_take_the_rounds_of_a_vector) {
  auto rng = testing::generator("scalar comparisons");
  std::vector<std::uint32_t> measured;
  for (const bool by_one : {false, true}) {
    Builder b;
    for (std::int64_t i = 0; i < (by_one ? kSize : 1); ++i) {
      const std::string name = std::to_string(i);
      const Shape shape = by_one ? Shape{} : Shape{kSize};
      const Value x = b.input("x" + name, Builder::party(0), ring(32), shape);
      b.output("less" + name, lt(x, b.input("y" + name, Builder::party(1), ring(32), shape)),
               Builder::party(2));
    }
    const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, 3, 0}));
    const auto inputs = testing::random_inputs(b.graph(), rng);
    testing::Simulator sim(plan, inputs, testing::Keys(plan->setting), rng());
    const bool finished = sim.run();
    BOOST_TEST(verdict(sim, *plan, finished, evaluate(b.graph(), inputs)) == "");
    measured.push_back(sim.engine(2).measured_rounds());
  }
  BOOST_TEST(measured[0] == measured[1]);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
