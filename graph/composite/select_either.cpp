#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  need_bit(*in[0]);
  need_bit(*in[2]);
  check_pair(*in[1], *in[3], Domain::ring);
  check_pair(*in[1], *in[4], Domain::ring);
  Shape shape = in[0]->shape;
  for (const ValueType* type : in) shape = broadcast(shape, type->shape);
  return {result_visibility(in), in[4]->element, shape};
}

/// Both values with one more axis, along which they stand.
Value pair(const Value& a, const Value& b, const Shape& shape) {
  std::vector<std::int64_t> dims = shape.dims();
  dims.push_back(1);
  return concat({reshape(a, dims), reshape(b, dims)}, static_cast<std::int64_t>(shape.rank()));
}

/// Both corrections side by side. Their last products (see inject) are added up before they are shared.
Value by_summands(Lowering& l, Values in, Attributes) {
  const Value& x = in[4];
  const ElementType element = x.type().element;
  const std::array conditions{in[0], in[2]};
  const std::array corrections{in[1] - x, in[3] - x};
  if (!conditions[0].type().secret() || !conditions[1].type().secret())
    return x + inject(conditions[0], corrections[0]) + inject(conditions[1], corrections[1]);
  Shape shape = x.shape();
  for (const Value& v : in) shape = broadcast(shape, v.shape());
  std::vector<Value> bits, rest;
  Value sum = x;
  for (std::size_t i = 0; i < 2; ++i) {
    const Value correction = stretch(corrections[i], shape);
    Value y = correction * l.leaf(conditions[i], l.t(), element);
    for (std::uint32_t j = 0; j + 1 < l.t(); ++j)
      y = y + l.leaf(conditions[i], j, element) * (correction - doubled(y));
    bits.push_back(stretch(l.leaf(conditions[i], l.t() - 1, element), shape));
    rest.push_back(correction - doubled(y));
    sum = sum + y;
  }
  return sum + dot(pair(bits[0], bits[1], shape), pair(rest[0], rest[1], shape));
}

constexpr Variant kVariants[] = {{"summands", "both corrections at once", by_summands}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range,
             [](const auto& v) { return v[4] + v[0] * (v[1] - v[4]) + v[2] * (v[3] - v[4]); });
}

}  // namespace

OpRow select_either_row() {
  OpRow row = composite_row("select_either", 5);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "One of three values, by two bits of which at most one is 1.";
  row.shapes = "p: bits(1) [...] a:[...] q: bits(1) [...] b:[...] x:[...] -> broadcast";
  row.reveals = "nothing";
  row.source = "own, on [Bac24]'s summands";
  return row;
}

}  // namespace ops

Value select_either(const Value& p, const Value& a, const Value& q, const Value& b, const Value& x,
                    std::source_location where) {
  return ops::apply(Op::select_either, {p, a, q, b, x}, {}, where);
}

}  // namespace tacet
