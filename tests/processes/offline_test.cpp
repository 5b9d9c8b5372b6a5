// --offline-first, --prefer and --network: what a user sees of phases and variants.
#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <csignal>
#include <nlohmann/json.hpp>
#include <set>
#include <thread>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/job.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

constexpr int kSize = 100;

Json run_json(const Command& command) {
  const ProcessPtr p = run(command);
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
  return Json::parse(p->out());
}

struct Numbers {
  Json x = Json::array(), y = Json::array(), less = Json::array();
  int count = 0;
  Numbers() {
    for (int i = 0; i < kSize; ++i) {
      const int a = i * 7919 % 1000 - 500, b = i * 104729 % 1000 - 500;
      x.push_back(a), y.push_back(b), less.push_back(a < b ? 1 : 0);
      count += a < b;
    }
  }
};

const Command kOffline{"--offline-first", "--prefer", "msb=edabit"};
const Command kSizes{"--set", "size=" + std::to_string(kSize)};

/// Three parties that compare; the input of the first, who has `owners` options, comes through a pipe.
struct Comparing {
  Endpoints all;
  Numbers numbers;
  std::vector<ProcessPtr> parties;

  explicit Comparing(std::uint32_t n, const Command& owners = {}) : all(n, {}) {
    BOOST_TEST_REQUIRE(::mkfifo(all.file("x.json").c_str(), 0600) == 0);
    const Command options = kSizes + kOffline + Command{"--log", "info"};
    for (std::uint32_t p = 0; p < n; ++p) {
      Command input;
      if (p == 0) input = Command{"-i", "x=" + all.file("x.json")} + owners;
      if (p == 1) input = {"-i", "y=" + numbers.y.dump()};
      parties.push_back(start(all.party("compare", p, options + input)));
    }
  }
  std::vector<Process*> processes() const {
    std::vector<Process*> list;
    for (const ProcessPtr& p : parties) list.push_back(p.get());
    return list;
  }
  /// Until the first party asks for its input.
  void wait_until_inputs_are_read() {
    const auto deadline = Clock::now() + 20s * kSlow;
    while (parties[0]->err().find("the offline phase is over") == std::string::npos &&
           Clock::now() < deadline)
      std::this_thread::sleep_for(5ms);
    says(parties[0]->err(), {"the offline phase is over: reading inputs"});
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(offline_first)

BOOST_AUTO_TEST_CASE(phases_are_reported_as_they_were_planned) {
  const Numbers numbers;
  const TempFolder folder;
  write_text(folder / "x.json", numbers.x.dump());
  const Command inputs{"-i", "x=" + (folder / "x.json"), "-i", "y=" + numbers.y.dump()};
  for (const std::string n : {"3", "5"}) {
    const Command options = kSizes + kOffline + Command{"--json", "-n", n};
    const Json plan = run_json(Command{program("compare"), "explain"} + options);
    const Json result = run_json(Command{program("compare"), "run"} + options + inputs);
    BOOST_TEST((result["outputs"] == Json{{"less", numbers.less}, {"count", numbers.count}}));
    BOOST_TEST((plan["offline"]["rounds"] > 0));
    BOOST_TEST((result["rounds"] == plan["rounds"]));
    BOOST_TEST(
        (plan["rounds"] == plan["offline"]["rounds"].get<int>() + plan["online"]["rounds"].get<int>()));
    BOOST_TEST((result["offline_rounds"] == plan["offline"]["rounds"]));
    BOOST_TEST((result["offline_bytes_sent"] == plan["offline"]["bytes_sent"]));
    BOOST_TEST((result["bytes_sent"] == plan["bytes_sent"]));
    BOOST_TEST((result["seconds"]["offline"] > 0.0));
    std::uint64_t by_party = 0, by_operation = 0;
    for (std::size_t p = 0; p < plan["bytes_sent"].size(); ++p) {
      by_party += plan["bytes_sent"][p].get<std::uint64_t>();
      BOOST_TEST((plan["bytes_sent"][p] == plan["offline"]["bytes_sent"][p].get<std::uint64_t>() +
                                               plan["online"]["bytes_sent"][p].get<std::uint64_t>()));
    }
    for (const Json& o : plan["operations"])
      if (!o["inside"])
        by_operation += o["offline_bytes"].get<std::uint64_t>() + o["online_bytes"].get<std::uint64_t>();
    BOOST_TEST(by_operation == by_party);
    const Json merged = run_json(
        Command{program("compare"), "run", "--prefer", "msb=edabit", "--json", "-n", n} + kSizes + inputs);
    BOOST_TEST((merged["outputs"] == result["outputs"]));
    BOOST_TEST((merged["rounds"] < result["rounds"]));
    BOOST_TEST((merged["offline_rounds"] == 0));
  }
}

BOOST_AUTO_TEST_CASE(explain_tells_operations_as_written_with_their_variants) {
  const Command explain = Command{program("compare"), "explain"} + kSizes;
  const auto inside = [&](const std::string& variant) {
    const Json plan = run_json(explain + Command{"--json", "--prefer", "msb=" + variant});
    Json found;
    std::vector<std::string> names;
    for (const Json& o : plan["operations"]) {
      names.push_back(o["operation"]);
      if (o["operation"] == "msb") found = o;
    }
    for (const char* name : {"input", "lt", "to_ring", "output"})
      BOOST_TEST((std::find(names.begin(), names.end(), name) != names.end()), name);
    BOOST_TEST((found["inside"] == true));
    BOOST_TEST((found["variant"] == variant));
    BOOST_TEST((found["times"] == 3));  // of the difference and of both operands
    BOOST_TEST((found["elements"] == 3 * kSize));
    return plan;
  };
  const Json summands = inside("summands"), edabit = inside("edabit");
  BOOST_TEST((summands["offline"]["rounds"] == 0));
  BOOST_TEST((edabit["offline"]["rounds"] > 0));
  const ProcessPtr text = run(explain + Command{"--prefer", "msb=edabit"});
  says(text->out(), {"lt ", "compare.cpp:", "msb ", "edabit", "offline (depends on no input)", "online"});
}

BOOST_AUTO_TEST_CASE(the_network_decides_how_operations_are_computed) {
  std::map<std::string, Json> plans;
  for (const std::string network : {"loopback", "lan", "wan"})
    plans[network] =
        run_json({program("compare"), "explain", "--json", "--network", network, "--set", "size=100000"});
  BOOST_TEST((plans["wan"]["rounds"] <= plans["loopback"]["rounds"]));
  BOOST_TEST((run_json({program("compare"), "explain", "--json", "--set", "size=100000"})["operations"] ==
              plans["lan"]["operations"]));
}

BOOST_AUTO_TEST_CASE(inputs_may_come_when_the_offline_phase_is_over) {
  for (const std::uint32_t n : {3u, 5u}) {
    Comparing job(n);
    job.wait_until_inputs_are_read();
    for (Process* p : job.processes()) BOOST_TEST(!p->ended());
    write_text(job.all.file("x.json"), job.numbers.x.dump());
    BOOST_TEST_REQUIRE(all_end(job.processes(), 20s));
    for (Process* p : job.processes()) BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
    BOOST_TEST((Json::parse(job.parties[1]->out())["outputs"]["less"] == job.numbers.less));
    BOOST_TEST((Json::parse(job.parties[2]->out())["outputs"]["count"] == job.numbers.count));
    const Json plan = run_json(Command{program("compare"), "explain", "--json", "-n", std::to_string(n)} +
                               kSizes + kOffline);
    for (std::uint32_t p = 0; p < n; ++p) {
      const Json result = Json::parse(job.parties[p]->out());
      BOOST_TEST((result["offline_bytes_sent"][0] == plan["offline"]["bytes_sent"][p]));
      BOOST_TEST((result["bytes_sent"][0] == plan["bytes_sent"][p]));
      BOOST_TEST((result["offline_rounds"] == plan["offline"]["rounds"]));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_bad_input_after_the_offline_phase_ends_the_job_everywhere) {
  Comparing job(3);
  job.wait_until_inputs_are_read();
  write_text(job.all.file("x.json"), "[1, 2, 4711]");
  BOOST_TEST_REQUIRE(all_end(job.processes(), 20s));
  for (Process* p : job.processes()) names(*p, 0, "could not bring its inputs");
  says(job.parties[0]->err(), {"input x", "[3]", "[100]"});
  for (std::size_t p = 1; p < 3; ++p) BOOST_TEST(job.parties[p]->err().find("[3]") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(a_party_that_dies_while_an_input_is_waited_for_is_named) {
  Comparing job(3);
  job.wait_until_inputs_are_read();
  job.parties[2]->signal(SIGKILL);
  const std::vector<Process*> others{job.parties[0].get(), job.parties[1].get()};
  BOOST_TEST_REQUIRE(all_end(others, 20s));
  for (Process* p : others) {
    BOOST_TEST(p->exit_code() == 1);
    BOOST_TEST((Json::parse(p->out())["aborted"]["culprit"] == 2), p->out());
  }
}

BOOST_AUTO_TEST_CASE(a_deadline_ends_the_wait_for_an_input) {
  Comparing job(3, {"--deadline", "2"});
  job.wait_until_inputs_are_read();
  BOOST_TEST_REQUIRE(all_end(job.processes(), 20s));
  // Whoever's passes first; owner of the missing input is party 0.
  std::set<std::string> reasons;
  for (Process* p : job.processes()) {
    const Json aborted = Json::parse(p->out())["aborted"];
    const std::string reason = aborted["reason"];
    reasons.insert(aborted["name"].get<std::string>() + reason);
    says(reason, {"ended the job at its deadline of 2000 ms, while it waited for ",
                  aborted["culprit"] == 0 ? "its own inputs" : "party 0 ("});
  }
  BOOST_TEST(reasons.size() == 1u);
}

BOOST_AUTO_TEST_SUITE_END()
