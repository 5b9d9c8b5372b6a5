// `run` and `explain` of every example as a user starts them: what comes out, what is promised, what is
// measured.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/processes/examples.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

Json run_json(const Command& command) {
  const ProcessPtr p = run(command);
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
  BOOST_TEST(beside_inputs(p->err()) == "");
  // One object on one line, and nothing else.
  const std::string out = p->out();
  BOOST_TEST(std::count(out.begin(), out.end(), '\n') == 1);
  return Json::parse(out);
}

std::set<std::string> keys(const Json& object) {
  std::set<std::string> names;
  for (const auto& [name, value] : object.items()) names.insert(name);
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(runs)

BOOST_AUTO_TEST_CASE(every_example_gives_what_it_should_and_says_what_it_costs) {
  for (const Example& example : examples())
    for (const std::string n : {"3", "5", "7"}) {
      const Command sizes{"--json", "-n", n};
      const Json predicted = run_json(Command{program(example.name), "explain"} + example.inputs + sizes);
      for (const std::string transport : {"memory", "tls"})
        BOOST_TEST_CONTEXT(example.name << " with " << n << " parties over " << transport) {
          const Json result = run_json(Command{program(example.name), "run", "--transport", transport} +
                                       example.inputs + sizes);
          const std::set<std::string> expected{
              "outputs",    "rounds",  "offline_rounds",   "bytes_sent", "offline_bytes_sent",
              "wire_bytes", "seconds", "peak_memory_bytes"};
          BOOST_TEST((keys(result) == expected), result.dump());
          const std::set<std::string> times{"plan", "setup", "offline", "online", "total"};
          BOOST_TEST((keys(result["seconds"]) == times), result["seconds"].dump());
          for (const auto& [name, seconds] : result["seconds"].items())
            BOOST_TEST((seconds.is_number() && seconds >= 0.0 && seconds < 60.0), name);
          BOOST_TEST((result["seconds"]["total"] >= result["seconds"]["online"]));
          Json outputs = result["outputs"];
          if (outputs.contains("scores")) outputs["scores"] = scaled(outputs["scores"]);
          BOOST_TEST((outputs == example.outputs), outputs.dump());
          BOOST_TEST((result["rounds"] == predicted["rounds"]));
          BOOST_TEST((result["bytes_sent"] == predicted["bytes_sent"]));
          for (const char* figure : {"bytes_sent", "wire_bytes", "peak_memory_bytes"})
            BOOST_TEST_REQUIRE(result[figure].size() == std::stoul(n), figure);
          for (std::size_t p = 0; p < result["wire_bytes"].size(); ++p) {
            BOOST_TEST((result["wire_bytes"][p] >= result["bytes_sent"][p]));
            BOOST_TEST((result["peak_memory_bytes"][p] > 0));
          }
        }
    }
}

BOOST_AUTO_TEST_CASE(explain_analyze_measures_what_it_predicts) {
  for (const Example& example : examples()) {
    const Json result =
        run_json(Command{program(example.name), "explain", "--analyze", "--json"} + example.inputs);
    BOOST_TEST((result["measured"]["rounds"] == result["rounds"]), result.dump());
    BOOST_TEST((result["measured"]["bytes_sent"] == result["bytes_sent"]), result.dump());
  }
}

BOOST_AUTO_TEST_CASE(outputs_go_to_files_of_every_format) {
  const TempFolder folder;
  for (const std::string extension : {"csv", "json", "npy"}) {
    const std::string file = folder / ("totals." + extension);
    run_json(Command{program("crosstabs"), "run", "--json", "-i", "category=" + data("category"), "-i",
                     "value=" + data("value"), "-o", "totals=" + file});
    if (extension == "csv") BOOST_TEST(read_text(file) == "4700\n4140\n1810\n");
    if (extension == "json") BOOST_TEST((Json::parse(read_text(file)) == Json({4700, 4140, 1810})));
    // The last bytes of an .npy of int64: 1810 is 0x0712.
    if (extension == "npy") BOOST_TEST(read_text(file).ends_with(std::string("\x12\x07\0\0\0\0\0\0", 8)));
  }
  BOOST_TEST(folder.names().size() == 3u);
}

BOOST_AUTO_TEST_CASE(one_of_anything_is_told_in_the_singular) {
  const Command empty{"--set", "rows0=0", "--set", "rows1=0", "--set", "rows2=0"};
  says(run(Command{program("histogram"), "explain"} + empty)->out(), {"2 nodes in 1 step, 0 rounds, "});
  says(run({program("private_max"), "run", "--set", "owners=1", "-i", "value0=[3]"})->out(),
       {"2 rounds; busiest endpoint sent "});
}

BOOST_AUTO_TEST_CASE(text_for_people_names_who_learns_what) {
  const ProcessPtr p = run({program("mult3"), "run", "-i", "a=2", "-i", "b=3", "-i", "c=-7"});
  BOOST_TEST(p->exit_code() == 0);
  says(p->out(), {"product  (learnt by party 0, party 1, party 2 alone)\n-42\n", "4 rounds"});
  says(p->err(), {"mult3: 3 parties", "mutual TLS 1.3"});
}

// What SECURITY.md and the example say of scores: ten of them are the model, and classes do not show it so.
BOOST_AUTO_TEST_CASE(ten_scores_are_the_whole_model_of_risk_score) {
  Json records = {Json::array({0, 0, 0, 0, 0, 0, 0, 0, 0})};
  for (int i = 0; i < 9; ++i) {
    records.push_back(records[0]);
    records.back()[i] = 1;
  }
  const Command command{program("risk_score"),
                        "run",
                        "--json",
                        "-i",
                        "weights=" + data("weights"),
                        "-i",
                        "bias=" + data("bias"),
                        "-i",
                        "records=" + records.dump()};
  // Nothing is opened but by the value that says so.
  for (const std::string other : {"2", "-1"}) {
    const ProcessPtr p = run(command + Command{"--set", "scores=" + other});
    BOOST_TEST(p->exit_code() == 2);
    says(p->err(), {"--set scores=" + other + ": expected 0 to 1"});
  }
  const auto scores = scaled(run_json(command + Command{"--set", "scores=1"})["outputs"]["scores"]);
  BOOST_TEST_REQUIRE(scores.size() == 10u);
  BOOST_TEST(scores[0] == std::stoll(cells(data("bias"))[0][0]));
  for (std::size_t i = 0; i < 9; ++i)
    BOOST_TEST(scores[i + 1] - scores[0] == std::stoll(cells(data("weights"))[i][0]), "weight " << i);
  const Json classes = run_json(command)["outputs"];
  BOOST_TEST((keys(classes) == std::set<std::string>{"malignant"}));
  for (const Json& bit : classes["malignant"]) BOOST_TEST((bit == 0 || bit == 1), bit.dump());
}

BOOST_AUTO_TEST_CASE(clinic_records_are_classified_exactly) {
  const char* shared = std::getenv("TACET_SHARED_DATA");
  if (shared == nullptr) {
    BOOST_TEST_MESSAGE("skipped: TACET_SHARED_DATA is not set");
    return;
  }
  const std::string records = std::string(shared) + "/clinic/breast-cancer-wisconsin.csv";
  const auto rows = cells(records);
  BOOST_TEST_REQUIRE(rows.size() > 600u);
  const std::vector<std::int64_t> plain = plain_classes(records);
  const Json result = run_json({program("risk_score"), "run", "--json", "-i", "weights=" + data("weights"),
                                "-i", "bias=" + data("bias"), "-i", "records=" + records});
  const std::vector<std::int64_t> secret = result["outputs"]["malignant"];
  BOOST_TEST_REQUIRE(secret.size() == rows.size());
  std::size_t plain_right = 0, secret_right = 0;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    BOOST_TEST(secret[i] == plain[i], "record " << i + 1);
    const bool malignant = rows[i][9] == "4";
    plain_right += (plain[i] == 1) == malignant;
    secret_right += (secret[i] == 1) == malignant;
  }
  BOOST_TEST(secret_right == plain_right);
  BOOST_TEST(plain_right > rows.size() * 9 / 10);
  BOOST_TEST_MESSAGE("risk_score on " << rows.size() << " records: " << secret_right
                                      << " right, the plain model " << plain_right << "; total "
                                      << result["seconds"]["total"] << " s");
}

BOOST_AUTO_TEST_SUITE_END()
