#include "apps/infer/secure.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <cmath>

#include "apps/infer/quantize.hpp"
#include "graph/error.hpp"
#include "graph/functions.hpp"

namespace tacet::apps::infer {
namespace {

constexpr std::int64_t kMost = 255;  ///< of an activation

const QuantTensor& tensor(const Network& network, std::int32_t index) {
  return network.tensors[static_cast<std::size_t>(index)];
}

std::int32_t low_of(const QuantTensor& t) {
  return type_range(t.type).low;
}

/// Bits of a signed integer that can hold both.
unsigned signed_bits(std::int64_t low, std::int64_t high) {
  const auto magnitude = static_cast<std::uint64_t>(std::max(high, -(low + 1)));
  return static_cast<unsigned>(std::bit_width(magnitude)) + 1;
}

std::string secret_name(const Operator& op, const std::string& what) {
  return "op" + std::to_string(op.index) + "." + what;
}

bool has_weights(OpKind kind) {
  return kind == OpKind::conv_2d || kind == OpKind::depthwise_conv_2d || kind == OpKind::fully_connected;
}

/// Whether all operands of an operator are activations, constant ones perhaps.
bool reads_activations_only(OpKind kind) {
  return kind == OpKind::add || kind == OpKind::mul || kind == OpKind::concatenation;
}

// Integers are made finer where a scale alone would leave too few steps between an activation and the next.
constexpr int kRescaleShift = 8, kProductShift = 4, kSumShift = 12;

/// Of the sum over `count` elements.
int mean_shift(std::int64_t count) {
  return std::max(0, kRescaleShift + 1 - static_cast<int>(std::bit_width(static_cast<std::uint64_t>(count))));
}

std::int64_t mean_count(const Network& network, const Operator& op) {
  return static_cast<std::int64_t>(tensor(network, op.inputs[0]).shape.elements() /
                                   tensor(network, op.output).shape.elements());
}

/// An accumulator of one output channel, or of all: what it is of an activation's unit, and the least and the
/// largest it can become.
struct Line {
  double per_unit = 1;
  std::int64_t low = 0, high = 0;
  std::int64_t bias = 0;  ///< part of it, but not yet of the bounds

  void widen(std::int64_t weight, std::int64_t x_low) {
    low += std::min(weight * x_low, weight * (x_low + kMost));
    high += std::max(weight * x_low, weight * (x_low + kMost));
  }
};

std::int64_t least(const QuantTensor& x) {
  return low_of(x) - x.zero_point();
}

/// Values that are multiplied by a power of two, and added up over `count` elements.
Line rescaled(const QuantTensor& x, const QuantTensor& y, std::int64_t count, int shift) {
  Line line;
  line.per_unit = std::ldexp(static_cast<double>(count) * y.scale() / x.scale(), shift);
  line.widen(count << shift, least(x));
  return line;
}

/// What the owner of a network makes of its operators.
class Folding {
 public:
  Folding(const Network& network, const SecureOptions& options, std::map<std::string, Tensor>& secrets)
      : network_(network), options_(options), secrets_(secrets) {}

  Published fold(const Operator& op) {
    op_ = &op;
    if (reads_activations_only(op.kind))
      for (std::size_t i = 0; i < op.inputs.size(); ++i) keep_constant(i);
    if (has_weights(op.kind)) {
      keep_zero(0);
      return finish("", weighted());
    }
    switch (op.kind) {
      case OpKind::relu:
      case OpKind::relu6:
      case OpKind::quantize:
        keep_zero(0);
        return finish("", {rescaled(x(0), y(), 1, kRescaleShift)});
      case OpKind::mean: {
        keep_zero(0);
        const std::int64_t count = mean_count(network_, op);
        return finish("", {rescaled(x(0), y(), count, mean_shift(count))});
      }
      case OpKind::add:
        keep_zero(0), keep_zero(1);
        return finish("", {sum()});
      case OpKind::mul:
        keep_zero(0), keep_zero(1);
        return finish("", {product()});
      case OpKind::average_pool_2d:
      case OpKind::max_pool_2d:
        if (op.parameters.activation == Activation::none) return {};
        keep("zero", -least(y()));
        return finish("", {rescaled(y(), y(), 1, kRescaleShift)});
      case OpKind::pad:
        keep_zero(0);
        return {};
      case OpKind::concatenation: {
        Published widest;
        for (std::size_t i = 0; i < op.inputs.size(); ++i) {
          if (same_quantization(i)) continue;
          keep_zero(i);
          const Published one = finish(std::to_string(i), {rescaled(x(i), y(), 1, kRescaleShift)});
          widest.compare_bits = std::max(widest.compare_bits, one.compare_bits);
        }
        return widest;
      }
      default:
        return {};
    }
  }

 private:
  const QuantTensor& x(std::size_t i) const { return tensor(network_, op_->inputs[i]); }
  const QuantTensor& y() const { return tensor(network_, op_->output); }

  void keep(const std::string& what, Shape shape, std::span<const std::int64_t> values) {
    secrets_.insert_or_assign(secret_name(*op_, what),
                              secret_of(options_.ring_bits, std::move(shape), values));
  }
  void keep(const std::string& what, std::int64_t value) { keep(what, {}, {&value, 1}); }
  void keep_zero(std::size_t i) { keep("zero" + (i == 0 ? "" : std::to_string(i)), -least(x(i))); }

  /// An operand that is no result of another operator, as an activation.
  void keep_constant(std::size_t i) {
    if (!x(i).is_constant()) return;
    std::vector<std::int64_t> values;
    for (const std::int32_t q : constant_values(x(i))) values.push_back(q - low_of(x(i)));
    keep("operand" + std::to_string(i), x(i).shape, values);
  }

  bool same_quantization(std::size_t i) const {
    return x(i).scale() == y().scale() && x(i).zero_point() == y().zero_point();
  }

  std::vector<Line> weighted() {
    const QuantTensor& w = x(1);
    const bool depthwise = op_->kind == OpKind::depthwise_conv_2d;
    const std::vector<std::int32_t> raw = constant_values(w);
    const auto channels = static_cast<std::size_t>(y().shape[y().shape.rank() - 1]);
    const std::size_t each = raw.size() / channels;
    std::vector<std::int32_t> bias(channels, 0);
    if (op_->inputs.size() > 2 && op_->inputs[2] != -1) bias = constant_values(x(2));
    std::vector<std::int64_t> weights(raw.size());
    std::vector<Line> lines(channels);
    for (std::size_t c = 0; c < channels; ++c) {
      Line& line = lines[c];
      const std::size_t scale = w.scales.size() == 1 ? 0 : c;
      line.per_unit = double{y().scale()} / (double{x(0).scale()} * double{w.scales[scale]});
      line.bias = bias[c];
      for (std::size_t i = 0; i < each; ++i) {
        const std::int64_t value =
            std::int64_t{raw[depthwise ? i * channels + c : c * each + i]} - w.zero_points[scale];
        // Filters of a convolution lie one after another, columns of a matrix side by side.
        weights[op_->kind == OpKind::fully_connected ? i * channels + c : c * each + i] = value;
        line.widen(value, least(x(0)));
      }
    }
    const Shape& s = w.shape;
    keep("weights",
         depthwise                              ? Shape{s[3], s[1], s[2], 1}
         : op_->kind == OpKind::fully_connected ? Shape{s[1], s[0]}
                                                : s,
         weights);
    return lines;
  }

  Line sum() {
    const double left = x(0).scale(), right = x(1).scale(), larger = std::max(left, right);
    const auto weight = [&](double scale) { return std::llround(std::ldexp(scale / larger, kSumShift)); };
    Line line;
    line.per_unit = std::ldexp(y().scale() / larger, kSumShift);
    line.widen(weight(left), least(x(0)));
    line.widen(weight(right), least(x(1)));
    keep("weights", {2}, std::array<std::int64_t, 2>{weight(left), weight(right)});
    return line;
  }

  Line product() {
    Line line;
    line.per_unit =
        std::ldexp(double{y().scale()} / (double{x(0).scale()} * double{x(1).scale()}), kProductShift);
    const std::int64_t a = least(x(0)), b = least(x(1));
    for (const std::int64_t p : {a * b, a * (b + kMost), (a + kMost) * b, (a + kMost) * (b + kMost)}) {
      line.low = std::min(line.low, p << kProductShift);
      line.high = std::max(line.high, p << kProductShift);
    }
    return line;
  }

  /// Secrets that bring accumulators into the range of the output.
  Published finish(const std::string& part, std::vector<Line> lines) {
    Activation activation = op_->parameters.activation;
    if (op_->kind == OpKind::relu) activation = Activation::relu;
    if (op_->kind == OpKind::relu6) activation = Activation::relu6;
    const Range range = activation_range(activation, y());
    const double one = std::ldexp(1.0, static_cast<int>(options_.fraction_bits()));
    std::vector<std::int64_t> bias, upper, factor;
    Published published;
    for (const Line& line : lines) {
      const std::int64_t added = line.bias + std::llround(line.per_unit * (y().zero_point() - range.low));
      const std::int64_t low = line.low + added, high = line.high + added;
      bias.push_back(added);
      upper.push_back(std::clamp<std::int64_t>(std::llround(line.per_unit * (range.high - range.low)), 0,
                                               std::max<std::int64_t>(high, 0)));
      factor.push_back(std::llround(one / line.per_unit));
      published.compare_bits = std::max({published.compare_bits, signed_bits(low, high),
                                         signed_bits(upper.back() - high, upper.back() - low)});
      if (static_cast<double>(upper.back()) * static_cast<double>(factor.back()) + one / 2 >=
          std::ldexp(1.0, static_cast<int>(options_.ring_bits) - 1))
        throw Error(Errc::unsupported, describe(network_, *op_) + ": output channel " +
                                           std::to_string(bias.size() - 1) + " does not fit a ring of " +
                                           std::to_string(options_.ring_bits) +
                                           " bits; expected more ring bits");
    }
    if (published.compare_bits > options_.ring_bits)
      throw Error(Errc::unsupported,
                  describe(network_, *op_) + ": accumulators of " + std::to_string(published.compare_bits) +
                      " bits; expected at most the ring's " + std::to_string(options_.ring_bits));
    const Shape shape = lines.size() == 1 ? Shape{} : Shape{static_cast<std::int64_t>(lines.size())};
    keep("bias" + part, shape, bias), keep("upper" + part, shape, upper),
        keep("factor" + part, shape, factor);
    keep("low" + part, range.low - low_of(y()));
    return published;
  }

  static Tensor secret_of(unsigned ring_bits, Shape shape, std::span<const std::int64_t> values) {
    Tensor out(ring(ring_bits), std::move(shape));
    for (std::size_t i = 0; i < values.size(); ++i)
      out.set(i, static_cast<u128>(static_cast<__int128>(values[i])));
    return out;
  }

  const Network& network_;
  const SecureOptions& options_;
  std::map<std::string, Tensor>& secrets_;
  const Operator* op_ = nullptr;
};

/// Builds the computation, operator by operator.
class Layers {
 public:
  Layers(Builder& b, const Network& network, const SecureOptions& options,
         const std::map<std::string, Tensor>& secrets, Role owner, std::int64_t batch)
      : b_(b), network_(network), options_(options), secrets_(secrets), owner_(owner), batch_(batch) {}

  Value compute(const Operator& op, const Published& published, const std::vector<Value>& in) {
    op_ = &op, published_ = published;
    if (has_weights(op.kind)) return finish("", weighted(in[0]));
    switch (op.kind) {
      case OpKind::relu:
      case OpKind::relu6:
      case OpKind::quantize:
        return finish("", shift_left(in[0] - secret("zero"), kRescaleShift));
      case OpKind::mean:
        return finish("", mean(in[0]));
      case OpKind::add:
        return finish("", added(in[0] - secret("zero"), in[1] - secret("zero1")));
      case OpKind::mul:
        return finish("", shift_left((in[0] - secret("zero")) * (in[1] - secret("zero1")), kProductShift));
      case OpKind::average_pool_2d:
        return pooled(average(in[0]));
      case OpKind::max_pool_2d:
        return pooled(largest_of_window(in[0]));
      case OpKind::pad:
        return padded(in[0]);
      case OpKind::concatenation:
        return joined(in);
      default:
        return reshape(in[0], output_dims());
    }
  }

  /// An operand that its owner brings.
  Value constant(const Operator& op, std::size_t operand) {
    op_ = &op;
    return secret("operand" + std::to_string(operand));
  }

 private:
  Value secret(const std::string& what) {
    const std::string name = secret_name(*op_, what);
    const Tensor& t = secrets_.at(name);
    return b_.input(name, owner_, t.element(), t.shape());
  }

  std::vector<std::int64_t> output_dims() const {
    std::vector<std::int64_t> dims = tensor(network_, op_->output).shape.dims();
    if (!dims.empty()) dims[0] *= batch_;  // of a single image it need not be 1: FULLY_CONNECTED has rows
    return dims;
  }

  Convolution window(std::int64_t groups) const {
    const Window& w = op_->parameters.window;
    Convolution c;
    c.strides = {w.stride_height, w.stride_width}, c.dilations = {w.dilation_height, w.dilation_width};
    c.padding = {w.top, w.bottom, w.left, w.right};
    c.groups = groups;
    return c;
  }

  Value weighted(const Value& x) {
    const Value centred = x - secret("zero"), weights = secret("weights");
    if (op_->kind == OpKind::fully_connected)
      return reshape(matmul(reshape(centred, {-1, weights.shape()[0]}), weights), output_dims());
    return conv2d(centred, weights, window(op_->kind == OpKind::depthwise_conv_2d ? x.shape()[3] : 1));
  }

  Value mean(const Value& x) {
    const std::vector<std::int64_t>& axes = op_->parameters.axes;
    Value total = x - secret("zero");
    for (std::size_t i = axes.size(); i-- > 0;) total = sum(total, axes[i]);
    return shift_left(reshape(total, output_dims()), mean_shift(mean_count(network_, *op_)));
  }

  /// Both products are added up before they are shared.
  Value added(const Value& left, const Value& right) {
    const Value weights = secret("weights");
    const Value like = left + right;  // of the shape of both
    const auto column = [&](const Value& v) {
      std::vector<std::int64_t> dims = like.shape().dims();
      dims.push_back(1);
      return reshape(v.shape() == like.shape() ? v : v + (like - like), dims);
    };
    return dot(
        concat(std::array{column(left), column(right)}, static_cast<std::int64_t>(like.shape().rank())),
        weights);
  }

  /// Accumulators as activations: clamped between 0 and `upper`, multiplied and rounded.
  Value finish(const std::string& part, const Value& sum) {
    const Value bias = secret("bias" + part), upper = secret("upper" + part),
                factor = secret("factor" + part);
    const Value accumulator = sum + bias;
    const Value scaled = accumulator * factor, most = upper * factor;
    const Value negative = msb(convert(accumulator, published_.compare_bits));
    const Value above = msb(convert(upper - accumulator, published_.compare_bits));
    // At most one of the corrections applies.
    const Value clamped = scaled + inject(negative, -scaled) + inject(above, most - scaled);
    return trunc(clamped, options_.fraction_bits(),
                 {.rounding = Rounding::half_up, .is_signed = false, .fits = true}) +
           secret("low" + part);
  }

  Value pooled(const Value& y) {
    if (op_->parameters.activation == Activation::none) return y;
    return finish("", shift_left(y - secret("zero"), kRescaleShift));
  }

  /// How many cells of the image each place of the window sees.
  std::vector<std::int64_t> cells(const Shape& x, const Shape& y) const {
    const Window& w = op_->parameters.window;
    const auto seen = [](std::int64_t at, std::int64_t stride, std::int64_t before, std::int64_t extent,
                         std::int64_t size) {
      const std::int64_t first = at * stride - before;
      return std::min(first + extent, size) - std::max<std::int64_t>(first, 0);
    };
    std::vector<std::int64_t> out;
    for (std::int64_t row = 0; row < y[1]; ++row)
      for (std::int64_t column = 0; column < y[2]; ++column)
        out.push_back(seen(row, w.stride_height, w.top, w.height, x[1]) *
                      seen(column, w.stride_width, w.left, w.width, x[2]));
    return out;
  }

  /// The sum times 2^m / count, rounded up, times 2^-m to the nearest. It is the exact quotient to the
  /// nearest, halves up: the sum, at most 255 count, is too large by less than 255 count / 2^m, and a
  /// multiple of 1 / (2 count) is at least that much below the next integer, as 2^m > 512 count^2.
  Value average(const Value& x) {
    const Window& w = op_->parameters.window;
    const std::int64_t channels = x.shape()[3];
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(channels * w.height * w.width), 1);
    const Value total =
        conv2d(x, b_.constant(x.type().element, {channels, w.height, w.width, 1}, ones), window(channels));
    const std::vector<std::int64_t> counts = cells(x.shape(), total.shape());
    const auto m =
        9 + 2 * static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(w.height * w.width)));
    if (m + 8 >= options_.ring_bits)
      throw Error(Errc::unsupported, describe(network_, *op_) + ": a window of " + std::to_string(w.height) +
                                         " by " + std::to_string(w.width) +
                                         " cells; expected more ring bits");
    std::vector<std::int64_t> factors;
    for (const std::int64_t count : counts) factors.push_back(((std::int64_t{1} << m) + count - 1) / count);
    const Value factor = b_.constant(x.type().element, {total.shape()[1], total.shape()[2], 1}, factors);
    return trunc(total * factor, m, {.rounding = Rounding::half_up, .is_signed = false, .fits = true});
  }

  /// Cells outside the image are the least of all activations.
  Value largest_of_window(const Value& x) {
    const Window& w = op_->parameters.window;
    const std::vector<std::int64_t> dims = output_dims();
    const Value image = bordered(x, {0, w.top, w.left, 0}, {0, w.bottom, w.right, 0});
    std::vector<Value> seen;
    for (std::int64_t row = 0; row < w.height; ++row)
      for (std::int64_t column = 0; column < w.width; ++column)
        seen.push_back(slice(slice(image, 1, row, row + (dims[1] - 1) * w.stride_height + 1, w.stride_height),
                             2, column, column + (dims[2] - 1) * w.stride_width + 1, w.stride_width));
    while (seen.size() > 1) {
      std::vector<Value> larger;
      for (std::size_t i = 0; i + 1 < seen.size(); i += 2) {
        const Value difference = seen[i + 1] - seen[i];  // of 9 bits
        const Value less = msb(convert(difference, 9));
        larger.push_back(seen[i + 1] + inject(less, -difference));
      }
      if (seen.size() % 2 != 0) larger.push_back(seen.back());
      seen = std::move(larger);
    }
    return seen[0];
  }

  /// Zeros around a value.
  Value bordered(Value x, const std::vector<std::int64_t>& before, const std::vector<std::int64_t>& after) {
    for (std::size_t axis = 0; axis < before.size(); ++axis) {
      const auto zeros = [&](std::int64_t count, std::vector<Value>& parts) {
        if (count == 0) return;
        std::vector<std::int64_t> dims = x.shape().dims();
        dims[axis] = count;
        parts.push_back(b_.constant(Tensor(x.type().element, Shape(dims))));
      };
      std::vector<Value> parts;
      zeros(before[axis], parts);
      parts.push_back(x);
      zeros(after[axis], parts);
      if (parts.size() > 1) x = concat(parts, static_cast<std::int64_t>(axis));
    }
    return x;
  }

  Value padded(const Value& x) {
    const Value zero = secret("zero");
    return bordered(x - zero, op_->parameters.before, op_->parameters.after) + zero;
  }

  Value joined(const std::vector<Value>& in) {
    std::vector<Value> parts;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const std::string part = std::to_string(i);
      const bool as_it_is = !secrets_.contains(secret_name(*op_, "bias" + part));
      parts.push_back(
          as_it_is ? in[i]
                   : finish(part, shift_left(in[i] - secret("zero" + (i == 0 ? "" : part)), kRescaleShift)));
    }
    return concat(parts, op_->parameters.axis);
  }

  Builder& b_;
  const Network& network_;
  const SecureOptions& options_;
  const std::map<std::string, Tensor>& secrets_;
  Role owner_;
  std::int64_t batch_;
  const Operator* op_ = nullptr;
  Published published_;
};

}  // namespace

SecureNetwork::SecureNetwork(const Network& network, const SecureOptions& options)
    : network_(network), options_(options) {
  Folding folding(network, options, secrets_);
  for (const Operator& op : network.operators)
    published_.push_back(is_final(op.kind) ? Published() : folding.fold(op));
}

Value SecureNetwork::compute(Builder& b, const Value& images, Role owner, std::vector<Value>* layers) const {
  Layers build(b, network_, options_, secrets_, owner, images.shape()[0]);
  std::map<std::int32_t, Value> values{{network_.input, images}};
  for (std::size_t i = 0; i < network_.operators.size(); ++i) {
    const Operator& op = network_.operators[i];
    if (is_final(op.kind)) continue;
    std::vector<Value> in;
    for (std::size_t operand = 0; operand < op.inputs.size(); ++operand) {
      if (const auto at = values.find(op.inputs[operand]); at != values.end())
        in.push_back(at->second);
      else if (reads_activations_only(op.kind))
        in.push_back(build.constant(op, operand));
    }
    const Value y = build.compute(op, published_[i], in);
    values.insert_or_assign(op.output, y);
    if (layers != nullptr) layers->push_back(y);
  }
  return values.at(network_.logits);
}

}  // namespace tacet::apps::infer
