// What happens to everyone else when one endpoint disagrees, stays away, dies, hangs or gives up: they end in
// bounded time, and each says whose fault it was.
#include <signal.h>

#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/examples.hpp"
#include "tests/processes/job.hpp"
#include "transport/identity.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

BOOST_AUTO_TEST_SUITE(faults)

namespace {

/// Starts three parties of which one differs: it gives up by itself and says why (if it can know: `alone`);
/// the two that agree wait for it to come back, with the reason on standard error, and name it in the end.
void check_disagreement(std::uint32_t odd, const Command& odd_command,
                        const std::function<Command(std::uint32_t)>& others, const std::string& reason,
                        bool alone = true) {
  const Command patience{"--connect-timeout", std::to_string(4 * kSlow)};
  std::vector<ProcessPtr> parties;
  for (std::uint32_t p = 0; p < 3; ++p)
    parties.push_back(start((p == odd ? odd_command : others(p)) + patience));
  if (alone) {
    BOOST_TEST_REQUIRE(all_end({parties[odd].get()}, 8s));
    for (std::uint32_t p = 0; p < 3; ++p)
      if (p != odd) BOOST_TEST(!parties[p]->ended(), "party " << p << " does not wait");
  }
  BOOST_TEST_REQUIRE(all_end({parties[0].get(), parties[1].get(), parties[2].get()}, 10s));
  for (std::uint32_t p = 0; p < 3; ++p) BOOST_TEST_CONTEXT("party " << p << " says: " << parties[p]->err()) {
      BOOST_TEST(parties[p]->exit_code() == 1);
      const Json aborted = Json::parse(parties[p]->out())["aborted"];
      if (p != odd || alone) BOOST_TEST((aborted["culprit"] == odd));
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
        "runs another program, or one with other settings: program is ");
}

BOOST_AUTO_TEST_CASE(a_party_has_other_sizes) {
  const Endpoints all(3, {});
  check_disagreement(
      1, all.party("inner_product", 1, {"-i", "y=[1,2]", "--set", "length=2"}),
      [&](std::uint32_t p) {
        return all.party("inner_product", p,
                         p == 0 ? Command{"-i", "x=[1,2,3]"} : Command{"--set", "length=3"});
      },
      "runs another program, or one with other settings: length is ");
}

BOOST_AUTO_TEST_CASE(a_party_has_another_policy) {
  const Endpoints all(3, {});
  const Command inputs[] = {{"-i", "x=[1]"}, {"-i", "y=[2]"}, {}};
  for (const auto& [other, differs] : {std::pair{Command{"--prefer", "msb=edabit"}, "preference is "},
                                       {Command{"--offline-first"}, "offline first is "}})
    check_disagreement(
        1, all.party("compare", 1, inputs[1] + Command{"--set", "size=1"} + other),
        [&](std::uint32_t p) {
          return all.party("compare", p, inputs[p] + Command{"--set", "size=1"});
        },
        differs);
}

BOOST_AUTO_TEST_CASE(a_party_has_another_number_of_parties) {
  const Endpoints all(5, {});
  all.write_cluster("three.toml", 3);
  const Command inputs[] = {{"-i", "a=5"}, {"-i", "b=6"}, {"-i", "c=7"}};
  check_disagreement(
      2, all.party("mult3", 2, inputs[2], "cluster.toml"),
      [&](std::uint32_t p) { return all.party("mult3", p, inputs[p], "three.toml"); },
      "expects another number of parties: its n is ", /*alone=*/false);
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
      names(*p, 1,
            "party 1 (p1) at 127.0.0.1:" + std::to_string(all.port(1)) +
                " did not answer (Connection refused) in 1.0 s");
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
  for (const ProcessPtr& p : parties) names(*p, 3, "client 3 (alice) did not call in ");
  names(*bob, 3, "did not call in ");  // it has no connection to alice: the parties say so
}

BOOST_AUTO_TEST_CASE(the_deadline_of_a_job_counts_while_peers_are_awaited) {
  const Endpoints all(3, {});
  const ProcessPtr p = start(all.party("mult3", 0, {"-i", "a=5", "--deadline", "0.8"}));
  BOOST_TEST_REQUIRE(all_end({p.get()}, 5s));
  names(*p, 0,
        "party 0 (p0) ended the job at its deadline of 800 ms, while party 1 (p1) at 127.0.0.1:" +
            std::to_string(all.port(1)) + " did not answer (Connection refused) in 0.8 s");
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
                               "1", "-i", "b=1", "--connect-timeout", "3"});
  const ProcessPtr p0 = start(all.party("mult3", 0, {"-i", "a=1", "--connect-timeout", "3"}));
  const ProcessPtr p2 = start(all.party("mult3", 2, {"-i", "c=1", "--connect-timeout", "3"}));
  BOOST_TEST_REQUIRE(all_end({p0.get(), p1.get(), p2.get()}, 8s));
  for (const ProcessPtr* p : {&p0, &p2}) {
    names(**p, 1, "");
    says((*p)->err(), {other, all.fingerprint("p1")});
  }
  names(*p1, 1, "");
  says(p1->err(), {other, "does not accept party 1, whose certificate is "});
}

/// A job of three parties, alice and bob, of whom only some are started; those are connected to all that are
/// there.
class Waiting {
 public:
  explicit Waiting(const std::vector<std::string>& names, const Command& more = {})
      : all_(3, {"alice", "bob"}) {
    for (const std::string& name : names) start(name, more);
    // Everyone there says so in its log of everyone else that it can see.
    for (const std::string& name : names)
      for (const std::string& other : names)
        if (name != other && (name[0] == 'p' || other[0] == 'p')) wait(name, "(" + other + ")");
  }
  void start(const std::string& name, const Command& more = {}, int size = 2) {
    processes_[name] = tacet::test::start(command(name, "cluster.toml", size) + more);
  }
  Process& operator[](const std::string& name) { return *processes_.at(name); }
  const Endpoints& endpoints() const { return all_; }
  std::vector<Process*> everyone_but(const std::string& name) {
    std::vector<Process*> out;
    for (const auto& [other, process] : processes_)
      if (other != name) out.push_back(process.get());
    return out;
  }
  Command command(const std::string& name, const std::string& cluster = "cluster.toml", int size = 2) const {
    const Command common{"--log", "info", "--set", "size=" + std::to_string(size), "--set", "depth=3"};
    if (name == "alice") return all_.client("long_chain", name, common + Command{"-i", "x=[1,2]"}, cluster);
    if (name == "bob") return all_.client("long_chain", name, common, cluster);
    const std::uint32_t number = static_cast<std::uint32_t>(name[1] - '0');
    return all_.party("long_chain", number, number == 0 ? common + Command{"-i", "factor=3"} : common,
                      cluster);
  }
  void wait(const std::string& name, const std::string& other) {
    const auto deadline = Clock::now() + 30s * kSlow;
    const auto there = [&] {
      const std::string log = (*this)[name].err();
      const auto at = log.rfind(other + " ");
      const auto plain = log.rfind(other + ",");
      const auto last = at == std::string::npos      ? plain
                        : plain == std::string::npos ? at
                                                     : std::max(at, plain);
      return last != std::string::npos &&
             log.substr(last, log.find('\n', last) - last).ends_with(": connected");
    };
    while (!there() && Clock::now() < deadline) std::this_thread::sleep_for(5ms);
    BOOST_TEST_REQUIRE(there(), name << " does not see " << other << ": " << (*this)[name].err());
  }
  void check_everyone_succeeds() {
    BOOST_TEST_REQUIRE(all_end(everyone_but(""), 20s));
    for (Process* p : everyone_but("")) BOOST_TEST(p->exit_code() == 0, p->text() << ": " << p->err());
    BOOST_TEST((Json::parse((*this)["bob"].out())["outputs"]["result"] == Json({40, 67})));
  }

 private:
  Endpoints all_;
  std::map<std::string, ProcessPtr> processes_;
};

BOOST_AUTO_TEST_CASE(whoever_is_late_is_waited_for_whatever_silence_is_allowed_later) {
  Waiting job({"p0", "p1", "p2", "bob"}, {"--peer-timeout", "1"});
  BOOST_TEST(!job["p0"].ended_by(Clock::now() + 2s * kSlow), job["p0"].err());
  job.start("alice", {"--peer-timeout", "1"});
  job.check_everyone_succeeds();
}

BOOST_AUTO_TEST_CASE(whoever_is_killed_while_others_are_awaited_is_named_within_two_seconds) {
  for (const std::string victim : {"p0", "p1", "bob"}) {
    Waiting job({"p0", "p1", "p2", "bob"});
    const auto killed = Clock::now();
    job[victim].signal(SIGKILL);
    BOOST_TEST_REQUIRE(all_end(job.everyone_but(victim), 2s));
    for (Process* p : job.everyone_but(victim))
      names(*p, victim == "bob" ? 4 : static_cast<std::uint32_t>(victim[1] - '0'), "closed the connection");
    BOOST_TEST_MESSAGE("killed while alice was awaited: "
                       << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - killed).count()
                       << " ms");
  }
}

BOOST_AUTO_TEST_CASE(whoever_restarts_before_the_job_begins_is_welcome) {
  for (const std::string name : {"p1", "bob"})
    for (const int number : {SIGTERM, SIGKILL}) {
      Waiting job({"p0", "p1", "p2", "bob"});
      job[name].signal(number);
      BOOST_TEST_REQUIRE(all_end({&job[name]}, 2s));
      job.start(name);
      for (const std::string other : {"p0", "p2"}) job.wait(name, "(" + other + ")");
      job.start("alice");
      job.check_everyone_succeeds();
    }
}

BOOST_AUTO_TEST_CASE(a_mistyped_setting_is_told_and_corrected) {
  Waiting job({"p0", "p2"});
  job.start("p1", {}, 3);
  BOOST_TEST_REQUIRE(all_end({&job["p1"]}, 5s));
  names(job["p1"], 1, "size is 2, but 3 at party 1");
  for (const std::string name : {"p1", "alice", "bob"}) job.start(name);
  job.check_everyone_succeeds();
}

BOOST_AUTO_TEST_CASE(a_wrong_port_is_told_by_everyone) {
  Waiting job({});
  const Endpoints& all = job.endpoints();
  const std::uint16_t wrong = free_port();
  std::string text = read_text(all.file("cluster.toml"));
  const std::string right = ":" + std::to_string(all.port(1));
  text.replace(text.find(right), right.size(), ":" + std::to_string(wrong));
  write_text(all.file("wrong.toml"), text);
  const Command patience{"--connect-timeout", std::to_string(2 * kSlow)};
  std::map<std::string, ProcessPtr> processes;
  for (const std::string name : {"p0", "p1", "p2", "alice", "bob"})
    processes[name] = start(job.command(name, name == "p0" ? "wrong.toml" : "cluster.toml") + patience);
  for (const auto& [name, process] : processes) {
    BOOST_TEST_REQUIRE(all_end({process.get()}, 6s));
    names(*process, 0, "party 0 (p0) alone does not reach party 1");
    names(*process, 0,
          ", which at 127.0.0.1:" + std::to_string(wrong) + " did not answer (Connection refused)");
  }
}

BOOST_AUTO_TEST_CASE(whoever_is_killed_at_any_moment_of_the_start_is_named_by_all) {
  std::mt19937 rng(20'261'130);
  for (const std::uint32_t n : {3u, 5u})
    for (int i = 0; i < 6; ++i) {
      LongJob job(n, {"--connect-timeout", std::to_string(2 * kSlow)});
      const auto victim = static_cast<std::uint32_t>(rng() % n);
      // At any moment: before it listens, in a handshake, while keys are exchanged, at work.
      std::this_thread::sleep_for(std::chrono::milliseconds(rng() % 300));
      const auto killed = Clock::now();
      job.party(victim).signal(SIGKILL);
      job.check_everyone_ends(&job.party(victim), killed, 6s, victim, "",
                              "killed at the start, n = " + std::to_string(n));
    }
}

BOOST_AUTO_TEST_CASE(a_party_that_shows_signs_of_life_and_nothing_else_is_named) {
  // Stopped for a while, it misses nothing but its turn: then the others wait for it, and only its signs of
  // life come.
  LongJob job(3, {"--stall-timeout", "2", "--peer-timeout", "60"});
  job.wait_until_it_runs();
  const auto stopped = Clock::now();
  job.party(1).signal(SIGSTOP);
  job.check_everyone_ends(&job.party(1), stopped, 5s, 1,
                          "has made no progress for 2000 ms while others waited for it", "no progress");
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

/// Alice has brought her input and waits for nothing but the end; bob waits for the result. The other client
/// has no connection to either, and believes what most parties have seen.
BOOST_AUTO_TEST_CASE(a_killed_client_ends_everyone) {
  for (const auto& [name, number] : {std::pair{"alice", 3u}, {"bob", 4u}}) {
    LongJob job(3);
    job.wait_until_it_runs();
    const auto killed = Clock::now();
    job.client(name).signal(SIGKILL);
    job.check_everyone_ends(&job.client(name), killed, 2s, number,
                            name + std::string(") closed the connection"), "client killed");
  }
}

BOOST_AUTO_TEST_CASE(a_client_that_has_brought_its_input_is_still_watched) {
  LongJob job(3, {"--peer-timeout", "1.5"});
  job.wait_until_it_runs();
  const auto stopped = Clock::now();
  job.client("alice").signal(SIGSTOP);
  job.check_everyone_ends(&job.client("alice"), stopped, 3500ms, 3, "alice) has said nothing for 1",
                          "client stopped");
}

BOOST_AUTO_TEST_CASE(a_client_that_has_brought_its_input_still_says_why_it_leaves) {
  LongJob job(3);
  job.wait_until_it_runs();
  const auto sent = Clock::now();
  job.client("alice").signal(SIGTERM);
  job.check_everyone_ends(nullptr, sent, 2s, 3, "alice) was interrupted", "client interrupted");
}

BOOST_AUTO_TEST_CASE(a_stopped_party_ends_everyone_when_its_silence_is_too_long) {
  for (const std::uint32_t victim : {0u, 2u}) {
    LongJob job(3, {"--peer-timeout", "1.5"});
    job.wait_until_it_runs();
    const auto stopped = Clock::now();
    job.party(victim).signal(SIGSTOP);
    job.check_everyone_ends(&job.party(victim), stopped, 3500ms, victim, "has said nothing for 1", "stopped");
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
  const ProcessPtr p = start(all.party("mult3", 0, {"-i", "a=5", "--log", "info"}));
  while (p->err().find("did not answer") == std::string::npos && !p->ended())
    std::this_thread::sleep_for(2ms);
  p->signal(SIGINT);
  BOOST_TEST_REQUIRE(all_end({p.get()}, 2s));
  names(*p, 0, "party 0 (p0) was interrupted");
  for (const std::uint32_t peer : {1u, 2u}) {
    const std::string name = "p" + std::to_string(peer);
    says(p->err(), {"party " + std::to_string(peer) + " (" + name + ") at 127.0.0.1:" +
                    std::to_string(all.port(peer)) + ", " + all.fingerprint(name) + ": "});
  }
}

BOOST_AUTO_TEST_CASE(whose_deadline_ends_a_running_job_says_so_and_whom_it_waited_for) {
  const int seconds = 3 * kSlow;
  LongJob job(3, {"--peer-timeout", "60", "--deadline", std::to_string(seconds)});
  job.wait_until_it_runs();
  job.party(1).signal(SIGSTOP);
  // Whoever's deadline passes first. Not for a party that is itself waiting for the stopped one.
  job.check_everyone_ends(&job.party(1), job.begin(), std::chrono::seconds(seconds) + 2s, {},
                          "ended the job at its deadline of " + std::to_string(seconds) +
                              "000 ms, while it waited for party 1 (p1)",
                          "deadline");
}

BOOST_AUTO_TEST_SUITE_END()
