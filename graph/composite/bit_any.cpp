#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  for (const ValueType* type : in) {
    need_bits(*type);
    if (type->element != in[0]->element)
      throw Error(Errc::type_mismatch, "operands " + describe(*in[0], *type) + " must have one element type");
  }
  return {result_visibility(in), bits(1), in[0]->shape};
}

Value lower(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  return c.build({words::any(c, c.input(in[0]))});
}

constexpr Variant kVariants[] = {{"prefix", "a prefix tree", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned w = in[0].element.width;
  map_values(in, out, range, [w]([[maybe_unused]] const auto& x) { return u128{x[0] != 0}; });
}

}  // namespace

OpRow bit_any_row() {
  OpRow row = composite_row("bit_any", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Whether any bit of a string is 1.";
  row.shapes = "a: bits(w) [...] -> bits(1) [...]";
  row.reveals = "nothing";
  row.source = "a tree of disjunctions";
  return row;
}

}  // namespace ops

Value bit_any(const Value& a, std::source_location where) {
  return ops::apply(Op::bit_any, {a}, {}, where);
}

}  // namespace tacet
