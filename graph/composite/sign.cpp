#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  need_ring(*in[0]);
  return {result_visibility(in), ring(in[0]->element.width), in[0]->shape};
}

Value lower(Lowering&, Values in, Attributes) {
  const unsigned k = width_of(in[0]);
  const Value negative = msb(in[0]), zero = eqz(in[0]);
  const Value nonzero = to_ring(~zero, k);
  return k == 1 ? nonzero : nonzero - lift(to_ring(negative, k - 1), k, 1);
}

constexpr Variant kVariants[] = {{"msb", "by the sign bit", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range, [k](const auto& x) {
    return as_signed(x[0], k) < 0 ? ~u128{0} : x[0] != 0 ? u128{1} : u128{0};
  });
}

}  // namespace

OpRow sign_row() {
  OpRow row = composite_row("sign", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "-1, 0 or 1 as a signed integer is negative, zero or positive.";
  row.shapes = "a:[...] -> [...]";
  row.reveals = "nothing";
  row.source = "[BBY23]";
  return row;
}

}  // namespace ops

Value sign(const Value& x, std::source_location where) {
  return ops::apply(Op::sign, {x}, {}, where);
}

}  // namespace tacet
