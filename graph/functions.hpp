#pragma once

#include <utility>

#include "graph/builder.hpp"

namespace tacet {

// Composite operations. They are lowered to the schemes' few own ones when a plan is made, in the way that is
// cheapest there; `explain` tells rounds and bytes. Nothing is revealed by any of them: what they open on the
// way is masked uniformly. Shapes broadcast as NumPy does unless said otherwise. On public operands all of
// them are computed by every party in the clear.

/// What integers the elements of a ring stand for in a comparison.
enum class Order : std::uint8_t {
  signed_full,    ///< two's complement, any two values
  unsigned_full,  ///< 0 .. 2^k - 1, any two values
  fits,           ///< two's complement, and the difference lies in [-2^(k-1), 2^(k-1)): a third of the cost
};

enum class Rounding : std::uint8_t {
  down,       ///< floor
  half_up,    ///< to nearest, halves up; the sum x + 2^(m-1) is taken mod 2^k
  ties_even,  ///< to nearest, halves to even
};

// --- Domains
// ------------------------------------------------------------------------------------------------

/// Bits as an integer: a string of w bits in Z_2^k, mod 2^k: of a longer string the lowest k count.
/// Traffic: a bit n t^2 elements in all; words as one addition and an opening. Source: [Bac24], [EGKRS20].
Value to_ring(const Value& bits, unsigned k, std::source_location where = std::source_location::current());
/// The lowest w binary digits of an element (all if w is 0); of a fixed-point number those of its units.
/// Source: [ABY3], [EGKRS20].
Value to_bits(const Value& x, unsigned w = 0, std::source_location where = std::source_location::current());
struct ConvertOptions {
  bool is_signed = false;
  /// The operand lies in [-2^(k-2), 2^(k-2)) if signed, else in [0, 2^(k-1)): cheaper online. A value outside
  /// gives a wrong result.
  bool fits = false;
};
/// The same integer in a larger ring; as a signed or unsigned one. To a smaller one: mod 2^k, free; what does
/// not fit there wraps. Source: own; a random word made beforehand as in [BBY23].
Value convert(const Value& x, unsigned k, ConvertOptions options = {},
              std::source_location where = std::source_location::current());
/// bit * x, without the bit in x's ring. Source: own, on [Bac24]'s summands.
Value inject(const Value& bit, const Value& x, std::source_location where = std::source_location::current());
/// A uniform secret bit in Z_2^k. Source: [Bac24]; [Dam+19] for the square-root way.
Value rand_bit(Builder& b, unsigned k, Shape shape = {},
               std::source_location where = std::source_location::current());
/// A uniform secret r in [0, 2^m): in Z_2^k, and its m bits. Source: [EGKRS20].
struct RandomWord {
  Value value;
  Value digits;
};
RandomWord eda_bit(Builder& b, unsigned m, unsigned k, Shape shape = {},
                   std::source_location where = std::source_location::current());

// --- Words of bits
// ------------------------------------------------------------------------------------------

/// Sum and difference of bit strings as integers mod 2^w.
Value bit_add(const Value& a, const Value& b, std::source_location where = std::source_location::current());
Value bit_sub(const Value& a, const Value& b, std::source_location where = std::source_location::current());
/// a < b as unsigned integers: a bit.
Value bit_less(const Value& a, const Value& b, std::source_location where = std::source_location::current());
/// One bit for each string: whether any, or all, of its bits are 1. Each result says something of one string
/// alone; any() and all() are about many. Fails: Errc::type_mismatch for single bits, which they would give
/// back as they are.
Value any_bit_of_each(const Value& a, std::source_location where = std::source_location::current());
Value all_bits_of_each(const Value& a, std::source_location where = std::source_location::current());
/// Whether any, or all, of the bits along an axis are 1, bit by bit of strings; or of all elements. The axis
/// disappears. Rounds and traffic: ceil(log2 m) rounds and m - 1 conjunctions, each t bits per party.
/// Fails: Errc::type_mismatch unless x holds bits, Errc::shape_mismatch unless there is one.
Value any(const Value& x, std::int64_t axis, std::source_location where = std::source_location::current());
Value any(const Value& x, std::source_location where = std::source_location::current());
Value all(const Value& x, std::int64_t axis, std::source_location where = std::source_location::current());
Value all(const Value& x, std::source_location where = std::source_location::current());
/// Bit i: whether all, or any, of bits 0 .. i are 1.
Value bit_prefix_all(const Value& a, std::source_location where = std::source_location::current());
Value bit_prefix_any(const Value& a, std::source_location where = std::source_location::current());
/// Bits [begin, end) of strings; strings one after another, the first lowest. Free.
Value bit_slice(const Value& a, unsigned begin, unsigned end,
                std::source_location where = std::source_location::current());
Value bit_concat(std::span<const Value> parts, std::source_location where = std::source_location::current());

// --- Comparison
// ---------------------------------------------------------------------------------------------

/// The highest bit: whether a signed integer is negative.
Value msb(const Value& x, std::source_location where = std::source_location::current());
/// Whether an element is zero.
Value eqz(const Value& x, std::source_location where = std::source_location::current());
/// Comparisons give bits; strings of bits compare as unsigned integers.
Value lt(const Value& a, const Value& b, Order order = Order::signed_full,
         std::source_location where = std::source_location::current());
Value le(const Value& a, const Value& b, Order order = Order::signed_full,
         std::source_location where = std::source_location::current());
Value gt(const Value& a, const Value& b, Order order = Order::signed_full,
         std::source_location where = std::source_location::current());
Value ge(const Value& a, const Value& b, Order order = Order::signed_full,
         std::source_location where = std::source_location::current());
Value eq(const Value& a, const Value& b, std::source_location where = std::source_location::current());
Value ne(const Value& a, const Value& b, std::source_location where = std::source_location::current());

/// bit ? a : b.
Value select(const Value& bit, const Value& a, const Value& b,
             std::source_location where = std::source_location::current());
/// p ? a : q ? b : x, where at most one of the bits p and q is 1: cheaper than one selection after another.
/// If both are, it is a + b - x.
Value select_either(const Value& p, const Value& a, const Value& q, const Value& b, const Value& x,
                    std::source_location where = std::source_location::current());
Value min(const Value& a, const Value& b, Order order = Order::signed_full,
          std::source_location where = std::source_location::current());
Value max(const Value& a, const Value& b, Order order = Order::signed_full,
          std::source_location where = std::source_location::current());
/// The largest or smallest element along an axis, which disappears, and where the first such element stands.
struct Extreme {
  Value value;
  Value index;  ///< in the same ring
};
Extreme largest(const Value& x, std::int64_t axis = 0, Order order = Order::signed_full,
                std::source_location where = std::source_location::current());
Extreme smallest(const Value& x, std::int64_t axis = 0, Order order = Order::signed_full,
                 std::source_location where = std::source_location::current());
Value argmax(const Value& x, std::int64_t axis = 0, Order order = Order::signed_full,
             std::source_location where = std::source_location::current());
Value argmin(const Value& x, std::int64_t axis = 0, Order order = Order::signed_full,
             std::source_location where = std::source_location::current());
/// max(x, 0), |x|, and -1, 0 or 1, of signed integers. |-2^(k-1)| is 2^(k-1), which only an unsigned reading
/// holds; of fixed-point numbers it stays the negative one.
Value relu(const Value& x, std::source_location where = std::source_location::current());
Value abs(const Value& x, std::source_location where = std::source_location::current());
Value sign(const Value& x, std::source_location where = std::source_location::current());
/// x brought into [low, high], where low <= high.
Value clamp(const Value& x, const Value& low, const Value& high, Order order = Order::signed_full,
            std::source_location where = std::source_location::current());

// --- Shifts and division
// ------------------------------------------------------------------------------------

struct TruncOptions {
  Rounding rounding = Rounding::down;
  bool is_signed = true;
  /// The operand (plus 2^(m-1) if halves go up) lies in [-2^(k-2), 2^(k-2)) if signed, else in [0, 2^(k-1)):
  /// cheaper online. A value outside gives a wrong result.
  bool fits = false;
  /// Bits of the result, which is taken mod 2^width; 0: k. Of at most k - m bits the low m of x decide all
  /// that is sent, and what they are: much cheaper.
  unsigned width = 0;
};
/// x / 2^m, exactly rounded, for any x; 0 <= m < k. Source: own for the direct way, [BBY23] with randomness
/// made beforehand.
Value trunc(const Value& x, unsigned m, TruncOptions options = {},
            std::source_location where = std::source_location::current());
/// floor(x / 2^m) or one more: the latter with probability (x mod 2^m) / 2^m, and with no other error, for
/// signed x in [-2^(k-2), 2^(k-2)). A value outside gives a result wrong by 2^(k-m). Results differ from run
/// to run. Reveals: whoever learns the result, or what tells of it, together with what any one party has seen
/// learns 2^m numbers, from a random one on, of which x is one: that is more than the result says, and each
/// truncation of the same number gives another such interval, until all of x is known. Use trunc where that
/// matters; nothing else lowers to this. Source: [DEK20], [BBY23].
Value trunc_pr(const Value& x, unsigned m, std::source_location where = std::source_location::current());
/// trunc_pr(a * b, m) without a sharing of the product in between; the product lies in [-2^(k-2), 2^(k-2)).
/// Reveals: of the product what trunc_pr does of its operand.
Value mul_trunc_pr(const Value& a, const Value& b, unsigned m,
                   std::source_location where = std::source_location::current());
/// x times 2^m mod 2^k: what leaves at the top is lost. Free.
Value shift_left(const Value& x, unsigned m, std::source_location where = std::source_location::current());
/// 2^a mod 2^k, where the lowest s digits make a (99 with s = 3 counts as 3); k is a's own ring if 0. From
/// a = k on the result is 0. Fails: Errc::type_mismatch for an exponent with a fraction. Source: [PICCO].
Value pow2(const Value& a, unsigned s, unsigned k = 0,
           std::source_location where = std::source_location::current());
/// x shifted by a secret number of places, which the lowest s digits of a make (99 with s = 3 counts as 3):
/// left mod 2^k, or right with zeros (or signs) following. From k places on nothing but these is left.
/// Fails: Errc::type_mismatch for a number of places with a fraction. Source: [PICCO].
Value shift_left(const Value& x, const Value& a, unsigned s,
                 std::source_location where = std::source_location::current());
struct ShiftOptions {
  bool is_signed = true;
  /// x times 2^(2^s - 1) does not leave the ring: cheaper. A larger value gives a wrong result.
  bool fits = false;
};
Value shift_right(const Value& x, const Value& a, unsigned s, ShiftOptions options = {},
                  std::source_location where = std::source_location::current());
struct DivOptions {
  bool is_signed = true;
  /// Magnitudes of the operands are below 2^bits: cheaper. 0: any. A larger value gives a wrong result.
  unsigned bits = 0;
};
/// Quotient and remainder. Signed division rounds toward zero and the remainder has the sign of a. Division
/// by zero gives a quotient of all ones (2^k - 1, or -1) and the remainder a; the signed quotient of -2^(k-1)
/// by -1 is -2^(k-1), remainder 0. Fixed-point quotients are rounded toward zero in their last bit; those
/// that the type does not hold are taken mod 2^(k-f), and the remainder is refused: Errc::type_mismatch.
/// Fails: Errc::bad_width for quotients of fixed(k, f) with k + f > 128. Source: own, on [PICCO]'s division;
/// with digits in the Boolean domain for more than 60 bits.
Value div(const Value& a, const Value& b, DivOptions options = {},
          std::source_location where = std::source_location::current());
Value mod(const Value& a, const Value& b, DivOptions options = {},
          std::source_location where = std::source_location::current());
/// The same by a public divisor other than zero. Source: [GM94].
Value div(const Value& a, std::int64_t d, DivOptions options = {},
          std::source_location where = std::source_location::current());
Value mod(const Value& a, std::int64_t d, DivOptions options = {},
          std::source_location where = std::source_location::current());

}  // namespace tacet
