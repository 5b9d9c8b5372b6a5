// --memory: long vectors in waves.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/processes/examples.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

Json run_json(const Command& command) {
  const ProcessPtr p = run(command);
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
  return Json::parse(p->out());
}

}  // namespace

BOOST_AUTO_TEST_SUITE(memory)

BOOST_AUTO_TEST_CASE(less_memory_means_more_waves_and_the_same_results) {
  const TempFolder folder;
  constexpr int kSize = 300'000;
  Json x = Json::array(), y = Json::array(), less = Json::array();
  int count = 0;
  for (int i = 0; i < kSize; ++i) {
    const int a = i % 7919, b = i % 104729 % 8000;
    x.push_back(a), y.push_back(b), less.push_back(a < b ? 1 : 0);
    count += a < b;
  }
  write_text(folder / "x.json", x.dump());
  write_text(folder / "y.json", y.dump());
  const Command inputs{"-i", "x=" + (folder / "x.json"), "-i", "y=" + (folder / "y.json"), "--json"};
  std::size_t waves = 0;
  for (const std::string size : {"0", "6MiB"}) {
    const Command options = inputs + Command{"--memory", size, "--network", "lan"};
    const Json plan = run_json(Command{program("compare"), "explain"} + options);
    std::size_t planned = 0;
    for (const Json& w : plan["waves"]) planned += w["count"].get<std::size_t>();
    BOOST_TEST(planned > waves);
    waves = planned;
    for (const Json& peak : plan["peak_memory_bytes"]) BOOST_TEST((size == "0") == (peak > 6 << 20));
    const Json result = run_json(Command{program("compare"), "run"} + options);
    BOOST_TEST((result["outputs"]["less"] == less));
    BOOST_TEST((result["outputs"]["count"] == count));
    BOOST_TEST((result["bytes_sent"] == plan["bytes_sent"]));
  }
  const ProcessPtr text = run(Command{program("compare"), "explain", "--memory", "6MiB"} +
                              Command{"--set", "size=" + std::to_string(kSize)});
  says(text->out(), {"waves from round", "one begins every"});
}

BOOST_AUTO_TEST_CASE(sizes_that_are_none_are_refused) {
  for (const std::string size : {"12potatoes", "-5", "much"}) {
    const ProcessPtr p = run({program("compare"), "explain", "--set", "size=3", "--memory", size});
    BOOST_TEST(p->exit_code() == 2, size);
    says(p->err(), {"--memory"});
  }
}

BOOST_AUTO_TEST_SUITE_END()
