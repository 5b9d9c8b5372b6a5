#include "graph/composite/common.hpp"
#include "graph/data.hpp"
#include "graph/flows.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  const ValueType &permutation = *in[0], &value = *in[1];
  if (permutation.visibility != Visibility::partial || value.visibility == Visibility::partial ||
      value.shape.rank() == 0 || permutation.shape.rank() != 1 || permutation.shape[0] != value.shape[0])
    throw Error(Errc::type_mismatch, "operands " + describe(permutation, value) +
                                         ": expected a permutation of the first axis of the second");
  return {Visibility::secret, value.element, value.shape};
}

/// Each share's holders in turn reorder what they are given. Any t parties together miss one share, so that
/// they do not know how its holders did; and what they are sent in other passes is masked by that share's
/// key.
Value by_passes(Lowering& l, Values in, Attributes a) {
  const Value& order = in[0];
  Value x = in[1];
  if (order.shape()[0] < 2) return x;
  if (!x.type().secret()) {  // a sharing of zero makes it one
    const Value r = l.builder().random(x.type().element, x.shape());
    x = x.type().element.domain == Domain::ring ? x + (r - r) : x ^ (r ^ r);
  }
  const bool backwards = a[0] != 0;
  const std::uint32_t shares = share_count(l.setting());
  for (std::uint32_t i = 0; i < shares; ++i)
    x = apply(Op::shuffle_pass, {order, x}, {backwards ? shares - 1 - i : i, backwards});
  return x;
}

constexpr Variant kVariants[] = {{"passes", "one pass by the holders of each share", by_passes}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range, bool) {
  if (out.shape->elements() == 0) return;
  const std::vector<std::uint32_t> to = row_numbers(in[0], in[0].shape->elements());
  std::vector<std::uint32_t> inverse(to.size());
  for (std::size_t i = 0; i < to.size(); ++i) inverse[to[i]] = static_cast<std::uint32_t>(i);
  gather_rows(in[1], out, a[0] != 0 ? to : inverse);
}

Value shuffled(const Value& x, const Value& permutation, bool backwards, const std::source_location& where) {
  return apply(Op::shuffle, {permutation, x}, {backwards}, where);
}

}  // namespace

OpRow shuffle_row() {
  OpRow row = composite_row("shuffle", 2);
  row.elementwise = false, row.takes_partial = true;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The rows of a value in the order that a secret permutation gives them.";
  row.shapes = "p:[m] a:[m, ...] -> [m, ...]; attribute: whether backwards";
  row.reveals = "nothing";
  row.source = "[LWZ11] oblivious shuffling";
  return row;
}

}  // namespace ops

Value permutation(Builder& b, std::int64_t rows, std::source_location where) {
  return b.draw(Op::permutation, {Visibility::partial, ring(32), {rows}}, {{b.fresh()}}, where);
}

Value shuffle(const Value& x, const Value& permutation, std::source_location where) {
  return ops::shuffled(x, permutation, false, where);
}

Value unshuffle(const Value& x, const Value& permutation, std::source_location where) {
  return ops::shuffled(x, permutation, true, where);
}

std::vector<Value> shuffle(std::span<const Value> columns, std::source_location where) {
  std::vector<Value> out;
  if (columns.empty()) return out;
  const Shape& shape = columns[0].shape();
  const Value order = permutation(columns[0].builder(), shape.rank() == 0 ? 0 : shape[0], where);
  for (const Value& x : columns) out.push_back(shuffle(x, order, where));
  return out;
}

Value shuffle(const Value& x, std::source_location where) {
  return shuffle(std::span(&x, 1), where)[0];
}

}  // namespace tacet
