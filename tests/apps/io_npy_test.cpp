#include <boost/test/unit_test.hpp>

#include "apps/io/npy.hpp"
#include "apps/io/npy_header.hpp"
#include "apps/io/number.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_npy)

namespace {

// A file of format `major`.0 with this header text and these bytes after it.
std::string file(const std::string& header, const std::string& items, int major = 1) {
  std::string out("\x93NUMPY", 6);
  out += static_cast<char>(major);
  out += '\0';
  for (int i = 0; i < (major == 1 ? 2 : 4); ++i) out += static_cast<char>(header.size() >> (8 * i) & 0xFF);
  return out + header + items;
}

std::string header(const std::string& type, const std::string& shape, const std::string& fortran = "False") {
  return "{'descr': '" + type + "', 'fortran_order': " + fortran + ", 'shape': " + shape + ", }\n";
}

std::string read(const std::string& bytes) {
  const Data data = parse_npy(bytes, "t.npy", {"x", std::nullopt});
  std::string out = data.shape().to_string();
  for (std::size_t i = 0; i < data.cells().size(); ++i) out += " " + to_text(data.cells()[i]);
  return out;
}

std::string refusal(const std::string& bytes) {
  const std::string message = message_of([&] { read(bytes); });
  BOOST_TEST(message.starts_with("input x: t.npy: "), message);
  return message.substr(std::string("input x: t.npy: ").size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(every_type_and_byte_order) {
  using namespace std::string_literals;
  BOOST_TEST(read(file(header("|b1", "(3,)"), "\x00\x01\x07"s)) == "[3] 0 1 1");
  BOOST_TEST(read(file(header("|i1", "(2,)"), "\xFF\x7F"s)) == "[2] -1 127");
  BOOST_TEST(read(file(header("|u1", "(2,)"), "\xFF\x7F"s)) == "[2] 255 127");
  BOOST_TEST(read(file(header("<i2", "(2,)"), "\x01\x80\x02\x00"s)) == "[2] -32767 2");
  BOOST_TEST(read(file(header(">i2", "(2,)"), "\x80\x01\x00\x02"s)) == "[2] -32767 2");
  BOOST_TEST(read(file(header("<u2", "(1,)"), "\x01\x80"s)) == "[1] 32769");
  BOOST_TEST(read(file(header("<i4", "()"), "\xFE\xFF\xFF\xFF"s)) == "[] -2");
  BOOST_TEST(read(file(header(">u4", "()"), "\xFF\xFF\xFF\xFE"s)) == "[] 4294967294");
  BOOST_TEST(read(file(header("<i8", "(1, 1)"), "\x00\x00\x00\x00\x00\x00\x00\x80"s)) ==
             "[1, 1] -9223372036854775808");
  BOOST_TEST(read(file(header(">u8", "(1, 1)"), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"s)) ==
             "[1, 1] 18446744073709551614");
  BOOST_TEST(read(file(header(">i8", "(1, 1)"), "\xFF\xFF\xFF\xFF\xFF\xFF\xFF\xFE"s)) == "[1, 1] -2");
}

// What NumPy's format specification (NEP 1) prescribes for numpy.arange(6, dtype='<i2').reshape(2, 3):
// version 1.0, a dictionary with sorted keys, padded with spaces to a multiple of 64 bytes.
BOOST_AUTO_TEST_CASE(a_file_as_the_specification_has_it) {
  std::string text = "{'descr': '<i2', 'fortran_order': False, 'shape': (2, 3), }";
  text.resize(128 - 10 - 1, ' ');
  text += '\n';
  std::string items;
  for (char i = 0; i < 6; ++i) items += {i, '\0'};
  BOOST_TEST(read(file(text, items)) == "[2, 3] 0 1 2 3 4 5");
  BOOST_TEST(npy_header_text('i', 2, {2, 3}) == file(text, ""));
}

BOOST_AUTO_TEST_CASE(versions_orders_and_spellings) {
  const std::string items = {1, 2, 3, 4, 5, 6};
  BOOST_TEST(read(file(header("|u1", "(2, 3)"), items, 2)) == "[2, 3] 1 2 3 4 5 6");
  BOOST_TEST(read(file(header("|u1", "(2, 3)"), items, 3)) == "[2, 3] 1 2 3 4 5 6");
  BOOST_TEST(read(file(header("|u1", "(2, 3)", "True"), items)) == "[2, 3] 1 3 5 2 4 6");
  BOOST_TEST(read(file(header("|u1", "(1, 2, 3)", "True"), items)) == "[1, 2, 3] 1 3 5 2 4 6");
  BOOST_TEST(read(file(header("|u1", "(3, 1, 2)", "True"), items)) == "[3, 1, 2] 1 4 2 5 3 6");
  BOOST_TEST(read(file(header("|u1", "(2L, 3L)"), items)) == "[2, 3] 1 2 3 4 5 6");
  BOOST_TEST(read(file("{\"shape\":(6,),\"descr\":\"u1\",\"fortran_order\":False}", items)) ==
             "[6] 1 2 3 4 5 6");
  BOOST_TEST(read(file(header("<i4", "(0, 7)"), "")) == "[0, 7]");
  BOOST_TEST(read(file(header("<i4", "(0, 7)", "True"), "")) == "[0, 7]");
}

// What numpy.array([...], dtype) has in its bytes: 1.5, -2.25 and the least number above 0 of each format.
BOOST_AUTO_TEST_CASE(floats_of_every_size_and_byte_order) {
  using namespace std::string_literals;
  const auto floats = [](const std::string& bytes) { return parse_npy(bytes, "t.npy", {"x"}).floats(); };
  BOOST_TEST((floats(file(header("<f2", "(3,)"), "\x00\x3E\x80\xC0\x01\x00"s)) ==
              std::vector<double>{1.5, -2.25, 0x1p-24}));
  BOOST_TEST((floats(file(header(">f2", "(3,)"), "\x3E\x00\xC0\x80\x7B\xFF"s)) ==
              std::vector<double>{1.5, -2.25, 65504}));
  BOOST_TEST((floats(file(header("<f4", "(3,)"), "\x00\x00\xC0\x3F\x00\x00\x10\xC0\x01\x00\x00\x00"s)) ==
              std::vector<double>{1.5, -2.25, 0x1p-149}));
  BOOST_TEST((floats(file(header(">f4", "(2,)"), "\x3F\xC0\x00\x00\xC0\x10\x00\x00"s)) ==
              std::vector<double>{1.5, -2.25}));
  BOOST_TEST((floats(file(header("<f8", "(2,)"), "\0\0\0\0\0\0\xF8\x3F\0\0\0\0\0\0\x02\xC0"s)) ==
              std::vector<double>{1.5, -2.25}));
  BOOST_TEST((floats(file(header(">f8", "(1, 2)"), "\x3F\xF8\0\0\0\0\0\0\xC0\x02\0\0\0\0\0\0"s)) ==
              std::vector<double>{1.5, -2.25}));
  BOOST_TEST((floats(file(header("<f2", "(2, 2)", "True"), "\0\x3C\0\x40\0\x42\0\x44"s)) ==
              std::vector<double>{1, 3, 2, 4}));
  const auto place = [](const std::string& bytes) {
    return message_of([&] { parse_npy(bytes, "t.npy", {"x"}); });
  };
  BOOST_TEST(place(file(header("<f2", "(2,)"), "\x00\x3E\x00\x7C"s)) ==
             "input x: element [1] of t.npy: expected a finite number");
  BOOST_TEST(place(file(header("<f4", "()"), "\x00\x00\xC0\x7F"s)) ==
             "input x: t.npy: expected a finite number");
}

BOOST_AUTO_TEST_CASE(types_that_are_no_numbers) {
  BOOST_TEST(refusal(file(header("<U3", "(1,)"), "")) ==
             "items are \"<U3\", expected b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 or f8");
  BOOST_TEST(refusal(file(header("|O", "(1,)"), "")).starts_with("items are \"|O\""));
  for (const std::string type : {"<i3", "<f1", "<f3", "<c8", "<V4", "<m8", "1 i"})
    BOOST_TEST(refusal(file(header(type, "(1,)"), "abc")).starts_with("items are \"" + type + "\""));
  BOOST_TEST(refusal(file(header("<b2", "(1,)"), "ab")).starts_with("items are \"<b2\""));
  BOOST_TEST(refusal(file("{'descr': [('a', '<i4')], 'fortran_order': False, 'shape': (1,)}", "abcd")) ==
             "items are records, expected an array of numbers");
}

BOOST_AUTO_TEST_CASE(hostile_headers) {
  BOOST_TEST(refusal("") == "not a NumPy file: it does not start with \\x93NUMPY");
  BOOST_TEST(refusal("hello, world") == "not a NumPy file: it does not start with \\x93NUMPY");
  BOOST_TEST(refusal(std::string("\x93NUMPY\x01", 7)) == "the file ends within its header");
  BOOST_TEST(refusal(std::string("\x93NUMPY\x09\x00\x01\x00", 10)) == "format 9.0, expected 1.0, 2.0 or 3.0");
  BOOST_TEST(refusal(std::string("\x93NUMPY\x02\x00\xFF\xFF\xFF\xFF", 12)) ==
             "a header of 4294967295 bytes, at most 65536 are read");
  BOOST_TEST(refusal(std::string("\x93NUMPY\x01\x00\xFF\x0F{}", 12)) == "the file ends within its header");
  BOOST_TEST(refusal(file("{}", "")) == "the header has no descr");
  BOOST_TEST(refusal(file("{'descr': '|u1'", "")).starts_with("the header has nothing at character 16"));
  BOOST_TEST(refusal(file("{'descr': '|u1', 'descr': '|u1'}", "")) == "the header gives descr twice");
  BOOST_TEST(refusal(file("{'evil': 1}", "")) == "unknown key \"evil\" in the header");
  BOOST_TEST(refusal(file(header("|u1", "(1,)", "Maybe"), "a")) ==
             "fortran_order is \"Maybe\", expected True or False");
  BOOST_TEST(refusal(file(header("|u1", "(-1,)"), "")) == "the shape has an extent \"-1\"");
  BOOST_TEST(refusal(file(header("|u1", "(1.5,)"), "")) == "the shape has an extent \"1.5\"");
  std::string many = "(";
  for (int i = 0; i < 1000; ++i) many += "1,";
  BOOST_TEST(refusal(file(header("|u1", many + ")"), "a")) == "more than 32 axes");
}

BOOST_AUTO_TEST_CASE(shapes_that_the_file_does_not_hold) {
  BOOST_TEST(refusal(file(header("<i4", "(3,)"), "abcd")) ==
             "shape [3] of 4-byte items needs 12 bytes, but 4 follow the header");
  BOOST_TEST(refusal(file(header("|u1", "(2,)"), "abc")) ==
             "shape [2] of 1-byte items needs 2 bytes, but 3 follow the header");
  BOOST_TEST(
      refusal(file(header("<i8", "(281474976710656,)"), "abc")).starts_with("shape [281474976710656]"));
  BOOST_TEST(
      refusal(file(header("<i8", "(281474976710656, 4)"), "")).ends_with("has more than 2^48 elements"));
  BOOST_TEST(refusal(file(header("<i8", "(340282366920938463463374607431768211457,)"), ""))
                 .starts_with("the shape has"));
  BOOST_TEST(refusal(file(header("<i8", "(0, 281474976710657)"), "a")) ==
             "the shape has an extent \"281474976710657\"");
  BOOST_TEST(refusal(file(header("<i8", "(0, 281474976710656)"), "a"))
                 .ends_with("needs 0 bytes, but 1 follow the header"));
}

BOOST_AUTO_TEST_SUITE_END()
