#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

Shape shape_of(Attributes a, std::size_t first) {
  return Shape(std::vector<std::int64_t>(a.begin() + static_cast<std::ptrdiff_t>(first), a.end()));
}

Value by_summands(Lowering& l, Values, Attributes a) {
  return bit_by_summands(l, l.builder().random(bits(1), shape_of(a, 2)), static_cast<unsigned>(a[1]));
}

/// a odd, e = a^2 opened: a over a fixed root of e is 1 or -1 up to a factor 1 + 2^(k+1), so that half of it
/// plus 1 is a bit mod 2^k.
Value from_square(const Value& a, const Value& e, unsigned k) {
  const Value d = apply(Op::inverse_root, {e}, {}) * a;
  return apply(Op::halve, {d + 1}, {k});
}
Value random_odd(Lowering& l, Attributes a) {
  const auto k = static_cast<unsigned>(a[1]);
  return 2 * l.builder().random(ring(k + 2), shape_of(a, 2)) + 1;
}

Value by_root(Lowering& l, Values, Attributes a) {
  const Value x = random_odd(l, a);
  return from_square(x, apply(Op::mul_open, {x, x}, {}), static_cast<unsigned>(a[1]));
}

Value by_root_through_king(Lowering& l, Values, Attributes a) {
  const Value x = random_odd(l, a);
  const std::int64_t king = a[0] % l.setting().n;
  const Value e = apply(Op::open_from_king, {apply(Op::mul_to_king, {x, x}, {king})}, {king});
  return from_square(x, e, static_cast<unsigned>(a[1]));
}

bool has_room(const Setting&, Types, Attributes a) {
  return a[1] + 2 <= kMaxRingBits;
}

constexpr Variant kVariants[] = {
    {"summands", "exclusive or of the summands of a random bit; no larger ring", by_summands},
    {"root", "square root in Z_2^(k+2), the square opened to all at once", by_root, has_room},
    {"root_king", "square root in Z_2^(k+2), the square opened through one party", by_root_through_king,
     has_room},
};

}  // namespace

OpRow rand_bit_row() {
  OpRow row = composite_row("rand_bit", 0);
  row.variants = kVariants;
  row.doc = "A uniform secret bit in Z_2^k.";
  row.shapes = "-> ring(k) [...]; attributes: a number that tells draws apart, k, the shape";
  row.reveals = "nothing";
  row.source = "[Bac24] 4.2.1, [BGY23]; [Dam+19] for square roots";
  return row;
}

}  // namespace ops

Value rand_bit(Builder& b, unsigned k, Shape shape, std::source_location where) {
  std::vector<std::int64_t> attributes{b.fresh(), k};
  attributes.insert(attributes.end(), shape.dims().begin(), shape.dims().end());
  return b.draw(Op::rand_bit, {Visibility::secret, ring(k), std::move(shape)}, attributes, where);
}

}  // namespace tacet
