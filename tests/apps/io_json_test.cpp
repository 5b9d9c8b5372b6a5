#include <boost/test/unit_test.hpp>

#include "apps/io/json.hpp"
#include "apps/io/number.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_json)

namespace {

Data parse(std::string_view text, std::optional<std::int64_t> missing = std::nullopt) {
  return parse_json(text, Origin{Origin::Kind::json, "t.json"}, {"x", missing});
}

std::string read(std::string_view text, std::optional<std::int64_t> missing = std::nullopt) {
  const Data data = parse(text, missing);
  std::string out = data.shape().to_string();
  for (std::size_t i = 0; i < data.cells().size(); ++i) out += " " + to_text(data.cells()[i]);
  return out;
}

std::string refusal(std::string_view text) {
  const std::string message = message_of([&] { parse(text); });
  BOOST_TEST(message.starts_with("input x: line "), message);
  return message.substr(message.find("line "));
}

}  // namespace

BOOST_AUTO_TEST_CASE(shapes) {
  BOOST_TEST(read("42") == "[] 42");
  BOOST_TEST(read(" -7 \n") == "[] -7");
  BOOST_TEST(read("[1, 2, 3]") == "[3] 1 2 3");
  BOOST_TEST(read("[[1,2],[3,4]]") == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("[[[1],[2]],[[3],[4]],[[5],[6]]]") == "[3, 2, 1] 1 2 3 4 5 6");
  BOOST_TEST(read("[]") == "[0]");
  BOOST_TEST(read("[[],[]]") == "[2, 0]");
  BOOST_TEST(read("[ [ ] ]") == "[1, 0]");
  BOOST_TEST(read("\xEF\xBB\xBF[1]") == "[1] 1");
}

BOOST_AUTO_TEST_CASE(cells_in_every_notation) {
  BOOST_TEST(
      read(
          R"([true, false, "340282366920938463463374607431768211455", 18446744073709551616, 2.0, 1e2, "0x1F"])") ==
      "[7] 1 0 340282366920938463463374607431768211455 18446744073709551616 2 100 31");
  BOOST_TEST(read("[1, null]", -1) == "[2] 1 -1");
}

BOOST_AUTO_TEST_CASE(refusals_name_the_place) {
  BOOST_TEST(refusal("[[1,2],\n [3]]") ==
             "line 2, column 4 of t.json: this array has 1 item, expected 2 as in those before");
  BOOST_TEST(refusal("[[1,2],3]") ==
             "line 1, column 8 of t.json: this item is 1 arrays deep, expected 2 as those before");
  BOOST_TEST(refusal("[1,[2]]") ==
             "line 1, column 4 of t.json: this array is nested deeper than those before");
  BOOST_TEST(refusal("[[],[1]]") ==
             "line 1, column 7 of t.json: this array has 1 item, expected 0 as in those before");
  BOOST_TEST(refusal("[1,\n2.5]") == "line 2, column 1 of t.json: expected a whole number");
  BOOST_TEST(refusal("[1,]") == "line 1, column 4 of t.json: expected an integer");
  BOOST_TEST(refusal("[,1]") == "line 1, column 2 of t.json: expected an integer");
  BOOST_TEST(refusal("[1 2]") == "line 1, column 4 of t.json: expected a comma or ]");
  BOOST_TEST(refusal("[1") == "line 1, column 3 of t.json: the array ends nowhere, expected ]");
  BOOST_TEST(refusal("[1,") == "line 1, column 4 of t.json: the array ends nowhere, expected ]");
  BOOST_TEST(refusal("[") == "line 1, column 2 of t.json: the array ends nowhere, expected ]");
  BOOST_TEST(refusal("") == "line 1, column 1 of t.json: no value");
  BOOST_TEST(refusal("1 2") == "line 1, column 3 of t.json: expected nothing after the end of the value");
  BOOST_TEST(refusal("[1]]") == "line 1, column 4 of t.json: expected nothing after the end of the value");
  BOOST_TEST(refusal("{\"a\": 1}") == "line 1, column 1 of t.json: expected a number or an array of numbers");
  BOOST_TEST(refusal("[\"abc\"]") == "line 1, column 2 of t.json: expected an integer");
  BOOST_TEST(refusal("[\"abc]") == "line 1, column 7 of t.json: a string ends nowhere, expected \"");
  BOOST_TEST(refusal("[null]") ==
             "line 1, column 2 of t.json: null, expected an integer: missing cells have no value here");
  BOOST_TEST(refusal("\"null\"") == "line 1, column 1 of t.json: expected an integer");
}

BOOST_AUTO_TEST_CASE(deep_nesting_is_refused_not_followed) {
  BOOST_TEST(refusal(std::string(1000000, '[')) ==
             "line 1, column 33 of t.json: arrays are nested more than 32 deep");
  BOOST_TEST(read(std::string(32, '[') + "1" + std::string(32, ']')).ends_with("] 1"));
}

BOOST_AUTO_TEST_CASE(places_of_cells) {
  const Data data = parse("[[1, 2],\n\n [3, 4]]");
  BOOST_TEST(data.place(1) == "line 1, element [0, 1] of t.json");
  BOOST_TEST(data.place(2) == "line 3, element [1, 0] of t.json");
  BOOST_TEST(parse("\n5").place(0) == "line 2, value of t.json");
}

BOOST_AUTO_TEST_SUITE_END()
