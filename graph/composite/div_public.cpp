#include <bit>
#include <cstdlib>
#include <limits>

#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: d > 0, whether signed, l: the magnitude of the operand is at most 2^l if signed, else below
// 2^l.

ValueType infer(Types in, Attributes) {
  need_ring(*in[0]);
  return {result_visibility(in), in[0]->element, in[0]->shape};
}

/// 0 < M d - 2^(l+s) <= 2^s for M = floor(2^(l+s) / d) + 1 and d <= 2^s, which makes floor(M x / 2^(l+s)) the
/// quotient of an unsigned x, and one less than that of a negative one. Source: [GM94].
struct Reciprocal {
  explicit Reciprocal(Attributes a)
      : d(static_cast<std::uint64_t>(a[0])),
        is_signed(a[1] != 0),
        l(static_cast<unsigned>(a[2])),
        s(static_cast<unsigned>(std::bit_width(d - 1))) {}
  /// M - 2^l = floor(2^l (2^s - d) / d) + 1, which is below 2^l.
  u128 low() const { return (((u128{1} << s) - d) << l) / d + 1; }
  u128 whole() const { return (u128{1} << l) + low(); }
  unsigned product_bits() const { return 2 * l + (is_signed ? 2 : 1); }
  bool exceeds_all() const { return l < 64 && (is_signed ? d - 1 : d) >> l != 0; }

  std::uint64_t d;
  bool is_signed;
  unsigned l, s;
};

Value by_reciprocal(Lowering&, Values in, Attributes a) {
  const Value& x = in[0];
  const Reciprocal r(a);
  const unsigned k = width_of(x);
  if (r.d == 1) return x;
  if (r.exceeds_all()) return x - x;
  const auto negative = [&] { return to_ring(msb(x), k); };
  if (std::has_single_bit(r.d))
    return r.is_signed ? trunc(x + negative() * constant_like(x, ring(k), r.d - 1), r.s)
                       : trunc(x, r.s, {.is_signed = false});
  const unsigned wide = std::max(k, r.product_bits());
  const Value q =
      reduce_to(trunc(convert(x, wide, {.is_signed = r.is_signed}) * constant_like(x, ring(wide), r.whole()),
                      r.l + r.s, {.is_signed = r.is_signed}),
                k);
  return r.is_signed ? q + negative() : q;
}

/// Without the highest bit of M the product fits: M x / 2^l is x + h, whose half is taken without a carry.
Value by_halves(Lowering&, Values in, Attributes a) {
  const Value& x = in[0];
  const Reciprocal r(a);
  const unsigned k = width_of(x), wide = 2 * r.l;
  const TruncOptions floor{.is_signed = false};
  const Value h = reduce_to(trunc(convert(x, wide) * constant_like(x, ring(wide), r.low()), r.l, floor), k);
  return trunc(trunc(x - h, 1, floor) + h, r.s - 1, floor);
}

Value by_digits(Lowering&, Values in, Attributes a) {
  const Reciprocal r(a);
  return div(in[0], constant_like(in[0], in[0].type().element, r.d),
             {.is_signed = r.is_signed, .bits = std::min(r.l + r.is_signed, width_of(in[0]))});
}

bool is_simple(const Reciprocal& r) {
  return std::has_single_bit(r.d) || r.exceeds_all();
}
bool has_room(const Setting&, Types in, Attributes a) {
  const Reciprocal r(a);
  return is_simple(r) || std::max<unsigned>(in[0]->element.width, r.product_bits()) <= kMaxRingBits;
}
bool has_room_for_halves(const Setting&, Types in, Attributes a) {
  const Reciprocal r(a);
  return !is_simple(r) && !r.is_signed && 2 * r.l <= kMaxRingBits && in[0]->element.width <= 2 * r.l;
}
/// The divisor is an element, too.
bool only_digits(const Setting& s, Types in, Attributes a) {
  if (has_room(s, in, a) || has_room_for_halves(s, in, a)) return false;
  const unsigned bits = in[0]->element.width - (a[1] != 0 ? 1 : 0);
  return bits >= 64 || static_cast<std::uint64_t>(a[0]) >> bits == 0;
}

constexpr Variant kVariants[] = {
    {"reciprocal", "a product with 2^m / d, truncated", by_reciprocal, has_room},
    {"halves", "the same where that product needs a bit more than there is", by_halves, has_room_for_halves},
    {"restoring", "digit by digit, for operands that leave no room", by_digits, only_digits},
};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  const u128 d = static_cast<std::uint64_t>(a[0]);
  map_values(in, out, range, [&](const auto& x) {
    const __int128 v = as_signed(x[0], k);
    if (a[1] == 0) return x[0] / d;
    return v < 0 ? u128{0} - (u128{0} - static_cast<u128>(v)) / d : static_cast<u128>(v) / d;
  });
}

}  // namespace

OpRow div_public_row() {
  OpRow row = composite_row("div_public", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The quotient by a public number.";
  row.shapes =
      "a: ring(k) [...] -> ring(k) [...]; attributes: the divisor, whether signed, the bits of a's magnitude";
  row.reveals = "nothing";
  row.source = "[GM94]";
  return row;
}

}  // namespace ops

Value div(const Value& a, std::int64_t d, DivOptions options, std::source_location where) {
  if (d == 0)
    throw Error(Errc::bad_argument, place_text(where) + ": div: the public divisor is 0; expected another");
  if (d < 0 && !options.is_signed)
    throw Error(Errc::bad_argument, place_text(where) + ": div: the public divisor " + std::to_string(d) +
                                        " is negative; expected a positive one in unsigned division");
  const unsigned k = a.type().element.width, most = options.is_signed ? k - 1 : k;
  const unsigned l = options.bits == 0 ? most : std::min(options.bits, most);
  const std::int64_t magnitude = d == std::numeric_limits<std::int64_t>::min() ? d : std::abs(d);
  const Value q = ops::apply(Op::div_public, {a}, {magnitude, options.is_signed, l}, where);
  return d < 0 ? -Located(q, where) : q;
}
Value mod(const Value& a, std::int64_t d, DivOptions options, std::source_location where) {
  ops::at_line("mod", where, [&] { ops::need_integers(a.type(), "the dividend"); });
  const Value q = div(a, d, options, where);
  const u128 divisor = static_cast<u128>(static_cast<__int128>(d));
  const Value multiple = Located(q, where) * Located(ops::constant_like(a, a.type().element, divisor), where);
  return Located(a, where) - Located(multiple, where);
}

}  // namespace tacet
