// What happens to everyone else when one endpoint disagrees, stays away, dies, hangs or gives up: they end in
// bounded time, and each says whose fault it was.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"
#include "tests/processes/job.hpp"
#include "transport/identity.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

BOOST_AUTO_TEST_SUITE(faults)

namespace {

/// Starts three parties that do not agree, and checks that everyone ends soon, and that the two that agree
/// with each other name the third with `reason`, which in turn names one of them.
void check_disagreement(std::uint32_t odd, const Command& odd_command,
                        const std::function<Command(std::uint32_t)>& others, const std::string& reason) {
  std::vector<ProcessPtr> parties;
  for (std::uint32_t p = 0; p < 3; ++p) parties.push_back(start(p == odd ? odd_command : others(p)));
  BOOST_TEST_REQUIRE(all_end({parties[0].get(), parties[1].get(), parties[2].get()}, 4s));
  for (std::uint32_t p = 0; p < 3; ++p) BOOST_TEST_CONTEXT("party " << p << " says: " << parties[p]->err()) {
      BOOST_TEST(parties[p]->exit_code() == 1);
      const Json aborted = Json::parse(parties[p]->out())["aborted"];
      if (p == odd) {
        BOOST_TEST((aborted["culprit"] != odd));
      } else {
        BOOST_TEST((aborted["culprit"] == odd));
        says(parties[p]->err(),
             {"aborted: party " + std::to_string(odd) + " (p" + std::to_string(odd) + ") "});
      }
      says(parties[p]->err(), {reason});
    }
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_party_runs_another_program) {
  const Endpoints all(3, {});
  const Command inputs[] = {{"-i", "a=5"}, {"-i", "b=6"}, {"-i", "c=7"}};
  for (const std::uint32_t odd : {0u, 1u, 2u})
    check_disagreement(
        odd, all.party("inner_product", odd, {"--set", "length=1", "-i", odd == 1 ? "y=[1]" : "x=[1]"}),
        [&](std::uint32_t p) { return all.party("mult3", p, inputs[p]); },
        "runs another program, or one with other settings: its plan is ");
}

BOOST_AUTO_TEST_CASE(a_party_has_other_sizes) {
  const Endpoints all(3, {});
  check_disagreement(
      1, all.party("inner_product", 1, {"-i", "y=[1,2]", "--set", "length=2"}),
      [&](std::uint32_t p) {
        return all.party("inner_product", p,
                         p == 0 ? Command{"-i", "x=[1,2,3]"} : Command{"--set", "length=3"});
      },
      "runs another program, or one with other settings: its plan is ");
}

BOOST_AUTO_TEST_CASE(a_party_has_another_policy) {
  const Endpoints all(3, {});
  const Command inputs[] = {{"-i", "x=[1]"}, {"-i", "y=[2]"}, {}};
  for (const Command& other : {Command{"--prefer", "msb=edabit"}, Command{"--offline-first"}})
    check_disagreement(
        1, all.party("compare", 1, inputs[1] + Command{"--set", "size=1"} + other),
        [&](std::uint32_t p) {
          return all.party("compare", p, inputs[p] + Command{"--set", "size=1"});
        },
        "runs another program, or one with other settings: its plan is ");
}

BOOST_AUTO_TEST_CASE(a_party_has_another_number_of_parties) {
  const Endpoints all(5, {});
  all.write_cluster("three.toml", 3);
  const Command inputs[] = {{"-i", "a=5"}, {"-i", "b=6"}, {"-i", "c=7"}};
  check_disagreement(
      2, all.party("mult3", 2, inputs[2], "cluster.toml"),
      [&](std::uint32_t p) { return all.party("mult3", p, inputs[p], "three.toml"); },
      "expects another number of parties: its n is ");
}

BOOST_AUTO_TEST_CASE(a_party_has_another_scheme) {
  const Endpoints all(3, {});
  const Command inputs[] = {{"-i", "a=5"}, {"-i", "b=6"}, {"-i", "c=7"}};
  check_disagreement(
      1, all.party("mult3", 1, inputs[1] + Command{"--scheme", "plain", "--log", "off"}),
      [&](std::uint32_t p) { return all.party("mult3", p, inputs[p]); },
      "uses another scheme: its scheme is ");
}

BOOST_AUTO_TEST_CASE(a_party_that_never_comes_is_named) {
  const Endpoints all(3, {"alice", "bob"});
  const Command sizes{"--set", "size=2", "--connect-timeout", "1"};
  const auto begin = Clock::now();
  std::vector<ProcessPtr> present;
  present.push_back(start(all.party("long_chain", 0, sizes + Command{"-i", "factor=3"})));
  present.push_back(start(all.party("long_chain", 2, sizes)));
  present.push_back(start(all.client("long_chain", "alice", sizes + Command{"-i", "x=[1,2]"})));
  present.push_back(start(all.client("long_chain", "bob", sizes)));
  std::vector<Process*> waiting;
  for (const ProcessPtr& p : present) waiting.push_back(p.get());
  BOOST_TEST_REQUIRE(all_end(waiting, 3s));
  for (Process* p : waiting) BOOST_TEST_CONTEXT(p->text()) {
      BOOST_TEST((p->end() - begin >= 900ms), "gave up too early");
      names(*p, 1, "party 1 (p1) at 127.0.0.1:" + std::to_string(all.port(1)) + " did not answer in 1.0 s");
    }
}

BOOST_AUTO_TEST_CASE(a_client_that_never_comes_is_named) {
  const Endpoints all(3, {"alice", "bob"});
  const Command sizes{"--set", "size=2", "--connect-timeout", "1"};
  std::vector<ProcessPtr> parties;
  for (std::uint32_t p = 0; p < 3; ++p)
    parties.push_back(start(all.party("long_chain", p, p == 0 ? sizes + Command{"-i", "factor=3"} : sizes)));
  const ProcessPtr bob = start(all.client("long_chain", "bob", sizes));
  BOOST_TEST_REQUIRE(all_end({parties[0].get(), parties[1].get(), parties[2].get(), bob.get()}, 4s));
  for (const ProcessPtr& p : parties) names(*p, 3, "client 3 (alice) did not call in 1.0 s");
  BOOST_TEST(bob->exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(the_deadline_of_a_job_counts_while_peers_are_awaited) {
  const Endpoints all(3, {});
  const ProcessPtr p = start(all.party("mult3", 0, {"-i", "a=5", "--deadline", "0.8"}));
  BOOST_TEST_REQUIRE(all_end({p.get()}, 2s));
  names(*p, 1, "party 1 (p1) at 127.0.0.1:" + std::to_string(all.port(1)) + " did not answer in 0.8 s");
  says(p->err(), {"party 2 (p2) at 127.0.0.1:" + std::to_string(all.port(2)) + " did not answer"});
}

BOOST_AUTO_TEST_CASE(a_wrong_certificate_is_refused_by_both_sides) {
  // Party 1's cluster file and certificate are its own; the others expect the certificate they were told of.
  const Endpoints all(3, {});
  BOOST_TEST_REQUIRE(
      run({program("tacet"), "keygen", "--name", "other", "--out", all.folder().path().string()})
          ->exit_code() == 0);
  const std::string other = tacet::transport::load_fingerprint(all.file("other.crt")).to_string();
  std::string text = read_text(all.file("cluster.toml"));
  text.replace(text.find(all.fingerprint("p1")), all.fingerprint("p1").size(), other);
  write_text(all.file("other.toml"), text);
  const ProcessPtr p1 = start({program("mult3"), "party", "--json", "--cluster", all.file("other.toml"),
                               "--cert", all.file("other.crt"), "--key", all.file("other.key"), "--party",
                               "1", "-i", "b=1", "--connect-timeout", "5"});
  const ProcessPtr p0 = start(all.party("mult3", 0, {"-i", "a=1", "--connect-timeout", "5"}));
  const ProcessPtr p2 = start(all.party("mult3", 2, {"-i", "c=1", "--connect-timeout", "5"}));
  BOOST_TEST_REQUIRE(all_end({p0.get(), p1.get(), p2.get()}, 4s));
  for (const ProcessPtr* p : {&p0, &p2}) {
    names(**p, 1, "");
    says((*p)->err(), {other, all.fingerprint("p1")});
  }
  BOOST_TEST(p1->exit_code() == 1);
  says(p1->err(), {other, "does not accept us"});
}

BOOST_AUTO_TEST_CASE(a_killed_party_ends_everyone_within_two_seconds) {
  for (const std::uint32_t victim : {0u, 1u, 2u}) {
    LongJob job(3);
    job.wait_until_it_runs();
    const auto killed = Clock::now();
    job.party(victim).signal(SIGKILL);
    job.check_everyone_ends(&job.party(victim), killed, 2s, victim, "closed the connection", "killed");
  }
}

BOOST_AUTO_TEST_CASE(a_killed_party_of_five_ends_everyone) {
  LongJob job(5);
  job.wait_until_it_runs();
  const auto killed = Clock::now();
  job.party(3).signal(SIGKILL);
  job.check_everyone_ends(&job.party(3), killed, 2s, 3, "closed the connection", "killed, n = 5");
}

BOOST_AUTO_TEST_CASE(a_killed_client_ends_everyone) {
  LongJob job(3);
  job.wait_until_it_runs();
  const auto killed = Clock::now();
  job.client("bob").signal(SIGKILL);
  job.check_everyone_ends(&job.client("bob"), killed, 2s, 4, "closed the connection", "client killed");
}

BOOST_AUTO_TEST_CASE(a_stopped_party_ends_everyone_when_its_silence_is_too_long) {
  for (const std::uint32_t victim : {0u, 2u}) {
    LongJob job(3, {"--peer-timeout", "1.5"});
    job.wait_until_it_runs();
    const auto stopped = Clock::now();
    job.party(victim).signal(SIGSTOP);
    job.check_everyone_ends(&job.party(victim), stopped, 3500ms, victim, "has said nothing for 1500 ms",
                            "stopped");
    // It finds out when it is let go on.
    job.party(victim).signal(SIGCONT);
    BOOST_TEST(all_end({&job.party(victim)}, 3s));
    BOOST_TEST(job.party(victim).exit_code() == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_party_that_pauses_for_less_than_the_timeout_is_forgiven) {
  LongJob job(3, {"--peer-timeout", "4"}, /*depth=*/1000);
  job.wait_until_it_runs();
  job.party(1).signal(SIGSTOP);
  std::this_thread::sleep_for(1s);
  job.party(1).signal(SIGCONT);
  job.check_everyone_succeeds();
}

BOOST_AUTO_TEST_CASE(an_interrupted_party_says_so_to_everyone) {
  for (const int number : {SIGINT, SIGTERM}) {
    LongJob job(3);
    job.wait_until_it_runs();
    const auto sent = Clock::now();
    job.party(1).signal(number);
    job.check_everyone_ends(nullptr, sent, 2s, 1, "was interrupted", "interrupted");
  }
}

BOOST_AUTO_TEST_CASE(an_interrupt_ends_a_party_that_waits_for_others) {
  const Endpoints all(3, {});
  const ProcessPtr p = start(all.party("mult3", 0, {"-i", "a=5"}));
  BOOST_TEST(!p->ended_by(Clock::now() + 300ms));
  p->signal(SIGINT);
  BOOST_TEST_REQUIRE(all_end({p.get()}, 1s));
  names(*p, 0, "party 0 (p0) was interrupted");
}

BOOST_AUTO_TEST_CASE(the_deadline_of_a_running_job_names_who_was_waited_for) {
  const int seconds = 3 * kSlow;
  LongJob job(3, {"--peer-timeout", "60", "--deadline", std::to_string(seconds)});
  job.wait_until_it_runs();
  job.party(1).signal(SIGSTOP);
  // Not a party that is itself waiting for the stopped one.
  job.check_everyone_ends(
      &job.party(1), job.begin(), std::chrono::seconds(seconds) + 2s, 1,
      "was waited for when the deadline of " + std::to_string(seconds) + "000 ms has passed", "deadline");
}

BOOST_AUTO_TEST_SUITE_END()
