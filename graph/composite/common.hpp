#pragma once

// What the files of composite operations share. Each such file holds the operation's inference, its meaning
// in the clear, the ways to compute it in other operations, and its function in the language.

#include <array>
#include <string>

#include "graph/evaluate.hpp"
#include "graph/functions.hpp"
#include "graph/lowering.hpp"
#include "graph/ops/common.hpp"
#include "graph/words.hpp"

namespace tacet::ops {

using Attributes = std::span<const std::int64_t>;
using Types = std::span<const ValueType* const>;
using Values = std::span<const Value>;

/// Checks that a function of the language makes itself, with its line and name in front of what they say.
template <class F>
void at_line(const char* function, const std::source_location& where, F check) {
  try {
    check();
  } catch (const Error& e) {
    throw Error(e.code(), place_text(where) + ": " + function + ": " + e.what());
  }
}

inline Value apply(Op op, std::initializer_list<Value> operands,
                   std::initializer_list<std::int64_t> attributes, const std::source_location& where = {}) {
  return operands.begin()->builder().apply(op, std::span(operands.begin(), operands.size()),
                                           std::span(attributes.begin(), attributes.size()), where);
}

inline void need_ring(const ValueType& type) {
  if (type.element.domain != Domain::ring)
    throw Error(Errc::type_mismatch, "an operand is " + type.to_string() + "; this needs a ring");
}
/// Longer than one bit: what folds each string would give others back as they are.
inline void need_strings(const ValueType& type, const std::string& instead) {
  if (type.element == bits(1))
    throw Error(Errc::type_mismatch, "the operand is " + type.to_string() +
                                         ": single bits would stay as they are; this needs strings, and " +
                                         instead + " is about all elements together");
}
/// What counts something, where a fraction would be lost: the message says what to do.
inline void need_integers(const ValueType& type, const std::string& what) {
  if (type.element.frac != 0)
    throw Error(Errc::type_mismatch, what + " is " + type.to_string() +
                                         "; this needs integers: round it, with_fraction(trunc(x, " +
                                         std::to_string(type.element.frac) + "), 0)");
}
inline void need_bits(const ValueType& type) {
  if (type.element.domain != Domain::bits)
    throw Error(Errc::type_mismatch, "an operand is " + type.to_string() + "; this needs bits");
}
inline void need_bit(const ValueType& type) {
  if (type.element != bits(1))
    throw Error(Errc::type_mismatch, "an operand is " + type.to_string() + "; this needs single bits");
}
inline unsigned width_of(const Value& x) {
  return x.type().element.width;
}
/// Results of composites are shared among all parties unless they are public.
inline Visibility result_visibility(Types in) {
  for (const ValueType* type : in)
    if (type->secret()) return Visibility::secret;
  return Visibility::open;
}

/// Strings of one width; the result has as many bits, or `width` of them.
inline ValueType infer_strings(Types in, unsigned width = 0) {
  Shape shape = in[0]->shape;
  for (const ValueType* type : in) {
    check_pair(*in[0], *type, Domain::bits);
    shape = broadcast(shape, type->shape);
  }
  return {result_visibility(in), width == 0 ? in[0]->element : bits(width), std::move(shape)};
}

/// a < b in the clear, of values mod 2^width.
inline bool is_less(u128 a, u128 b, Order order, unsigned width) {
  if (order == Order::unsigned_full) return a < b;
  if (order == Order::fits) return ((a - b) >> (width - 1) & 1) != 0;
  return as_signed(a, width) < as_signed(b, width);
}

/// out[i] = f(values of the operands at i), with broadcasting, whatever the domains: the slow and plain way
/// in which composites say what they mean.
template <class F>
void map_values(std::span<const View> in, const MutableView& out, Range range, F f) {
  if (range.begin >= range.end) return;
  std::vector<Walker<1>> walkers;
  for (const View& v : in) {
    walkers.emplace_back(*out.shape, std::array{broadcast_strides(*v.shape, *out.shape)});
    walkers.back().seek(range.begin);
  }
  std::vector<u128> values(in.size());
  for (std::uint64_t i = range.begin; i < range.end; ++i) {
    for (std::size_t k = 0; k < in.size(); ++k) {
      values[k] = load_element(in[k].data, in[k].element, in[k].shape->elements(),
                               static_cast<std::uint64_t>(walkers[k].offsets()[0])) &
                  low_mask<u128>(in[k].element.width);
      walkers[k].next();
    }
    store_element(out.data, out.element, out.shape->elements(), i,
                  static_cast<u128>(f(values)) & low_mask<u128>(out.element.width));
  }
}

/// A row whose result is elementwise.
OpRow composite_row(std::string_view name, int operands);

/// One plane of a word. Free.
Value plane(const Value& word, unsigned index);
/// A bit as all planes of a word. Free.
Value repeat(const Value& bit, unsigned width);
/// The sum of bits, each in Z_2^k by itself. As to_ring, in parallel.
Value sum_of_bits(Values bits, unsigned k);
/// Exclusive or of two bits that are ring elements.
inline Value either(const Value& a, const Value& b) {
  return apply(Op::either, {a, b, a * b}, {});
}
/// x + x: in Z_2 there is no constant 2 to multiply by.
inline Value doubled(const Value& x) {
  return x + x;
}
/// x + c for a constant of any width.
Value add_constant(const Value& x, u128 c);
Value constant_like(const Value& x, ElementType element, u128 c);
/// The value repeated along the axes that the shape adds. Free.
Value stretch(const Value& x, const Shape& shape);
/// x times 2^s in Z_2^k, from a ring of k - s bits at least. Free.
Value lift(const Value& x, unsigned k, unsigned s);
/// The value mod 2^k. Free.
Value reduce_to(const Value& x, unsigned k);

/// A random word in two domains: r in Z_2^k and its m digits, and on request r >> shift in Z_2^k. r is
/// uniform in [0, 2^m).
struct EdaBit {
  Value value;
  Value digits;
  std::vector<Value> shifted;  ///< none if not asked for
};
enum class Digits : bool { all, top };
/// Rounds and traffic: that of the digits' adder beside t inputs of an element by t parties, and for m < k or
/// with a shift a conversion of t carries. Reveals: nothing. Source: [EGKRS20], with parties 0 .. t-1 and
/// share 0 as the t+1 contributors, all drawn at once as the summands of one random word.
EdaBit make_eda_bit(Lowering& l, unsigned m, unsigned k, const Shape& shape, unsigned shift = 0,
                    Digits digits = Digits::all);

/// c = x + r, known to all, with r as digits and in the ring: uniform whatever x is.
struct Opened {
  Value c;       ///< public, in Z_2^k
  Value digits;  ///< of c
  EdaBit mask;

  /// c >> m. Public.
  Value high(unsigned m) const;
  /// Where x < 2^(k-1): whether c has wrapped, in Z_2^width. Then, and only then, r has the top bit and c has
  /// not.
  Value wrapped(unsigned width) const;
};

/// Masks with a word of as many digits as x has. `shift`: of what is asked for in `mask.shifted`; `to`: the
/// ring of r, if not that of x.
Opened open_masked(Lowering& l, const Value& x, unsigned shift, Digits digits = Digits::all, unsigned to = 0);
/// The same for a c that was made with `mask`.
Opened opened(const Value& c, const EdaBit& mask);

/// Fails: Errc::bad_argument unless m and the two bits above fit.
void need_room_to_truncate(const ValueType& type, std::int64_t m);
/// Of c = X + r opened, where X = x + 2^(k-2) for x in [-2^(k-2), 2^(k-2)): floor(x / 2^m) or one more, the
/// latter with probability (x mod 2^m) / 2^m. Source: [DEK20], [BBY23].
Value without_borrow(const Opened& o, unsigned m);
Value centred(const Value& x);

/// A bit in Z_2^k as the exclusive or of its summands.
/// Rounds and traffic: ceil(log2(t+1)) + 1 rounds, n t^2 elements in all. Source: [Bac24] 4.2.1.
Value bit_by_summands(Lowering& l, const Value& bit, unsigned k);

}  // namespace tacet::ops
