#include <boost/test/unit_test.hpp>

#include "apps/io/data.hpp"
#include "apps/io/number.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_encode)

namespace {

std::string read(const std::string& source) {
  const Data data = read_data(source);
  std::string out = data.shape().to_string();
  for (std::size_t i = 0; i < data.cells().size(); ++i) out += " " + to_text(data.cells()[i]);
  return out;
}

// The element that a literal becomes, or the message that refuses it.
std::string encoded(const std::string& literal, ElementType element) {
  try {
    return to_text(encode(read_data(literal), element, {}, {"x"}).get(0));
  } catch (const Error& error) {
    BOOST_TEST((error.code() == Errc::value_out_of_range));
    return error.what();
  }
}

std::string power(unsigned exponent, int plus = 0) {
  return to_text((u128{1} << exponent) + static_cast<u128>(plus));
}

}  // namespace

BOOST_AUTO_TEST_CASE(literals) {
  BOOST_TEST(read("42") == "[] 42");
  BOOST_TEST(read(" -7 ") == "[] -7");
  BOOST_TEST(read("0x1F") == "[] 31");
  BOOST_TEST(read("true") == "[] 1");
  BOOST_TEST(read("[1,2,3]") == "[3] 1 2 3");
  BOOST_TEST(read("[[1,2],[3,4]]") == "[2, 2] 1 2 3 4");
  BOOST_TEST(read("[0x1F, -0x1]") == "[2] 31 -1");
  BOOST_TEST(read("3.0") == "[] 3");
}

BOOST_AUTO_TEST_CASE(neither_a_file_nor_a_literal) {
  const ReadOptions weights{"weights", std::nullopt};
  BOOST_TEST(message_of([&] { read_data("wieghts", weights); }) ==
             "input weights: neither a file that is there, nor a number, nor [..]");
  BOOST_TEST(message_of([&] { read_data("", weights); }) ==
             "input weights: neither a file that is there, nor a number, nor [..]");
  BOOST_TEST(message_of([&] { read_data("no/such/w.csv", weights); }) ==
             "input weights: no such file: no/such/w.csv");
  BOOST_TEST(code_of([&] { read_data("no/such/w.csv", weights); }) == "missing input");
  BOOST_TEST(message_of([&] { read_data("[1,2", weights); }) ==
             "input weights: column 5 of the literal: the array ends nowhere, expected ]");
  BOOST_TEST(message_of([&] { read_data("2.5", weights); }) ==
             "input weights: column 1 of the literal: expected a whole number");
  BOOST_TEST(message_of([&] { read_data("[1,x]", weights); }) ==
             "input weights: column 4 of the literal: expected an integer");
}

BOOST_AUTO_TEST_CASE(files_by_extension) {
  const TemporaryFolder folder;
  BOOST_TEST(read(folder.write("a.CSV", "1,2\n")) == "[1, 2] 1 2");
  BOOST_TEST(read(folder.write("a.Json", "[1,2]")) == "[2] 1 2");
  BOOST_TEST(read(folder.write("[1].json", "[5]")) == "[1] 5");
  const std::string other = folder.write("a.txt", "1");
  BOOST_TEST(message_of([&] { read_data(other); }) ==
             other +
                 ": expected a name that ends in .csv, .npy or .json, or ,format=csv, npy or json after it");
  BOOST_TEST(read(other + ",format=csv") == "[1, 1] 1");
  BOOST_TEST(read(other + ",format=json") == "[] 1");
  std::filesystem::create_directory(folder.path("d.csv"));
  BOOST_TEST(message_of([&] {
               read_data(folder.path("d.csv"), {"x", std::nullopt});
             }) == "input x: cannot read " + folder.path("d.csv") + ": Is a directory");
}

BOOST_AUTO_TEST_CASE(ring_elements_from_their_least_to_their_greatest) {
  for (const unsigned k : {1u, 8u, 31u, 32u, 63u, 64u, 65u, 72u, 127u, 128u}) {
    const u128 all_ones = low_mask<u128>(k);
    const std::string greatest = to_text(all_ones);
    BOOST_TEST(encoded(greatest, ring(k)) == greatest);
    BOOST_TEST(encoded("-" + power(k - 1), ring(k)) == power(k - 1));
    BOOST_TEST(encoded("-1", ring(k)) == greatest);
    BOOST_TEST(encoded("0", ring(k)) == "0");
    const std::string limits = ", expected -" + power(k - 1) + " to " + greatest;
    const std::string below = "-" + power(k - 1, 1);
    BOOST_TEST(encoded(below, ring(k)) ==
               "input x: the literal: does not fit ring(" + std::to_string(k) + ")" + limits);
    if (k == 128) continue;
    const std::string above = power(k);
    BOOST_TEST(encoded(above, ring(k)) ==
               "input x: the literal: does not fit ring(" + std::to_string(k) + ")" + limits);
  }
}

BOOST_AUTO_TEST_CASE(bit_strings_are_never_negative) {
  for (const unsigned w : {1u, 8u, 31u, 64u, 72u, 128u}) {
    const std::string greatest = to_text(low_mask<u128>(w));
    BOOST_TEST(encoded(greatest, bits(w)) == greatest);
    BOOST_TEST(encoded("-1", bits(w)) == "input x: the literal: does not fit bits(" + std::to_string(w) +
                                             "), expected 0 to " + greatest);
    if (w < 128) BOOST_TEST(encoded(power(w), bits(w)).starts_with("input x: "));
  }
  const Tensor truths = encode(read_data("[true, false, 1]"), bits(), Shape{3}, {"x"});
  BOOST_TEST((truths.values() == std::vector<u128>{1, 0, 1}));
}

BOOST_AUTO_TEST_CASE(every_layout_of_cells_fills_every_kind_of_element) {
  // 131 elements leave the last plane word partly filled; the first cell decides the layout.
  for (const std::string first : {"3", "18446744073709551615", "340282366920938463463374607431768211455"}) {
    for (const ElementType element : {ring(128), bits(128)}) {
      std::string literal = "[" + first;
      std::vector<u128> expected{parse_number(first).value.magnitude};
      for (unsigned i = 1; i < 131; ++i) {
        literal += "," + std::to_string(i * 7);
        expected.push_back(i * 7);
      }
      const Tensor tensor = encode(read_data(literal + "]"), element, Shape{131}, {"x"});
      BOOST_TEST((tensor == Tensor(element, Shape{131}, expected)));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_first_value_that_does_not_fit_is_named) {
  const Data data = read_data("[[1, 2], [300, 400]]");
  BOOST_TEST(message_of([&] {
               encode(data, ring(8), Shape{2, 2}, {"table"});
             }) ==
             "input table: element [1, 0] of the literal: does not fit ring(8), expected -128 "
             "to 255");
}

BOOST_AUTO_TEST_CASE(a_csv_stands_for_vectors_scalars_and_larger_tensors) {
  const TemporaryFolder folder;
  const Data column = read_data(folder.write("column.csv", "1\n2\n3\n"));
  const Data row = read_data(folder.write("row.csv", "1,2,3\n"));
  const Data cell = read_data(folder.write("cell.csv", "7\n"));
  const Data rows = read_data(folder.write("rows.csv", "1,2\n3,4\n5,6\n7,8\n"));
  const Data empty = read_data(folder.write("empty.csv", ""));
  BOOST_TEST((encode(column, ring(8), Shape{3}, {"x"}).values() == std::vector<u128>{1, 2, 3}));
  BOOST_TEST((encode(column, ring(8), Shape{3, 1}, {"x"}).values() == std::vector<u128>{1, 2, 3}));
  BOOST_TEST((encode(row, ring(8), Shape{3}, {"x"}).values() == std::vector<u128>{1, 2, 3}));
  BOOST_TEST((encode(cell, ring(8), Shape{}, {"x"}).values() == std::vector<u128>{7}));
  BOOST_TEST((encode(cell, ring(8), Shape{1}, {"x"}).values() == std::vector<u128>{7}));
  BOOST_TEST((encode(rows, ring(8), Shape{2, 2, 2}, {"x"}).get(7) == 8));
  BOOST_TEST(encode(empty, ring(8), Shape{0, 5}, {"x"}).elements() == 0u);
  BOOST_TEST(message_of([&] {
               encode(row, ring(8), Shape{3, 1}, {"x"});
             }) == "input x: line 1 of " + folder.path("row.csv") +
                       " has 3 cells where 1 is expected, and the file the shape [1, 3] (1 row of 3 cells), "
                       "expected [3, 1]");
  BOOST_TEST(message_of([&] { encode(rows, ring(8), Shape{8}, {"x"}); }) ==
             "input x: line 1 of " + folder.path("rows.csv") +
                 " has 2 cells where 1 is expected, and the file the shape [4, 2] (4 rows of 2 cells), "
                 "expected [8]; column=… reads one column alone");
  BOOST_TEST(message_of([&] { encode(rows, ring(8), Shape{2, 4}, {"x"}); }).ends_with("expected [2, 4]"));
  BOOST_TEST(code_of([&] { encode(rows, ring(8), Shape{1, 2, 4}, {"x"}); }) == "shape mismatch");
}

BOOST_AUTO_TEST_CASE(json_and_literals_keep_their_shape) {
  BOOST_TEST(message_of([&] {
               encode(read_data("[1,2,3]"), ring(8), Shape{3, 1}, {"x"});
             }) == "input x: the literal has the shape [3], expected [3, 1]");
  BOOST_TEST(message_of([&] { encode(read_data("5"), ring(8), Shape{1}, {""}); }) ==
             "the literal has the shape [], expected [1]");
  BOOST_TEST(encode(read_data("[]"), bits(9), Shape{0, 4}, {"x"}).elements() == 0u);
}

BOOST_AUTO_TEST_CASE(declared_numbers_alone_are_taken) {
  const auto one = [](std::int64_t v) { return static_cast<u128>(static_cast<__int128>(v)); };
  const auto taken = [&](const std::string& text, ElementType element, const Interval& declared) {
    ReadOptions options{"x", std::nullopt};
    options.fractions = true;
    const Data data = read_data(text, options);
    return message_of([&] { encode(data, element, data.shape(), options, declared); });
  };
  const auto refused = [](const std::string& place, const std::string& expected) {
    return "input x: " + place + "the literal: not one of the numbers that the program declares, expected " +
           expected;
  };
  const Interval few{false, 0, 7}, below{true, one(-9), one(-2)}, around{true, one(-3), 3},
      above{false, 3, 9};
  // The cells of one literal are int64, uint64 or longer: each has its own loop.
  BOOST_TEST(taken("[0, 7, 3]", ring(32), few) == "(no error)");
  BOOST_TEST(taken("[0, 8, 3]", ring(32), few) == refused("element [1] of ", "0 to 7"));
  BOOST_TEST(taken("[0, 3, -1]", ring(32), few) == refused("element [2] of ", "0 to 7"));
  BOOST_TEST(taken("[18446744073709551615, 1]", ring(64), few) == refused("element [0] of ", "0 to 7"));
  BOOST_TEST(taken("[1, 36893488147419103232]", ring(128), few) == refused("element [1] of ", "0 to 7"));
  BOOST_TEST(taken("[-9, -2]", ring(32), below) == "(no error)");
  BOOST_TEST(taken("[-9, -1]", ring(32), below) == refused("element [1] of ", "-9 to -2"));
  BOOST_TEST(taken("-10", ring(128), below) == refused("", "-9 to -2"));
  BOOST_TEST(taken("0", ring(32), below) == refused("", "-9 to -2"));
  BOOST_TEST(taken("[-3, 3, 0]", ring(128), around) == "(no error)");
  BOOST_TEST(taken("[3, 9]", ring(8), above) == "(no error)");
  BOOST_TEST(taken("2", ring(8), above) == refused("", "3 to 9"));
  const Interval half = all_numbers(64, true), whole = all_numbers(64, false);
  BOOST_TEST(taken("[-9223372036854775808, 9223372036854775807]", ring(64), half) == "(no error)");
  BOOST_TEST(taken("9223372036854775808", ring(64), half) ==
             refused("", "-9223372036854775808 to 9223372036854775807"));
  BOOST_TEST(taken("18446744073709551615", ring(64), whole) == "(no error)");
  BOOST_TEST(taken("-1", ring(64), whole) == refused("", "0 to 18446744073709551615"));
  const Interval real{true, one(-384), 64};
  BOOST_TEST(taken("[-1.5, 0.25, 0]", fixed(32, 8), real) == "(no error)");
  BOOST_TEST(taken("[-1.5, 0.254, 0]", fixed(32, 8), real) == refused("element [1] of ", "-1.5 to 0.25"));
  BOOST_TEST(taken("1e30", fixed(32, 8), real) == refused("", "-1.5 to 0.25"));
  BOOST_TEST(taken("[]", ring(32), few) == "(no error)");
}

BOOST_AUTO_TEST_CASE(fixed_point_inputs_take_numbers_with_fractions) {
  ReadOptions options{"x", std::nullopt};
  options.fractions = true;
  const Data data = read_data("[1.5, -2, 0.1]", options);
  const Tensor tensor = encode(data, fixed(32, 8), Shape{3}, {"x"});
  BOOST_TEST((tensor == Tensor(ring(32), {3}, std::vector<u128>{384, (u128{1} << 32) - 512, 26})));
  BOOST_CHECK_EXCEPTION(encode(data, ring(32), Shape{3}, {"x"}), Error, [](const Error& e) {
    return e.what() ==
           std::string(
               "input x: element [0] of the literal: expected a whole number, as elements are ring(32)");
  });
  BOOST_CHECK_EXCEPTION(encode(data, fixed(9, 8), Shape{3}, {"x"}), Error, [](const Error& e) {
    return std::string(e.what()).find("element [0] of the literal: does not fit fixed(9, 8)") !=
           std::string::npos;
  });
  BOOST_CHECK_THROW(read_data("[1.5]"), Error);  // integers unless asked for
}

BOOST_AUTO_TEST_SUITE_END()
