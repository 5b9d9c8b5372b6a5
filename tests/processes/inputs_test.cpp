// What is read for --input, from files, standard input and literals, and what is said of it.
#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>

#include "tests/processes/examples.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

/// A command with this text on its standard input.
Command fed(const std::string& text, const Command& command) {
  return Command{"sh", "-c", "printf %s \"$0\" | exec \"$@\"", text} + command;
}

Command median(const std::string& source) {
  return {program("median_salary"), "run", "--json",        "-i", "salaries0=" + source, "-i",
          "salaries1=[10]",         "-i",  "salaries2=[20]"};
}

Command echo(const Command& more) {
  return Command{program("echo"), "run", "--json", "--transport", "memory"} + more;
}

/// The results in --json as they are written.
std::string outputs(const ProcessPtr& p) {
  return p->out().substr(0, p->out().find("\"rounds\""));
}

ProcessPtr done(const Command& command) {
  ProcessPtr p = run(command);
  BOOST_TEST_REQUIRE(p->exit_code() == 0, p->text() << ": " << p->err());
  return p;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inputs)

BOOST_AUTO_TEST_CASE(a_header_is_said_and_can_be_denied) {
  const TempFolder folder;
  const std::string path = folder / "salaries.csv";
  write_text(path, "salary\n3500\n2800\n4100\n");
  const ProcessPtr p = done(median(path));
  BOOST_TEST((Json::parse(p->out())["outputs"]["median"] == 2800));  // of 10, 20, 2800, 3500, 4100
  BOOST_TEST(p->err() == "input salaries0: " + path + ": 3 records, line 1 is taken as a header\n");
  refused(median(path + ",header=no"),
          {"input salaries0", "line 1, column 1 of " + path, "expected a number"});
  write_text(path, "\"1,000\"\n\"2,500\"\n40\n990\n\"12,345\"\n");
  refused(median(path), {"input salaries0", "line 1, column 1 of " + path, "header=yes"});
}

BOOST_AUTO_TEST_CASE(a_column_is_chosen) {
  const TempFolder folder;
  const std::string path = folder / "staff.txt";
  write_text(path, "id;salary\n1;3500\n2;2800\n3;4100\n");
  for (const std::string column : {"salary", "2"}) {
    const ProcessPtr p = done(median(path + ",format=csv,column=" + column));
    BOOST_TEST((Json::parse(p->out())["outputs"]["median"] == 2800));
    says(p->err(), {"3 records from column 2", "separated by semicolons", "header"});
  }
  refused(median(path + ",format=csv,column=wage"), {"no column is named \"wage\""});
  refused(median(path + ",format=csv"),
          {"line 2 of " + path + " has 2 cells where 1 is expected", "shape [3, 2]", "column="});
  // A number is a place; names in quotes are names.
  write_text(path, "2020,2021\n3500,1\n2800,2\n4100,3\n");
  refused(median(path + ",format=csv,column=2020"),
          {"line 1 of " + path +
           ": 2 cells, expected column 2020; the column of that name is "
           "column=\"2020\", quoted from the shell"});
  says(done(median(path + ",format=csv,column=\"2020\""))->out(), {"\"median\":2800"});
  says(run({program("median_salary"), "run", "--help"})->out(), {"column=\"2020\""});
}

BOOST_AUTO_TEST_CASE(a_comma_within_a_number_is_told_with_its_line) {
  const TempFolder folder;
  const std::string path = folder / "salaries.csv";
  write_text(path, "salary\n1,000\n");
  refused(median(path), {"line 2 of " + path, "2 cells, expected 1 as in the lines above"});
  write_text(path, "1,000\n2,500\n");
  refused(median(path), {"line 1 of " + path + " has 2 cells where 1 is expected"});
  BOOST_TEST(run(median(path))->err().find("1,000") == std::string::npos);
}

BOOST_AUTO_TEST_CASE(text_that_is_no_utf8_is_refused_with_its_place) {
  const TempFolder folder;
  const std::string path = folder / "salaries.csv";
  for (const auto& [text, place] :
       {std::pair<std::string, std::string>{"id,gro\xDF\n1,2\n", "line 1, column 2"},
        {"id,n\n1,2\nna\xEFve,3\n", "line 3, column 1"},
        {"\"a\",\"\xC0\x80\"\n1,2\n", "line 1, column 2"}})
    for (const std::string column : {"", ",column=2"}) {
      write_text(path, text);
      refused(median(path + column),
              {"input salaries0: " + place + " of " + path + ": bytes that are no text in UTF-8"});
    }
  write_text(path, "größe\n3500\n2800\n4100\n");
  done(median(path));
}

BOOST_AUTO_TEST_CASE(files_without_records) {
  const TempFolder folder;
  const std::string path = folder / "none.csv";
  for (const std::string text : {"", "salary\n"}) {
    write_text(path, text);
    const ProcessPtr p = done(median(path));  // two companies have numbers
    BOOST_TEST((Json::parse(p->out())["outputs"]["median"] == 15));
    says(p->err(), {"input salaries0: " + path + ": 0 records"});
    refused({program("risk_score"), "run", "--json", "-i", "weights=" + path, "-i", "bias=1", "-i",
             "records=[[1,2,3,4,5,6,7,8,9]]"},
            {"input weights: " + path, "expected [9]"});
  }
}

BOOST_AUTO_TEST_CASE(no_numbers_at_all_are_told) {
  const TempFolder folder;
  write_text(folder / "none.json", "[]");
  write_text(folder / "none.npy", std::string("\x93NUMPY\x01\x00\x46\x00", 10) +
                                      "{'descr': '<i8', 'fortran_order': False, 'shape': (0,), }" +
                                      std::string(12, ' ') + "\n");
  for (const std::string name : {"none.json", "none.npy"}) {
    const ProcessPtr p = done(median(folder / name));
    BOOST_TEST(p->err() == "input salaries0: " + folder / name + ": 0 numbers, shape [0]\n");
  }
  BOOST_TEST(done(median("[]"))->err() == "input salaries0: the literal: 0 numbers, shape [0]\n");
}

BOOST_AUTO_TEST_CASE(standard_input_is_read_once) {
  const std::string expected = "\"median\":30";
  says(done(fed("[30,40,50]", median("-")))->out(), {expected});
  says(done(fed("name\n30\n40\n50\n", median("-,format=csv")))->out(), {expected});
  says(done(fed("id,n\n1,30\n2,40\n3,50\n", median("/dev/stdin,format=csv,column=n")))->out(), {expected});
  says(done(fed("[30,40,50]", median("-") + Command{"--offline-first", "--set", "rows0=3", "--set", "rows1=1",
                                                    "--set", "rows2=1"}))
           ->out(),
       {expected});
  refused({program("median_salary"), "run", "-i", "salaries0=-", "-i", "salaries1=-", "-i", "salaries2=[1]"},
          {"--input salaries1", "standard input is read for salaries0 already"});
  refused(fed("30\n40x\n", median("-,format=csv")), {"line 2, column 1 of standard input"});
  refused(fed("[30, 40x]", median("-")), {"line 1, column 6 of standard input"});
  refused(fed("", median("-")), {"line 1, column 1 of standard input: no value"});
}

// What json.loads(..., parse_float=Decimal) of Python gives is the very number.
BOOST_AUTO_TEST_CASE(fixed_point_results_have_all_their_digits) {
  const ProcessPtr p = done(echo(
      {"-i", "narrow=[0.5,-1.25,93807.64,0.0000152587890625]", "-i", "wide=[-0.1,9223372036854775807.5]"}));
  says(p->out(), {"\"narrow\":[0.5, -1.25, 93807.6399993896484375, 0.0000152587890625]",
                  "\"wide\":[-0.100000000000000000021684043449710088680149056017398834228515625, "
                  "9223372036854775807.5]"});
  BOOST_TEST(Json::accept(p->out()));
  says(p->err(),
       {"input narrow: 1 of 4 numbers rounded to the nearest multiple of 2^-16, the first at element "
        "[2] of the literal\n",
        "input wide: 1 of 2 numbers rounded"});
}

BOOST_AUTO_TEST_CASE(results_are_read_back_from_every_file) {
  const TempFolder folder;
  const Command wide{"-i", "wide=[-0.1,9223372036854775807.5]"};
  const std::string narrow = "narrow=[0.5,-1.25,93807.64,-0.0000152587890625]";
  Command all = Command{"-i", narrow} + wide;
  for (const std::string name : {"narrow.csv", "wide.json"})
    all = all + Command{"-o", name.substr(0, name.find('.')) + "=" + folder / name};
  const std::string expected = outputs(done(echo(all)));
  done(echo(Command{"-i", narrow} + wide + Command{"-o", "narrow=" + folder / "narrow.npy"}));
  done(echo(Command{"-i", narrow} + wide + Command{"-o", "wide=" + folder / "wide.csv"}));
  for (const std::string n : {"narrow.csv", "narrow.npy"})
    for (const std::string w : {"wide.csv", "wide.json"}) {
      const ProcessPtr p = done(echo({"-i", "narrow=" + folder / n, "-i", "wide=" + folder / w}));
      BOOST_TEST(outputs(p) == expected);
      BOOST_TEST(p->err().find("rounded") == std::string::npos, p->err());
    }
}

BOOST_AUTO_TEST_CASE(results_that_floats_do_not_hold_are_told_of) {
  const TempFolder folder;
  const Command numbers{"-i", "narrow=[0.5,137438953472.0000152587890625]", "-i",
                        "wide=[0]"};  // (2^53 + 1) / 2^16
  const std::string floats = folder / "narrow.npy", digits = folder / "narrow.csv";
  const ProcessPtr rounded = done(echo(numbers + Command{"-o", "narrow=" + floats}));
  BOOST_TEST(rounded->err() == "output \"narrow\": 1 of 2 numbers have more bits than the floats of " +
                                   floats + ", which hold the nearest; .csv and .json hold them exactly\n");
  says(rounded->out(), {"\"narrow\":[0.5, 137438953472.0000152587890625]"});
  const ProcessPtr exact = done(echo(numbers + Command{"-o", "narrow=" + digits}));
  BOOST_TEST(exact->err() == "");
  BOOST_TEST(read_text(digits) == "0.5\n137438953472.0000152587890625\n");
}

BOOST_AUTO_TEST_SUITE_END()
