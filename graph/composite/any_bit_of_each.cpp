#include "graph/composite/bit_of_each.hpp"

namespace tacet {
namespace ops {
namespace {

Value lower(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  return c.build({words::any(c, c.input(in[0]))});
}

constexpr Variant kVariants[] = {{"prefix", "a prefix tree", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return u128{x[0] != 0}; });
}

}  // namespace

OpRow any_bit_of_each_row() {
  OpRow row = bit_of_each_row("any_bit_of_each");
  row.kernel = run, row.variants = kVariants;
  row.doc = "Whether any bit of a string is 1, for each string.";
  row.source = "a tree of disjunctions";
  return row;
}

}  // namespace ops

Value any_bit_of_each(const Value& a, std::source_location where) {
  return ops::bit_of_each(Op::any_bit_of_each, a, "any(x)", where);
}

}  // namespace tacet
