#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "apps/io/csv.hpp"
#include "apps/io/csv_header.hpp"
#include "apps/io/number.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_csv)

namespace {

Data parse(std::string_view text, std::optional<std::int64_t> missing = std::nullopt, Layout layout = {}) {
  ReadOptions options{"x", missing};
  options.layout = std::move(layout);
  return parse_csv(text, "t.csv", options);
}

// As "[2, 2] 1 2 3 4".
std::string read(std::string_view text, std::optional<std::int64_t> missing = std::nullopt,
                 Layout layout = {}) {
  const Data data = parse(text, missing, std::move(layout));
  std::string out = data.shape().to_string();
  for (std::size_t i = 0; i < data.cells().size(); ++i) out += " " + to_text(data.cells()[i]);
  return out;
}

// Without "input x: " and, where it stands there, " of t.csv".
std::string refusal(std::string_view text, std::optional<std::int64_t> missing = std::nullopt,
                    Layout layout = {}) {
  std::string message = message_of([&] { parse(text, missing, std::move(layout)); });
  for (const std::string part : {"input x: ", " of t.csv"})
    if (const std::size_t at = message.find(part); at != message.npos) message.erase(at, part.size());
  return message;
}

// What the reader tells of a file that it has read, behind its name.
std::string told(std::string_view text, Layout layout = {}) {
  std::string out;
  ReadOptions options{"x"};
  options.layout = std::move(layout);
  options.tell = [&](const std::string& line) { out += line; };
  parse_csv(text, "t.csv", options);
  BOOST_TEST(out.starts_with("input x: t.csv: "), out);
  return out.substr(std::min(out.size(), std::string("input x: t.csv: ").size()));
}

Layout column(std::uint64_t number) {
  Layout layout;
  layout.column = number;
  return layout;
}

Layout column(const std::string& name) {
  Layout layout;
  layout.column_name = name;
  return layout;
}

Layout header(bool is_header, Layout layout = {}) {
  layout.header = is_header;
  return layout;
}

Layout separator(char c, Layout layout = {}) {
  layout.separator = c;
  return layout;
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

BOOST_AUTO_TEST_CASE(a_header_has_names_and_no_number) {
  BOOST_TEST(read("age,\"weight, \"\"kg\"\"\"\n30,70\n") == "[1, 2] 30 70");
  BOOST_TEST(read("salary\n3500\n2800\n4100\n") == "[3, 1] 3500 2800 4100");
  BOOST_TEST(read("a,b\n") == "[0, 2]");
  BOOST_TEST(read(",b\n1,2\n") == "[1, 2] 1 2");
  BOOST_TEST(read("\"two\nlines\",b\n1,2\n") == "[1, 2] 1 2");
  BOOST_TEST(parse("\"two\nlines\",b\n1,2\n").place(1) == "line 3, column 2 of t.csv");
  BOOST_TEST(parse("\"two\rlines\",b\r1,2\r").place(1) == "line 3, column 2 of t.csv");
  BOOST_TEST(
      refusal("a,2\n1,2\n") ==
      "line 1, column 1: expected an integer; if it is a header: header=yes; column=… reads one column "
      "alone");
  BOOST_TEST(refusal("1,2\na,b\n") ==
             "line 2, column 1: expected an integer; column=… reads one column alone");
  BOOST_TEST(refusal("a,b,c\n1,2\n") == "line 2: 2 cells, expected 3 as in the lines above");
}

// What people write for numbers is never taken as a header: a record would be lost.
BOOST_AUTO_TEST_CASE(a_cell_that_is_no_utf8_is_refused_wherever_it_stands) {
  for (const std::string bad : {"\xC3", "\xA0", "\xC0\x80", "\xED\xA0\x80", "\xF4\x90\x80\x80"}) {
    const std::string what = "bytes that are no text in UTF-8, expected a CSV in UTF-8";
    BOOST_TEST(refusal(bad + "\n12\n") == "line 1, column 1: " + what);
    BOOST_TEST(refusal(bad + "\n12\n", std::nullopt, header(true)) == "line 1, column 1: " + what);
    BOOST_TEST(refusal("a,b\n1,2\n3,\"" + bad + "\"\n") == "line 3, column 2: " + what);
    BOOST_TEST(!is_name(bad), bad);
  }
}

BOOST_AUTO_TEST_CASE(a_first_record_that_is_no_number_and_no_name_is_refused) {
  for (const char* first : {"\"1,000\"",
                            "NA",
                            "n/a",
                            "NaN",
                            "null",
                            "None",
                            "-inf",
                            "Infinity",
                            "missing",
                            "true",
                            "12%",
                            "$5",
                            "€5",
                            "3 500",
                            "3\xC2\xA0"
                            "500",
                            "\xE2\x88\x92"
                            "5",
                            "\xE2\x80\x93"
                            "5",
                            "\xEF\xBC\x95",
                            "\xD9\xA1",
                            "1_000",
                            "5.",
                            ".",
                            "-",
                            "--5",
                            "(5)",
                            "1.2.3",
                            "0x",
                            "#N/A",
                            "EUR 3500",
                            "ca. 5",
                            "\"\"\"5\"\"\"",
                            "'5",
                            "1e",
                            "5 apples"}) {
    const std::string text = std::string(first) + "\n12\n13\n15\n";
    if (std::string(first) == "5.") {
      BOOST_TEST(read(text) == "[4, 1] 5 12 13 15");
      continue;
    }
    BOOST_TEST(
        refusal(text).starts_with("line 1, column 1: expected an integer; if it is a header: header=yes"),
        text << refusal(text));
    BOOST_TEST(read(text, std::nullopt, header(true)) == "[3, 1] 12 13 15");
    BOOST_TEST(!is_name(first), first);
  }
  for (const char* name :
       {"salary", "_x", "x1", "Größe", "ärger", "возраст", "年齢", "나이", "e5", "net income"})
    BOOST_TEST(is_name(name), name);
}

BOOST_AUTO_TEST_CASE(the_user_says_whether_there_is_a_header) {
  BOOST_TEST(read("2019,2020\n1,2\n", std::nullopt, header(true)) == "[1, 2] 1 2");
  BOOST_TEST(read("2019,2020\n1,2\n", std::nullopt, header(false)) == "[2, 2] 2019 2020 1 2");
  BOOST_TEST(refusal("salary\n1\n", std::nullopt, header(false)) == "line 1, column 1: expected an integer");
  BOOST_TEST(read("salary\n", std::nullopt, header(true)) == "[0, 1]");
}

BOOST_AUTO_TEST_CASE(one_column_by_name_or_number) {
  const std::string text = "item,amount\n\"a\nb\",10\nb,20\nTotal,30\n";
  for (const Layout& layout : {column("amount"), column(2), header(true, column(2))}) {
    const Data data = parse(text, std::nullopt, layout);
    BOOST_TEST(read(text, std::nullopt, layout) == "[3, 1] 10 20 30");
    // Cells above may hold line ends.
    BOOST_TEST(data.place(0) == "line 2, column 2 of t.csv");
    BOOST_TEST(data.place(2) == "line 5, column 2 of t.csv");
  }
  BOOST_TEST(read("Anna,10\nBert,20\n", std::nullopt, column(2)) == "[2, 1] 10 20");
  BOOST_TEST(read("Anna,10\nBert,20\n", std::nullopt, header(true, column(2))) == "[1, 1] 20");
  BOOST_TEST(read("\"last, first\",n\n3,4\n", std::nullopt, column("last, first")) == "[1, 1] 3");
  BOOST_TEST(read("n,7\n3,4\n", std::nullopt, column("7")) == "[1, 1] 4");
  BOOST_TEST(refusal(text, std::nullopt, column(1)) == "line 2, column 1: expected an integer");
  BOOST_TEST(refusal(text, std::nullopt, column(3)) == "line 1: 2 cells, expected column 3");
  BOOST_TEST(refusal(text, std::nullopt, column("Amount")) == "line 1: no column is named \"Amount\" there");
  BOOST_TEST(refusal("a,a\n1,2\n", std::nullopt, column("a")) ==
             "line 1: several columns are named \"a\", expected its number instead");
  BOOST_TEST(refusal("a,b\n1,2\n3\n", std::nullopt, column(2)) ==
             "line 3: 1 cell, expected 2 as in the lines above");
  BOOST_TEST(refusal("a,b\n1,2\n3,x\n", std::nullopt, column("b")) ==
             "line 3, column 2: expected an integer");
}

// The column that is read has numbers only, but the one beside it looks like a header above numbers.
BOOST_AUTO_TEST_CASE(a_first_record_that_may_be_both_is_refused) {
  const std::string years = "id,2019,2020\n1,5,6\n2,7,8\n";
  BOOST_TEST(
      refusal(years, std::nullopt, column(2)) ==
      "line 1, column 1: text above numbers: header=yes or header=no must say whether line 1 is a header");
  BOOST_TEST(read(years, std::nullopt, header(true, column(2))) == "[2, 1] 5 7");
  BOOST_TEST(read(years, std::nullopt, header(false, column(2))) == "[3, 1] 2019 5 7");
  BOOST_TEST(read("Anna,10\n,20\nCleo,30\n", std::nullopt, column(2)) == "[3, 1] 10 20 30");
}

BOOST_AUTO_TEST_CASE(separators) {
  const std::string semicolons = "id;salary\n1;3500\n2;2800\n3;4100\n";
  BOOST_TEST(read(semicolons, std::nullopt, column("salary")) == "[3, 1] 3500 2800 4100");
  BOOST_TEST(read(semicolons, std::nullopt, separator(';', column(2))) == "[3, 1] 3500 2800 4100");
  BOOST_TEST(read("1\t2\n3\t4\n") == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("1 2\n3 4\n", std::nullopt, separator(' ')) == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("1|2\n3|4\n", std::nullopt, separator('|')) == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("\"a;b\",c\n1,2\n") == "[1, 2] 1 2");
  // A decimal comma is neither a point nor a separator beside semicolons.
  BOOST_TEST(refusal("1,5;2\n3,5;4\n").starts_with("line 1, column 2: expected an integer"));
  BOOST_TEST(
      refusal("1,5;2\n3,5;4\n", std::nullopt, separator(';')).starts_with("line 1, column 1: expected"));
  BOOST_TEST(refusal("1\n1;2\n") ==
             "line 2, column 1: expected an integer; cells are separated by commas, unless separator=…");
}

BOOST_AUTO_TEST_CASE(what_was_decided_is_told) {
  BOOST_TEST(told("salary\n1\n2\n3\n") == "3 records, line 1 is taken as a header");
  BOOST_TEST(told("1\n2\n3\n") == "3 records, no header");
  BOOST_TEST(told("7\n") == "1 record, no header");
  BOOST_TEST(told("a,b\n1,2\n", header(true)) == "1 record of 2 cells, line 1 is the header");
  BOOST_TEST(told("a;b\n1;2\n", column("b")) ==
             "1 record from column 2, separated by semicolons, line 1 is the header");
  BOOST_TEST(told("a,b\n1,2\n", column(2)) == "1 record from column 2, line 1 is taken as a header");
  BOOST_TEST(told("") == "0 records, it is empty");
  BOOST_TEST(told("\xEF\xBB\xBF\n\n") == "0 records, it is empty");
  BOOST_TEST(told("salary\n") == "0 records, line 1 is taken as a header");
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
             "line 1, column 2: the cell is \"?\", expected an integer: missing cells have no value here");
  BOOST_TEST(refusal("1,2\n3,\n").find("line 2, column 2: the cell is empty") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(refusals_name_the_place) {
  BOOST_TEST(message_of([] { parse("1,2\n3\n"); }) ==
             "input x: line 2 of t.csv: 1 cell, expected 2 as in the lines above");
  BOOST_TEST(refusal("1,2\n3,4,5\n") == "line 2: 3 cells, expected 2 as in the lines above");
  BOOST_TEST(refusal("1,2\n3,2.5\n") == "line 2, column 2: expected a whole number");
  BOOST_TEST(refusal("1\n1e40\n") == "line 2, column 1: expected a number below 2^128");
  BOOST_TEST(refusal("1\n\n2\n", 0) ==
             "line 2: the line is blank, and more lines follow; write ? for a missing value");
  BOOST_TEST(refusal("\n1\n2\n") ==
             "line 1: the line is blank, and more lines follow; write ? for a missing value");
  BOOST_TEST(refusal("1,\"2\n3") == "line 1: a quoted cell starts here and never ends");
  BOOST_TEST(
      refusal("1,\"2\"3\n") ==
      "line 1: after a quoted cell, expected the end of the line or one of the commas that separate cells");
  BOOST_TEST(message_of([] { parse_csv("x1\n1\nq", "t.csv", {}); }) ==
             "line 3, column 1 of t.csv: expected an integer");
  ReadOptions numbers{"x"};
  numbers.fractions = true;
  BOOST_TEST(message_of([&] { parse_csv("1.5\nq", "t.csv", numbers); }) ==
             "input x: line 2, column 1 of t.csv: expected a number");
}

BOOST_AUTO_TEST_CASE(the_value_is_shown_to_those_who_ask) {
  ReadOptions options{"x"};
  options.show_values = true;
  BOOST_TEST(message_of([&] { parse_csv("1\n12%\n", "t.csv", options); }) ==
             "input x: line 2, column 1 of t.csv: expected an integer, found \"12%\"");
  BOOST_TEST(
      message_of([&] { encode(parse_csv("1\n300\n", "t.csv", options), ring(8), Shape{2}, options); }) ==
      "input x: line 2, column 1 of t.csv: does not fit ring(8), expected -128 to 255, found \"300\"");
}

BOOST_AUTO_TEST_CASE(other_encodings_are_refused) {
  using namespace std::string_literals;
  const std::string why =
      "bytes that no text in UTF-8 has, as in UTF-16 or a spreadsheet's own format; expected a CSV in UTF-8";
  BOOST_TEST(refusal("\xFF\xFE"
                     "1\0\n\0"s) == "line 1: " + why);
  BOOST_TEST(refusal("\xFE\xFF\0"
                     "1\0\n"s) == "line 1: " + why);
  BOOST_TEST(refusal("1\n2\n3\0\n"s) == "line 3: " + why);
  BOOST_TEST(refusal("1,\0\n"s) == "line 1: " + why);
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
             }) ==
             "input records: line 24, column 6 of " + path + ": does not fit ring(8), expected -128 to 255");
}

BOOST_AUTO_TEST_SUITE_END()
