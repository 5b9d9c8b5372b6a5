#include "apps/infer/fold.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "apps/infer/quantize.hpp"
#include "graph/error.hpp"

namespace tacet::apps::infer {
namespace {

using i128 = __int128;

constexpr std::int64_t kMost = 255;  ///< of an activation that is as fine as in the file

std::int32_t low_of(const QuantTensor& t) {
  return type_range(t.type).low;
}

/// Bits of a signed integer that can hold both.
unsigned signed_bits(std::int64_t low, std::int64_t high) {
  const auto magnitude = static_cast<std::uint64_t>(std::max(high, -(low + 1)));
  return static_cast<unsigned>(std::bit_width(magnitude)) + 1;
}

double power(unsigned exponent) {
  return std::ldexp(1.0, static_cast<int>(exponent));
}

/// An accumulator of one output channel, or of all.
struct Line {
  double per_unit = 1;             ///< steps of it to a quantum of the result
  Multiplier multiplier;           ///< what the file format's kernels multiply it by
  std::int64_t low = 0, high = 0;  ///< the least and the largest it can become
  std::int64_t bias = 0;           ///< part of it, but not yet of the bounds
  std::int64_t apart = 1;          ///< it changes by multiples of this

  /// Whether accumulators lie halfway between two results: those go up as long as nothing moves them.
  bool has_ties() const {
    const double unit = per_unit / static_cast<double>(apart);
    for (double half = unit / 2; half < 8 * unit; half += unit)
      if (std::abs(half - std::round(half)) < std::ldexp(unit, -18)) return true;
    return false;
  }

  /// Rounding twice, as the kernels do, rounds up what is this little below a half.
  double rounded_twice() const { return multiplier.shift < 0 ? std::ldexp(1.0, multiplier.shift - 1) : 0; }
};

/// The first integer of [low, high] for which `holds`, or high + 1; if it holds for one, it does for those
/// above.
template <class F>
std::int64_t first_where(std::int64_t low, std::int64_t high, F holds) {
  while (low <= high) {
    const std::int64_t middle = low + (high - low) / 2;
    if (holds(middle)) {
      high = middle - 1;
    } else {
      low = middle + 1;
    }
  }
  return low;
}

class Folding {
 public:
  Folding(const Network& network, const FoldOptions& options) : network_(network), out_() {
    outline().mode = options.mode;
    outline().disclosure = options.disclosure;
    outline().ring_bits = options.ring_bits != 0        ? options.ring_bits
                          : options.mode == Mode::fixed ? 72
                          : options.mode == Mode::exact ? 64
                                                        : 32;
    if (outline().ring_bits < 32 || outline().ring_bits > kMaxRingBits)
      throw Error(Errc::bad_argument, std::to_string(outline().ring_bits) + " ring bits: expected 32 to 128");
  }

  Folded run() {
    outline().network = public_part(network_);
    out_.steps.assign(network_.tensors.size(), 1);
    for (const Operator& op : network_.operators) {
      op_ = &op;
      outline().compare_bits.push_back(is_final(op.kind) ? 0 : fold());
    }
    const QuantTensor& logits = network_.tensor(network_.logits);
    keep_named(kLogitsScale, 32, {}, {std::bit_cast<std::uint32_t>(logits.scale())}, Disclosure::scales);
    keep_named(kLogitsZero, 32, {}, {logits.zero_point()}, Disclosure::scales);
    return std::move(out_);
  }

 private:
  Outline& outline() { return out_.outline; }
  const Outline& outline() const { return out_.outline; }
  bool exact() const { return outline().mode == Mode::exact; }

  const QuantTensor& x(std::size_t i) const { return network_.tensor(op_->inputs[i]); }
  const QuantTensor& y() const { return network_.tensor(op_->output); }
  /// Steps of an operand to a quantum of the file.
  double fine(std::size_t i) const { return out_.steps[static_cast<std::size_t>(op_->inputs[i])]; }
  double& fine_output() { return out_.steps[static_cast<std::size_t>(op_->output)]; }

  [[noreturn]] void too_large(const std::string& what) const {
    throw Error(Errc::unsupported, describe(network_, *op_) + ": " + what + " a ring of " +
                                       std::to_string(outline().ring_bits) +
                                       " bits; expected more ring bits");
  }

  unsigned fold() {
    if (reads_activations_only(op_->kind))
      for (std::size_t i = 0; i < op_->inputs.size(); ++i) keep_constant(i);
    if (has_weights(op_->kind)) {
      keep_zero(0);
      return finish("", weighted(), true);
    }
    switch (op_->kind) {
      case OpKind::relu:
      case OpKind::relu6:
      case OpKind::quantize:
        keep_zero(0);
        return finish("", {rescaled(1, outline().rescale_shift(), rescale_multiplier(network_, *op_))}, true);
      case OpKind::mean: {
        keep_zero(0);
        const auto count = static_cast<std::int64_t>(x(0).shape.elements() / y().shape.elements());
        return finish(
            "", {rescaled(count, outline().mean_shift(*op_), mean_multiplier(network_, *op_, count))}, true);
      }
      case OpKind::add:
        keep_zero(0), keep_zero(1);
        return finish("", {exact() ? exact_sum() : sum()}, true);
      case OpKind::mul:
        keep_zero(0), keep_zero(1);
        return finish("", {product()}, true);
      case OpKind::average_pool_2d:
      case OpKind::max_pool_2d:
        if (op_->parameters.activation != Activation::none) {
          keep_zero(0);
          return finish("", {rescaled(1, outline().rescale_shift(), Multiplier{1 << 30, 1})}, false);
        }
        break;
      case OpKind::pad:
        keep_zero(0);
        break;
      case OpKind::concatenation:
        return join();
      default:
        break;
    }
    fine_output() = fine(0);  // values are handed on
    return 0;
  }

  // ---- What the owner brings.

  void keep_named(const std::string& name, unsigned width, Shape shape, std::vector<i128> values,
                  Disclosure published_from) {
    Tensor t(ring(width), shape);
    for (std::size_t i = 0; i < values.size(); ++i) t.set(i, static_cast<u128>(values[i]));
    const bool is_public = outline().disclosure >= published_from;
    Quantity& q = outline().quantities[name];
    q.shape = std::move(shape);
    if (is_public) {
      q.value = std::move(t);
    } else {
      out_.secrets.insert_or_assign(name, std::move(t));
    }
  }
  void keep(const std::string& what, Shape shape, std::vector<i128> values,
            Disclosure published_from = Disclosure::scales) {
    keep_named(quantity_name(*op_, what), outline().ring_bits, std::move(shape), std::move(values),
               published_from);
  }
  void keep(const std::string& what, i128 value) { keep(what, {}, {value}); }

  /// What an operand that stands for 0 is.
  std::int64_t zero(std::size_t i) const {
    return std::llround(fine(i) * (x(i).zero_point() - low_of(x(i))));
  }
  std::int64_t most(std::size_t i) const { return std::llround(fine(i) * kMost); }
  void keep_zero(std::size_t i) { keep("zero" + (i == 0 ? "" : std::to_string(i)), zero(i)); }

  /// An operand that is no result of another operator, as an activation.
  void keep_constant(std::size_t i) {
    if (!x(i).is_constant()) return;
    std::vector<i128> values;
    for (const std::int32_t q : constant_values(x(i))) values.push_back(q - low_of(x(i)));
    keep("operand" + std::to_string(i), x(i).shape, std::move(values), Disclosure::model);
  }

  // ---- Accumulators.

  /// Makes room for the product of an operand with a weight.
  void widen(Line& line, std::int64_t weight, std::size_t i) const {
    const std::int64_t low = weight * -zero(i), high = weight * (most(i) - zero(i));
    line.low += std::min(low, high), line.high += std::max(low, high);
  }

  std::vector<Line> weighted() {
    const QuantTensor& w = x(1);
    const bool depthwise = op_->kind == OpKind::depthwise_conv_2d;
    const std::vector<std::int32_t> raw = constant_values(w);
    const auto channels = static_cast<std::size_t>(y().shape[y().shape.rank() - 1]);
    const std::size_t each = raw.size() / channels;
    std::vector<std::int32_t> bias(channels, 0);
    if (op_->inputs.size() > 2 && op_->inputs[2] != -1) bias = constant_values(x(2));
    const std::vector<Multiplier> multipliers = accumulator_multipliers(network_, *op_);
    const Window& window = op_->parameters.window;
    const bool bordered = window.top + window.bottom + window.left + window.right > 0;
    const double lost = fine(0) * (x(0).zero_point() - low_of(x(0))) - static_cast<double>(zero(0));
    std::vector<i128> weights(raw.size());
    std::vector<Line> lines(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      Line& line = lines[c];
      const std::size_t scale = w.scales.size() == 1 ? 0 : c;
      line.per_unit = fine(0) * double{y().scale()} / (double{x(0).scale()} * double{w.scales[scale]});
      line.multiplier = multipliers[multipliers.size() == 1 ? 0 : c];
      double sum = 0;
      for (std::size_t i = 0; i < each; ++i) {
        const std::int64_t value =
            std::int64_t{raw[depthwise ? i * channels + c : c * each + i]} - w.zero_points[scale];
        // Filters of a convolution lie one after another, columns of a matrix side by side.
        weights[op_->kind == OpKind::fully_connected ? i * channels + c : c * each + i] = value;
        widen(line, value, 0);
        sum += static_cast<double>(value);
      }
      // Where no cell is a zero of the border, the rounding of the operand's zero is made good.
      line.bias = std::llround(fine(0) * bias[c] - (bordered ? 0 : lost * sum));
    }
    keep("weights", weights_shape(network_, *op_), std::move(weights), Disclosure::model);
    return lines;
  }

  /// Values that are multiplied by a power of two, and added up over `count` elements.
  Line rescaled(std::int64_t count, int shift, const Multiplier& multiplier, std::size_t i = 0) const {
    Line line;
    line.per_unit =
        std::ldexp(fine(i) * static_cast<double>(count) * double{y().scale()} / double{x(i).scale()}, shift);
    line.multiplier = multiplier;
    line.apart = std::int64_t{1} << shift;
    widen(line, count << shift, i);
    return line;
  }

  Line sum() {
    const std::array step{x(0).scale() / fine(0), x(1).scale() / fine(1)};
    const double larger = std::max(step[0], step[1]);
    Line line;
    line.per_unit = std::ldexp(y().scale() / larger, outline().sum_shift());
    line.multiplier = add_multipliers(network_, *op_).sum;
    std::vector<i128> weights;
    for (std::size_t i = 0; i < 2; ++i) {
      const std::int64_t weight = std::llround(std::ldexp(step[i] / larger, outline().sum_shift()));
      widen(line, weight, i);
      weights.push_back(weight);
    }
    keep("ratio", {2}, std::move(weights));
    return line;
  }

  /// Both operands are rounded on a grid 2^20 times finer.
  Line exact_sum() {
    const AddMultipliers multipliers = add_multipliers(network_, *op_);
    Line line;
    line.multiplier = multipliers.sum;
    for (std::size_t i = 0; i < 2; ++i) {
      const Multiplier& m = i == 0 ? multipliers.left : multipliers.right;
      const unsigned fraction = outline().fraction_bits() - kAddShift;
      const RoundedTwice r = rounded_twice(m, fraction, kAddShift);
      const std::string part = std::to_string(i);
      keep("factor" + part, r.factor), keep("negative" + part, r.negative);
      keep("offset" + part, r.half + (i128{1} << (kSumBits + fraction)));
      line.low += multiply(static_cast<std::int32_t>(-zero(i) * (1 << kAddShift)), m);
      line.high += multiply(static_cast<std::int32_t>((most(i) - zero(i)) * (1 << kAddShift)), m);
    }
    return line;
  }

  Line product() const {
    Line line;
    const int shift = outline().product_shift();
    line.per_unit = std::ldexp(
        double{y().scale()} * fine(0) * fine(1) / (double{x(0).scale()} * double{x(1).scale()}), shift);
    line.multiplier = product_multiplier(network_, *op_);
    line.apart = std::int64_t{1} << shift;
    for (const std::int64_t a : {-zero(0), most(0) - zero(0)})
      for (const std::int64_t b : {-zero(1), most(1) - zero(1)}) {
        line.low = std::min(line.low, a * b * (1 << shift));
        line.high = std::max(line.high, a * b * (1 << shift));
      }
    return line;
  }

  unsigned join() {
    unsigned widest = 0;
    for (std::size_t i = 0; i < op_->inputs.size(); ++i) {
      if (x(i).scale() == y().scale() && x(i).zero_point() == y().zero_point() && fine(i) == 1) continue;
      keep_zero(i);
      const std::string part = std::to_string(i);
      widest =
          std::max(widest, exact() ? requantized(i)
                                   : finish(part, {rescaled(1, outline().rescale_shift(), {}, i)}, false));
    }
    return widest;
  }

  // ---- From accumulators to activations.

  Range output_range() const {
    Activation activation = op_->parameters.activation;
    if (op_->kind == OpKind::relu) activation = Activation::relu;
    if (op_->kind == OpKind::relu6) activation = Activation::relu6;
    return activation_range(activation, y());
  }

  static Shape shape_of(const std::vector<Line>& lines) {
    return lines.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(lines.size())};
  }

  Disclosure bias_disclosure() const {
    return has_weights(op_->kind) ? Disclosure::model : Disclosure::scales;
  }

  void check_compared(unsigned bits) const {
    if (bits > outline().ring_bits) too_large("accumulators of " + std::to_string(bits) + " bits do not fit");
  }

  /// Secrets that bring accumulators into the range of the output. If `finer`, a result may be finer than in
  /// the file.
  unsigned finish(const std::string& part, std::vector<Line> lines, bool finer) {
    const Range range = output_range();
    for (Line& line : lines) line.low += line.bias, line.high += line.bias;
    if (outline().disclosure == Disclosure::scales) {
      // Bounds that are public must not tell how large the accumulators of a channel can become.
      unsigned bits = 0;
      for (const Line& line : lines) bits = std::max(bits, signed_bits(line.low, line.high));
      for (Line& line : lines)
        line.low = -(std::int64_t{1} << (bits - 1)), line.high = (std::int64_t{1} << (bits - 1)) - 1;
    }
    switch (outline().mode) {
      case Mode::fixed:
        return finish_fixed(part, lines, range);
      case Mode::exact:
        return finish_exact(part, lines, range);
      default:
        return finish_folded(part, lines, range, finer);
    }
  }

  unsigned finish_folded(const std::string& part, const std::vector<Line>& lines, Range range, bool finer) {
    const unsigned m = outline().fraction_bits();
    const double one = power(m), per_unit = lines[0].per_unit;
    const double places = std::max(0.0, std::floor(std::log2(per_unit)));
    // Zeros inside the range would be rounded on the finer scale.
    const bool power_of_two = finer && outline().mode == Mode::folded_pow2 && lines.size() == 1 &&
                              places <= m && y().zero_point() == low_of(y()) &&
                              op_->output != network_.logits;
    if (power_of_two) fine_output() = per_unit / std::exp2(places);
    std::vector<i128> bias, upper, factor, most, offset;
    unsigned bits = 0;
    for (const Line& line : lines) {
      const double start = line.per_unit * (y().zero_point() - range.low), added = std::floor(start);
      const double rest = start - added;  // of a step
      const std::int64_t low = line.low + static_cast<std::int64_t>(added),
                         high = line.high + static_cast<std::int64_t>(added);
      const auto bound =
          static_cast<std::int64_t>(std::clamp(std::floor(line.per_unit * (range.high - range.low) - rest),
                                               0.0, static_cast<double>(std::max<std::int64_t>(high, 0))));
      const double g = std::round(one / (power_of_two ? std::exp2(places) : line.per_unit));
      // The factor is a little off, and a result by so much for each quantum: that is made zero a third up
      // the range, about where most activations are.
      const double drift = outline().mode == Mode::folded && !line.has_ties() ? g * line.per_unit - one : 0;
      const double extra = std::round(g * rest + (power_of_two ? 0 : one * line.rounded_twice()) -
                                      std::clamp(drift * (range.high - range.low) / 3, -one / 4, one / 4));
      if (static_cast<double>(bound) * g + extra + one / 2 >= power(outline().ring_bits) || g >= power(126) ||
          (g == 0 && 2 * static_cast<double>(bound) >= line.per_unit))
        too_large("output channel " + std::to_string(bias.size()) + " does not fit");
      bias.push_back(line.bias + static_cast<i128>(added)), upper.push_back(bound);
      factor.push_back(static_cast<i128>(g)), offset.push_back(static_cast<i128>(extra));
      most.push_back(static_cast<i128>(std::round(fine_output() * (range.high - range.low) * one)));
      bits = std::max({bits, signed_bits(low, high), signed_bits(bound - high, bound - low)});
    }
    check_compared(bits);
    const Shape shape = shape_of(lines);
    keep("bias" + part, shape, std::move(bias), bias_disclosure());
    keep("upper" + part, shape, std::move(upper)), keep("factor" + part, shape, std::move(factor));
    keep("most" + part, shape, std::move(most)), keep("offset" + part, shape, std::move(offset));
    keep("low" + part, std::llround(fine_output() * (range.low - low_of(y()))));
    return bits;
  }

  /// A factor of 31 bits times a power of two, a truncation, and the clamp in quanta of the result.
  unsigned finish_fixed(const std::string& part, const std::vector<Line>& lines, Range range) {
    const unsigned m = outline().fraction_bits();
    const std::int64_t centre = y().zero_point() - range.low, span = range.high - range.low;
    std::vector<i128> bias, factor;
    unsigned bits = 0;
    for (const Line& line : lines) {
      const Multiplier multiplier = quantize_multiplier(1 / line.per_unit);
      const double g = std::round(std::ldexp(multiplier.q, static_cast<int>(m) - 31 + multiplier.shift));
      if (g * static_cast<double>(std::max({line.high, -line.low, std::int64_t{1}})) >=
          power(outline().ring_bits - 2))
        too_large("output channel " + std::to_string(bias.size()) + " does not fit");
      bias.push_back(line.bias), factor.push_back(static_cast<i128>(g));
      const auto quanta = [&](std::int64_t sum) {
        return static_cast<std::int64_t>(static_cast<double>(sum) / line.per_unit);
      };
      const std::int64_t low = quanta(line.low) - 2 + centre, high = quanta(line.high) + 2 + centre;
      bits = std::max({bits, signed_bits(low, high), signed_bits(span - high, span - low)});
    }
    check_compared(bits);
    const Shape shape = shape_of(lines);
    keep("bias" + part, shape, std::move(bias), bias_disclosure());
    keep("factor" + part, shape, std::move(factor));
    keep("centre" + part, centre), keep("span" + part, span), keep("low" + part, range.low - low_of(y()));
    return bits;
  }

  /// What the kernels' two roundings of x 2^`finer` times a multiplier are in one: the result is floor((x
  /// factor + half - [x < negative_below] negative) / 2^m).
  struct RoundedTwice {
    i128 factor = 0, half = 0, negative = 0;
    std::int64_t negative_below = 0;
  };
  RoundedTwice rounded_twice(const Multiplier& multiplier, unsigned m, int finer = 0) const {
    const int left = std::max(multiplier.shift, 0), right = std::max(-multiplier.shift, 0);
    const int unit = static_cast<int>(m) - (31 - finer) - right;
    if (unit < 0) too_large("a factor of 2^" + std::to_string(multiplier.shift) + " does not fit");
    RoundedTwice r;
    r.factor = (i128{multiplier.q} << left) << unit;
    r.half = (i128{1} << (30 - finer)) << unit;
    if (right > 0) {
      r.half += (i128{1} << (30 - finer + right)) << unit;
      r.negative = (i128{1} << (31 - finer)) << unit;
      // The first rounding is below zero.
      if (multiplier.q != 0)
        r.negative_below = -((std::int64_t{1} << 30) / (std::int64_t{multiplier.q} << finer));
    }
    return r;
  }

  unsigned finish_exact(const std::string& part, const std::vector<Line>& lines, Range range) {
    std::vector<Steps> steps;
    std::vector<i128> bias;
    for (const Line& line : lines) {
      const std::int64_t low = range.low - y().zero_point(), high = range.high - y().zero_point();
      // So far, an accumulator times its power of two has 32 bits; there are no larger ones.
      const std::int64_t reach = ((std::int64_t{1} << 31) >> std::max(line.multiplier.shift, 0)) - 1;
      Steps s;
      s.low = std::max(line.low, -reach), s.high = std::min(line.high, reach);
      const auto value = [&](std::int64_t sum) {
        return multiply(static_cast<std::int32_t>(sum), line.multiplier);
      };
      // What gives an end of the range by itself may as well be brought there: so fewer are below zero.
      s.least = first_where(s.low, s.high, [&](std::int64_t sum) { return value(sum) > low; });
      s.largest = first_where(s.low, s.high, [&](std::int64_t sum) { return value(sum) >= high; }) - 1;
      const RoundedTwice r = rounded_twice(line.multiplier, outline().fraction_bits());
      s.factor = r.factor, s.half = r.half;
      if (r.negative != 0 && s.least < r.negative_below) {
        if (s.largest < r.negative_below - 1) {
          s.half -= r.negative;  // for all
        } else {
          s.negative = r.negative, s.negative_below = r.negative_below;
        }
      }
      steps.push_back(s);
      bias.push_back(line.bias);
    }
    keep("bias" + part, shape_of(lines), std::move(bias), bias_disclosure());
    return keep_steps(part, steps, shape_of(lines), range);
  }

  /// floor((x factor + half - [x < negative_below] negative) / 2^m) for x of least .. largest, all of low ..
  /// high.
  struct Steps {
    std::int64_t low = 0, high = 0, least = 0, largest = 0, negative_below = 0;
    i128 factor = 0, half = 0, negative = 0;
  };

  unsigned keep_steps(const std::string& part, const std::vector<Steps>& steps, const Shape& shape,
                      Range range) {
    const unsigned m = outline().fraction_bits();
    const i128 unit = i128{1} << m;
    std::vector<i128> least, largest, factor, below, above, half, negative, negative_below;
    unsigned bits = 0;
    for (const Steps& s : steps) {
      const std::int64_t sign = s.negative == 0 ? s.low : s.negative_below;
      bits = std::max({bits, signed_bits(s.low - s.least, s.high - s.least),
                       signed_bits(s.largest - s.high, s.largest - s.low),
                       signed_bits(s.low - sign, s.high - sign)});
      least.push_back(s.least), largest.push_back(s.largest), factor.push_back(s.factor);
      // Sums are kept above zero by 256 quanta. What is below the least is negative where any is.
      below.push_back((range.low - y().zero_point()) * unit - s.half + s.negative);
      above.push_back((range.high - y().zero_point()) * unit - s.half);
      half.push_back(s.half + 256 * unit), negative.push_back(s.negative), negative_below.push_back(sign);
    }
    check_compared(bits);
    keep("least" + part, shape, std::move(least)), keep("largest" + part, shape, std::move(largest));
    keep("factor" + part, shape, std::move(factor)), keep("offset" + part, shape, std::move(half));
    keep("below" + part, shape, std::move(below)), keep("above" + part, shape, std::move(above));
    if (std::any_of(negative.begin(), negative.end(), [](i128 n) { return n != 0; }))
      keep("sign" + part, shape, std::move(negative_below)),
          keep("negative" + part, shape, std::move(negative));
    keep("low" + part, y().zero_point() - low_of(y()) - 256);
    return bits;
  }

  /// An operand of a CONCATENATION that is rounded in floats: constants for which all its 256 values come out
  /// right.
  unsigned requantized(std::size_t i) {
    const Range range = type_range(x(i).type);
    const unsigned m = outline().fraction_bits();
    const i128 unit = i128{1} << m;
    const std::int32_t from = x(i).zero_point(), to = y().zero_point();
    const auto value = [&](std::int64_t difference) {
      return i128{requantize(static_cast<std::int32_t>(difference) + from, x(i), y()) - to};
    };
    Steps s;
    s.low = range.low - from, s.high = range.high - from;
    s.least = first_where(s.low, s.high, [&](std::int64_t d) { return value(d) > range.low - to; });
    s.largest = first_where(s.low, s.high, [&](std::int64_t d) { return value(d) >= range.high - to; }) - 1;
    s.factor = static_cast<i128>(std::ldexp(double{x(i).scale()} / double{y().scale()}, static_cast<int>(m)));
    // What may be added to products below and above 0.
    struct Choice {
      i128 low = -(i128{1} << 120), high = i128{1} << 120;
    } choices[2];
    for (std::int64_t d = s.least; d <= s.largest; ++d) {
      Choice& c = choices[d < 0 ? 0 : 1];
      c.low = std::max(c.low, value(d) * unit - d * s.factor);
      c.high = std::min(c.high, (value(d) + 1) * unit - 1 - d * s.factor);
    }
    Choice both{std::max(choices[0].low, choices[1].low), std::min(choices[0].high, choices[1].high)};
    if (choices[0].low > choices[0].high || choices[1].low > choices[1].high)
      throw Error(Errc::unsupported, describe(network_, *op_) + ": operand " + std::to_string(i) +
                                         " is rounded in a way that mode exact does not know; expected the "
                                         "scale of the result");
    const auto middle = [](const Choice& c) { return c.low + (c.high - c.low) / 2; };
    if (both.low <= both.high) {
      s.half = middle(both);
    } else {
      s.half = middle(choices[1]), s.negative = s.half - middle(choices[0]);
    }
    const std::string part = std::to_string(i);
    keep("bias" + part, 0);
    return keep_steps(part, {s}, {}, type_range(y().type));
  }

  const Network& network_;
  Folded out_;
  const Operator* op_ = nullptr;
};

}  // namespace

Folded fold(const Network& network, const FoldOptions& options) {
  return Folding(network, options).run();
}

}  // namespace tacet::apps::infer
