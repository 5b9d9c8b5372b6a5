#include <boost/test/unit_test.hpp>
#include <chrono>
#include <cmath>

#include "apps/io/number.hpp"

using namespace tacet;
using namespace tacet::apps;

BOOST_AUTO_TEST_SUITE(io_number)

namespace {

std::string read(std::string_view text) {
  const Number number = parse_number(text);
  switch (number.kind) {
    case NumberKind::integer:
      return to_text(number.value);
    case NumberKind::fraction:
      return "fraction";
    case NumberKind::too_large:
      return "too large";
    default:
      return "not a number";
  }
}

}  // namespace

BOOST_AUTO_TEST_CASE(integers_in_every_notation) {
  BOOST_TEST(read("0") == "0");
  BOOST_TEST(read("-0") == "0");
  BOOST_TEST(read("+7") == "7");
  BOOST_TEST(read("-42") == "-42");
  BOOST_TEST(read("007") == "7");
  BOOST_TEST(read("3.0") == "3");
  BOOST_TEST(read("3.") == "3");
  BOOST_TEST(read("-1.50e1") == "-15");
  BOOST_TEST(read("1e3") == "1000");
  BOOST_TEST(read("1200e-2") == "12");
  BOOST_TEST(read("0e99999999999") == "0");
  BOOST_TEST(read("0x1F") == "31");
  BOOST_TEST(read("-0xff") == "-255");
}

BOOST_AUTO_TEST_CASE(the_largest_numbers_are_exact) {
  BOOST_TEST(read("999999999999999999") == "999999999999999999");
  BOOST_TEST(read("18446744073709551616") == "18446744073709551616");
  BOOST_TEST(read("340282366920938463463374607431768211455") == "340282366920938463463374607431768211455");
  BOOST_TEST(read("340282366920938463463374607431768211456") == "too large");
  BOOST_TEST(read("-340282366920938463463374607431768211456") == "too large");
  BOOST_TEST(read("0xffffffffffffffffffffffffffffffff") == "340282366920938463463374607431768211455");
  BOOST_TEST(read("0x100000000000000000000000000000000") == "too large");
  BOOST_TEST(read("1e38") == "1" + std::string(38, '0'));
  BOOST_TEST(read("1e39") == "too large");
  BOOST_TEST(read("1e999999999999999999999") == "too large");
  // Neither 1 nor 10: an exponent that is cut short would say the latter.
  BOOST_TEST(read("1" + std::string(10000, '0') + "e-10000") == "not a number");
}

BOOST_AUTO_TEST_CASE(what_is_no_integer) {
  BOOST_TEST(read("2.5") == "fraction");
  BOOST_TEST(read("1e-1") == "fraction");
  BOOST_TEST(read("1e-99999999999") == "fraction");
  for (const char* text :
       {"", "-", "+", ".", "e5", "1e", "1e+", "--1", "1-", " 1", "1 ", "0x", "0xg", "nan", "1,0", "१"})
    BOOST_TEST(read(text) == "not a number", text);
}

BOOST_AUTO_TEST_CASE(cells_keep_every_value_whatever_came_before) {
  const std::vector<std::string> texts = {"0",
                                          "-1",
                                          "9223372036854775807",
                                          "-9223372036854775808",
                                          "9223372036854775808",
                                          "18446744073709551615",
                                          "-9223372036854775809",
                                          "18446744073709551616",
                                          "-340282366920938463463374607431768211455"};
  // Each order takes another way through the three layouts.
  for (std::size_t first = 0; first < texts.size(); ++first) {
    for (std::size_t second = 0; second < texts.size(); ++second) {
      Cells cells;
      const std::vector<std::string> order = {texts[first], texts[second], "5", "-5"};
      for (const std::string& text : order) cells.push(parse_number(text).value);
      cells.push(std::int64_t{-9});
      BOOST_TEST_REQUIRE(cells.size() == order.size() + 1);
      for (std::size_t i = 0; i < order.size(); ++i) BOOST_TEST(to_text(cells[i]) == order[i]);
      BOOST_TEST(to_text(cells[order.size()]) == "-9");
    }
  }
}

BOOST_AUTO_TEST_CASE(text_in_messages_is_short_and_printable) {
  BOOST_TEST(quoted("abc") == "\"abc\"");
  BOOST_TEST(quoted("\x1B[2J") == "\"\\x1B[2J\"");
  BOOST_TEST(quoted(std::string(100, 'a')) == "\"" + std::string(40, 'a') + "…\"");
}

BOOST_AUTO_TEST_CASE(fractions_are_counted_in_binary_units) {
  const auto units = [](std::string_view text, unsigned frac_bits) {
    const Number number = parse_number(text, frac_bits);
    BOOST_TEST((number.kind == NumberKind::integer), text);
    return to_text(number.value);
  };
  BOOST_TEST(units("2.5", 1) == "5");
  BOOST_TEST(units("2.5", 0) == "3");
  BOOST_TEST(units("-2.5", 0) == "-3");
  BOOST_TEST(units("0.1", 16) == "6554");  // 6553.6
  BOOST_TEST(units("-0.1", 16) == "-6554");
  BOOST_TEST(units("7", 16) == "458752");
  BOOST_TEST(units("1.25e-2", 20) == "13107");  // 13107.2
  BOOST_TEST(units("125e-4", 20) == "13107");
  BOOST_TEST(units("1.5e1", 3) == "120");
  BOOST_TEST(units("-0.00001", 4) == "0");
  BOOST_TEST(units("0.0000152587890625", 16) == "1");
  BOOST_TEST(units("0.00000762939453125", 16) == "1");  // half a unit
  BOOST_TEST(units("0.00000762939453124", 16) == "0");
  BOOST_TEST(units("5e-39", 127) == "1");    // 0.85
  BOOST_TEST(units("2.5e-39", 127) == "0");  // 0.43
  BOOST_TEST(units("99e-41", 127) == "0");   // 0.17
  BOOST_TEST(units("-9e-41", 127) == "0");
  BOOST_TEST((parse_number("1.5e38", 8).kind == NumberKind::too_large));
  BOOST_TEST((parse_number("340282366920938463463374607431768211455", 1).kind == NumberKind::too_large));
  BOOST_TEST((parse_number("1.2.3", 4).kind == NumberKind::not_number));
}

BOOST_AUTO_TEST_CASE(rounding_is_noticed_and_does_not_wrap) {
  BOOST_TEST(!parse_number("0.5", 1).is_rounded);
  BOOST_TEST(!parse_number("-2.25", 2).is_rounded);
  BOOST_TEST(!parse_number("7", 3).is_rounded);
  BOOST_TEST(parse_number("0.25", 1).is_rounded);
  BOOST_TEST(parse_number("0.1", 16).is_rounded);
  BOOST_TEST(parse_number("1e-9999", 16).is_rounded);
  // 2^127 - 0.1 in halves is 2^128 - 0.2: the nearest whole number does not fit 128 bits.
  BOOST_TEST((parse_number("170141183460469231731687303715884105727.9", 1).kind == NumberKind::too_large));
}

// At a step for each digit and bit this would take minutes.
BOOST_AUTO_TEST_CASE(small_numbers_take_no_longer_than_others) {
  const auto begin = std::chrono::steady_clock::now();
  bool same = true;
  for (int i = 0; i < 200'000; ++i) same &= parse_number("1e-9999", 127).value == Cell{};
  BOOST_TEST(same);
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(10)));
}

BOOST_AUTO_TEST_CASE(floating_point_numbers_are_counted_in_binary_units) {
  const auto units = [](double value, unsigned frac_bits) {
    const Number number = in_units(value, frac_bits);
    if (number.kind != NumberKind::integer)
      return std::string(number.kind == NumberKind::too_large ? "too large" : "not a number");
    return to_text(number.value) + (number.is_rounded ? " rounded" : "");
  };
  BOOST_TEST(units(0.5, 16) == "32768");
  BOOST_TEST(units(-1.25, 16) == "-81920");
  BOOST_TEST(units(93807.64, 16) == "6147777495 rounded");  // 6147777495.04
  BOOST_TEST(units(0x1p-16, 16) == "1");
  BOOST_TEST(units(0x1p-17, 16) == "1 rounded");
  BOOST_TEST(units(-0x1p-17, 16) == "-1 rounded");
  BOOST_TEST(units(0x1p-18, 16) == "0 rounded");
  BOOST_TEST(units(-5e-324, 16) == "0 rounded");
  BOOST_TEST(units(0.0, 16) == "0");
  BOOST_TEST(units(-0.0, 16) == "0");
  BOOST_TEST(units(0x1p127, 0) == "170141183460469231731687303715884105728");
  BOOST_TEST(units(0x1.fffffffffffffp127, 0) == to_text(~u128{0} << 75));
  BOOST_TEST(units(0x1p128, 0) == "too large");
  BOOST_TEST(units(0x1p127, 1) == "too large");
  BOOST_TEST(units(1e308, 16) == "too large");
  BOOST_TEST(units(2.5, 0) == "3 rounded");
  BOOST_TEST(units(HUGE_VAL, 0) == "not a number");
  BOOST_TEST(units(std::nan(""), 0) == "not a number");
}

BOOST_AUTO_TEST_SUITE_END()
