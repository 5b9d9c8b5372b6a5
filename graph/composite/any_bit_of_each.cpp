#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  return infer_strings(in, 1);
}

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
  OpRow row = composite_row("any_bit_of_each", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Whether any bit of a string is 1, for each string.";
  row.shapes = "a: bits(w) [...] -> bits(1) [...]";
  row.reveals = "nothing";
  row.source = "a tree of disjunctions";
  return row;
}

}  // namespace ops

Value any_bit_of_each(const Value& a, std::source_location where) {
  ops::at_line("any_bit_of_each", where, [&] { ops::need_strings(a.type(), "any(x)"); });
  return ops::apply(Op::any_bit_of_each, {a}, {}, where);
}

}  // namespace tacet
