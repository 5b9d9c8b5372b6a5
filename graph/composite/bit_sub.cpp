#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  return infer_strings(in);
}

Value lower(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  const words::Word a = c.input(in[0]), b = c.input(in[1]);
  return c.build(words::subtract(c, a, b));
}

constexpr Variant kVariants[] = {{"prefix", "a prefix tree", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return x[0] - x[1]; });
}

}  // namespace

OpRow bit_sub_row() {
  OpRow row = composite_row("bit_sub", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Difference of bit strings as integers mod 2^w.";
  row.shapes = "a: bits(w) [...] b: bits(w) [...] -> bits(w) broadcast";
  row.reveals = "nothing";
  row.source = "[Sklansky60] prefix adder";
  return row;
}

}  // namespace ops

Value bit_sub(const Value& a, const Value& b, std::source_location where) {
  return ops::apply(Op::bit_sub, {a, b}, {}, where);
}

}  // namespace tacet
