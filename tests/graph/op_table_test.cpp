// The table is complete: every file in graph/ops is a row and every row says everything about itself.
#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <set>

#include "graph/op.hpp"

namespace tacet {
namespace {

/// The names in ops.inc, which are those of the enumerators and of the files.
const std::vector<std::string>& listed() {
  static const std::vector<std::string> names{
#define TACET_OP(name) #name,
#include "graph/ops/ops.inc"
#undef TACET_OP
  };
  return names;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(op_table_suite)

BOOST_AUTO_TEST_CASE(every_file_has_a_row_and_every_row_a_file) {
  std::set<std::string> files;
  for (const char* folder : {TACET_SOURCE_DIR "/graph/ops", TACET_SOURCE_DIR "/graph/composite"})
    for (const auto& entry : std::filesystem::directory_iterator(folder))
      if (entry.path().extension() == ".cpp" && entry.path().stem() != "common")
        files.insert(entry.path().stem());
  const std::set<std::string> rows(listed().begin(), listed().end());
  BOOST_TEST(files == rows, boost::test_tools::per_element());
  BOOST_TEST(rows.size() == listed().size(), "an operation is listed twice");
  BOOST_TEST(op_table().size() == listed().size());
}

BOOST_AUTO_TEST_CASE(every_row_says_everything_about_itself) {
  std::set<std::string_view> names;
  for (const OpRow& row : op_table()) {
    BOOST_TEST_CONTEXT("operation " << row.name) {
      BOOST_TEST(!row.name.empty());
      BOOST_TEST(names.insert(row.name).second, "the name is taken");
      BOOST_TEST(!row.doc.empty());
      BOOST_TEST(row.doc.back() == '.');
      BOOST_TEST(!row.shapes.empty());
      BOOST_TEST(!row.reveals.empty());
      BOOST_TEST(!row.source.empty());
      BOOST_TEST((row.max_operands == -1 || row.max_operands >= row.min_operands));
      // What has no operands draws or holds: its type is declared.
      const bool source = row.max_operands == 0;
      if (row.op_class == OpClass::source) BOOST_TEST(source);
      BOOST_TEST((row.infer == nullptr) == source);
      // Share components have no meaning in the clear.
      BOOST_TEST((row.kernel == nullptr) == (source || row.op_class == OpClass::shares));
      if (row.op_class == OpClass::composite) BOOST_TEST(!row.variants.empty());
      for (const Variant& v : row.variants) {
        BOOST_TEST(!v.name.empty());
        BOOST_TEST(!v.doc.empty());
        // Only what schemes compute themselves can do without a lowering, and that comes first.
        BOOST_TEST((v.lower == nullptr) == (row.op_class != OpClass::composite && &v == row.variants.data()));
      }
      // Gates read the planes of both sides from any number of operands.
      if (row.op_class == OpClass::bilinear && row.name != "gates") {
        BOOST_TEST(row.min_operands == 2);
        BOOST_TEST(row.max_operands == 2);
      }
      if (row.op_class == OpClass::linear) BOOST_TEST((row.cost == nullptr));
      if (row.op_class == OpClass::bilinear || row.op_class == OpClass::reveal)
        BOOST_TEST((row.cost != nullptr));
    }
  }
}

BOOST_AUTO_TEST_CASE(the_row_of_an_operation_is_its_own) {
  // Names in programs and drawings may be shorter than file names, never those of another operation.
  for (std::size_t i = 0; i < listed().size(); ++i) {
    const std::string name(op_row(static_cast<Op>(i)).name);
    BOOST_TEST(listed()[i].ends_with(name), listed()[i] << " has the row of " << name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
