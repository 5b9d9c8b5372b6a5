#include "graph/composite/common.hpp"
#include "graph/data.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: m, then domain and width of the result. Of an index s bits count.

ElementType element_of(Attributes a) {
  const auto width = static_cast<unsigned>(a[2]);
  return static_cast<Domain>(a[1]) == Domain::ring ? ring(width) : bits(width);
}
unsigned bits_used(const ElementType& index, Attributes a) {
  return std::min<unsigned>(index.width, index_bits(a[0]));
}

ValueType infer(Types in, Attributes a) {
  need_integers(*in[0], "the index");
  const ElementType element = element_of(a);
  if (element.domain == Domain::bits && element.width != 1)
    throw Error(Errc::type_mismatch,
                "a unit vector of " + element.to_string() + ": expected a ring or single bits");
  if (a[0] < 0 || a[0] > std::int64_t{1} << 32)
    throw Error(Errc::bad_argument,
                "a unit vector of length " + std::to_string(a[0]) + ": expected 0 to 2^32");
  std::vector<std::int64_t> dims = in[0]->shape.dims();
  dims.push_back(a[0]);
  return {result_visibility(in), element, Shape(std::move(dims))};
}

/// A last axis of one element, or one before the last.
Value with_axis(const Value& x, bool last) {
  std::vector<std::int64_t> dims = x.shape().dims();
  dims.insert(last ? dims.end() : dims.end() - 1, 1);
  return reshape(x, dims);
}
Value without_axis(const Value& x) {  // the last two become one
  std::vector<std::int64_t> dims = x.shape().dims();
  const std::int64_t last = dims.back();
  dims.pop_back();
  dims.back() *= last;
  return reshape(x, dims);
}

/// The unit vector at a number whose bits [begin, end) lie in Z_2^k along the first axis: the products of
/// those at its higher and its lower bits. What is missing in the last row and column is what their sums
/// lack, so that 2^a (x) 2^b entries take (2^a - 1)(2^b - 1) products.
Value unit_in_ring(const Value& digits, std::int64_t begin, std::int64_t end) {
  if (end - begin == 1) {
    const Value bit = with_axis(at(digits, 0, begin), true);
    return concat({1 - bit, bit}, -1);
  }
  const std::int64_t middle = begin + (end - begin) / 2;
  const Value low = with_axis(unit_in_ring(digits, begin, middle), false);
  const Value high = with_axis(unit_in_ring(digits, middle, end), true);
  const Value core = slice(high, -2, 0, -1) * slice(low, -1, 0, -1);
  const Value rows = concat({core, slice(high, -2, 0, -1) - with_axis(sum(core, -1), true)}, -1);
  return without_axis(concat({rows, low - with_axis(sum(rows, -2), false)}, -2));
}

constexpr unsigned kCircuitBits = 6;

/// The same as wires: entry j is 1 where the bits are those of j. One conjunction for each entry of the core.
words::Word unit_in_circuit(Circuit& c, const words::Word& digits) {
  if (digits.size() == 1) return {c.negate(digits[0]), digits[0]};
  const words::Word low = unit_in_circuit(c, words::range(digits, 0, digits.size() / 2));
  const words::Word high = unit_in_circuit(c, words::range(digits, digits.size() / 2, digits.size()));
  words::Word out, columns(low.begin(), low.end());
  for (std::size_t i = 0; i < high.size(); ++i) {
    auto rest = high[i];
    for (std::size_t j = 0; j < low.size(); ++j) {
      words::Wire entry = rest;  // the last of a row
      if (i + 1 == high.size()) {
        entry = columns[j];  // the last of a column
      } else if (j + 1 < low.size()) {
        entry = c.conjunction(high[i], low[j]);
      }
      rest = c.exclusive_or(rest, entry), columns[j] = c.exclusive_or(columns[j], entry);
      out.push_back(entry);
    }
  }
  return out;
}

/// The same for single bits: small ones as one circuit, larger ones as products of two smaller.
Value unit_in_bits(const Value& digits) {
  const unsigned s = width_of(digits);
  if (s > kCircuitBits) {
    const Value low = with_axis(unit_in_bits(bit_slice(digits, 0, s / 2)), false);
    const Value high = with_axis(unit_in_bits(bit_slice(digits, s / 2, s)), true);
    return without_axis(high & low);
  }
  Circuit c(digits.builder());
  const Value planes = apply(Op::unstack, {c.build(unit_in_circuit(c, c.input(digits)))}, {});
  std::vector<std::int64_t> axes;  // the first axis goes last
  for (std::size_t i = 1; i < planes.shape().rank(); ++i) axes.push_back(static_cast<std::int64_t>(i));
  axes.push_back(0);
  return axes.size() == 1 ? planes : transpose(planes, axes);
}

Value unit(const Value& digits, ElementType element) {
  if (element.domain == Domain::bits) return unit_in_bits(digits);
  return unit_in_ring(to_ring(apply(Op::unstack, {digits}, {}), element.width), 0, width_of(digits));
}

/// Brings a vector of 2^s entries to length m.
Value fit(const Value& x, std::int64_t m) {
  const std::int64_t length = x.shape().dims().back();
  if (m <= length) return slice(x, -1, 0, m);
  std::vector<std::int64_t> dims = x.shape().dims();
  dims.back() = m - length;
  return concat({x, x.builder().constant(Tensor(x.type().element, Shape(dims)))}, -1);
}

Value by_digits(Lowering&, Values in, Attributes a) {
  const unsigned s = bits_used(in[0].type().element, a);
  const bool is_ring = in[0].type().element.domain == Domain::ring;
  return fit(unit(is_ring ? to_bits(in[0], s) : bit_slice(in[0], 0, s), element_of(a)), a[0]);
}

/// The unit vector at a random r, turned round by c = index + r: entry j is the one at c - j of the other.
/// The sum is reduced mod 2^s before it is opened; over the integers it would tell about the index.
Value by_random_word(Lowering& l, Values in, Attributes a) {
  const unsigned s = bits_used(in[0].type().element, a);
  const EdaBit r = make_eda_bit(l, s, s, in[0].shape());
  const Value open = reveal(reduce_to(in[0], s) + r.value);
  return fit(apply(Op::rotate, {open, unit(r.digits, element_of(a))}, {}), a[0]);
}

bool is_ring(const Setting&, Types in, Attributes) {
  return in[0]->element.domain == Domain::ring;
}

constexpr Variant kVariants[] = {
    {"digits", "products of the index's digits", by_digits},
    {"edabit", "the unit vector at a random place made beforehand, turned round", by_random_word, is_ring},
};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::uint64_t count = in[0].shape->elements();
  const auto m = static_cast<std::uint64_t>(a[0]);
  if (out.shape->elements() == 0) return;
  std::memset(out.data, 0, out.element.memory_bytes(out.shape->elements()));
  const auto mask = low_mask<u128>(bits_used(in[0].element, a));
  for (std::uint64_t i = 0; i < count; ++i) {
    const u128 index = load_element(in[0].data, in[0].element, count, i) & mask;
    if (index < m)
      store_element(out.data, out.element, out.shape->elements(), i * m + static_cast<std::uint64_t>(index),
                    1);
  }
}

}  // namespace

OpRow one_hot_row() {
  OpRow row = composite_row("one_hot", 1);
  row.elementwise = false;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "A row with 1 at a secret index and 0 elsewhere; zeros if the index is past the end.";
  row.shapes = "index:[...] -> [..., m]; attributes: m, domain, width";
  row.reveals = "nothing";
  row.source = "[PICCO] private indexing; [EGKRS20]";
  return row;
}

}  // namespace ops

Value one_hot(const Value& index, std::int64_t m, ElementType element, std::source_location where) {
  if (element.frac != 0)
    throw Error(Errc::type_mismatch, place_text(where) + ": one_hot: a unit vector of " +
                                         element.to_string() + ": expected a ring or single bits");
  return ops::apply(Op::one_hot, {index}, {m, static_cast<std::int64_t>(element.domain), element.width},
                    where);
}

}  // namespace tacet
