#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  need_bit(*in[0]);
  need_ring(*in[1]);
  return {result_visibility(in), in[1]->element, broadcast(in[0]->shape, in[1]->shape)};
}

/// y = u x for each summand u of the bit, one after another: y becomes y + u (x - 2 y). The summands are
/// shared while the first, sparse one multiplies.
Value by_summands(Lowering& l, Values in, Attributes) {
  const ElementType element = in[1].type().element;
  if (!in[0].type().secret()) return apply(Op::ring_of, {in[0]}, {element.width, 0}) * in[1];
  Value y = in[1] * l.leaf(in[0], l.t(), element);
  for (std::uint32_t j = 0; j < l.t(); ++j) y = y + l.leaf(in[0], j, element) * (in[1] - doubled(y));
  return y;
}

Value by_conversion(Lowering&, Values in, Attributes) {
  return to_ring(in[0], width_of(in[1])) * in[1];
}

constexpr Variant kVariants[] = {
    {"summands", "multiplies by the bit's summands one after another", by_summands},
    {"to_ring", "converts the bit, then multiplies", by_conversion},
};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return x[0] * x[1]; });
}

}  // namespace

OpRow inject_row() {
  OpRow row = composite_row("inject", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "A bit times a ring value.";
  row.shapes = "bit: bits(1) [...] x: ring(k) [...] -> ring(k) broadcast";
  row.reveals = "nothing";
  row.source = "own, on [Bac24]'s summands";
  return row;
}

}  // namespace ops

Value inject(const Value& bit, const Value& x, std::source_location where) {
  return ops::apply(Op::inject, {bit, x}, {}, where);
}

}  // namespace tacet
