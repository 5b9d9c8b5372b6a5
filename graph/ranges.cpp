#include "graph/ranges.hpp"

#include <algorithm>

#include "graph/functions.hpp"

namespace tacet {
namespace {

using Int = __int128;
using Kind = Known::Kind;
constexpr Int kMost = static_cast<Int>(~u128{0} >> 1), kLeast = -kMost - 1;

/// Ends that are too far away for 128 bits stop there, and the span says so.
struct Span {
  Int low = 0, high = 0;
  bool exact = true;
};

Int clipped(bool overflows, Int value, bool up, bool& exact) {
  if (!overflows) return value;
  exact = false;
  return up ? kMost : kLeast;
}
Int times(Int a, Int b, bool& exact) {
  Int out = 0;
  const bool overflows = __builtin_mul_overflow(a, b, &out);
  return clipped(overflows, out, (a < 0) == (b < 0), exact);
}
Int plus(Int a, Int b, bool& exact) {
  Int out = 0;
  const bool overflows = __builtin_add_overflow(a, b, &out);
  return clipped(overflows, out, a > 0, exact);
}

Span operator+(Span a, Span b) {
  Span out{0, 0, a.exact && b.exact};
  out.low = plus(a.low, b.low, out.exact), out.high = plus(a.high, b.high, out.exact);
  return out;
}
Span operator*(Span a, Span b) {
  Span out{0, 0, a.exact && b.exact};
  const Int ends[] = {times(a.low, b.low, out.exact), times(a.low, b.high, out.exact),
                      times(a.high, b.low, out.exact), times(a.high, b.high, out.exact)};
  out.low = *std::min_element(ends, ends + 4), out.high = *std::max_element(ends, ends + 4);
  return out;
}
Span operator*(Span a, std::int64_t count) {
  return a * Span{count, count};
}
Span operator-(Span a) {
  return a * Span{-1, -1};
}
Span operator>>(Span a, std::int64_t m) {
  return {a.low >> m, a.high >> m, a.exact};
}
/// What is in either.
Span operator|(Span a, Span b) {
  return {std::min(a.low, b.low), std::max(a.high, b.high), a.exact && b.exact};
}
constexpr Span kZero{};
bool lies_in(Span s, Span all) {
  return s.exact && s.low >= all.low && s.high <= all.high;
}
/// Anything, unless it lies inside.
Span inside(Span s, Span all) {
  return lies_in(s, all) ? s : all;
}
Span not_negative(Span s) {
  return {std::max<Int>(s.low, 0), std::max<Int>(s.high, 0), s.exact};
}

Span whole(const ElementType& element, bool is_signed) {
  const unsigned k = element.width;
  if (is_signed) return {as_signed(u128{1} << (k - 1), k), static_cast<Int>(low_mask<u128>(k - 1))};
  return {0, k < 128 ? static_cast<Int>(low_mask<u128>(k)) : kMost};
}

Known known(Kind kind, Span s, bool may_leave = false) {
  return {kind, s.low, s.high, may_leave};
}
/// Numbers that are brought into the ring if they leave it.
Known settled(const ValueType& type, Kind kind, Span s) {
  const Span all = whole(type.element, s.low < 0 || type.element.frac != 0);
  if (lies_in(s, all)) return known(kind, s);
  return known(kind, all, true);
}

/// What can be said of a value from its type alone.
Known by_type(const ValueType& type) {
  if (type.element.domain == Domain::bits) return known(Kind::numbers, whole(type.element, false));
  return known(type.element.frac != 0 ? Kind::numbers : Kind::words, whole(type.element, true));
}

Known of_constant(const Graph& graph, NodeId id) {
  const auto index = static_cast<std::size_t>(graph.attributes(id)[0]);
  const Tensor& tensor = graph.constants()[index];
  const unsigned k = tensor.element().width;
  if (tensor.element().domain == Domain::bits) return by_type(graph.type(id));
  if (tensor.elements() == 0) return known(Kind::constant, kZero);
  const bool is_negative = graph.is_negative_constant(index);
  Int low = kMost, high = kLeast;
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) {
    const u128 word = tensor.get(i);
    // Whether it is meant as a large number or as a negative one is not known.
    if (!is_negative && word >> (k - 1) != 0) return by_type(graph.type(id));
    low = std::min(low, as_signed(word, k)), high = std::max(high, as_signed(word, k));
  }
  return known(Kind::constant, {low, high});
}

/// One node, from what is known of its operands.
class Step {
 public:
  Step(const Graph& graph, NodeId id, const std::vector<Known>& all)
      : graph_(graph), id_(id), all_(all), type_(graph.type(id)) {}

  Known run() const {
    const auto a = graph_.attributes(id_);
    switch (graph_.node(id_).op) {
      case Op::input:
        return of_input(graph_.inputs()[static_cast<std::size_t>(a[0])]);
      case Op::constant:
        return of_constant(graph_, id_);
      case Op::add:
        return with({0, 1}, span(0) + span(1));
      case Op::sub:
        return with({0, 1}, span(0) + -span(1));
      case Op::neg:
        return with({0}, -span(0));
      case Op::mul:
        return with({0, 1}, product(1, false));
      case Op::dot:
      case Op::matmul:
        return with({0, 1}, product(shape(0)[shape(0).rank() - 1], false));
      case Op::conv2d:
        return with({0, 1}, product(shape(1)[1] * shape(1)[2] * shape(1)[3], true));
      case Op::sum:
        return with({0}, span(0) * shape(0)[static_cast<std::size_t>(a[0])]);
      case Op::prefix_sum:
        return with({0}, span(0) | span(0) * shape(0)[static_cast<std::size_t>(a[0])]);
      case Op::reshape:
      case Op::slice:
      case Op::transpose:
      case Op::reveal:
      case Op::output:
        return all_[operand(0).value];
      case Op::extreme:
        return a[0] == 0 ? all_[operand(0).value]
                         : known(Kind::numbers, {0, shape(0)[static_cast<std::size_t>(a[1])] - 1});
      case Op::concat: {
        Span s = span(0);
        std::vector<std::size_t> which;
        for (std::size_t i = 0; i < graph_.operands(id_).size(); ++i) s = s | span(i), which.push_back(i);
        return with(which, s);
      }
      case Op::lift:
        return with({0},
                    a[1] < 127 ? span(0) * Span{Int{1} << a[1], Int{1} << a[1]} : Span{kLeast, kMost, false});
      case Op::with_fraction:
        return with_fraction();
      case Op::convert:
        if (is_words(0)) return known(Kind::numbers, read(0, a[1] != 0));
        return with({0}, read(0, a[1] != 0));
      case Op::to_ring:
        return with({0}, span(0));
      case Op::rand_bit:
      case Op::one_hot:
        return known(Kind::numbers, {0, 1});
      case Op::rank:
        return known(Kind::numbers, {0, std::max<std::int64_t>(shape(0)[0], 1) - 1});
      case Op::trunc: {
        const Span s = read(0, a[2] != 0);
        const auto rounding = a[0] == 0 ? Rounding::down : static_cast<Rounding>(a[1]);
        if (rounding != Rounding::half_up)
          return with({0}, (s >> a[0]) + Span{0, rounding == Rounding::ties_even});
        const Int half = Int{1} << (a[0] - 1);
        return with({0}, inside(s + Span{half, half}, whole(type_of(0), a[2] != 0)) >> a[0]);
      }
      case Op::trunc_pr:
        return with({0}, probably(read(0, true), a[0]));
      case Op::mul_trunc_pr:
        return with({0, 1}, probably(read(0, true) * read(1, true), a[0]));
      case Op::relu:
        return with({0}, not_negative(read(0, true)));
      case Op::abs:
        return with({0}, not_negative(read(0, true) | -read(0, true)));
      case Op::sign:
        return known(Kind::numbers, {-1, 1});
      case Op::maximum: {
        const bool is_signed = a[0] != static_cast<std::int64_t>(Order::unsigned_full);
        const Span x = read(0, is_signed), y = read(1, is_signed);
        return with({0, 1}, a[1] != 0 ? Span{std::max(x.low, y.low), std::max(x.high, y.high)}
                                      : Span{std::min(x.low, y.low), std::min(x.high, y.high)});
      }
      case Op::select:
        return with({1, 2}, span(1) | span(2));
      case Op::inject:
        return with({1}, span(1) | kZero);
      case Op::select_either:
        return with({1, 3, 4}, (span(1) + span(3) + -span(4)) | span(1) | span(3) | span(4));
      case Op::clamp:
        return with({0, 1, 2}, span(0) | span(1) | span(2));
      case Op::pow2:
        return a[1] < 7 ? settled(type_, Kind::numbers, {0, Int{1} << ((1 << a[1]) - 1)})
                        : known(Kind::numbers, whole(type_.element, false), true);
      case Op::shift_right:
        return with({0}, read(0, a[1] != 0) | kZero);
      case Op::div_public:
        return with({0}, read(0, a[1] != 0) | kZero);
      case Op::div:  // a divisor of zero gives all ones
        return with({0},
                    a[0] != 0 ? read(0, true) | -read(0, true) | Span{-1, 1} : whole(type_.element, false));
      case Op::shuffle:
        return all_[operand(1).value];
      case Op::place:  // rows with one destination are added up
        return graph_.node(operand(0)).op == Op::rank ? all_[operand(1).value]
                                                      : with({1}, (span(1) | kZero) * shape(1)[0]);
      case Op::read:
        return with({0}, span(0) | kZero);
      case Op::write:
        return with({0, 2}, span(0) | span(2));
      case Op::histogram: {
        const std::int64_t rows = shape(0)[0];
        return graph_.operands(id_).size() == 1 ? settled(type_, Kind::numbers, {0, rows})
                                                : with({1}, (span(1) | kZero) * rows);
      }
      default:
        return by_type(type_);
    }
  }

 private:
  NodeId operand(std::size_t i) const { return graph_.operands(id_)[i]; }
  const ElementType& type_of(std::size_t i) const { return graph_.type(operand(i)).element; }
  const Shape& shape(std::size_t i) const { return graph_.type(operand(i)).shape; }
  Span span(std::size_t i) const { return {all_[operand(i).value].low, all_[operand(i).value].high}; }
  /// As an operation reads it that takes words as two's complement, or not.
  Span read(std::size_t i, bool is_signed) const { return inside(span(i), whole(type_of(i), is_signed)); }
  /// What probabilistic truncation gives; of operands that it does not take, any word.
  Span probably(Span s, std::int64_t m) const {
    const Span all = whole(type_of(0), true);
    return lies_in(s, all >> 1) ? (s >> m) + Span{0, 1} : all;
  }
  bool is_words(std::size_t i) const { return all_[operand(i).value].kind == Kind::words; }

  /// Computed from these operands, if they are numbers.
  template <class Operands>
  Known of(const Operands& operands, Span s) const {
    bool words = false, numbers = type_.element.frac != 0, negative = false;
    for (const std::size_t i : operands) {
      const Known& k = all_[operand(i).value];
      words = words || k.kind == Kind::words;
      numbers = numbers || k.kind == Kind::numbers;
      negative = negative || (k.kind == Kind::numbers && k.low < 0);
    }
    if (!words) return settled(type_, numbers ? Kind::numbers : Kind::constant, s);
    if (!negative && type_.element.frac == 0) return by_type(type_);
    return known(Kind::numbers, whole(type_.element, true), true);
  }
  Known with(std::initializer_list<std::size_t> operands, Span s) const { return of(operands, s); }
  Known with(const std::vector<std::size_t>& operands, Span s) const { return of(operands, s); }

  Known of_input(const InputInfo& info) const {
    if (!info.declared) return by_type(type_);
    const Interval& in = *info.declared;
    const bool beyond = !in.is_signed && in.high > static_cast<u128>(kMost);
    return known(Kind::numbers, {static_cast<Int>(in.low), beyond ? kMost : static_cast<Int>(in.high)});
  }

  /// Of a product of two numbers with fractions, one is cut off.
  Span product(std::int64_t summands, bool with_zeros) const {
    Span s = span(0) * span(1);
    if (with_zeros) s = s | kZero;
    s = s * summands;
    const bool both = type_of(0).frac != 0 && type_of(1).frac != 0;
    return both ? s >> type_.element.frac : s;
  }

  Known with_fraction() const {
    const Known& k = all_[operand(0).value];
    if (type_.element.frac == 0 && type_of(0).frac == 0) return k;
    const Span all = whole(type_.element, true);
    return known(k.kind == Kind::constant ? Kind::constant : Kind::numbers, inside(span(0), all));
  }

  const Graph& graph_;
  NodeId id_;
  const std::vector<Known>& all_;
  const ValueType& type_;
};

}  // namespace

const Known& Ranges::of(const Graph& graph, NodeId id) {
  while (known_.size() <= id.value) {
    const NodeId next{static_cast<std::uint32_t>(known_.size())};
    known_.push_back(Step(graph, next, known_).run());
  }
  return known_[id.value];
}

}  // namespace tacet
