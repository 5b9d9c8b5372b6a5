#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  check_pair(*in[0], *in[1], Domain::ring);
  check_pair(*in[0], *in[2], Domain::ring);
  return {result_visibility(in), in[0]->element,
          broadcast(in[0]->shape, broadcast(in[1]->shape, in[2]->shape))};
}

/// Both values with one more axis, along which they stand.
Value pair(const Value& a, const Value& b, const Shape& shape) {
  std::vector<std::int64_t> dims = shape.dims();
  dims.push_back(1);
  return concat({reshape(a, dims), reshape(b, dims)}, static_cast<std::int64_t>(shape.rank()));
}

/// Both comparisons and both corrections side by side: at most one of them applies. The last products of the
/// corrections (see inject) are added up before they are shared.
Value lower(Lowering& l, Values in, Attributes a) {
  const auto order = static_cast<Order>(a[0]);
  const Value &x = in[0], &low = in[1], &high = in[2];
  const ElementType element = x.type().element;
  const std::array conditions{lt(x, low, order), lt(high, x, order)};
  const std::array corrections{low - x, high - x};
  if (!conditions[0].type().secret() || !conditions[1].type().secret())
    return x + inject(conditions[0], corrections[0]) + inject(conditions[1], corrections[1]);
  const Shape shape = broadcast(x.shape(), broadcast(low.shape(), high.shape()));
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

constexpr Variant kVariants[] = {{"parallel", "both bounds at once", lower}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  const auto order = static_cast<Order>(a[0]);
  map_values(in, out, range, [&](const auto& x) {
    return is_less(x[0], x[1], order, k) ? x[1] : is_less(x[2], x[0], order, k) ? x[2] : x[0];
  });
}

}  // namespace

OpRow clamp_row() {
  OpRow row = composite_row("clamp", 3);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The value brought between two bounds, of which the first must not exceed the second.";
  row.shapes = "x:[...] low:[...] high:[...] -> broadcast; attribute: the order";
  row.reveals = "nothing";
  row.source = "[BBY23]";
  return row;
}

}  // namespace ops

Value clamp(const Value& x, const Value& low, const Value& high, Order order, std::source_location where) {
  return ops::apply(Op::clamp, {x, low, high}, {static_cast<std::int64_t>(order)}, where);
}

}  // namespace tacet
