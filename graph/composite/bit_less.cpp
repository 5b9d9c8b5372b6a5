#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  return infer_strings(in, 1);
}

Value lower(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  const words::Word a = c.input(in[0]), b = c.input(in[1]);
  return c.build({words::less(c, a, b)});
}

constexpr Variant kVariants[] = {{"prefix", "a prefix tree", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return u128{x[0] < x[1]}; });
}

}  // namespace

OpRow bit_less_row() {
  OpRow row = composite_row("bit_less", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Whether a is less than b as unsigned integers.";
  row.shapes = "a: bits(w) [...] b: bits(w) [...] -> bits(1) broadcast";
  row.reveals = "nothing";
  row.source = "[BBY23] comparison of bits, as the carry of a prefix tree";
  return row;
}

}  // namespace ops

Value bit_less(const Value& a, const Value& b, std::source_location where) {
  return ops::apply(Op::bit_less, {a, b}, {}, where);
}

}  // namespace tacet
