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
    says(p->out(), {"mul", "edabit", "all cores at once", "% TLS", "instructions: masks ",
                    "OpenSSL's AES-128-CTR", "plain copy", "median, range"});
    const Json rows = Json::parse(read_text(file));
    std::set<std::string> names, places;
    for (const Json& row : rows) {
      BOOST_TEST_CONTEXT(row.dump()) {
        names.insert(row["name"]);
        places.insert(std::to_string(row["n"].get<int>()) + "," + std::to_string(row["k"].get<int>()));
        for (const char* figure : {"seconds", "per_second", "bytes_sent", "rounds", "share_of_ceiling"})
          BOOST_TEST((row[figure] > 0.0), figure);
        BOOST_TEST((row["wire_bytes"] > row["bytes_sent"]));
        BOOST_TEST((row["least_seconds"] <= row["seconds"] && row["seconds"] <= row["most_seconds"]));
        for (const char* bound : {"TLS", "TCP", "masks", "OpenSSL's AES"}) {
          const double share = row["bounds"][bound]["share"];
          // Nothing is drawn to sort a single element.
          const bool nothing = elements == "1" && row["bounds"][bound]["amount"] == 0.0;
          BOOST_TEST(((share > 0 || nothing) && share < 2), bound);
        }
      }
    }
    BOOST_TEST((places == std::set<std::string>{"3,13", "3,64", "5,13", "5,64"}));
    BOOST_TEST(rows.size() == 4 * names.size());
    BOOST_TEST((names.contains("lt") && names.contains("and") && names.contains("b2a")));
  }
}

BOOST_AUTO_TEST_CASE(every_benchmark_runs_by_itself_and_the_counted_bytes_are_those_of_its_protocol) {
  for (const auto& [name, options] : std::vector<std::pair<std::string, Command>>{
           {"mul", {"--elements", "1000", "--parties", "5", "--width", "32"}},
           {"mul", {"--elements", "1000", "--transport", "memory", "--width", "128", "--parties", "3"}},
           {"and", {"--elements", "100000"}},
           {"lt", {"--elements", "100000", "--memory", "1MiB", "--width", "32"}},
           {"latency", {"--depth", "10"}},
           {"latency", {"--depth", "10", "--network", "wan", "--shaped"}},
           {"branches", {"--chains", "7"}},
           {"out_of_step", {"--chains", "7"}}}) {
    const ProcessPtr p = run(Command{program("tacet"), "bench", name, "--repeat", "2", "--json"} + options);
    BOOST_TEST_REQUIRE(p->exit_code() == 0, name << ": " << p->err());
    const Json rows = Json::parse(p->out());
    BOOST_TEST_REQUIRE(rows.size() == 1u, name);
    const Json& row = rows[0];
    BOOST_TEST_CONTEXT(row.dump()) {
      BOOST_TEST((row["name"] == name && row["seconds"] > 0.0 && row["rounds"] > 0));
      const int n = row["n"];
      if (name == "mul" || name == "and") {
        const double bytes = name == "and" ? 100000 / 8 : 1000 * row["k"].get<int>() / 8;
        const bool tls = row["bounds"].contains("TLS");
        BOOST_TEST(tls == (row["k"] != 128));
        // Each party masks 2t summands and sends t; an element is opened to party 0 at the end.
        if (tls)
          BOOST_TEST(
              (row["bounds"]["TLS"]["amount"] == n * (n / 2) * bytes + n / 2 * (name == "and" ? 1 : 4)));
      }
      if (name == "out_of_step") BOOST_TEST((row["rounds"] == row["rounds_of_the_longest_branch"]));
      if (name == "latency" && row["bounds"].contains("network"))  // 20 ms each way, round by round
        BOOST_TEST((row["seconds"] > 0.02 * row["rounds"].get<int>()));
    }
  }
}

BOOST_AUTO_TEST_CASE(matrix_products_are_compared_with_the_multiplier_and_with_their_local_products) {
  const ProcessPtr p = run({program("tacet"), "bench", "matmul", "--elements", "4100", "--parties", "3,5",
                            "--width", "8,64,128", "--repeat", "1", "--json"});
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->err());
  const Json rows = Json::parse(p->out());
  BOOST_TEST_REQUIRE(rows.size() == 12u);
  for (std::size_t i = 0; i < rows.size(); i += 2) BOOST_TEST_CONTEXT(rows[i].dump() << rows[i + 1].dump()) {
      BOOST_TEST((rows[i]["name"] == "matmul_kernel" && rows[i]["elements"] == 64 * 64));
      BOOST_TEST((rows[i]["bounds"]["multiplier"]["amount"] == 64.0 * 64 * 64));
      BOOST_TEST((rows[i]["per_second"] > 0.0 && rows[i]["bounds"]["multiplier"]["per_second"] > 0.0));
      BOOST_TEST((rows[i + 1]["name"] == "matmul" && rows[i + 1]["rounds"] > 0));
      const int terms = rows[i + 1]["n"] == 3 ? 2 : 3;  // local products of each party
      const double products = 64.0 * 64 * 64 * rows[i + 1]["n"].get<int>() * terms;
      BOOST_TEST((rows[i + 1]["bounds"]["local products"]["amount"] == products));
      BOOST_TEST((rows[i + 1]["times_its_local_products"] > 0.0));
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
  const ProcessPtr other = run({program("tacet"), "bench", "magic"});
  BOOST_TEST(other->exit_code() == 2);
  says(other->err(), {"bench magic", "latency"});
  const ProcessPtr shape = run({program("tacet"), "bench", "mul", "--shaped"});
  BOOST_TEST(shape->exit_code() == 2);
  says(shape->err(), {"--shaped", "--network lan or wan"});
}

BOOST_AUTO_TEST_SUITE_END()
