#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: m, rounding, whether signed, whether it fits; the width of the result if it is smaller.

unsigned width_of_result(unsigned k, Attributes a) {
  return a.size() > 4 ? static_cast<unsigned>(a[4]) : k;
}

ValueType infer(Types in, Attributes a) {
  need_ring(*in[0]);
  if (a[0] < 0 || a[0] >= in[0]->element.width)
    throw Error(Errc::bad_argument, "truncation of " + in[0]->element.to_string() + " by " +
                                        std::to_string(a[0]) + " bits: expected 0 to " +
                                        std::to_string(in[0]->element.width - 1));
  const unsigned k = in[0]->element.width, to = width_of_result(k, a);
  if (to > k)
    throw Error(Errc::bad_width, "truncation of " + in[0]->element.to_string() + " to " + std::to_string(to) +
                                     " bits: expected at most " + std::to_string(k));
  return {result_visibility(in), fixed(to, in[0]->element.frac), in[0]->shape};
}

struct Request {
  Request(const Value& x, Attributes a)
      : k(width_of(x)),
        to(width_of_result(k, a)),
        m(static_cast<unsigned>(a[0])),
        rounding(static_cast<Rounding>(a[1])),
        wraps(to + m > k),
        is_signed(a[2] != 0 && wraps),
        fits(a[3] != 0 && m + 2 <= k && wraps) {}
  bool ties() const { return rounding == Rounding::ties_even; }
  /// What makes floor(X / 2^m) of an unsigned X the result, up to `offset`.
  Value prepared(const Value& x, bool fits_too) const {
    u128 c = rounding == Rounding::half_up ? u128{1} << (m - 1) : 0;
    if (is_signed) c += offset(fits_too) << m;
    return c == 0 ? x : add_constant(x, c);
  }
  u128 offset(bool fits_too) const { return is_signed ? u128{1} << (k - 1 - m - fits_too) : 0; }
  Value restored(const Value& x, bool fits_too) const {
    return is_signed ? add_constant(x, u128{0} - offset(fits_too)) : x;
  }

  unsigned k, to, m;
  Rounding rounding;
  bool wraps;  ///< what leaves at the top counts: else signed and unsigned values have one result
  bool is_signed, fits;
};

/// What happens in an addition of two words at position m.
struct Crossing {
  words::Wire low;  ///< the carry into it
  words::Wire up;   ///< whether ties_even rounds up
};
Crossing cross(Circuit& c, std::span<const words::Carry> positions, words::Wire carry_in, const Request& q,
               bool fits_too, const std::function<words::Wire()>& below_is_zero) {
  if (!q.ties()) return {words::carry_out(c, positions.first(q.m)).makes, Circuit::zero()};
  const words::Carry& half = positions[q.m - 1];
  const words::Wire into = q.m == 1 ? carry_in : words::carry_out(c, positions.first(q.m - 1)).makes;
  const words::Wire low =
      q.m == 1 ? half.makes : c.exclusive_or(half.makes, c.conjunction(half.passes, into));
  const words::Wire guard = c.exclusive_or(half.passes, into);
  // The offset counts too: it makes even numbers odd where it is 1.
  const words::Wire odd =
      c.exclusive_or(c.exclusive_or(positions[q.m].passes, low), Circuit::constant(q.offset(fits_too) == 1));
  const words::Wire sticky = c.negate(below_is_zero());
  return {low, c.conjunction(guard, c.disjunction(sticky, odd))};
}

/// The summands' high parts, plus the carries from their low parts, less the carries out of the top. Opens
/// nothing.
Value by_summands(Lowering& l, Values in, Attributes a) {
  const Request q(in[0], a);
  if (q.m == 0) return reduce_to(in[0], q.to);
  const Value x = q.prepared(in[0], false);
  const unsigned digits = q.wraps ? q.k : q.m + q.ties();
  Circuit c(l.builder());
  std::vector<words::Word> summands;
  for (const Value& leaf : l.leaves(reduce_to(x, digits), bits(digits))) summands.push_back(c.input(leaf));
  words::Word lost, caught;
  const auto [s, r] = words::compress_all(c, summands, q.wraps ? &lost : nullptr, &caught, q.m - 1);
  const std::vector<words::Carry> positions = words::carries(c, s, r);
  const Crossing crossing = cross(c, positions, Circuit::zero(), q, false, [&, s = s, r = r] {
    return words::sum_is_zero(c, words::range(s, 0, q.m - 1), words::range(r, 0, q.m - 1));
  });
  caught.push_back(crossing.low);
  if (q.ties()) caught.push_back(crossing.up);
  if (q.wraps) lost.push_back(words::carry_through(c, std::span(positions).subspan(q.m), crossing.low));

  std::vector<words::Word> outputs;
  for (const auto w : caught) outputs.push_back({w});
  for (const auto w : lost) outputs.push_back({w});
  const std::vector<Value> built = c.build(outputs);
  Value sum = sum_of_bits(Values(built).first(caught.size()), q.to);
  if (q.wraps)
    sum = sum - lift(sum_of_bits(Values(built).subspan(caught.size()), q.to + q.m - q.k), q.to, q.k - q.m);
  for (const Value& leaf : l.leaves(x, ring(q.to), q.m)) sum = sum + leaf;
  return q.restored(sum, false);
}

/// Opens c = X + r: floor(X / 2^m) = floor(c / 2^m) - floor(r / 2^m), less a borrow from the low parts, plus
/// 2^(k-m) where c has wrapped. Source: [BBY23].
Value by_random_word(Lowering& l, Values in, Attributes a) {
  const Request q(in[0], a);
  if (q.m == 0) return reduce_to(in[0], q.to);
  const Value x = q.prepared(in[0], q.fits);
  const Opened o = open_masked(l, x, q.m);
  Circuit c(l.builder());
  const words::Word open = c.input(o.digits), mask = c.input(o.mask.digits);
  std::vector<words::Carry> positions = words::carries(c, open, words::negate(c, mask));
  positions[0].makes = c.exclusive_or(positions[0].makes, positions[0].passes);  // c + not r + 1
  const Crossing crossing = cross(c, positions, Circuit::one(), q, q.fits, [&] {
    const words::Word differ = words::exclusive_or(c, open, mask);
    return words::all(c, words::negate(c, words::range(differ, 0, q.m - 1)));
  });
  std::vector<words::Word> outputs{{c.negate(crossing.low)}};
  if (q.ties()) outputs.push_back({crossing.up});
  if (q.wraps && !q.fits)
    outputs.push_back({c.negate(words::carry_through(c, std::span(positions).subspan(q.m), crossing.low))});
  const std::vector<Value> built = c.build(outputs);
  Value result = reduce_to(o.high(q.m) - o.mask.shifted[0], q.to) - to_ring(built[0], q.to);
  if (q.ties()) result = result + to_ring(built[1], q.to);
  if (q.wraps) {
    const unsigned left = q.to + q.m - q.k;
    result = result + lift(q.fits ? o.wrapped(left) : to_ring(built.back(), left), q.to, q.k - q.m);
  }
  return q.restored(result, q.fits);
}

constexpr Variant kVariants[] = {
    {"summands", "high parts and carries of the summands", by_summands},
    {"edabit", "opened under a random word made beforehand", by_random_word},
};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  const auto m = static_cast<unsigned>(a[0]);
  const auto rounding = static_cast<Rounding>(a[1]);
  map_values(in, out, range, [&](const auto& x) {
    if (m == 0) return x[0];
    u128 v = x[0];
    if (rounding == Rounding::half_up) v = (v + (u128{1} << (m - 1))) & low_mask<u128>(k);
    const u128 floor = a[2] != 0 ? static_cast<u128>(as_signed(v, k) >> m) : v >> m;
    const u128 rest = v & low_mask<u128>(m), half = u128{1} << (m - 1);
    const bool up = rest > half || (rest == half && (floor & 1) != 0);
    return rounding == Rounding::ties_even && up ? floor + 1 : floor;
  });
}

}  // namespace

OpRow trunc_row() {
  OpRow row = composite_row("trunc", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The value divided by 2^m and rounded, exactly.";
  row.shapes =
      "a: ring(k) [...] -> ring(k) [...]; attributes: m, rounding, whether signed, whether it fits; the "
      "width of "
      "the result if it is smaller";
  row.reveals = "nothing";
  row.source = "own for the summands; [BBY23] with random words";
  return row;
}

}  // namespace ops

Value trunc(const Value& x, unsigned m, TruncOptions options, std::source_location where) {
  const auto rounding = static_cast<std::int64_t>(options.rounding);
  if (options.width == 0 || options.width == x.type().element.width)
    return ops::apply(Op::trunc, {x}, {m, rounding, options.is_signed, options.fits}, where);
  return ops::apply(Op::trunc, {x}, {m, rounding, options.is_signed, options.fits, options.width}, where);
}

}  // namespace tacet
