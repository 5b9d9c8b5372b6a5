#include <functional>

#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attribute: m.

ValueType infer(Types in, Attributes a) {
  check_pair(*in[0], *in[1], Domain::ring);
  need_room_to_truncate(*in[0], a[0]);
  return {result_visibility(in), in[0]->element, broadcast(in[0]->shape, in[1]->shape)};
}

/// The masked product is opened without a sharing of it in between.
using Open = std::function<Value(const Value& x, const Value& y, const Value& mask)>;
Value of_product(Lowering& l, Values in, Attributes a, const Open& open) {
  const auto m = static_cast<unsigned>(a[0]);
  if (m == 0) return in[0] * in[1];
  const Shape shape = broadcast(in[0].shape(), in[1].shape());
  const unsigned k = width_of(in[0]);
  const EdaBit r = make_eda_bit(l, k, k, shape, m, Digits::top);
  return without_borrow(opened(open(stretch(in[0], shape), stretch(in[1], shape), centred(r.value)), r), m);
}

Value at_once(Lowering& l, Values in, Attributes a) {
  return of_product(l, in, a, [](const Value& x, const Value& y, const Value& mask) {
    return apply(Op::mul_open, {x, y, mask}, {});
  });
}
Value through_king(Lowering& l, Values in, Attributes a) {
  const std::int64_t king = l.builder().fresh() % l.setting().n;
  return of_product(l, in, a, [king](const Value& x, const Value& y, const Value& mask) {
    return apply(Op::open_from_king, {apply(Op::mul_to_king, {x, y, mask}, {king})}, {king});
  });
}
Value one_by_one(Lowering&, Values in, Attributes a) {
  return trunc_pr(in[0] * in[1], static_cast<unsigned>(a[0]));
}

bool both_secret(const Setting&, Types in, Attributes) {
  return in[0]->secret() && in[1]->secret();
}

constexpr Variant kVariants[] = {
    {"open", "the masked product opened to all at once", at_once, both_secret},
    {"king", "the masked product opened through one party", through_king, both_secret},
    {"separate", "a product, then its truncation", one_by_one},
};

/// Without the chance of one more.
void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range,
             [&](const auto& x) { return static_cast<u128>(as_signed(x[0] * x[1], k) >> a[0]); });
}

}  // namespace

OpRow mul_trunc_pr_row() {
  OpRow row = composite_row("mul_trunc_pr", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "A product divided by 2^m, rounded down or up with probabilities that make it right on average.";
  row.shapes = "a:[...] b:[...] -> broadcast, where a b lies in [-2^(k-2), 2^(k-2)); attribute: m";
  row.reveals = row.discloses =
      "bits of the product below 2^m, to whoever learns the result together with what any one party has "
      "seen; more "
      "with every truncation of the same number";
  row.source = "[DEK20], [BBY23]; [DN07] with a king";
  return row;
}

}  // namespace ops

Value mul_trunc_pr(const Value& a, const Value& b, unsigned m, std::source_location where) {
  return ops::apply(Op::mul_trunc_pr, {a, b}, {m}, where);
}

}  // namespace tacet
