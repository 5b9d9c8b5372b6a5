// `tacet bench ops` and `randbit`: every operation is measured, and checked while it is.
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <set>

#include "tests/processes/process.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

BOOST_AUTO_TEST_SUITE(benchmarks)

BOOST_AUTO_TEST_CASE(every_operation_has_figures_for_every_width_and_number_of_parties) {
  const TempFolder folder;
  const std::string file = folder / "ops.json";
  for (const std::string elements : {"1", "777"}) {
    const ProcessPtr p = run({program("tacet"), "bench", "ops", "--elements", elements, "--parties", "3,5",
                              "--width", "13,64", "--repeat", "1", "--json", file});
    BOOST_TEST_REQUIRE(p->exit_code() == 0, p->err());
    says(p->out(), {"mul", "edabit", "raw TLS streams", "on the wire"});
    const Json rows = Json::parse(read_text(file));
    std::set<std::string> names, places;
    for (const Json& row : rows) {
      BOOST_TEST_CONTEXT(row.dump()) {
        names.insert(row["name"]);
        places.insert(std::to_string(row["n"].get<int>()) + "," + std::to_string(row["k"].get<int>()));
        for (const char* figure : {"seconds", "per_second", "bytes_sent", "rounds", "share_of_ceiling"})
          BOOST_TEST((row[figure] > 0.0), figure);
        BOOST_TEST((row["wire_bytes"] > row["wire_bytes_busiest"]));
        BOOST_TEST((row["wire_bytes_busiest"] > row["bytes_sent"]));
      }
    }
    BOOST_TEST((places == std::set<std::string>{"3,13", "3,64", "5,13", "5,64"}));
    BOOST_TEST(rows.size() == 4 * names.size());
    BOOST_TEST((names.contains("lt") && names.contains("and") && names.contains("b2a")));
  }
}

BOOST_AUTO_TEST_CASE(random_bits_are_compared_with_square_roots) {
  const ProcessPtr p = run({program("tacet"), "bench", "randbit", "--elements", "100", "--parties", "3",
                            "--width", "8", "--repeat", "1", "--json"});
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->err());
  const Json rows = Json::parse(p->out());
  BOOST_TEST_REQUIRE(rows.size() == 3u);
  BOOST_TEST((rows[0]["times_as_fast_as_root"] > 0.0));
  BOOST_TEST((rows[0]["part_of_the_bytes_of_root_king"] > 0.0));
}

BOOST_AUTO_TEST_CASE(operations_that_do_not_exist_are_refused) {
  const ProcessPtr p = run({program("tacet"), "bench", "ops", "--ops", "mul,magic"});
  BOOST_TEST(p->exit_code() == 2);
  says(p->err(), {"--ops magic", "mul, and, b2a"});
}

BOOST_AUTO_TEST_SUITE_END()
