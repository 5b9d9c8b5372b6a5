// Files as people have them, and what each must give: from $TACET_SHARED_DATA/faults where it is set, and
// always the same bytes written here.
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <iostream>

#include "apps/io/data.hpp"
#include "apps/io/number.hpp"
#include "apps/io/write.hpp"
#include "tests/apps/io_support.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;

BOOST_AUTO_TEST_SUITE(io_faults)

namespace {

using namespace std::string_literals;

const std::string kFortran =
    "\x93NUMPY\x01\0v\0"s + "{'descr': '<i4', 'fortran_order': True, 'shape': (2, 3), }" +
    std::string(59, ' ') + "\n" + "\0\0\0\0\3\0\0\0\1\0\0\0\4\0\0\0\2\0\0\0\5\0\0\0"s;
const std::string kFloats =
    "\x93NUMPY\x01\0v\0"s + "{'descr': '<f8', 'fortran_order': False, 'shape': (4,), }" +
    std::string(60, ' ') + "\n" +
    "\0\0\0\0\0\0\xE0\x3F\0\0\0\0\0\0\xF4\xBF\xD7\xA3p=\xFA\xE6\xF6@\0\0\0\0\0\0\xF0>"s;

struct Fault {
  const char* name;
  std::string bytes;
};

const std::vector<Fault> kFaults{{"thousands.csv", "\"1,000\"\n\"2,500\"\n40\n990\n\"12,345\"\n"},
                                 {"na_first.csv", "NA\n12\n13\n15\n"},
                                 {"percent_first.csv", "12%\n15\n20\n9\n"},
                                 {"minus_sign.csv",
                                  "\xE2\x88\x92"
                                  "5\n3\n8\n"},
                                 {"thin_space.csv",
                                  "3\xC2\xA0"
                                  "500\n2800\n4100\n"},
                                 {"header.csv", "salary\n3500\n2800\n4100\n"},
                                 {"two_columns.csv", "id,salary\n1,3500\n2,2800\n3,4100\n"},
                                 {"semicolons.csv", "id;salary\n1;3500\n2;2800\n3;4100\n"},
                                 {"empty.csv", ""},
                                 {"header_only.csv", "salary\n"},
                                 {"trailing_total.csv", "item,amount\na,10\nb,20\nTotal,30\n"},
                                 {"codes_99.csv", "3\n99\n0\n7\n"},
                                 {"fractions.csv", "1.5\n2.25\n-0.75\n"},
                                 {"top_bit.csv", "18446744073709551615\n1\n"},
                                 {"matrix_fortran_i4.npy", kFortran},
                                 {"values_f8.npy", kFloats}};

struct Read {
  std::string values;  // as "[3] 1 2 3", or why it was refused
  std::string told;
};

class Files {
 public:
  // From the shared folder if there is one, otherwise written here; those must be the same.
  Files() {
    const char* shared = std::getenv("TACET_SHARED_DATA");
    if (shared == nullptr)
      std::cout << "skipped: TACET_SHARED_DATA is not set; the same bytes from the test\n";
    for (const Fault& fault : kFaults) {
      folder_.write(fault.name, fault.bytes);
      if (shared == nullptr) continue;
      const std::string path = std::string(shared) + "/faults/" + fault.name;
      std::ifstream file(path, std::ios::binary);
      BOOST_TEST_REQUIRE(file.good(), path);
      BOOST_TEST(std::string(std::istreambuf_iterator<char>(file), {}) == fault.bytes, path);
    }
  }

  // Of a vector if it is one column.
  Read read(const std::string& name, ElementType element = ring(64), const std::string& said = "") const {
    Read out;
    ReadOptions options{"x"};
    options.fractions = true;
    options.tell = [&](const std::string& line) { out.told += line + "\n"; };
    try {
      const Data data = read_data(folder_.path(name) + said, options);
      const Shape& shape = data.shape();
      const bool is_column = shape.rank() == 2 && shape[1] == 1;
      const Tensor tensor = encode(data, element, is_column ? Shape{shape[0]} : shape, options);
      const Format format{true, element.frac};
      out.values = tensor.shape().to_string();
      for (std::uint64_t i = 0; i < tensor.elements(); ++i)
        out.values += " " + format_element(tensor.get(i), element, format, Digits::all);
    } catch (const Error& error) {
      out.values = error.what();
      const std::string path = folder_.path(name);
      if (const auto at = out.values.find(path); at != std::string::npos)
        out.values.replace(at, path.size(), name);
    }
    return out;
  }

 private:
  TemporaryFolder folder_;
};

}  // namespace

BOOST_AUTO_TEST_CASE(no_record_is_lost_without_a_word) {
  const Files files;
  for (const std::string name :
       {"thousands.csv", "na_first.csv", "percent_first.csv", "minus_sign.csv", "thin_space.csv"})
    BOOST_TEST(
        files.read(name).values.starts_with("input x: line 1, column 1 of " + name + ": expected a number"),
        name);
  const Read header = files.read("header.csv");
  BOOST_TEST(header.values == "[3] 3500 2800 4100");
  BOOST_TEST(header.told.ends_with("header.csv: 3 records, line 1 is taken as a header\n"));
}

BOOST_AUTO_TEST_CASE(one_column_of_several) {
  const Files files;
  for (const std::string name : {"two_columns.csv", "semicolons.csv"})
    for (const std::string said : {",column=salary", ",column=2", ",column=2,header=yes"})
      BOOST_TEST(files.read(name, ring(64), said).values == "[3] 3500 2800 4100", name << said);
  const Read total = files.read("trailing_total.csv", ring(64), ",column=amount");
  BOOST_TEST(total.values == "[3] 10 20 30");
  BOOST_TEST(total.told.find("3 records from column 2") != std::string::npos);
}

BOOST_AUTO_TEST_CASE(no_records_are_told) {
  const Files files;
  const Read empty = files.read("empty.csv"), header_only = files.read("header_only.csv");
  BOOST_TEST(empty.values == "[0, 0]");
  BOOST_TEST(empty.told.ends_with("empty.csv: 0 records, it is empty\n"));
  BOOST_TEST(header_only.values == "[0]");
  BOOST_TEST(header_only.told.ends_with("header_only.csv: 0 records, line 1 is taken as a header\n"));
}

BOOST_AUTO_TEST_CASE(integers_and_fractions) {
  const Files files;
  BOOST_TEST(files.read("codes_99.csv").values == "[4] 3 99 0 7");
  BOOST_TEST(files.read("codes_99.csv", bits(3)).values ==
             "input x: line 2, column 1 of codes_99.csv: does not fit bits(3), expected 0 to 7");
  BOOST_TEST(files.read("fractions.csv").values ==
             "input x: line 1, column 1 of fractions.csv: expected a whole number, as elements are ring(64)");
  const Read fractions = files.read("fractions.csv", fixed(32, 8));
  BOOST_TEST(fractions.values == "[3] 1.5 2.25 -0.75");
  BOOST_TEST(fractions.told.find("rounded") == std::string::npos);
  BOOST_TEST(files.read("top_bit.csv", bits(64)).values == "[2] -1 1");  // printed as signed here
}

BOOST_AUTO_TEST_CASE(arrays) {
  const Files files;
  BOOST_TEST(files.read("matrix_fortran_i4.npy").values == "[2, 3] 0 1 2 3 4 5");
  BOOST_TEST(files.read("matrix_fortran_i4.npy", fixed(32, 8)).values == "[2, 3] 0.0 1.0 2.0 3.0 4.0 5.0");
  const Read floats = files.read("values_f8.npy", fixed(64, 16));
  BOOST_TEST(floats.values == "[4] 0.5 -1.25 93807.6399993896484375 0.0000152587890625");
  BOOST_TEST(floats.told.find("1 of 4 numbers rounded to the nearest multiple of 2^-16, the first at element "
                              "[2] of ") != std::string::npos,
             floats.told);
  BOOST_TEST(files.read("values_f8.npy").values ==
             "input x: element [0] of values_f8.npy: expected a whole number, as elements are ring(64)");
  BOOST_TEST(files.read("values_f8.npy", fixed(32, 16)).values ==
             "input x: element [2] of values_f8.npy: does not fit fixed(32, 16), expected a "
             "number from -2^15 to below 2^15");
}

BOOST_AUTO_TEST_SUITE_END()
