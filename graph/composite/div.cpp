#include <cmath>

#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: whether signed, l: magnitudes are below 2^l.

ValueType infer(Types in, Attributes a) {
  check_pair(*in[0], *in[1], Domain::ring);
  if (a[1] < 1 || a[1] > in[0]->element.width)
    throw Error(Errc::bad_argument, "division of magnitudes of " + std::to_string(a[1]) + " bits in " +
                                        in[0]->element.to_string() + ": expected 1 to its width");
  return {result_visibility(in), in[0]->element, broadcast(in[0]->shape, in[1]->shape)};
}

/// Of unsigned operands: the quotient, all ones for a divisor of zero, and whether the divisor is another.
struct Quotient {
  Value value;
  Value nonzero;
};

/// A fixed-point approximation of 1/b by Newton's iteration, a quotient that is off by one at most, and a
/// correction. f = l + 3 fractional bits; every intermediate value is below 2^(2l+8).
Quotient by_newton(Lowering& l, const Value& a, const Value& b, unsigned bits_of_operands) {
  const unsigned k = width_of(a), n = bits_of_operands, f = n + 3;
  const ElementType wide = ring(std::max(k, 2 * n + 8));
  const TruncOptions floor{.is_signed = false};
  const auto number = [&](u128 value) { return constant_like(a, wide, value); };

  // c = b v lies in [2^(n-1), 2^n).
  Circuit circuit(l.builder());
  words::Word from_top = circuit.input(to_bits(b, n));
  std::reverse(from_top.begin(), from_top.end());
  const words::Word seen = words::prefix_any(circuit, from_top);
  words::Word first{seen[0]};
  for (unsigned i = 1; i < n; ++i) first.push_back(circuit.exclusive_or(seen[i], seen[i - 1]));
  const std::array outputs{first, words::Word{seen.back()}};
  const std::vector<Value> built = circuit.build(outputs);
  Value v = to_ring(plane(built[0], 0), wide.width);
  for (unsigned i = 1; i < n; ++i) v = v + lift(to_ring(plane(built[0], i), wide.width - i), wide.width, i);
  const Value wide_b = convert(b, wide.width);
  const Value c = wide_b * v;

  // w, about 2^(f+n) / c.
  Value w = number((u128{29142} << f) / 10000) - lift(c, wide.width, f - n + 1);
  const auto iterations = static_cast<int>(std::ceil(std::log2((n + 4) / 3.5)));
  for (int i = 0; i < iterations; ++i) {
    const Value e = trunc(c * w, n, floor);
    w = trunc(w * (number(u128{1} << (f + 1)) - e), f, floor);
  }
  const Value reciprocal = trunc(w * v, f - 2, floor);
  const Value q = trunc(convert(a, wide.width) * reciprocal, n + 2, floor);

  // The remainder tells in which direction it is off: it lies in [-b, 2b). b = 0 has q = 0.
  const unsigned narrow = n + 2;
  const Value rest = reduce_to(convert(a, narrow), narrow) - reduce_to(q, narrow) * reduce_to(wide_b, narrow);
  const Value below = to_ring(msb(rest), k), within = to_ring(msb(rest - reduce_to(wide_b, narrow)), k);
  const Value correction = add_constant(doubled(to_ring(built[1], k)), u128{0} - 1);
  return {reduce_to(q, k) - below - within + correction, built[1]};
}

/// Digit by digit from the top, in the Boolean domain. A divisor of zero is never too large.
Quotient by_digits(Lowering& l, const Value& a, const Value& b, unsigned n) {
  Circuit c(l.builder());
  const words::Word x = c.input(to_bits(a, n));
  words::Word y = c.input(to_bits(b, n));
  const words::Wire nonzero = words::any(c, y);
  y.push_back(Circuit::zero());
  words::Word rest(n, Circuit::zero()), q(width_of(a), c.negate(nonzero));
  for (unsigned i = n; i-- > 0;) {
    words::Word next{x[i]};
    next.insert(next.end(), rest.begin(), rest.end());
    words::Wire borrow;
    const words::Word difference = words::subtract(c, next, y, &borrow);
    q[i] = c.negate(borrow);
    rest = words::range(words::choose(c, borrow, next, difference), 0, n);
  }
  const std::array outputs{q, words::Word{nonzero}};
  const std::vector<Value> built = c.build(outputs);
  return {to_ring(built[0], width_of(a)), built[1]};
}

template <Quotient (*kUnsigned)(Lowering&, const Value&, const Value&, unsigned)>
Value lower(Lowering& l, Values in, Attributes a) {
  const auto n = static_cast<unsigned>(a[1]);
  if (a[0] == 0) return kUnsigned(l, in[0], in[1], n).value;
  const Value s = msb(in[0]), t = msb(in[1]);
  const auto magnitude = [](const Value& x, const Value& sign) { return x - doubled(inject(sign, x)); };
  const Quotient q = kUnsigned(l, magnitude(in[0], s), magnitude(in[1], t), n);
  return q.value - doubled(inject((s ^ t) & q.nonzero, q.value));
}

bool has_room(const Setting&, Types in, Attributes a) {
  return std::max<std::int64_t>(in[0]->element.width, 2 * a[1] + 8) <= kMaxRingBits;
}

constexpr Variant kVariants[] = {
    {"newton", "a reciprocal by Newton's iteration in a ring of twice the width", lower<by_newton>, has_room},
    {"restoring", "digit by digit, in the Boolean domain", lower<by_digits>},
};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  map_values(in, out, range, [&](const auto& x) {
    if (x[1] == 0) return ~u128{0};
    if (a[0] == 0) return x[0] / x[1];
    const auto magnitude = [k](u128 v) {
      return as_signed(v, k) < 0 ? u128{0} - static_cast<u128>(as_signed(v, k)) : v;
    };
    const u128 q = magnitude(x[0]) / magnitude(x[1]);
    return (as_signed(x[0], k) < 0) != (as_signed(x[1], k) < 0) ? u128{0} - q : q;
  });
}

}  // namespace

OpRow div_row() {
  OpRow row = composite_row("div", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The quotient, rounded toward zero; all ones for a divisor of zero.";
  row.shapes =
      "a: ring(k) [...] b: ring(k) [...] -> ring(k) broadcast; attributes: whether signed, the bits of the "
      "magnitudes";
  row.reveals = "nothing";
  row.source = "[PICCO] with Newton's iteration; restoring division";
  return row;
}

}  // namespace ops

Value div(const Value& a, const Value& b, DivOptions options, std::source_location where) {
  if (const unsigned f = a.type().element.frac; f != 0 && b.type().element == a.type().element) {
    // (x 2^-f) / (y 2^-f) = ((x 2^f) / y) 2^-f, with room for x 2^f.
    const unsigned k = a.type().element.width, bits = options.bits == 0 ? k : options.bits;
    if (k + f > kMaxRingBits || bits > k)
      throw Error(
          bits > k ? Errc::bad_argument : Errc::bad_width,
          place_text(where) + ": div: " +
              (bits > k
                   ? "operands of " + std::to_string(bits) + " bits in " + a.type().element.to_string() +
                         ": expected 1 to its width"
                   : "a quotient of " + a.type().element.to_string() + " takes " + std::to_string(k + f) +
                         " bits on the way, and there are " + std::to_string(kMaxRingBits) +
                         ": use a type fixed(k, f) with k + f <= " + std::to_string(kMaxRingBits)));
    const ConvertOptions as{.is_signed = options.is_signed};
    const auto wide = [&](const Value& v) { return convert(with_fraction(v, 0, where), k + f, as, where); };
    const Value q = div(shift_left(wide(a), f, where), wide(b), {options.is_signed, bits + f}, where);
    return convert(with_fraction(q, f, where), k, {}, where);
  }
  return ops::apply(Op::div, {a, b},
                    {options.is_signed, options.bits == 0 ? a.type().element.width : options.bits}, where);
}
Value mod(const Value& a, const Value& b, DivOptions options, std::source_location where) {
  ops::at_line("mod", where, [&] {
    ops::need_integers(a.type(), "the dividend");
    ops::need_integers(b.type(), "the divisor");
  });
  const Value multiple = Located(div(a, b, options, where), where) * Located(b, where);
  return Located(a, where) - Located(multiple, where);
}

}  // namespace tacet
