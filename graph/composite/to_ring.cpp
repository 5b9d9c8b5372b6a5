#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes a) {
  need_bits(*in[0]);
  return {result_visibility(in), ring(static_cast<unsigned>(a[0])), in[0]->shape};
}

bool is_bit(const Setting&, Types in, Attributes a) {
  return in[0]->element.width == 1 || a[0] == 1;
}
bool is_word(const Setting& s, Types in, Attributes a) {
  return !is_bit(s, in, a);
}

Value by_summands(Lowering& l, Values in, Attributes a) {
  return bit_by_summands(l, plane(in[0], 0), static_cast<unsigned>(a[0]));
}

/// Opens the bit masked by one that is known in both domains. Source: [PICCO].
Value by_random_bit(Lowering& l, Values in, Attributes a) {
  const auto k = static_cast<unsigned>(a[0]);
  const Value r = rand_bit(l.builder(), k, in[0].shape());
  const Value c = apply(Op::ring_of, {reveal(plane(in[0], 0) ^ apply(Op::low_bit, {r}, {}))}, {k, 0});
  return either(c, r);
}

/// Each bit by itself, in the smallest ring that its weight leaves.
Value bit_by_bit(Lowering&, Values in, Attributes a) {
  const auto k = static_cast<unsigned>(a[0]);
  const unsigned width = std::min(width_of(in[0]), k);
  Value sum = to_ring(plane(in[0], 0), k);
  for (unsigned i = 1; i < width; ++i) sum = sum + lift(to_ring(plane(in[0], i), k - i), k, i);
  return sum;
}

/// Opens the word plus a random one, and takes that off again in the ring.
Value by_random_word(Lowering& l, Values in, Attributes a) {
  const auto k = static_cast<unsigned>(a[0]);
  const unsigned width = std::min(width_of(in[0]), k);
  const EdaBit r = make_eda_bit(l, width, k, in[0].shape());
  Circuit c(l.builder());
  const words::Word x = words::range(c.input(in[0]), 0, width);
  words::Wire carry = Circuit::zero();
  const words::Word sum = words::add(c, x, c.input(r.digits), Circuit::zero(), width < k ? &carry : nullptr);
  const std::array outputs{sum, words::Word{carry}};
  const std::vector<Value> built = c.build(std::span(outputs).first(width < k ? 2 : 1));
  const Value value = apply(Op::ring_of, {reveal(built[0])}, {k, 0}) - r.value;
  return width < k ? value + lift(to_ring(built[1], k - width), k, width) : value;
}

constexpr Variant kVariants[] = {
    {"summands", "one bit: exclusive or of its summands", by_summands, is_bit},
    {"random_bit", "one bit: opened under a random bit made beforehand", by_random_bit, is_bit},
    {"bits", "a word: each bit by itself", bit_by_bit, is_word},
    {"edabit", "a word: opened under a random word made beforehand", by_random_word, is_word},
};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return x[0]; });
}

}  // namespace

OpRow to_ring_row() {
  OpRow row = composite_row("to_ring", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Bits as an integer mod 2^k.";
  row.shapes = "a: bits(w) [...] -> ring(k) [...]; attribute: k";
  row.reveals = "nothing";
  row.source = "[Bac24] 4.2.1; [PICCO] with random bits; [EGKRS20] for words";
  return row;
}

}  // namespace ops

Value to_ring(const Value& bits, unsigned k, std::source_location where) {
  return ops::apply(Op::to_ring, {bits}, {k}, where);
}

}  // namespace tacet
