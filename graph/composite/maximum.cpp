#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: the order, whether the larger is wanted.

ValueType infer(Types in, Attributes) {
  check_pair(*in[0], *in[1], Domain::ring);
  return {result_visibility(in), in[0]->element, broadcast(in[0]->shape, in[1]->shape)};
}

Value lower(Lowering&, Values in, Attributes a) {
  return select(lt(in[0], in[1], static_cast<Order>(a[0])), in[a[1] != 0 ? 1 : 0], in[a[1] != 0 ? 0 : 1]);
}

constexpr Variant kVariants[] = {{"lt", "a comparison and a selection", lower}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  const auto order = static_cast<Order>(a[0]);
  map_values(in, out, range,
             [&](const auto& x) { return is_less(x[0], x[1], order, k) == (a[1] != 0) ? x[1] : x[0]; });
}

}  // namespace

OpRow maximum_row() {
  OpRow row = composite_row("maximum", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The larger or the smaller of two values, element by element.";
  row.shapes = "a:[...] b:[...] -> broadcast; attributes: the order, whether the larger is wanted";
  row.reveals = "nothing";
  row.source = "[BBY23]";
  return row;
}

}  // namespace ops

Value max(const Value& a, const Value& b, Order order, std::source_location where) {
  return ops::apply(Op::maximum, {a, b}, {static_cast<std::int64_t>(order), 1}, where);
}
Value min(const Value& a, const Value& b, Order order, std::source_location where) {
  return ops::apply(Op::maximum, {a, b}, {static_cast<std::int64_t>(order), 0}, where);
}

}  // namespace tacet
