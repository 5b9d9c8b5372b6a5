#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  need_ring(*in[0]);
  return {result_visibility(in), in[0]->element, in[0]->shape};
}

Value lower(Lowering&, Values in, Attributes) {
  return inject(~msb(in[0]), in[0]);
}

constexpr Variant kVariants[] = {{"msb", "by the sign bit", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range, [k](const auto& x) { return as_signed(x[0], k) < 0 ? u128{0} : x[0]; });
}

}  // namespace

OpRow relu_row() {
  OpRow row = composite_row("relu", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The value where it is positive, else zero, of signed integers.";
  row.shapes = "a:[...] -> [...]";
  row.reveals = "nothing";
  row.source = "[BBY23]";
  return row;
}

}  // namespace ops

Value relu(const Value& x, std::source_location where) {
  return ops::apply(Op::relu, {x}, {}, where);
}

}  // namespace tacet
