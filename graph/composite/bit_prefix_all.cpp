#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  return infer_strings(in);
}

Value lower(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  return c.build(words::prefix_all(c, c.input(in[0])));
}

constexpr Variant kVariants[] = {{"prefix", "a prefix tree", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned w = in[0].element.width;
  map_values(in, out, range, [w](const auto& x) {
    u128 prefix = 0;
    for (unsigned i = 0; i < w && (x[0] >> i & 1) != 0; ++i) prefix |= u128{1} << i;
    return prefix;
  });
}

}  // namespace

OpRow bit_prefix_all_row() {
  OpRow row = composite_row("bit_prefix_all", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Bit i: whether all of bits 0 .. i are 1.";
  row.shapes = "a: bits(w) [...] -> bits(w) [...]";
  row.reveals = "nothing";
  row.source = "[Sklansky60]";
  return row;
}

}  // namespace ops

Value bit_prefix_all(const Value& a, std::source_location where) {
  return ops::apply(Op::bit_prefix_all, {a}, {}, where);
}

}  // namespace tacet
