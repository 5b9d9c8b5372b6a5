#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: the ring, s.

ValueType infer(Types in, Attributes a) {
  need_ring(*in[0]);
  need_integers(*in[0], "the exponent");
  if (a[1] < 1 || a[1] > in[0]->element.width)
    throw Error(Errc::bad_argument, "pow2 of an exponent of " + std::to_string(a[1]) + " digits in " +
                                        in[0]->element.to_string() + ": expected 1 to its width");
  return {result_visibility(in), ring(static_cast<unsigned>(a[0])), in[0]->shape};
}

/// The product of 1 + b_j (2^(2^j) - 1) over the digits b_j of the exponent. Source: [PICCO].
Value lower(Lowering&, Values in, Attributes a) {
  const auto k = static_cast<unsigned>(a[0]), s = static_cast<unsigned>(a[1]);
  const Value digits = to_bits(in[0], s);
  std::vector<Value> factors;
  for (unsigned j = 0; j < s; ++j) {
    const u128 power = j < 7 && (1u << j) < k ? u128{1} << (1u << j) : 0;
    const Value bit = to_ring(plane(digits, j), k);
    factors.push_back(bit * constant_like(bit, ring(k), power - 1) + constant_like(bit, ring(k), 1));
  }
  while (factors.size() > 1) {
    std::vector<Value> next;
    for (std::size_t i = 0; i < factors.size(); i += 2)
      next.push_back(i + 1 < factors.size() ? factors[i] * factors[i + 1] : factors[i]);
    factors = std::move(next);
  }
  return factors[0];
}

constexpr Variant kVariants[] = {{"product", "a product of one factor for each digit", lower}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [&](const auto& x) {
    const u128 exponent = x[0] & low_mask<u128>(static_cast<unsigned>(a[1]));
    return exponent < 128 ? u128{1} << exponent : u128{0};
  });
}

}  // namespace

OpRow pow2_row() {
  OpRow row = composite_row("pow2", 1);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Two to the power of the number that the lowest s digits make.";
  row.shapes = "a:[...] -> ring(k) [...]; attributes: k, s";
  row.reveals = "nothing";
  row.source = "[PICCO]";
  return row;
}

}  // namespace ops

Value pow2(const Value& a, unsigned s, unsigned k, std::source_location where) {
  return ops::apply(Op::pow2, {a}, {k == 0 ? a.type().element.width : k, s}, where);
}
Value shift_left(const Value& x, unsigned m, std::source_location where) {
  const unsigned k = x.type().element.width;
  if (x.type().element.domain != Domain::ring || m >= k)
    throw Error(Errc::bad_argument, place_text(where) + ": shift_left of " + x.type().to_string() + " by " +
                                        std::to_string(m) +
                                        ": expected a ring and fewer places than its width");
  return ops::apply(Op::lift, {x}, {k, m}, where);
}
Value shift_left(const Value& x, const Value& a, unsigned s, std::source_location where) {
  ops::at_line("shift_left", where, [&] { ops::need_integers(a.type(), "the number of places"); });
  return Located(x, where) * pow2(a, s, x.type().element.width, where);
}

}  // namespace tacet
