#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: s, whether signed, whether x 2^(2^s - 1) fits.

ValueType infer(Types in, Attributes a) {
  need_ring(*in[0]);
  need_ring(*in[1]);
  need_integers(*in[1], "the number of places");
  if (a[0] < 1 || a[0] > in[1]->element.width || a[0] > 8)
    throw Error(Errc::bad_argument, "shift by a number of " + std::to_string(a[0]) + " digits in " +
                                        in[1]->element.to_string() + ": expected 1 to its width, at most 8");
  return {result_visibility(in), in[0]->element, broadcast(in[0]->shape, in[1]->shape)};
}

unsigned largest_shift(Attributes a) {
  return (1u << a[0]) - 1;
}

/// Times 2^(M - a), then truncated by M = 2^s - 1, in a ring with room for both. Source: [PICCO], [BBY23].
Value by_scaling(Lowering&, Values in, Attributes a) {
  const unsigned k = width_of(in[0]), m = largest_shift(a), wide = a[2] != 0 ? k : k + m;
  const bool is_signed = a[1] != 0;
  const unsigned s = static_cast<unsigned>(a[0]);
  const Value power = pow2(add_constant(-in[1], m), s, wide);
  const Value x = convert(in[0], wide, {.is_signed = is_signed});
  return reduce_to(trunc(x * power, m, {.is_signed = is_signed}), k);
}

/// In the Boolean domain: shifts by 1, 2, 4, .. places, each taken or not.
Value by_digits(Lowering& l, Values in, Attributes a) {
  const unsigned k = width_of(in[0]);
  Circuit c(l.builder());
  words::Word x = c.input(to_bits(in[0]));
  const words::Word by = c.input(to_bits(in[1], static_cast<unsigned>(a[0])));
  const words::Wire fill = a[1] != 0 ? x.back() : Circuit::zero();
  for (std::size_t j = 0; j < by.size(); ++j) {
    words::Word shifted = words::range(x, std::min<std::size_t>(k, std::size_t{1} << j), k);
    shifted.resize(k, fill);
    x = words::choose(c, by[j], shifted, x);
  }
  return to_ring(c.build(x), k);
}

bool has_room(const Setting&, Types in, Attributes a) {
  return a[2] != 0 ? largest_shift(a) < in[0]->element.width
                   : in[0]->element.width + largest_shift(a) <= kMaxRingBits;
}

constexpr Variant kVariants[] = {
    {"barrel", "digit by digit of the shift, on the value's digits", by_digits},
    {"scale", "a product with a power of two, truncated", by_scaling, has_room},
};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range, [&](const auto& x) {
    const auto by = static_cast<unsigned>(x[1] & low_mask<u128>(static_cast<unsigned>(a[0])));
    if (a[1] != 0) return static_cast<u128>(as_signed(x[0], k) >> std::min(by, 127u));
    return by < 128 ? x[0] >> by : u128{0};
  });
}

}  // namespace

OpRow shift_right_row() {
  OpRow row = composite_row("shift_right", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The value shifted right by a secret number of places.";
  row.shapes =
      "x: ring(k) [...] a: ring [...] -> ring(k) broadcast; attributes: s, whether signed, whether "
      "x times 2^(2^s - 1) fits";
  row.reveals = "nothing";
  row.source = "[PICCO], [BBY23]; barrel shifter";
  return row;
}

}  // namespace ops

Value shift_right(const Value& x, const Value& a, unsigned s, ShiftOptions options,
                  std::source_location where) {
  return ops::apply(Op::shift_right, {x, a}, {s, options.is_signed, options.fits}, where);
}

}  // namespace tacet
