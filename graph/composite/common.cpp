#include "graph/composite/common.hpp"

namespace tacet::ops {

OpRow composite_row(std::string_view name, int operands) {
  OpRow row;
  row.name = name;
  row.op_class = OpClass::composite;
  row.min_operands = row.max_operands = operands;
  row.elementwise = true;
  return row;
}

Value plane(const Value& word, unsigned index) {
  return apply(Op::wires, {word}, {1, 1, index});
}

Value repeat(const Value& bit, unsigned width) {
  if (width == 1) return bit;
  std::vector<std::int64_t> attributes{1};
  for (unsigned i = 0; i < width; ++i) attributes.insert(attributes.end(), {1, 0});
  return bit.builder().apply(Op::wires, {&bit, 1}, attributes, {});
}

Value sum_of_bits(Values bits, unsigned k) {
  Value sum = to_ring(bits[0], k);
  for (const Value& b : bits.subspan(1)) sum = sum + to_ring(b, k);
  return sum;
}

Value constant_like(const Value& x, ElementType element, u128 c) {
  return x.builder().constant(Tensor(element, {}, {&c, 1}));
}

Value add_constant(const Value& x, u128 c) {
  return x + constant_like(x, x.type().element, c);
}

Value stretch(const Value& x, const Shape& shape) {
  if (x.shape() == shape) return x;
  const Value zero = x.builder().constant(Tensor(x.type().element, shape));
  return x.type().element.domain == Domain::ring ? x + zero : x ^ zero;
}

Value lift(const Value& x, unsigned k, unsigned s) {
  return apply(Op::lift, {x}, {k, s});
}

Value reduce_to(const Value& x, unsigned k) {
  return k == width_of(x) ? x : lift(x, k, 0);
}

EdaBit make_eda_bit(Lowering& l, unsigned m, unsigned k, const Shape& shape, unsigned shift, Digits wanted) {
  TACET_ASSERT(m <= k && shift < m);
  const Value word = l.builder().random(bits(m), shape);
  Circuit c(l.builder());
  std::vector<words::Word> summands;
  for (std::uint32_t j = 0; j <= l.t(); ++j) summands.push_back(c.input(l.part(word, j)));
  words::Word lost, caught;
  const auto [s, r] = words::compress_all(c, summands, &lost, shift != 0 ? &caught : nullptr, shift - 1);
  // Carries out of position `shift` and out of the top, beside the digits.
  const std::vector<words::Carry> positions = words::carries(c, s, r);
  words::Word digits;
  if (wanted == Digits::all) {
    const words::Word into = words::all_carries(c, positions);
    for (unsigned i = 0; i < m; ++i)
      digits.push_back(c.exclusive_or(positions[i].passes, i == 0 ? Circuit::zero() : into[i - 1]));
    lost.push_back(into.back());
    if (shift != 0) caught.push_back(into[shift - 1]);
  } else {
    const std::span all(positions);
    const words::Wire low = words::carry_through(c, all.first(shift), Circuit::zero());
    const words::Wire top = words::carry_through(c, all.subspan(shift, m - 1 - shift), low);
    digits.push_back(c.exclusive_or(positions[m - 1].passes, top));
    lost.push_back(words::carry_through(c, all.last(1), top));
    if (shift != 0) caught.push_back(low);
  }

  std::vector<words::Word> outputs{digits};
  if (m < k || shift != 0)
    for (const auto w : lost) outputs.push_back({w});
  for (const auto w : caught) outputs.push_back({w});
  const std::vector<Value> built = c.build(outputs);
  const auto overflow = Values(built).subspan(1, outputs.size() - 1 - caught.size());
  const auto carried = Values(built).subspan(built.size() - caught.size());

  const auto total = [&](unsigned by) {
    Value sum = l.leaf(word, 0, ring(k), by);
    for (std::uint32_t j = 1; j <= l.t(); ++j) sum = sum + l.leaf(word, j, ring(k), by);
    return sum;
  };
  EdaBit out{total(0), built[0], {}};
  if (m < k) out.value = out.value - lift(sum_of_bits(overflow, k - m), k, m);
  if (shift != 0) {
    Value high = total(shift) + sum_of_bits(carried, k);
    high = high - lift(sum_of_bits(overflow, k - (m - shift)), k, m - shift);
    out.shifted.push_back(high);
  }
  return out;
}

Value Opened::high(unsigned m) const {
  return apply(Op::ring_of, {c}, {width_of(c), m});
}

Value Opened::wrapped(unsigned width) const {
  const unsigned k = width_of(c);
  const Value top = to_ring(plane(mask.digits, width_of(mask.digits) - 1), width);
  return apply(Op::ring_of, {~plane(digits, k - 1)}, {width, 0}) * top;
}

Opened opened(const Value& c, const EdaBit& mask) {
  return {c, apply(Op::bits_of, {c}, {width_of(c), 0}), mask};
}

Opened open_masked(Lowering& l, const Value& x, unsigned shift, Digits digits, unsigned to) {
  const unsigned k = width_of(x);
  const EdaBit r = make_eda_bit(l, k, to == 0 ? k : to, x.shape(), shift, digits);
  return opened(reveal(x + reduce_to(r.value, k)), r);
}

void need_room_to_truncate(const ValueType& type, std::int64_t m) {
  if (m < 0 || m + 2 > type.element.width)
    throw Error(Errc::bad_argument, "probabilistic truncation of " + type.element.to_string() + " by " +
                                        std::to_string(m) + " bits: expected 0 to 2 less than the width");
}

Value without_borrow(const Opened& o, unsigned m) {
  const unsigned k = width_of(o.c);
  const Value result = o.high(m) - o.mask.shifted[0] + lift(o.wrapped(m), k, k - m);
  return add_constant(result, u128{0} - (u128{1} << (k - 2 - m)));
}
Value centred(const Value& x) {
  return add_constant(x, u128{1} << (width_of(x) - 2));
}

namespace {

/// d = a b + r to a king, who shares it. Source: [DN07].
Value product_through_king(Lowering& l, Values in, Attributes) {
  const ElementType element = in[0].type().element;
  const std::int64_t king = l.builder().fresh() % l.setting().n;
  const Value r = l.builder().random(element, in[0].shape());
  const Value d = apply(Op::mul_to_king, {in[0], in[1], r}, {king});
  return apply(Op::share_from_king, {d, element.domain == Domain::ring ? -r : r}, {king});
}
Value reveal_through_king(Lowering& l, Values in, Attributes) {
  const std::int64_t king = l.builder().fresh() % l.setting().n;
  return apply(Op::open_from_king, {apply(Op::open_to_king, {in[0]}, {king})}, {king});
}
bool are_alike(const Setting& s, Types in, Attributes) {
  return s.scheme == Scheme::rss && in[0]->shape == in[1]->shape && in[0]->visibility == Visibility::secret &&
         in[1]->visibility == Visibility::secret;
}
bool is_shared(const Setting& s, Types in, Attributes) {
  return s.scheme == Scheme::rss && in[0]->visibility == Visibility::secret;
}

}  // namespace

const std::array<Variant, 2> kProductVariants{{
    {"reshare", "each party shares its part of the product", nullptr},
    {"king", "a masked product to one party, which shares it", product_through_king, are_alike},
}};
const std::array<Variant, 2> kRevealVariants{{
    {"direct", "each party hears what it lacks", nullptr},
    {"king", "to one party, which tells all others", reveal_through_king, is_shared},
}};

Value bit_by_summands(Lowering& l, const Value& bit, unsigned k) {
  if (k == 1) return apply(Op::top_weight, {bit}, {1});
  // The sparse summand meets another in the first level, where their product costs less.
  std::vector<Value> terms{l.leaf(bit, l.t(), ring(k))};
  for (std::uint32_t j = 0; j < l.t(); ++j) terms.push_back(l.leaf(bit, j, ring(k)));
  while (terms.size() > 1) {
    std::vector<Value> next;
    for (std::size_t i = 0; i + 1 < terms.size(); i += 2) next.push_back(either(terms[i], terms[i + 1]));
    if (terms.size() % 2 == 1) next.push_back(terms.back());
    terms = std::move(next);
  }
  return terms[0];
}

}  // namespace tacet::ops

namespace tacet {

Value bit_slice(const Value& a, unsigned begin, unsigned end, std::source_location where) {
  const unsigned width = a.type().element.width;
  if (a.type().element.domain != Domain::bits || begin >= end || end > width)
    throw Error(Errc::bad_argument, place_text(where) + ": bit_slice [" + std::to_string(begin) + ":" +
                                        std::to_string(end) + "] of " + a.type().to_string() +
                                        "; expected 0 <= begin < end <= the width of bits");
  std::vector<std::int64_t> attributes{1};
  for (unsigned i = begin; i < end; ++i) attributes.insert(attributes.end(), {1, i});
  return a.builder().apply(Op::wires, {&a, 1}, attributes, where);
}

Value bit_concat(std::span<const Value> parts, std::source_location where) {
  if (parts.empty())
    throw Error(Errc::bad_argument, place_text(where) + ": bit_concat: there is nothing to put together");
  std::vector<std::int64_t> attributes{1};
  std::int64_t plane = 0;
  for (const Value& part : parts)
    for (unsigned i = 0; i < part.type().element.width; ++i)
      attributes.insert(attributes.end(), {1, plane++});
  return parts[0].builder().apply(Op::wires, parts, attributes, where);
}

}  // namespace tacet
