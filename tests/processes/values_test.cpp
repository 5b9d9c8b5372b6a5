// A value that was put where it is wrong, in every format and in every way that people get it wrong, appears
// nowhere: not on standard output, not on standard error. Those who ask with --show-values see it.
#include <boost/test/unit_test.hpp>
#include <cstring>

#include "apps/io/npy_header.hpp"
#include "tests/processes/examples.hpp"

using namespace tacet::test;

namespace {

const std::string kMark = "777000111222333";

/// One mistake and its command line. A parser that does not get as far as the value has nothing to show.
struct Mistake {
  std::string what;
  Command command;
  bool is_shown_on_request = true;
  int exit_code = 2;
};

void keeps_to_itself(const Mistake& mistake) {
  BOOST_TEST_CONTEXT(mistake.what) {
    const ProcessPtr quiet = run(mistake.command);
    BOOST_TEST(quiet->exit_code() == mistake.exit_code, quiet->err());
    BOOST_TEST(quiet->err() != "");
    // A part of it would be too much.
    for (const std::string& part : {kMark.substr(0, 6), kMark.substr(9)})
      BOOST_TEST((quiet->out() + quiet->err()).find(part) == std::string::npos, quiet->out() + quiet->err());
    if (!mistake.is_shown_on_request) return;
    const ProcessPtr asked = run(mistake.command + Command{"--show-values"});
    BOOST_TEST(asked->exit_code() == mistake.exit_code, asked->err());
    BOOST_TEST(asked->err().find(kMark.substr(0, 6)) != std::string::npos, asked->err());
  }
}

/// A vector of 64-bit ring elements.
Command vector(const std::string& x) {
  return {program("inner_product"), "run", "--json", "-i", "x=" + x, "-i", "y=[1,2,3]"};
}

/// One 32-bit ring element, which the mark does not fit.
Command bias(const std::string& source) {
  return {program("risk_score"),          "run", "--json",         "-i",
          "weights=[1,2,3,4,5,6,7,8,9]",  "-i",  "bias=" + source, "-i",
          "records=[[1,2,3,4,5,6,7,8,9]]"};
}

template <class T>
std::string npy(char kind, T value, const std::vector<std::int64_t>& shape = {}) {
  std::string items(sizeof value, '\0');
  std::memcpy(items.data(), &value, sizeof value);
  return tacet::apps::npy_header_text(kind, sizeof value, shape) + items;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(values)

BOOST_AUTO_TEST_CASE(of_csv_files) {
  using namespace std::string_literals;
  const TempFolder folder;
  const auto file = [&](const std::string& text, bool is_shown = true, const std::string& said = "") {
    const std::string path = folder / "x.csv";
    write_text(path, text);
    keeps_to_itself({"CSV: " + text + said, vector(path + said), is_shown});
  };
  file("1\n" + kMark + "x\n3\n");
  file("HIV " + kMark + "\n1\n2\n");
  file("1\n\"" + kMark + " €\"\n3\n");
  file("1\n" + kMark + ".5\n3\n");
  file("1\n" + kMark + kMark + kMark + "\n3\n");
  file("1\n" + kMark + "000000\n3\n");
  file("1\n-" + kMark + "000000\n3\n");
  file("1\n" + kMark + ";5\n3\n");
  file("1\n" + kMark + "_0\n3\n");
  file("\"1,000\"\n2\n", false);
  file("1\n" + kMark + "," + kMark + "\n3\n", false);
  file("1\n\"" + kMark + "\" " + kMark + "\n3\n", false);
  file("1\n\"" + kMark + "\n3\n", false);
  file("1\n" + kMark + "\0\n3\n"s, false);
  file("\xFF\xFE" + kMark, false);
  file(kMark + "\n\n3\n", false);
  file("name\n" + kMark + "\n" + kMark + "\n", false, ",column=2");
  file(kMark + ",b\n" + kMark + "," + kMark + "\n", false, ",column=c");
  file(kMark + ",b\n1," + kMark + "x\n", true, ",column=b");
  file(kMark + "\n" + kMark + "\n", false);  // two elements where three are expected
}

BOOST_AUTO_TEST_CASE(of_json_files_and_literals) {
  const TempFolder folder;
  const auto both = [&](const std::string& text, bool is_shown = true) {
    const std::string path = folder / "x.json";
    write_text(path, text);
    keeps_to_itself({"JSON: " + text, vector(path), is_shown});
    keeps_to_itself({"literal: " + text, vector(text), is_shown});
  };
  both("[1, " + kMark + "x, 3]");
  both("[1, \"" + kMark + " EUR\", 3]");
  both("[1, " + kMark + ".5, 3]");
  both("[1, " + kMark + kMark + kMark + ", 3]");
  both("[1, " + kMark + "000000, 3]");
  both("[1, -" + kMark + "000000, 3]");
  both("[1, {\"" + kMark + "\": 1}, 3]", false);
  both("[" + kMark + " " + kMark + "]", false);
  both("[1, \"" + kMark + "]", false);
  both("[1, " + kMark, false);
  both("[1, [" + kMark + "]]", false);
  both("[" + kMark + "] " + kMark, false);
  both("[[1, " + kMark + "], [3]]", false);
  both("[" + kMark + ", " + kMark + "]", false);
  both("[null, " + kMark + ", 3]", false);
  keeps_to_itself({"a scalar", bias(kMark)});
  keeps_to_itself({"a scalar with a fraction", bias(kMark + ".5")});
  keeps_to_itself({"a scalar for a vector", vector(kMark), false});
  keeps_to_itself({"neither number nor file", vector(kMark + "x")});
  keeps_to_itself({"a list without brackets", vector("1," + kMark + ",3")});
  keeps_to_itself({"words for a file", vector("[1,2," + kMark + "],header=no"), false});
}

BOOST_AUTO_TEST_CASE(of_command_lines) {
  const Command rest{"-i", "y=[1,2,3]"};
  const Command start{program("inner_product"), "run", "--json"};
  keeps_to_itself(
      {"a literal split by blanks", start + Command{"-i", "x=[1,", kMark + ",", "3]"} + rest, false});
  keeps_to_itself({"no name", start + Command{"-i", kMark} + rest});
  keeps_to_itself({"an empty name", start + Command{"-i", "=" + kMark} + rest});
  keeps_to_itself({"no option", start + Command{"x=" + kMark} + rest, false});
  keeps_to_itself({"a negative number by itself", start + Command{"-" + kMark} + rest, false});
  keeps_to_itself({"another option", start + Command{"--inptu=x=" + kMark} + rest, false});
  keeps_to_itself({"an option in one word", start + Command{"-X" + kMark} + rest, false});
  keeps_to_itself({"no verb", Command{program("inner_product"), "x=" + kMark}, false});
  keeps_to_itself({"another name", start + Command{"-i", "z=" + kMark} + rest, false});
  keeps_to_itself({"twice", start + Command{"-i", "y=" + kMark} + rest, false});
}

BOOST_AUTO_TEST_CASE(of_numpy_files) {
  const TempFolder folder;
  const std::int64_t mark = std::stoll(kMark);
  const auto file = [&](const std::string& what, const std::string& bytes, bool is_shown = true) {
    const std::string path = folder / "x.npy";
    write_text(path, bytes);
    keeps_to_itself({"NumPy: " + what, bias(path), is_shown});
  };
  file("too large", npy('i', mark));
  file("a fraction", npy('f', static_cast<double>(mark) + 0.5));
  file("too large a float", npy('f', static_cast<double>(mark)), false);
  file("another shape", npy('i', mark, {1}), false);
  file("no array", kMark, false);
  file("bytes left over", npy('i', mark) + kMark, false);
  file("bytes missing", npy('i', mark, {2}) + kMark.substr(0, 3), false);
}

// Inputs that are read when parties have begun to compute: what was wrong is a part of the job's result.
BOOST_AUTO_TEST_CASE(of_inputs_that_are_read_late) {
  const TempFolder folder;
  const std::string path = folder / "x.csv";
  const Command late{program("compare"), "run", "--json", "--transport", "memory", "--set", "size=2",
                     "--offline-first",  "-i",  "y=[1,2]"};
  for (const std::string& cell : {kMark + "x", kMark, kMark + ".5"}) {
    write_text(path, "1\n" + cell + "\n");
    keeps_to_itself({"late file: " + cell, late + Command{"-i", "x=" + path}, true, 1});
    keeps_to_itself({"late literal: " + cell, late + Command{"-i", "x=[1," + cell + "]"}, true, 1});
  }
}

BOOST_AUTO_TEST_CASE(of_images_and_networks) {
  const TempFolder folder;
  const std::string samples = std::string(TACET_SOURCE_DIR) + "/apps/examples/data/";
  const auto classify = [&](const std::string& model, const std::string& image) {
    return Command{program("tacet"), "classify", "--json", "--model", model, "--image", image};
  };
  const auto file = [&](const std::string& name, const std::string& text) {
    write_text(folder / name, text);
    return folder / name;
  };
  const std::string digits = samples + "digits.tflite";
  std::string items(28 * 28 * sizeof(std::int64_t), '\0');
  const std::int64_t mark = std::stoll(kMark);
  std::memcpy(items.data() + 80, &mark, sizeof mark);
  const std::string wide = tacet::apps::npy_header_text('i', 8, {1, 28, 28, 1}) + items;
  std::int32_t pixel = 777000;
  std::string small(28 * 28 * sizeof pixel, '\0');
  std::memcpy(small.data() + 80, &pixel, sizeof pixel);
  const std::string narrow = tacet::apps::npy_header_text('i', 4, {1, 28, 28, 1}) + small;
  keeps_to_itself({"a pixel beyond 32 bits", classify(digits, file("wide.npy", wide))});
  keeps_to_itself({"a pixel beyond 8 bits", classify(digits, file("narrow.npy", narrow))});
  keeps_to_itself({"no image", classify(digits, file("x.png", kMark)), false});
  keeps_to_itself({"no network", classify(file("x.tflite", kMark + kMark), samples + "digit_7.png"), false});
  keeps_to_itself({"a word too many", classify(digits, samples + "digit_7.png") + Command{kMark}, false});
}

BOOST_AUTO_TEST_SUITE_END()
