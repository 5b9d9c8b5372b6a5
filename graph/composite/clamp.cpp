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

/// Both comparisons and both corrections side by side.
Value lower(Lowering&, Values in, Attributes a) {
  const auto order = static_cast<Order>(a[0]);
  const Value &x = in[0], &low = in[1], &high = in[2];
  return select_either(lt(x, low, order), low, lt(high, x, order), high, x);
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
