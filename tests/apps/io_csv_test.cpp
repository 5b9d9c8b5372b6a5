#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "apps/io/csv.hpp"
#include "apps/io/number.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_csv)

namespace {

Data parse(std::string_view text, std::optional<std::int64_t> missing = std::nullopt) {
  return parse_csv(text, "t.csv", {"x", missing});
}

// As "[2, 2] 1 2 3 4".
std::string read(std::string_view text, std::optional<std::int64_t> missing = std::nullopt) {
  const Data data = parse(text, missing);
  std::string out = data.shape().to_string();
  for (std::size_t i = 0; i < data.cells().size(); ++i) out += " " + to_text(data.cells()[i]);
  return out;
}

std::string refusal(std::string_view text, std::optional<std::int64_t> missing = std::nullopt) {
  return message_of([&] { parse(text, missing); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(rows_and_columns) {
  BOOST_TEST(read("1,2\n3,4\n") == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("1,2\r\n3,4\r\n") == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("1,2\r3,4") == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("5") == "[1, 1] 5");
  BOOST_TEST(read("1\n-2\n3") == "[3, 1] 1 -2 3");
  BOOST_TEST(read("1,2\n\n\r\n  \n") == "[1, 2] 1 2");
  BOOST_TEST(read("\xEF\xBB\xBF"
                  "7,8") == "[1, 2] 7 8");
  BOOST_TEST(read(" 1 ,\t2\n") == "[1, 2] 1 2");
}

BOOST_AUTO_TEST_CASE(cells_in_every_notation) {
  BOOST_TEST(read("\"1\",\" 2 \",3.0,1e2,+4,0x10") == "[1, 6] 1 2 3 100 4 16");
  BOOST_TEST(read("-999999999999999999,-1000000000000000000") ==
             "[1, 2] -999999999999999999 -1000000000000000000");
  BOOST_TEST(read("340282366920938463463374607431768211455\n-1") ==
             "[2, 1] 340282366920938463463374607431768211455 -1");
}

BOOST_AUTO_TEST_CASE(a_header_is_a_first_line_without_numbers) {
  BOOST_TEST(read("age,\"weight, \"\"kg\"\"\"\n30,70\n") == "[1, 2] 30 70");
  BOOST_TEST(read("a,b\n") == "[0, 2]");
  BOOST_TEST(read("\"two\nlines\",b\n1,2\n") == "[1, 2] 1 2");
  BOOST_TEST(parse("\"two\nlines\",b\n1,2\n").place(1) == "line 3, column 2 of t.csv");
  BOOST_TEST(refusal("a,2\n1,2\n") ==
             "input x: line 1, column 1 of t.csv: \"a\" is not an integer; a header line may not contain any "
             "number");
  BOOST_TEST(refusal("1,2\na,b\n") == "input x: line 2, column 1 of t.csv: \"a\" is not an integer");
  BOOST_TEST(refusal("a,b,c\n1,2\n") ==
             "input x: line 2 of t.csv: 2 cells, expected 3 as in the lines above");
}

BOOST_AUTO_TEST_CASE(empty_files) {
  BOOST_TEST(read("") == "[0, 0]");
  BOOST_TEST(read("\xEF\xBB\xBF") == "[0, 0]");
  BOOST_TEST(read("\n\n") == "[0, 0]");
}

BOOST_AUTO_TEST_CASE(missing_cells) {
  BOOST_TEST(read("1,?\n,4\n\"\",6\n", -9) == "[3, 2] 1 -9 -9 4 -9 6");
  BOOST_TEST(read("?,?\n1,2\n", 0) == "[2, 2] 0 0 1 2");
  BOOST_TEST(read("1,2\n3,", 0) == "[2, 2] 1 2 3 0");
  BOOST_TEST(refusal("1,?\n") ==
             "input x: line 1, column 2 of t.csv: the cell is \"?\", expected an integer: missing cells have "
             "no value here");
  BOOST_TEST(refusal("1,2\n3,\n").find("line 2, column 2 of t.csv: the cell is empty") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refusals_name_the_place) {
  BOOST_TEST(refusal("1,2\n3\n") == "input x: line 2 of t.csv: 1 cell, expected 2 as in the lines above");
  BOOST_TEST(refusal("1,2\n3,4,5\n") ==
             "input x: line 2 of t.csv: 3 cells, expected 2 as in the lines above");
  BOOST_TEST(refusal("1,2\n3,2.5\n") ==
             "input x: line 2, column 2 of t.csv: \"2.5\" is not a whole number; integers are "
             "expected, so scale fixed-point values first");
  BOOST_TEST(refusal("1\n1e40\n") ==
             "input x: line 2, column 1 of t.csv: \"1e40\" is too large; no ring holds 2^128 or more");
  BOOST_TEST(
      refusal("1\n\n2\n", 0) ==
      "input x: line 2 of t.csv: the line is blank, and more lines follow; write ? for a missing value");
  BOOST_TEST(refusal("1\n1;2\n") ==
             "input x: line 2, column 1 of t.csv: \"1;2\" is not an integer; cells are separated by commas");
  BOOST_TEST(refusal("1,\"2\n3") == "input x: line 1 of t.csv: a quoted cell starts here and never ends");
  BOOST_TEST(refusal("1,\"2\"3\n") ==
             "input x: line 1 of t.csv: a quoted cell is followed by \"3\", expected a comma");
  BOOST_TEST(refusal(std::string_view("1,\0\n", 4)).find("\\x00") != std::string::npos);
  BOOST_TEST(message_of([] { parse_csv("x1\n1\nq", "t.csv", {}); }) ==
             "line 3, column 1 of t.csv: \"q\" is not an integer");
}

BOOST_AUTO_TEST_CASE(places_of_cells) {
  BOOST_TEST(parse("a,b\n1,2\n3,4\n").place(3) == "line 3, column 2 of t.csv");
  BOOST_TEST(parse("1,2\n3,4\n").place(2) == "line 2, column 1 of t.csv");
}

BOOST_AUTO_TEST_CASE(a_hospitals_records) {
  const char* folder = std::getenv("TACET_SHARED_DATA");
  if (folder == nullptr) {
    std::cout << "skipped: TACET_SHARED_DATA is not set\n";
    return;
  }
  const std::string path = std::string(folder) + "/clinic/breast-cancer-wisconsin.csv";
  const Data data = read_data(path, {"records", 1});
  BOOST_TEST(data.shape().to_string() == "[699, 10]");
  const Tensor tensor = encode(data, ring(8), Shape{699, 10}, {"records"});
  BOOST_TEST(static_cast<int>(tensor.get(0)) == 5);
  BOOST_TEST(static_cast<int>(tensor.get(23 * 10 + 5)) == 1);
  BOOST_TEST(message_of([&] {
               read_data(path, {"records", std::nullopt});
             }).find("line 24, column 6 of " + path + ": the cell is \"?\"") != std::string::npos);
  BOOST_TEST(message_of([&] {
               encode(read_data(path, {"records", 300}), ring(8), Shape{699, 10}, {"records"});
             }) == "input records: line 24, column 6 of " + path +
                       ": 300 does not fit Z_2^8, expected -128 to 255");
}

BOOST_AUTO_TEST_SUITE_END()
