#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  need_bit(*in[0]);
  if (in[1]->element != in[2]->element)
    throw Error(Errc::type_mismatch, "operands " + describe(*in[1], *in[2]) + " must have one element type");
  return {result_visibility(in), in[1]->element,
          broadcast(in[0]->shape, broadcast(in[1]->shape, in[2]->shape))};
}

Value lower(Lowering&, Values in, Attributes) {
  if (in[1].type().element.domain == Domain::ring) return in[2] + inject(in[0], in[1] - in[2]);
  return in[2] ^ (repeat(in[0], width_of(in[1])) & (in[1] ^ in[2]));
}

constexpr Variant kVariants[] = {{"difference", "b plus the bit times a - b", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return x[0] != 0 ? x[1] : x[2]; });
}

}  // namespace

OpRow select_row() {
  OpRow row = composite_row("select", 3);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "One of two values, by a bit.";
  row.shapes = "bit: bits(1) [...] a:[...] b:[...] -> broadcast";
  row.reveals = "nothing";
  row.source = "[BBY23]";
  return row;
}

}  // namespace ops

Value select(const Value& bit, const Value& a, const Value& b, std::source_location where) {
  return ops::apply(Op::select, {bit, a, b}, {}, where);
}

}  // namespace tacet
