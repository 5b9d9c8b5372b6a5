#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  need_ring(*in[0]);
  return {result_visibility(in), bits(1), in[0]->shape};
}

/// x = 0 where the summands of x - 1 add up to -1: then the two words left by compression differ everywhere,
/// and no carry chain is needed.
Value by_summands(Lowering& l, Values in, Attributes) {
  const unsigned k = width_of(in[0]);
  if (k == 1) return ~apply(Op::low_bit, {in[0]}, {});
  Circuit c(l.builder());
  std::vector<words::Word> summands;
  for (const Value& leaf : l.leaves(in[0] - 1, bits(k))) summands.push_back(c.input(leaf));
  const auto [s, r] = words::compress_all(c, summands);
  return c.build({words::all(c, words::exclusive_or(c, s, r))});
}

Value by_random_word(Lowering& l, Values in, Attributes) {
  const unsigned k = width_of(in[0]);
  if (k == 1) return ~apply(Op::low_bit, {in[0]}, {});
  const EdaBit r = make_eda_bit(l, k, k, in[0].shape());
  Circuit c(l.builder());
  const words::Word open = c.input(apply(Op::bits_of, {reveal(in[0] + r.value)}, {k, 0}));
  return c.build({words::all(c, words::negate(c, words::exclusive_or(c, open, c.input(r.digits))))});
}

constexpr Variant kVariants[] = {
    {"summands", "whether the summands of x - 1 add up to -1", by_summands},
    {"edabit", "opened under a random word made beforehand", by_random_word},
};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return x[0] == 0; });
}

}  // namespace

OpRow eqz_row() {
  OpRow row = composite_row("eqz", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Whether an element is zero.";
  row.shapes = "a: ring(k) [...] -> bits(1) [...]";
  row.reveals = "nothing";
  row.source = "own; [BBY23] with random words";
  return row;
}

}  // namespace ops

Value eqz(const Value& x, std::source_location where) {
  return ops::apply(Op::eqz, {x}, {}, where);
}

}  // namespace tacet
