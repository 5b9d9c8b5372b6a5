#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes a) {
  need_ring(*in[0]);
  if (a[0] < 1 || a[0] > in[0]->element.width)
    throw Error(Errc::bad_width, std::to_string(a[0]) + " digits of " + in[0]->element.to_string() +
                                     ": expected 1 to " + std::to_string(in[0]->element.width));
  return {result_visibility(in), bits(static_cast<unsigned>(a[0])), in[0]->shape};
}

/// The summands of x in the Boolean domain, added there. Source: [ABY3] for three parties.
Value by_summands(Lowering& l, Values in, Attributes a) {
  const auto width = static_cast<unsigned>(a[0]);
  const Value x = reduce_to(in[0], width);
  Circuit c(l.builder());
  std::vector<words::Word> summands;
  for (const Value& leaf : l.leaves(x, bits(width))) summands.push_back(c.input(leaf));
  const auto [s, r] = words::compress_all(c, summands);
  return c.build(words::add(c, s, r));
}

/// Opens x - r mod 2^w, and adds the digits of r.
Value by_random_word(Lowering& l, Values in, Attributes a) {
  const auto width = static_cast<unsigned>(a[0]);
  const EdaBit r = make_eda_bit(l, width, width, in[0].shape());
  const Value open = apply(Op::bits_of, {reveal(reduce_to(in[0], width) - r.value)}, {width, 0});
  Circuit c(l.builder());
  const words::Word x = c.input(open), y = c.input(r.digits);
  return c.build(words::add(c, x, y));
}

constexpr Variant kVariants[] = {
    {"summands", "the summands, added in the Boolean domain", by_summands},
    {"edabit", "opened under a random word made beforehand", by_random_word},
};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return x[0]; });
}

}  // namespace

OpRow to_bits_row() {
  OpRow row = composite_row("to_bits", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The lowest w binary digits.";
  row.shapes = "a: ring(k) [...] -> bits(w) [...]; attribute: w";
  row.reveals = "nothing";
  row.source = "[ABY3] for three parties, with any number of summands; [EGKRS20] with random words";
  return row;
}

}  // namespace ops

Value to_bits(const Value& x, unsigned w, std::source_location where) {
  return ops::apply(Op::to_bits, {x}, {w == 0 ? x.type().element.width : w}, where);
}

}  // namespace tacet
