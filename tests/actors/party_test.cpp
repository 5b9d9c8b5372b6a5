// Whole endpoints with their actors and threads: what happens when something goes wrong. Whatever it is,
// everyone ends in bounded time, names the same culprit with the same words, and learns nothing.

#include "actors/party.hpp"

#include <boost/test/unit_test.hpp>

#include "cluster.hpp"
#include "graph/builder.hpp"
#include "graph/evaluate.hpp"

namespace tacet::actors {
namespace {

using testing::BentSink;
using testing::BentSource;
using testing::Cluster;
using testing::Scissors;
using namespace std::chrono_literals;

constexpr auto kBounded =
    10s;  // far below the default timeouts of a whole test, above what a loaded machine needs
constexpr TransportKind kKinds[] = {TransportKind::memory, TransportKind::tls};

/// Some hundred rounds among parties, with a client that brings an input and learns a result.
struct Job {
  std::shared_ptr<const Plan> plan;
  std::vector<Tensor> inputs, expected;

  explicit Job(std::uint32_t n = 3, int rounds = 100, std::int64_t size = 64) {
    Builder b;
    const Role alice = b.client("alice"), bob = b.client("bob");
    const Value x = b.input("x", Builder::party(0), ring(64), {size});
    const Value y = b.input("y", alice, ring(64), {size});
    Value v = x;
    for (int r = 0; r < rounds; ++r) v = v * y + x;
    b.output("v", v, {Builder::party(1), alice});
    b.output("w", v * v, bob);
    plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 2}));
    auto rng = testing::generator("party");
    inputs = testing::random_inputs(b.graph(), rng);
    expected = evaluate(b.graph(), inputs);
  }
  Cluster cluster(TransportKind kind) const { return Cluster(plan, inputs, kind); }
};

/// Waits for all and checks that they agree. `except`: who is not asked (it was destroyed, or never started).
std::vector<JobResult> agree(Cluster& cluster, std::optional<std::uint32_t> culprit = {},
                             const std::string& says = "") {
  std::vector<JobResult> results;
  const bool ended = cluster.ended_within(kBounded);
  BOOST_TEST(ended, "not everyone ended in time");
  std::optional<Abort> first;
  for (std::uint32_t e = 0; e < cluster.parties.size(); ++e) {
    results.emplace_back();
    if (cluster.parties[e] == nullptr) continue;
    if (!cluster.parties[e]->ended_within(0ms)) cluster.parties[e]->abort("the test lost its patience");
    JobResult& result = results.back() = cluster.parties[e]->wait();
    BOOST_TEST_CONTEXT("endpoint " << e) {
      BOOST_TEST(result.abort.has_value());
      BOOST_TEST(result.outputs.empty());
      if (!result.abort) continue;
      BOOST_TEST_INFO(result.abort->name << ": " << result.abort->reason);
      if (!first) first = result.abort;
      BOOST_TEST(result.abort->culprit.value == first->culprit.value);
      BOOST_TEST(result.abort->name == first->name);
      BOOST_TEST(result.abort->reason == first->reason);
      if (culprit) BOOST_TEST(result.abort->culprit.value == *culprit);
      BOOST_TEST(result.abort->reason.find(says) != std::string::npos, result.abort->reason);
    }
  }
  return results;
}

transport::Connection& to(transport::Mesh& mesh, std::uint32_t peer) {
  for (transport::Connection& c : mesh)
    if (c.hello.from.value == peer) return c;
  throw std::logic_error("no such peer");
}

/// Party 2 pauses in the middle, and heartbeats flow on every link meanwhile, until party 0 has ended.
class Pause {
 public:
  explicit Pause(Cluster& cluster) : cluster_(cluster) {
    for (PartyConfig& config : cluster.configs) config.timeouts.heartbeat = 100ms;
    cluster.configs[2].hooks.step = [this](std::uint32_t step, bool begins, std::uint64_t) {
      while (begins && step > 30 && holds_) std::this_thread::sleep_for(1ms);
    };
  }
  void end_with_party_0() {
    BOOST_TEST(cluster_.parties[0]->ended_within(kBounded));
    holds_ = false;
  }

 private:
  Cluster& cluster_;
  std::atomic<bool> holds_{true};
};

/// Bytes a link carries before the first frame after its setup.
constexpr std::uint64_t kSetup = 110;
/// Bytes a link carries before about the middle of the job: setup, then frames of one round each.
constexpr std::uint64_t kMiddle = 20'000;

}  // namespace

BOOST_AUTO_TEST_SUITE(party)

BOOST_AUTO_TEST_CASE(without_trouble_everyone_learns_what_is_theirs) {
  for (const TransportKind kind : kKinds)
    for (const std::uint32_t n : {3u, 5u}) {
      const Job job(n);
      Cluster cluster = job.cluster(kind);
      cluster.start();
      BOOST_TEST_REQUIRE(cluster.ended_within(kBounded));
      for (std::uint32_t e = 0; e < cluster.setting.endpoints(); ++e) {
        const JobResult result = cluster.parties[e]->wait();
        BOOST_TEST_REQUIRE(!result.abort.has_value(), result.abort->name << ": " << result.abort->reason);
        BOOST_TEST(result.outputs.size() == (e == 1 || e == n || e == n + 1 ? 1u : 0u));
        if (e == 1 || e == n) BOOST_TEST((result.outputs.at("v") == job.expected[0]));
        if (e == n + 1) BOOST_TEST((result.outputs.at("w") == job.expected[1]));
      }
    }
}

BOOST_AUTO_TEST_CASE(streams_of_little_capacity_only_slow_it_down) {
  const Job job(3, 20);
  Cluster cluster(job.plan, job.inputs, TransportKind::memory, 256);  // holds a setup message, not a round
  cluster.start();
  BOOST_TEST_REQUIRE(cluster.ended_within(kBounded));
  BOOST_TEST((cluster.parties[1]->wait().outputs.at("v") == job.expected[0]));
}

/// One connection broke, and both of its ends live: nobody can say on whose side. All agree on one of the
/// two, and name the other beside it.
void agree_on_a_link(Cluster& cluster, std::uint32_t a, std::uint32_t b) {
  const std::vector<JobResult> results = agree(cluster);
  const std::uint32_t culprit = results[0].abort ? results[0].abort->culprit.value : ~0u;
  BOOST_TEST((culprit == a || culprit == b));
  const std::uint32_t other = culprit == a ? b : a;
  BOOST_TEST(results[0].abort->reason.find((other < 3 ? "party " : "client ") + std::to_string(other)) !=
                 std::string::npos,
             results[0].abort->reason);
}

BOOST_AUTO_TEST_CASE(a_cut_sink_is_the_fault_of_one_of_its_ends) {
  const Job job;
  for (const TransportKind kind : kKinds)
    for (const auto& [from, peer] : {std::pair{1u, 0u}, {0u, 1u}, {2u, 3u}, {3u, 2u}})
      BOOST_TEST_CONTEXT("from " << from << " to " << peer) {
        Cluster cluster = job.cluster(kind);
        // Where little flows (heartbeats, or one input), it breaks with the first frame after setup.
        const bool busy = from == 1;
        cluster.bend = [&, from = from, peer = peer](EndpointId self, transport::Mesh& mesh) {
          if (self.value != from) return;
          auto& sink = to(mesh, peer).out;
          transport::ByteSink* raw = sink.get();
          sink = std::make_unique<BentSink>(std::move(sink), busy ? kMiddle : kSetup, [raw] { raw->cut(); });
        };
        std::optional<Pause> pause;
        if (!busy) pause.emplace(cluster);
        cluster.start();
        if (pause) pause->end_with_party_0();
        agree_on_a_link(cluster, from, peer);
      }
}

BOOST_AUTO_TEST_CASE(a_cut_source_is_the_fault_of_one_of_its_ends) {
  const Job job;
  for (const TransportKind kind : kKinds) {
    Cluster cluster = job.cluster(kind);
    cluster.bend = [](EndpointId self, transport::Mesh& mesh) {
      if (self.value != 0) return;
      auto& source = to(mesh, 1).in;
      transport::ByteSource* raw = source.get();
      source = std::make_unique<BentSource>(std::move(source), kMiddle, [raw] { raw->cut(); });
    };
    cluster.start();
    agree_on_a_link(cluster, 0, 1);
  }
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_vanishes_is_named_by_all_others) {
  const Job job;
  for (const TransportKind kind : kKinds)
    for (const std::uint32_t dead : {1u, 3u}) BOOST_TEST_CONTEXT("endpoint " << dead) {
        Cluster cluster = job.cluster(kind);
        const bool busy = dead == 1;
        const auto scissors = std::make_shared<Scissors>();
        cluster.bend = [&](EndpointId self, transport::Mesh& mesh) {
          if (self.value != dead) return;
          for (transport::Connection& c : mesh) {
            scissors->add(c);
            const bool trigger = c.hello.from.value == (busy ? 0u : 2u);
            if (trigger)
              c.out = std::make_unique<BentSink>(std::move(c.out), busy ? kMiddle : kSetup,
                                                 [=] { scissors->cut(); });
          }
        };
        std::optional<Pause> pause;
        if (!busy) pause.emplace(cluster);
        cluster.start();
        if (pause) pause->end_with_party_0();
        // The dead cannot be told: it is not asked, only must it end.
        BOOST_TEST(cluster.parties[dead]->ended_within(kBounded));
        BOOST_TEST(cluster.parties[dead]->wait().abort.has_value());
        cluster.parties[dead].reset();
        agree(cluster, dead, "closed");
      }
}

BOOST_AUTO_TEST_CASE(a_peer_that_falls_silent_is_named_after_the_silence) {
  const Job job;
  for (const TransportKind kind : kKinds) {
    Cluster cluster = job.cluster(kind);
    for (PartyConfig& config : cluster.configs)
      config.timeouts.silence = 700ms, config.timeouts.heartbeat = 100ms;
    cluster.bend = [](EndpointId self, transport::Mesh& mesh) {
      if (self.value != 1) return;
      auto& sink = to(mesh, 0).out;
      sink = std::make_unique<testing::StallingSink>(std::move(sink), kMiddle);
    };
    cluster.start();
    // On one connection in one direction: nobody can say on whose side it fails, so what is certain is said.
    agree(cluster, 0, "it says that party 1 (p1) has said nothing for 700 ms, which nobody else has seen");
  }
}

BOOST_AUTO_TEST_CASE(heartbeats_keep_idle_links_alive) {
  const Job job(3, 2);
  Cluster cluster = job.cluster(TransportKind::memory);
  for (std::uint32_t e = 0; e < cluster.setting.endpoints(); ++e) {
    cluster.configs[e].timeouts.silence = 1s;
    cluster.configs[e].timeouts.heartbeat = 100ms;
  }
  // Party 0 thinks for longer than the silence that is allowed.
  std::atomic<bool> thought{false};
  cluster.configs[0].hooks.step = [&](std::uint32_t step, bool begins, std::uint64_t) {
    if (begins && step > 2 && !thought.exchange(true)) std::this_thread::sleep_for(2s);
  };
  cluster.start();
  BOOST_TEST(cluster.ended_within(kBounded));
  for (const auto& party : cluster.parties) {
    const JobResult result = party->wait();
    BOOST_TEST(!result.abort.has_value(), result.abort->name << ": " << result.abort->reason);
  }
  BOOST_TEST(thought);
}

BOOST_AUTO_TEST_CASE(a_party_that_cannot_connect_ends_the_others) {
  const Job job;
  Cluster cluster = job.cluster(TransportKind::memory);
  cluster.configs[1].connect =
      [connect = cluster.configs[1].connect](
          const transport::Limit& limit,
          const transport::CancelToken& cancel) -> std::variant<transport::Mesh, transport::Culprit> {
    (void)connect(limit, cancel);  // its streams end here
    return transport::Culprit{EndpointId{2}, "p2", {Fault::Kind::refused, "runs another program"}, {}};
  };
  cluster.start();
  BOOST_TEST_REQUIRE(cluster.parties[1]->ended_within(kBounded));
  const JobResult own = cluster.parties[1]->wait();
  BOOST_TEST_REQUIRE(own.abort.has_value());
  BOOST_TEST(own.abort->culprit.value == 2u);
  BOOST_TEST(own.abort->reason == "runs another program");
  cluster.parties[1].reset();
  // It had no stream on which to tell them why: they see that it left.
  agree(cluster, 1, "closed");
}

BOOST_AUTO_TEST_CASE(a_connection_that_throws_is_an_abort) {
  const Job job;
  Cluster cluster = job.cluster(TransportKind::memory);
  cluster.configs[1].connect =
      [connect = cluster.configs[1].connect](
          const transport::Limit& limit,
          const transport::CancelToken& cancel) -> std::variant<transport::Mesh, transport::Culprit> {
    (void)connect(limit, cancel);
    throw Error(Errc::bad_config, "party 2 is listed twice");
  };
  cluster.start();
  BOOST_TEST_REQUIRE(cluster.parties[1]->ended_within(kBounded));
  const JobResult own = cluster.parties[1]->wait();
  BOOST_TEST_REQUIRE(own.abort.has_value());
  BOOST_TEST(own.abort->culprit.value == 1u);
  BOOST_TEST(own.abort->reason.find("party 2 is listed twice") != std::string::npos, own.abort->reason);
  cluster.parties[1].reset();
  agree(cluster, 1, "closed");
}

BOOST_AUTO_TEST_CASE(a_hook_that_throws_ends_the_session) {
  const Job job;
  for (const std::uint32_t who : {1u, 4u}) {
    Cluster cluster = job.cluster(TransportKind::memory);
    std::atomic<int> steps{0};
    cluster.configs[who].hooks.step = [&](std::uint32_t, bool begins, std::uint64_t) {
      if (begins && ++steps == (who == 1 ? 100 : 1)) throw std::bad_alloc();
    };
    cluster.start();
    agree(cluster, who, "failed: ");
  }
}

BOOST_AUTO_TEST_CASE(another_program_is_refused_by_everyone) {
  const Job job;
  Cluster cluster = job.cluster(TransportKind::tls);
  cluster.hellos[1].plan_digest[0] ^= std::byte{1};
  for (PartyConfig& config : cluster.configs) config.timeouts.connect = 2s;
  cluster.start();
  BOOST_TEST(cluster.ended_within(kBounded));
  for (const auto& party : cluster.parties) {
    const JobResult result = party->wait();
    BOOST_TEST_REQUIRE(result.abort.has_value());
    BOOST_TEST(result.abort->culprit.value == 1u);
    BOOST_TEST(result.abort->reason.find("another program") != std::string::npos, result.abort->reason);
    BOOST_TEST(result.outputs.empty());
  }
}

BOOST_AUTO_TEST_CASE(abort_from_outside_reaches_everyone_at_any_time) {
  const Job job;
  auto rng = testing::generator("abort");
  for (const TransportKind kind : kKinds)
    for (std::size_t i = 0; i < testing::cases(6); ++i) {
      const auto who = static_cast<std::uint32_t>(testing::below(rng, 5));
      Cluster cluster = job.cluster(kind);
      // A party that is never given its part of the job to the end keeps the job going until the abort.
      std::atomic<bool> hold{true}, moves{false};
      const auto first_seen = static_cast<std::uint32_t>(testing::below(rng, 30));
      cluster.configs[2].hooks.step = [&](std::uint32_t step, bool begins, std::uint64_t) {
        if (begins && step >= first_seen) moves = true;
        while (begins && step > 30 && hold) std::this_thread::sleep_for(1ms);
      };
      if (kind == TransportKind::tls && i == 0)
        for (PartyConfig& config : cluster.configs) config.timeouts.connect = 2s;
      cluster.start();
      const auto patience = transport::Clock::now() + kBounded;
      while (i > 0 && !moves && transport::Clock::now() < patience) std::this_thread::sleep_for(1ms);
      cluster.parties[who]->abort("the operator wants it so");
      (void)cluster.parties[who]->ended_within(300ms);  // party 2 cannot end before it is let go
      hold = false;
      if (kind == TransportKind::tls && i == 0) {
        // Before the connections stand there may be nobody to tell: the others wait as long as for one that
        // never came.
        BOOST_TEST(cluster.ended_within(kBounded));
        BOOST_TEST((cluster.parties[who]->wait().abort->reason == "the operator wants it so"));
        continue;
      }
      BOOST_TEST_CONTEXT("by " << who << ", case " << i) agree(cluster, who, "the operator wants it so");
    }
}

BOOST_AUTO_TEST_CASE(destruction_is_an_abort) {
  const Job job;
  for (const auto delay : {0ms, 1ms, 50ms})
    for (const std::uint32_t who : {1u, 3u})
      BOOST_TEST_CONTEXT("endpoint " << who << " after " << delay.count() << " ms") {
        Cluster cluster = job.cluster(TransportKind::memory);
        std::atomic<bool> hold{true};
        cluster.configs[2].hooks.step = [&](std::uint32_t step, bool begins, std::uint64_t) {
          while (begins && step > 30 && hold) std::this_thread::sleep_for(1ms);
        };
        cluster.start();
        std::this_thread::sleep_for(delay);
        const auto begin = transport::Clock::now();
        cluster.parties[who].reset();
        hold = false;
        BOOST_TEST((transport::Clock::now() - begin < 5s));
        agree(cluster, who, "was told to stop");
      }
}

BOOST_AUTO_TEST_CASE(destruction_waits_for_no_silent_peer) {
  const Job job;
  Cluster cluster = job.cluster(TransportKind::memory);
  cluster.start(0);  // the others never come, but their streams stand
  std::this_thread::sleep_for(50ms);
  const auto begin = transport::Clock::now();
  cluster.parties[0].reset();
  BOOST_TEST((transport::Clock::now() - begin < 2s));
}

BOOST_AUTO_TEST_CASE(whose_deadline_it_is_says_so_and_whom_it_waited_for) {
  const Job job;
  // Party 1 sits over a step of its own.
  for (const std::uint32_t impatient : {0u, 1u, 4u}) {
    BOOST_TEST_CONTEXT("deadline of endpoint " << impatient) {
      Cluster cluster = job.cluster(TransportKind::memory);
      std::atomic<bool> hold{true};
      cluster.configs[1].hooks.step = [&](std::uint32_t step, bool begins, std::uint64_t) {
        while (begins && step > 30 && hold) std::this_thread::sleep_for(1ms);
      };
      cluster.configs[impatient].timeouts.job = 1s;
      cluster.start();
      for (std::uint32_t e = 0; e < cluster.parties.size(); ++e)
        if (e != 1) BOOST_TEST(cluster.parties[e]->ended_within(kBounded));
      hold = false;
      // A client sees only parties that send to it: it may name another that is held up too.
      agree(cluster, impatient,
            "ended the job at its deadline of 1000 ms, while it " +
                (impatient == 1   ? "was at work"
                 : impatient == 4 ? "waited for party "
                                  : "waited for " + endpoint_name(cluster.configs[0], EndpointId{1})));
    }
  }
}

BOOST_AUTO_TEST_CASE(signs_of_life_are_no_progress) {
  for (const std::uint32_t n : {3u, 5u})
    for (const TransportKind kind : kKinds) {
      const Job job(n);
      Cluster cluster = job.cluster(kind);
      std::atomic<bool> hold{true};
      for (PartyConfig& config : cluster.configs)
        config.timeouts.stall = 500ms, config.timeouts.heartbeat = 50ms, config.timeouts.silence = 60s;
      // Party 1 shows signs of life and computes nothing; the others wait for it or for each other.
      cluster.configs[1].hooks.step = [&](std::uint32_t step, bool begins, std::uint64_t) {
        while (begins && step > 30 && hold) std::this_thread::sleep_for(1ms);
      };
      cluster.start();
      for (std::uint32_t e = 0; e < cluster.parties.size(); ++e)
        if (e != 1) BOOST_TEST(cluster.parties[e]->ended_within(kBounded));
      hold = false;
      agree(cluster, 1, "has made no progress for 500 ms while others waited for it");
    }
}

BOOST_AUTO_TEST_CASE(a_deadline_holds_while_connecting) {
  const Job job;
  for (const TransportKind kind : kKinds) {
    Cluster cluster = job.cluster(kind);
    cluster.configs[0].timeouts.job = 200ms;
    cluster.start(0);
    BOOST_TEST_REQUIRE(cluster.parties[0]->ended_within(kBounded));
    const JobResult result = cluster.parties[0]->wait();
    BOOST_TEST_REQUIRE(result.abort.has_value());
    BOOST_TEST(result.abort->culprit.value == 0u, result.abort->reason);
    // In memory connections stand at once: there it waits for the first message of another.
    BOOST_TEST(result.abort->reason.find("ended the job at its deadline of 200 ms, while " +
                                         std::string(kind == TransportKind::memory ? "it waited for " : "") +
                                         "party 1 (p1)") != std::string::npos,
               result.abort->reason);
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_breaks_while_keys_are_exchanged_is_named_by_all) {
  const Job job(5);
  for (const std::uint32_t dead : {1u, 4u, 5u})
    for (const bool before_sending : {true, false})
      BOOST_TEST_CONTEXT("endpoint " << dead << (before_sending ? " before" : " after") << " sending") {
        Cluster cluster = job.cluster(TransportKind::memory);
        cluster.configs[dead].connect =
            [before_sending, connect = cluster.configs[dead].connect](
                const transport::Limit& limit,
                const transport::CancelToken& cancel) -> std::variant<transport::Mesh, transport::Culprit> {
          auto mesh = std::get<transport::Mesh>(connect(limit, cancel));
          std::vector<std::byte> half(10, std::byte{0});
          if (!before_sending) (void)transport::write_all(*mesh[0].out, half, limit.at);
          std::this_thread::sleep_for(50ms);
          return transport::Culprit{mesh[0].hello.to, "", {Fault::Kind::io, "broke"}, {}};
        };
        cluster.start();
        BOOST_TEST_REQUIRE(cluster.parties[dead]->ended_within(kBounded));
        cluster.parties[dead].reset();
        agree(cluster, dead, "closed");
      }
}

BOOST_AUTO_TEST_CASE(inputs_that_do_not_fit_start_nothing) {
  const Job job;
  Cluster cluster = job.cluster(TransportKind::memory);
  const auto refused = [&](std::map<std::string, Tensor> inputs, Errc code, const std::string& says) {
    PartyConfig config = cluster.configs[0];
    config.inputs = std::move(inputs);
    config.connect = [](const transport::Limit&,
                        const transport::CancelToken&) -> std::variant<transport::Mesh, transport::Culprit> {
      BOOST_FAIL("it connects");
      throw std::logic_error("unreachable");
    };
    BOOST_CHECK_EXCEPTION(Party{std::move(config)}, Error, [&](const Error& e) {
      return e.code() == code && std::string(e.what()).find(says) != std::string::npos;
    });
  };
  refused({}, Errc::missing_input, "\"x\" of party 0 (p0)");
  refused({{"x", Tensor(ring(64), {63})}}, Errc::shape_mismatch, "[63]");
  refused({{"x", Tensor(ring(32), {64})}}, Errc::type_mismatch, "ring(32)");
}

BOOST_AUTO_TEST_CASE(run_embedded_says_at_once_what_is_missing) {
  const Job job;
  const auto digest = protocols::plan_digest(*job.plan);
  for (const TransportKind kind : kKinds) {
    const auto begin = transport::Clock::now();
    EmbeddedOptions options;
    options.transport = kind;
    BOOST_CHECK_EXCEPTION(
        (void)run_embedded(job.plan, digest, {{"x", job.inputs[0]}}, options), Error, [](const Error& e) {
          return e.code() == Errc::missing_input &&
                 std::string(e.what()).find("\"y\" of client 3 (alice)") != std::string::npos;
        });
    BOOST_TEST((transport::Clock::now() - begin < 3s));
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_share_of_a_clients_output_is_found_out) {
  const Job job;
  for (const TransportKind kind : kKinds)
    for (const std::uint32_t liar : {0u, 1u, 2u}) BOOST_TEST_CONTEXT("party " << liar) {
        Cluster cluster = job.cluster(kind);
        cluster.bend = [liar](EndpointId self, transport::Mesh& mesh) {
          if (self.value != liar) return;
          auto& sink = to(mesh, 3).out;
          sink = std::make_unique<testing::LyingSink>(std::move(sink));
        };
        cluster.start();
        BOOST_TEST(cluster.ended_within(kBounded));
        for (std::uint32_t e = 0; e < cluster.setting.endpoints(); ++e) {
          const JobResult result = cluster.parties[e]->wait();
          // Another client may have had all it needs before.
          if (e == 4 && !result.abort) continue;
          BOOST_TEST_REQUIRE(result.abort.has_value(), "endpoint " << e);
          BOOST_TEST(result.outputs.empty());
          BOOST_TEST(result.abort->reason.find("output \"v\": the parties disagree") != std::string::npos,
                     result.abort->reason);
          BOOST_TEST(result.abort->reason.find("party " + std::to_string(liar)) != std::string::npos,
                     result.abort->reason);
        }
      }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
