#include <boost/test/unit_test.hpp>

#include "apps/io/source.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_source)

namespace {

std::string refusal(const std::string& text) {
  return message_of([&] { parse_source(text, "x"); });
}

}  // namespace

BOOST_AUTO_TEST_CASE(a_path_and_what_is_said_of_it) {
  BOOST_TEST(parse_source("f.csv", "x").path == "f.csv");
  BOOST_TEST(!parse_source("f.csv", "x").layout.is_csv_only());
  const Source all = parse_source("a,b/f.txt,format=csv,header=no,column=3,separator=semicolon", "x");
  BOOST_TEST(all.path == "a,b/f.txt");
  BOOST_TEST((all.layout.format == Origin::Kind::csv));
  BOOST_TEST((all.layout.header == false));
  BOOST_TEST(all.layout.column == 3u);
  BOOST_TEST((all.layout.separator == ';'));
  BOOST_TEST((parse_source("-,header=yes", "x").layout.header == true));
  BOOST_TEST((parse_source("-,format=npy", "x").layout.format == Origin::Kind::npy));
  BOOST_TEST((parse_source("-,format=json", "x").layout.format == Origin::Kind::json));
  for (const auto& [text, c] :
       {std::pair{"comma", ','}, {"tab", '\t'}, {"space", ' '}, {",", ','}, {"|", '|'}})
    BOOST_TEST((parse_source(std::string("f.csv,separator=") + text, "x").layout.separator == c), text);
}

BOOST_AUTO_TEST_CASE(columns_have_names_or_numbers) {
  BOOST_TEST(parse_source("f.csv,column=net income", "x").layout.column_name == "net income");
  BOOST_TEST(parse_source("f.csv,column=last, first,header=yes", "x").layout.column_name == "last, first");
  BOOST_TEST(parse_source("f.csv,column=a=b", "x").layout.column_name == "a=b");
  BOOST_TEST(parse_source("f.csv,column=\"2019\"", "x").layout.column_name == "2019");
  BOOST_TEST(parse_source("f.csv,column=2019", "x").layout.column == 2019u);
}

BOOST_AUTO_TEST_CASE(literals_are_left_alone) {
  BOOST_TEST(parse_source("[1,2,3]", "x").path == "[1,2,3]");
  BOOST_TEST(parse_source("-5", "x").path == "-5");
  BOOST_TEST(!is_standard_input("-5"));
  BOOST_TEST(is_standard_input("-"));
  BOOST_TEST(is_standard_input("/dev/stdin"));
}

BOOST_AUTO_TEST_CASE(slips_are_named) {
  BOOST_TEST(refusal("f.csv,header=maybe") == "input x: header=\"maybe\": expected yes or no");
  BOOST_TEST(refusal("f.csv,format=xlsx") == "input x: format=\"xlsx\": expected csv, npy or json");
  BOOST_TEST(refusal("f.csv,column=0") == "input x: column=\"0\": expected a name, or a number from 1");
  BOOST_TEST(refusal("f.csv,column=") == "input x: column=\"\": expected a name, or a number from 1");
  BOOST_TEST(refusal("f.csv,column=99999999999999999999").ends_with("expected a name, or a number from 1"));
  for (const std::string bad : {"", "ab", "5", "x", ".", "-", "\"", "\n"})
    BOOST_TEST(refusal("f.csv,separator=" + bad).find("expected comma, semicolon, tab, space or") !=
               std::string::npos);
  BOOST_TEST(refusal("f.csv,header=no,header=no") == "input x: header= is given twice");
  BOOST_TEST(refusal("f.csv,colunm=2") ==
             "input x: ,colunm= after a file is unknown, expected format, header, column or separator");
  BOOST_TEST(refusal("f.csv,header=no,column=a") ==
             "input x: column=\"a\": expected a column's number, as header=no says that none has a name");
}

BOOST_AUTO_TEST_CASE(what_is_said_must_fit_the_source) {
  const TemporaryFolder folder;
  const std::string json = folder.write("a.json", "[1]");
  BOOST_TEST(message_of([&] { read_data(json + ",column=1", {"x"}); }) ==
             "input x: header, column and separator are for CSV: is ,format=csv missing?");
  BOOST_TEST(message_of([&] { read_data("[1],header=no", {"x"}); }) ==
             "input x: format, header, column and separator are for files, and this is a literal");
}

BOOST_AUTO_TEST_SUITE_END()
