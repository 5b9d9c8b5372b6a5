#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  need_ring(*in[0]);
  return {result_visibility(in), bits(1), in[0]->shape};
}

/// The carry into the highest position of the sum of x's summands. Source: [ABY3] for three parties.
Value by_summands(Lowering& l, Values in, Attributes) {
  const unsigned k = width_of(in[0]);
  if (k == 1) return apply(Op::low_bit, {in[0]}, {});
  Circuit c(l.builder());
  std::vector<words::Word> summands;
  for (const Value& leaf : l.leaves(in[0], bits(k))) summands.push_back(c.input(leaf));
  const auto [s, r] = words::compress_all(c, summands);
  const auto carry =
      words::carry_out(c, words::carries(c, words::range(s, 0, k - 1), words::range(r, 0, k - 1)));
  return c.build({c.exclusive_or(c.exclusive_or(s[k - 1], r[k - 1]), carry.makes)});
}

/// Opens c = x + r; what is left is the borrow of c - r into the highest position. Source: [EGKRS20].
Value by_random_word(Lowering& l, Values in, Attributes) {
  const unsigned k = width_of(in[0]);
  if (k == 1) return apply(Op::low_bit, {in[0]}, {});
  const EdaBit r = make_eda_bit(l, k, k, in[0].shape());
  Circuit c(l.builder());
  const words::Word open = c.input(apply(Op::bits_of, {reveal(in[0] + r.value)}, {k, 0}));
  const words::Word mask = c.input(r.digits);
  const auto borrow = words::less(c, words::range(open, 0, k - 1), words::range(mask, 0, k - 1));
  return c.build({c.exclusive_or(c.exclusive_or(open[k - 1], mask[k - 1]), borrow)});
}

constexpr Variant kVariants[] = {
    {"summands", "a carry of the summands' sum", by_summands},
    {"edabit", "opened under a random word made beforehand", by_random_word},
};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range, [k](const auto& x) { return x[0] >> (k - 1); });
}

}  // namespace

OpRow msb_row() {
  OpRow row = composite_row("msb", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The highest binary digit.";
  row.shapes = "a: ring(k) [...] -> bits(1) [...]";
  row.reveals = "nothing";
  row.source = "[ABY3] for three parties, with any number of summands; [EGKRS20] with random words";
  return row;
}

}  // namespace ops

Value msb(const Value& x, std::source_location where) {
  return ops::apply(Op::msb, {x}, {}, where);
}

}  // namespace tacet
