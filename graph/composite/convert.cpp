#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: the ring, larger than the operand's; whether signed; whether the operand fits.

ValueType infer(Types in, Attributes a) {
  need_ring(*in[0]);
  return {result_visibility(in), fixed(static_cast<unsigned>(a[0]), in[0]->element.frac), in[0]->shape};
}

/// x becomes an unsigned X by adding half its range.
u128 offset(const Value& x, Attributes a, bool fits) {
  return a[1] != 0 ? u128{1} << (width_of(x) - 1 - fits) : 0;
}
Value shifted(const Value& x, u128 by) {
  return by == 0 ? x : add_constant(x, by);
}

/// The summands in the larger ring, less their carries out of the top. Opens nothing.
Value by_summands(Lowering& l, Values in, Attributes a) {
  const unsigned k = width_of(in[0]), to = static_cast<unsigned>(a[0]);
  const u128 half = offset(in[0], a, false);
  const Value x = shifted(in[0], half);
  Circuit c(l.builder());
  std::vector<words::Word> summands;
  for (const Value& leaf : l.leaves(x, bits(k))) summands.push_back(c.input(leaf));
  words::Word lost;
  const auto [s, r] = words::compress_all(c, summands, &lost);
  lost.push_back(words::carry_out(c, words::carries(c, s, r)).makes);
  std::vector<words::Word> outputs;
  for (const auto w : lost) outputs.push_back({w});
  Value sum = shifted(l.leaf(x, 0, ring(to)), u128{0} - half);
  for (std::uint32_t j = 1; j <= l.t(); ++j) sum = sum + l.leaf(x, j, ring(to));
  return sum - lift(sum_of_bits(c.build(outputs), to - k), to, k);
}

/// Opens c = X + r: X = c - r, plus 2^k where c has wrapped.
Value by_random_word(Lowering& l, Values in, Attributes a) {
  const unsigned k = width_of(in[0]), to = static_cast<unsigned>(a[0]);
  const bool fits = a[2] != 0 && k >= 2;
  const u128 half = offset(in[0], a, fits);
  const Opened o = open_masked(l, shifted(in[0], half), 0, fits ? Digits::top : Digits::all, to);
  const auto wrapped = [&] {
    if (fits) return o.wrapped(to - k);
    Circuit c(l.builder());
    const words::Word open = c.input(o.digits), mask = c.input(o.mask.digits);
    return to_ring(c.build({words::less(c, open, mask)}), to - k);
  };
  const Value x = apply(Op::ring_of, {o.c}, {to, 0}) - o.mask.value + lift(wrapped(), to, k);
  return shifted(x, u128{0} - half);
}

constexpr Variant kVariants[] = {
    {"summands", "the summands, less their carries", by_summands},
    {"edabit", "opened under a random word made beforehand", by_random_word},
};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range,
             [&](const auto& x) { return a[1] != 0 ? static_cast<u128>(as_signed(x[0], k)) : x[0]; });
}

}  // namespace

OpRow convert_row() {
  OpRow row = composite_row("convert", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The same integer in a larger ring.";
  row.shapes = "a: ring(k) [...] -> ring(k') [...]; attributes: k', whether signed, whether it fits";
  row.reveals = "nothing";
  row.source = "own, on [Bac24]'s summands; [BBY23] with random words";
  return row;
}

}  // namespace ops

Value convert(const Value& x, unsigned k, ConvertOptions options, std::source_location where) {
  const ElementType element = x.type().element;
  if (element.domain == Domain::ring && k == element.width) return x;
  if (element.domain == Domain::ring && k < element.width) {
    if (k <= element.frac)
      throw Error(Errc::bad_width, place_text(where) + ": convert: " + element.to_string() + " to " +
                                       std::to_string(k) +
                                       " bits: the fraction must be shorter than the width");
    return ops::apply(Op::lift, {x}, {ring(k).width, 0}, where);
  }
  return ops::apply(Op::convert, {x}, {k, options.is_signed, options.fits}, where);
}

}  // namespace tacet
