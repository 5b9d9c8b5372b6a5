#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attribute: m.

ValueType infer(Types in, Attributes a) {
  need_ring(*in[0]);
  need_room_to_truncate(*in[0], a[0]);
  return {result_visibility(in), in[0]->element, in[0]->shape};
}

Value lower(Lowering& l, Values in, Attributes a) {
  const auto m = static_cast<unsigned>(a[0]);
  return m == 0 ? in[0] : without_borrow(open_masked(l, centred(in[0]), m, Digits::top), m);
}

constexpr Variant kVariants[] = {{"edabit", "opened under a random word made beforehand", lower}};

/// Without the chance of one more.
void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range, [&](const auto& x) { return static_cast<u128>(as_signed(x[0], k) >> a[0]); });
}

}  // namespace

OpRow trunc_pr_row() {
  OpRow row = composite_row("trunc_pr", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The value divided by 2^m, rounded down or up with probabilities that make it right on average.";
  row.shapes = "a: ring(k) [...] in [-2^(k-2), 2^(k-2)) -> ring(k) [...]; attribute: m";
  row.reveals = row.discloses =
      "bits of the operand below 2^m, to whoever learns the result together with what any one party has "
      "seen; more "
      "with every truncation of the same number";
  row.source = "[DEK20], [BBY23]";
  return row;
}

}  // namespace ops

Value trunc_pr(const Value& x, unsigned m, std::source_location where) {
  return ops::apply(Op::trunc_pr, {x}, {m}, where);
}

}  // namespace tacet
