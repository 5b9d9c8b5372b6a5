#include "graph/check_ranges.hpp"

#include <algorithm>
#include <array>
#include <functional>
#include <set>

#include "graph/fixed_point.hpp"
#include "graph/functions.hpp"
#include "graph/ranges.hpp"
#include "graph/written_name.hpp"

namespace tacet {
namespace {

using Int = __int128;

/// Sums of products of 128 bits are longer than any word: they are computed by digits of 43 bits, whose
/// products are summed without loss.
constexpr unsigned kDigitBits = 43, kDigits = 3, kProductDigits = 2 * kDigits;
using Digits = std::array<Int, kProductDigits>;

/// A number that may be longer than 128 bits.
struct Long {
  bool is_short = true;  ///< lies in (-2^128, 2^128)
  bool negative = false;
  u128 magnitude = 0;

  bool lies_in(const Interval& in) const {
    if (!is_short) return false;
    if (!in.is_signed) return !negative && in.contains(magnitude);
    const u128 half = u128{1} << 127;
    return magnitude <= half - !negative && in.contains(negative ? u128{0} - magnitude : magnitude);
  }
};

Long from_digits(Digits d) {
  const auto carry = [&] {
    for (std::size_t i = 0; i + 1 < d.size(); ++i) {
      d[i + 1] += d[i] >> kDigitBits;
      d[i] &= static_cast<Int>(low_mask<u128>(kDigitBits));
    }
  };
  carry();
  Long out;
  out.negative = d.back() < 0;
  if (out.negative) {
    for (Int& x : d) x = -x;
    carry();
  }
  out.is_short = std::all_of(d.begin() + kDigits, d.end(), [](Int x) { return x == 0; }) && d[2] >> 42 == 0;
  for (std::size_t i = 0; i < kDigits; ++i) out.magnitude += static_cast<u128>(d[i]) << (kDigitBits * i);
  return out;
}

/// One digit of each element, the highest with the sign.
Tensor digit_of(const Tensor& x, bool is_signed, unsigned digit) {
  Tensor out(ring(kMaxRingBits), x.shape());
  const unsigned k = x.element().width;
  for (std::uint64_t i = 0; i < out.elements(); ++i) {
    const u128 word = x.get(i);
    const Int number = is_signed ? as_signed(word, k) : static_cast<Int>(word);
    const bool last = digit + 1 == kDigits;
    const Int high = is_signed || digit == 0 ? number >> (kDigitBits * digit)
                                             : static_cast<Int>(word >> (kDigitBits * digit));
    out.set(i, static_cast<u128>(high) & (last && is_signed ? ~u128{0} : low_mask<u128>(kDigitBits)));
  }
  return out;
}

class Checker {
 public:
  Checker(const Graph& program, const PlacedGraph& placed) : program_(program), placed_(placed) {}

  const std::optional<std::string>& found() const { return found_; }

  void look(NodeId id, std::span<const Tensor* const> in, const Tensor& out) {
    if (found_) return;
    id_ = id, in_ = in, out_ = &out;
    const auto a = placed_.graph.attributes(id);
    switch (placed_.graph.node(id).op) {
      case Op::add:
      case Op::sub:
      case Op::neg:
      case Op::sum:
      case Op::prefix_sum:
      case Op::mul:
      case Op::dot:
      case Op::matmul:
      case Op::conv2d:
        return look_at_sums();
      case Op::lift:
        return each(
            [&](std::uint64_t i) {
              return !times_power(operand(0, i), static_cast<unsigned>(a[1])).lies_in(all());
            },
            leaves());
      case Op::abs:
        return each([&](std::uint64_t i) { return !magnitude(number(0, i)).lies_in(all()); }, leaves());
      case Op::convert:
        return look_at_conversion(a);
      case Op::to_ring:
        return each([&](std::uint64_t i) { return word(0, i) != out.get(i); }, leaves());
      case Op::trunc:
        if (a[3] != 0) need_quarter(a[2] != 0, kFits, is_half_up(a) ? u128{1} << (a[0] - 1) : 0);
        if (a.size() > 4) look_at_short_result(a);
        return;
      case Op::trunc_pr:
        return need_quarter(true, "comes of an operand beyond 2^(k-2)");
      case Op::mul_trunc_pr:
        return each(
            [&](std::uint64_t i) {
              Int product = 0;
              return __builtin_mul_overflow(number(0, i), number(1, i), &product) ||
                     !as_long(static_cast<u128>(product), 128, true)
                          .lies_in(all_numbers(out.element().width - 1, true));
            },
            "comes of a product beyond 2^(k-2)");
      case Op::extreme:
        if (is_fits(a[2])) look_at_extreme();
        return;
      case Op::lt:
      case Op::maximum:
        if (is_fits(a[0])) need_difference(0, 1);
        return;
      case Op::clamp:
        return look_at_clamp(static_cast<Order>(a[0]));
      case Op::select_either:
        return each([&](std::uint64_t i) { return word(0, i) != 0 && word(2, i) != 0; }, "has both bits set");
      case Op::pow2:
        return each(
            [&](std::uint64_t i) {
              return word(0, i) >> a[1] != 0 || word(0, i) >= static_cast<std::uint64_t>(a[0]);
            },
            "has an exponent past the digits that count or the width of the ring");
      case Op::shift_right:
        if (a[2] != 0)
          each(
              [&](std::uint64_t i) {
                return !times_power(as_long(word(0, i), out.element().width, a[1] != 0), (1u << a[0]) - 1)
                            .lies_in(all_numbers(out.element().width, a[1] != 0));
              },
              kFits);
        return each([&](std::uint64_t i) { return word(1, i) >> a[0] != 0; },
                    "is shifted by more than the digits that count say");
      case Op::div:
        return look_at_division(a[0] != 0, static_cast<unsigned>(a[1]));
      case Op::div_public:
        return each(
            [&](std::uint64_t i) {
              return !has_bits(0, i, a[1] != 0, static_cast<unsigned>(a[2]), a[1] != 0);
            },
            "has an operand beyond the bits promised");
      case Op::one_hot:
      case Op::histogram:
        return look_at_index(0, static_cast<std::uint64_t>(a[0]));
      case Op::read:
      case Op::write:
        return look_at_index(1, static_cast<std::uint64_t>(in[0]->shape()[0]));
      case Op::place:
        return look_at_places();
      default:
        return;
    }
  }

 private:
  const Known& known(NodeId placed) { return ranges_.of(program_, placed_.origin[placed.value]); }
  bool is_signed(NodeId placed) {
    const Known& k = known(placed);
    return k.kind == Known::Kind::words || k.low < 0;
  }
  NodeId node(std::size_t i) const { return placed_.graph.operands(id_)[i]; }
  bool counts() { return known(id_).kind != Known::Kind::words; }
  Interval all() { return all_numbers(out_->element().width, is_signed(id_)); }

  // Operands where element i of the result needs them, as words and as numbers.
  u128 word(std::size_t which, std::uint64_t i) const {
    const Tensor& x = *in_[which];
    if (x.elements() == 1) return x.get(0);
    if (x.shape() == out_->shape()) return x.get(i);
    const std::vector<std::int64_t> strides = broadcast_strides(x.shape(), out_->shape());
    std::uint64_t at = 0;
    for (std::size_t axis = strides.size(); axis-- > 0;) {
      const auto extent = static_cast<std::uint64_t>(out_->shape()[axis]);
      at += i % extent * static_cast<std::uint64_t>(strides[axis]), i /= extent;
    }
    return x.get(at);
  }
  Long as_long(u128 word, unsigned k, bool is_signed) const {
    const bool negative = is_signed && word >> (k - 1) != 0;
    return {true, negative, negative ? u128{0} - static_cast<u128>(as_signed(word, k)) : word};
  }
  Long operand(std::size_t which, std::uint64_t i) {
    return as_long(word(which, i), in_[which]->element().width, is_signed(node(which)));
  }
  Int number(std::size_t which, std::uint64_t i) const {
    return as_signed(word(which, i), in_[which]->element().width);
  }

  static Long times_power(Long x, unsigned s) {
    x.is_short = x.magnitude == 0 || (s < 128 && x.magnitude << s >> s == x.magnitude);
    x.magnitude = s < 128 ? x.magnitude << s : 0;
    return x;
  }
  static Long magnitude(Int x) {
    return {true, false, x < 0 ? u128{0} - static_cast<u128>(x) : static_cast<u128>(x)};
  }
  static constexpr const char* kFits = "comes of an operand that is not as small as `fits` promises";
  static constexpr const char* kDifference = "comes of operands whose difference does not fit";
  static bool is_half_up(std::span<const std::int64_t> a) {
    return a[0] != 0 && static_cast<Rounding>(a[1]) == Rounding::half_up;
  }
  static bool is_fits(std::int64_t order) { return static_cast<Order>(order) == Order::fits; }

  /// Reports the first element of the result for which `wrong` holds.
  template <class F>
  void each(F wrong, const std::string& what) {
    if (what.empty()) return;
    for (std::uint64_t i = 0; i < out_->elements() && !found_; ++i)
      if (wrong(i)) report(i, what);
  }
  /// What to say of a result that is none of its type; nothing where elements are words.
  std::string leaves() {
    if (!counts() || !known(id_).may_leave) return {};
    return "is not a number of " + program_.type(placed_.origin[id_.value]).element.to_string() +
           (is_signed(id_) || program_.type(placed_.origin[id_.value]).element.frac != 0 ? ""
                                                                                         : " without a sign");
  }
  void report(std::uint64_t element, const std::string& what) {
    const NodeId origin = placed_.origin[id_.value];
    const std::string where = program_.location(origin);
    found_ = (where.empty() ? "" : where + ": ") + written_name(program_.node(origin).op) + ": element " +
             std::to_string(element) + " of the result, which is " +
             program_.type(origin).element.to_string() + " " + program_.type(origin).shape.to_string() +
             ", " + what;
  }

  void look_at_sums() {
    const std::string what = leaves();
    if (what.empty()) return;
    const OpRow& row = op_row(placed_.graph.node(id_).op);
    const bool is_product = row.op_class == OpClass::bilinear;
    std::vector<Digits> sums(out_->elements());
    Tensor part(ring(kMaxRingBits), out_->shape());
    const auto run = [&](std::span<const View> views, unsigned weight) {
      row.kernel(placed_.graph.attributes(id_), views, {part.data(), part.element(), &part.shape()},
                 {0, part.elements()}, false);
      for (std::uint64_t i = 0; i < sums.size(); ++i) sums[i][weight] += static_cast<Int>(part.get(i));
    };
    const auto view = [](const Tensor& t) { return View{t.data(), t.element(), &t.shape()}; };
    for (unsigned d = 0; d < kDigits; ++d) {
      std::vector<Tensor> digits;
      for (std::size_t i = 0; i < in_.size(); ++i) digits.push_back(digit_of(*in_[i], is_signed(node(i)), d));
      if (!is_product) {
        std::vector<View> views;
        for (const Tensor& t : digits) views.push_back(view(t));
        run(views, d);
        continue;
      }
      for (unsigned e = 0; e < kDigits; ++e) {
        const Tensor other = digit_of(*in_[1], is_signed(node(1)), e);
        run(std::array{view(digits[0]), view(other)}, d + e);
      }
    }
    each([&, in = all()](std::uint64_t i) { return !from_digits(sums[i]).lies_in(in); }, what);
  }

  void look_at_conversion(std::span<const std::int64_t> a) {
    const unsigned k = in_[0]->element().width;
    if (a[2] != 0) need_quarter(a[1] != 0, kFits);
    if (known(node(0)).kind == Known::Kind::words) return;
    each(
        [&](std::uint64_t i) {
          const Long meant = operand(0, i), taken = as_long(word(0, i), k, a[1] != 0);
          return meant.negative != taken.negative || meant.magnitude != taken.magnitude;
        },
        a[1] != 0 ? "comes of an operand that is too large to be signed" : "comes of a negative operand");
  }

  /// Of a truncation to a smaller ring. Rounding adds 1 at most.
  void look_at_short_result(std::span<const std::int64_t> a) {
    const std::string what = leaves();
    each(
        [&](std::uint64_t i) {
          const Int floor = a[2] != 0 ? number(0, i) >> a[0] : static_cast<Int>(word(0, i) >> a[0]);
          const u128 up = (out_->get(i) - static_cast<u128>(floor)) & low_mask<u128>(out_->element().width);
          const Int result = floor + static_cast<Int>(up);
          return up > 1 || !Long{true, result < 0,
                                 result < 0 ? u128{0} - static_cast<u128>(result) : static_cast<u128>(result)}
                                .lies_in(all());
        },
        what);
  }

  /// Of the operand, plus something.
  void need_quarter(bool is_signed, const std::string& what, u128 plus = 0) {
    const unsigned k = in_[0]->element().width;
    if (k < 2) return;
    each(
        [&](std::uint64_t i) {
          return !as_long((word(0, i) + plus) & low_mask<u128>(k), k, is_signed)
                      .lies_in(all_numbers(k - 1, is_signed));
        },
        what);
  }

  /// What no promise is needed for must be the same.
  void look_at_extreme() {
    const auto a = placed_.graph.attributes(id_);
    std::vector<std::int64_t> full(a.begin(), a.end());
    full[2] = static_cast<std::int64_t>(Order::signed_full);
    Tensor right(out_->element(), out_->shape());
    const View view{in_[0]->data(), in_[0]->element(), &in_[0]->shape()};
    op_row(Op::extreme)
        .kernel(full, std::array{view}, {right.data(), right.element(), &right.shape()},
                {0, right.elements()}, false);
    each([&](std::uint64_t i) { return right.get(i) != out_->get(i); }, kDifference);
  }

  /// Of two's complement words.
  bool differ_too_much(std::size_t x, std::size_t y, std::uint64_t i) const {
    const unsigned k = in_[x]->element().width;
    Int difference = 0;
    const bool beyond = __builtin_sub_overflow(number(x, i), number(y, i), &difference);
    return beyond || as_signed(static_cast<u128>(difference), k) != difference;
  }
  void need_difference(std::size_t x, std::size_t y) {
    each([&](std::uint64_t i) { return differ_too_much(x, y, i); }, kDifference);
  }

  void look_at_clamp(Order order) {
    if (order == Order::fits) need_difference(0, 1), need_difference(0, 2);
    each(
        [&](std::uint64_t i) {
          return order == Order::unsigned_full ? word(2, i) < word(1, i) : number(2, i) < number(1, i);
        },
        "has a low end above its high end");
  }

  bool has_bits(std::size_t which, std::uint64_t i, bool is_signed, unsigned bits, bool inclusive) const {
    const Long x = as_long(word(which, i), in_[which]->element().width, is_signed);
    return bits >= 128 || x.magnitude >> bits == 0 || (inclusive && x.magnitude == u128{1} << bits);
  }
  void look_at_division(bool is_signed, unsigned bits) {
    const unsigned k = out_->element().width;
    each([&](std::uint64_t i) { return word(1, i) == 0; }, "is divided by zero");
    if (bits < k)
      each(
          [&](std::uint64_t i) {
            return !has_bits(0, i, is_signed, bits, false) || !has_bits(1, i, is_signed, bits, false);
          },
          "comes of operands beyond the bits promised");
    if (is_signed)
      each([&](std::uint64_t i) { return word(0, i) == u128{1} << (k - 1) && number(1, i) == -1; },
           leaves().empty() ? "does not fit" : leaves());
  }

  void look_at_index(std::size_t which, std::uint64_t end) {
    const Tensor& index = *in_[which];
    for (std::uint64_t i = 0; i < index.elements() && !found_; ++i)
      if (index.get(i) >= end)
        report_operand(i, "is past the end: expected 0 to " + std::to_string(end - (end != 0)));
  }
  void look_at_places() {
    std::set<u128> seen;
    const Tensor& to = *in_[0];
    for (std::uint64_t i = 0; i < to.elements() && !found_; ++i)
      if (to.get(i) >= to.elements() || !seen.insert(to.get(i)).second)
        report_operand(i, "makes the destinations no permutation");
  }
  void report_operand(std::uint64_t element, const std::string& what) {
    const NodeId origin = placed_.origin[id_.value];
    const std::string where = program_.location(origin);
    found_ = (where.empty() ? "" : where + ": ") + written_name(program_.node(origin).op) +
             ": the number in element " + std::to_string(element) + " " + what;
  }

  const Graph& program_;
  const PlacedGraph& placed_;
  Ranges ranges_;
  std::optional<std::string> found_;
  NodeId id_;
  std::span<const Tensor* const> in_;
  const Tensor* out_ = nullptr;
};

}  // namespace

std::optional<std::string> first_overflow(const Graph& graph, std::span<const Tensor> inputs,
                                          const RandomSource& random) {
  for (std::size_t i = 0; i < inputs.size(); ++i) check_input(graph, graph.inputs()[i], inputs[i]);
  const PlacedGraph placed = place_truncations(graph);
  Checker checker(graph, placed);
  evaluate(
      placed.graph, inputs, random,
      [&](NodeId id, std::span<const Tensor* const> in, const Tensor& out) { checker.look(id, in, out); });
  return checker.found();
}

}  // namespace tacet
