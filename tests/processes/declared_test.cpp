// Declared numbers as a user meets them: refused at their owner with the place and without the number, in
// every verb; shown by explain; results with their sign; --check-ranges.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>

#include "tests/processes/endpoints.hpp"
#include "tests/processes/job.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

const std::string kCodes = "0\n7\n3\n", kBalance = "-5000000\n2048\n-1\n", kPrices = "1.5\n-99.5\n0.25\n";

/// Files of the three owners, one of which may hold something else.
struct Files {
  TempFolder folder;
  std::string codes = folder / "codes.csv", balance = folder / "balance.csv", prices = folder / "prices.csv";
  explicit Files(const std::string& name = "", const std::string& text = "") {
    write_text(codes, name == "codes" ? text : kCodes);
    write_text(balance, name == "balance" ? text : kBalance);
    write_text(prices, name == "prices" ? text : kPrices);
  }
  Command inputs() const {
    return {"-i", "codes=" + codes, "-i", "balance=" + balance, "-i", "prices=" + prices};
  }
};

Command declared(const Command& more) {
  return Command{program("declared")} + more;
}

void lacks(const std::string& text, const std::string& part) {
  BOOST_TEST(text.find(part) == std::string::npos, text);
}

struct Bad {
  const char *name, *text;
  std::string place, expected, secret;
};
const std::vector<Bad> kBad{
    {"codes", "0\n99\n3\n", "line 2, column 1 of ", "expected 0 to 7", "99"},
    {"codes", "0\n3\n-4321\n", "line 3, column 1 of ", "expected 0 to 7", "-4321"},
    {"balance", "9223372036854775813\n0\n0\n", "line 1, column 1 of ",
     "expected -9223372036854775808 to 9223372036854775807", "9223372036854775813"},
    {"prices", "1\n2\n99.75\n", "line 3, column 1 of ", "expected -99.5 to 99.5", "99.75"},
};

}  // namespace

BOOST_AUTO_TEST_SUITE(declared_numbers)

BOOST_AUTO_TEST_CASE(others_are_refused_with_their_place_and_without_the_number) {
  for (const Bad& bad : kBad) {
    const Files files(bad.name, bad.text);
    const std::string file = files.folder / (std::string(bad.name) + ".csv");
    const Command run_it = declared({"run"}) + files.inputs();
    refused(run_it, {std::string("input ") + bad.name, bad.place + file, bad.expected});
    lacks(run(run_it)->err(), bad.secret);
  }
}

BOOST_AUTO_TEST_CASE(small_inputs_at_hand) {
  const char* shared = std::getenv("TACET_SHARED_DATA");
  if (shared == nullptr) {
    BOOST_TEST_MESSAGE("skipped: TACET_SHARED_DATA is not set");
    return;
  }
  const std::string faults = std::string(shared) + "/faults/";
  const Files files;
  refused(declared({"run", "--set", "rows=4", "-i", "codes=" + faults + "codes_99.csv"}),
          {"line 2", "codes_99.csv", "0 to 7"});
  refused(declared({"run", "--set", "rows=2", "-i", "balance=" + faults + "top_bit.csv"}),
          {"line 1", "top_bit.csv"});
  refused(declared({"run", "--set", "rows=3", "-i", "codes=" + faults + "fractions.csv"}),
          {"line 1", "fractions.csv"});
}

BOOST_AUTO_TEST_CASE(parties_and_clients_refuse_them_before_they_connect) {
  const Endpoints all(3, {"shop"});
  all.write_cluster("cluster.toml", 3);
  const Files codes("codes", kBad[0].text), balance("balance", kBad[2].text), prices("prices", kBad[3].text);
  refused(all.party("declared", 0, {"-i", "codes=" + codes.codes}), {"line 2", "codes.csv", "0 to 7"});
  refused(all.party("declared", 1, {"-i", "balance=" + balance.balance}), {"line 1", "balance.csv"});
  refused(all.client("declared", "shop", {"-i", "prices=" + prices.prices}),
          {"line 3", "prices.csv", "99.5"});
}

BOOST_AUTO_TEST_CASE(so_do_owners_that_bring_inputs_late) {
  const Endpoints all(3, {"shop"});
  all.write_cluster("cluster.toml", 3);
  const Files files, bad("prices", kBad[3].text);
  const Command late{"--offline-first"};
  std::vector<ProcessPtr> running;
  running.push_back(start(all.party("declared", 0, late + Command{"-i", "codes=" + files.codes})));
  running.push_back(start(all.party("declared", 1, late + Command{"-i", "balance=" + files.balance})));
  running.push_back(start(all.party("declared", 2, late)));
  running.push_back(start(all.client("declared", "shop", late + Command{"-i", "prices=" + bad.prices})));
  std::vector<Process*> processes;
  for (const ProcessPtr& p : running) processes.push_back(p.get());
  BOOST_TEST_REQUIRE(all_end(processes, 60s * kSlow));
  for (std::size_t i = 0; i < running.size(); ++i) {
    BOOST_TEST(running[i]->exit_code() == 1);
    says(running[i]->err(),
         {"shop", "could not bring its inputs", "trunc_pr at declared.cpp:16 discloses bits"});
    if (i == 3) {
      says(running[i]->err(), {"line 3, column 1", "prices.csv", "-99.5 to 99.5"});
    } else {
      lacks(running[i]->err(), "line 3");
    }
    lacks(running[i]->err() + running[i]->out(), "99.75");
  }
}

BOOST_AUTO_TEST_CASE(results_have_the_sign_of_what_they_come_from) {
  const ProcessPtr p = run(declared({"run", "--json"}) + Files().inputs());
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->err());
  const Json outputs = Json::parse(p->out())["outputs"];
  BOOST_TEST((outputs["counts"] == Json({1, 0, 0, 1, 0, 0, 0, 1})), outputs.dump());
  BOOST_TEST((outputs["total"] == -4997953), outputs.dump());
  BOOST_TEST((outputs["thousands"][0] == -4883 || outputs["thousands"][0] == -4882), outputs.dump());
  // 3.375 - 985074.875 + 0.015625
  BOOST_TEST((outputs["turnover"] == -985071.484375), outputs.dump());
}

BOOST_AUTO_TEST_CASE(explain_says_what_is_declared_learnt_and_disclosed) {
  const ProcessPtr text = run(declared({"explain"}));
  says(text->out(), {"input codes", "party 0", "ring(32) [3], 0 to 7", "input prices", "shop",
                     "fixed(32, 8) [3], -99.5 to 99.5", "output total", "trunc_pr", "see below",
                     "bits of the operand", "declared.cpp:16"});
  const Json json = Json::parse(run(declared({"explain", "--json"}))->out());
  BOOST_TEST((json["inputs"][0]["declared"] == "0 to 7"), json["inputs"].dump());
  BOOST_TEST((json["inputs"][2]["element"] == "fixed(32, 8)"), json["inputs"].dump());
  BOOST_TEST((json["learnt"].size() == 5u), json["learnt"].dump());
  BOOST_TEST((json["learnt"][0]["operation"] == "trunc_pr"), json["learnt"].dump());
  BOOST_TEST((json["learnt"][0]["location"] == "declared.cpp:16"), json["learnt"].dump());
  BOOST_TEST((json["learnt"][3]["by"] == "shop"), json["learnt"].dump());
  says(run(declared({"run"}) + Files().inputs())->err(),
       {"trunc_pr at declared.cpp:16 discloses bits of the operand"});
  lacks(run({program("median_salary"), "explain", "--set", "rows0=1", "--set", "rows1=1", "--set", "rows2=1"})
            ->out(),
        "see below");
}

BOOST_AUTO_TEST_CASE(documents_say_what_is_declared) {
  const std::string document = run(declared({"graph", "--format", "json"}))->out();
  says(document, {"from party 0: 0 to 7", "from shop: -99.5 to 99.5", "secret fixed(32, 8) [3]",
                  "secret ring(32) [3]"});
}

BOOST_AUTO_TEST_CASE(check_ranges_finds_the_line_of_the_first_overflow) {
  const ProcessPtr fine = run(declared({"run", "--json", "--check-ranges"}) + Files().inputs());
  BOOST_TEST(fine->exit_code() == 0);
  says(fine->err(), {"--check-ranges: on these inputs nothing leaves its type"});
  const Files large("balance", "9223372036854775807\n0\n1\n");
  refused(declared({"run", "--json", "--check-ranges"}) + large.inputs(),
          {"--check-ranges: declared.cpp:14: sum: element 0", "ring(64)"});
  refused(declared({"run", "--check-ranges", "--offline-first"}) + Files().inputs(),
          {"--check-ranges", "offline-first"});
  refused(declared({"run", "--check-ranges", "-i", "codes=" + Files().codes}), {"--check-ranges", "missing"});
}

BOOST_AUTO_TEST_SUITE_END()
