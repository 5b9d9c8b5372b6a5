#include "apps/infer/secure.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <cstdlib>

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

bool has_weights(OpKind kind) {
  return kind == OpKind::conv_2d || kind == OpKind::depthwise_conv_2d || kind == OpKind::fully_connected;
}

std::string name_of(const Operator& op, const char* what) {
  return "op" + std::to_string(op.index) + "." + what;
}

/// What the owner of a network makes of an operator with weights.
struct Weighted {
  std::vector<std::int64_t> weights, bias, upper, factor;
  unsigned compare_bits = 0;
};

Weighted fold(const Network& network, const Operator& op, const SecureOptions& options) {
  const QuantTensor &x = tensor(network, op.inputs[0]), &w = tensor(network, op.inputs[1]),
                    &y = tensor(network, op.output);
  const bool depthwise = op.kind == OpKind::depthwise_conv_2d;
  const auto channels = static_cast<std::size_t>(y.shape[y.shape.rank() - 1]);
  const std::vector<std::int32_t> raw = constant_values(w);
  const std::size_t each = raw.size() / channels;
  const std::int64_t zero_w = w.type == TensorType::uint8 ? w.zero_point() : 0;
  std::vector<std::int32_t> bias(channels, 0);
  if (op.inputs.size() > 2 && op.inputs[2] != -1) bias = constant_values(tensor(network, op.inputs[2]));
  const Range range = activation_range(op.parameters.activation, y);
  const double one = std::ldexp(1.0, static_cast<int>(options.fraction_bits()));

  Weighted out;
  out.weights.resize(raw.size());
  const std::int64_t x_low = low_of(x) - x.zero_point(), x_high = x_low + kMost;
  for (std::size_t c = 0; c < channels; ++c) {
    const double scale_w = w.scales[w.scales.size() == 1 ? 0 : c];
    const double s = double{y.scale()} / (double{x.scale()} * scale_w);
    std::int64_t low = bias[c], high = bias[c];  // of the accumulator
    for (std::size_t i = 0; i < each; ++i) {
      const std::int64_t value = raw[depthwise ? i * channels + c : c * each + i] - zero_w;
      // Filters of conv2d lie one after another; the factors of a matrix product below each other.
      out.weights[op.kind == OpKind::fully_connected ? i * channels + c : c * each + i] = value;
      low += std::min(value * x_low, value * x_high);
      high += std::max(value * x_low, value * x_high);
    }
    const auto offset = std::llround(s * (y.zero_point() - range.low));
    low += offset, high += offset;
    const std::int64_t upper = std::clamp<std::int64_t>(std::llround(s * (range.high - range.low)), 0,
                                                        std::max<std::int64_t>(high, 0));
    out.bias.push_back(bias[c] + offset);
    out.upper.push_back(upper);
    out.factor.push_back(std::llround(one / s));
    out.compare_bits =
        std::max({out.compare_bits, signed_bits(low, high), signed_bits(upper - high, upper - low)});
    if (static_cast<double>(upper) * static_cast<double>(out.factor.back()) + one / 2 >=
        std::ldexp(1.0, static_cast<int>(options.ring_bits) - 1))
      throw Error(Errc::unsupported, describe(network, op) + ": output channel " + std::to_string(c) +
                                         " does not fit a ring of " + std::to_string(options.ring_bits) +
                                         " bits; expected more ring bits");
  }
  if (out.compare_bits > options.ring_bits)
    throw Error(Errc::unsupported,
                describe(network, op) + ": accumulators of " + std::to_string(out.compare_bits) +
                    " bits; expected at most the ring's " + std::to_string(options.ring_bits));
  return out;
}

Tensor secret_of(unsigned ring_bits, Shape shape, std::span<const std::int64_t> values) {
  Tensor out(ring(ring_bits), std::move(shape));
  for (std::size_t i = 0; i < values.size(); ++i)
    out.set(i, static_cast<u128>(static_cast<__int128>(values[i])));
  return out;
}

Shape filter_shape(const Network& network, const Operator& op) {
  const Shape& w = tensor(network, op.inputs[1]).shape;
  if (op.kind == OpKind::depthwise_conv_2d) return {w[3], w[1], w[2], 1};
  if (op.kind == OpKind::fully_connected) return {w[1], w[0]};
  return w;
}

/// Builds the computation, operator by operator.
class Layers {
 public:
  Layers(Builder& b, const Network& network, const SecureOptions& options,
         const std::vector<Published>& published, const std::map<std::string, Tensor>& secrets, Role owner)
      : b_(b),
        network_(network),
        options_(options),
        published_(published),
        secrets_(secrets),
        owner_(owner) {}

  Value compute(const Operator& op, std::size_t at, std::span<const Value> in, std::int64_t batch) {
    if (has_weights(op.kind)) return weighted(op, published_[at], in[0]);
    switch (op.kind) {
      case OpKind::average_pool_2d:
        return average(op, in[0]);
      case OpKind::reshape:
      case OpKind::squeeze: {
        std::vector<std::int64_t> dims = tensor(network_, op.output).shape.dims();
        dims[0] = batch;
        return reshape(in[0], dims);
      }
      default:
        throw Error(Errc::unsupported, describe(network_, op) + " has no secure form yet");
    }
  }

 private:
  Value secret(const Operator& op, const char* what) {
    const Tensor& t = secrets_.at(name_of(op, what));
    return b_.input(name_of(op, what), owner_, t.element(), t.shape());
  }

  Value weighted(const Operator& op, const Published& published, const Value& x) {
    const unsigned m = options_.fraction_bits();
    const Value weights = secret(op, "weights"), bias = secret(op, "bias"), upper = secret(op, "upper"),
                factor = secret(op, "factor"), zero = secret(op, "zero"), low = secret(op, "low");
    const Value centred = x - zero;
    Value sum = centred;
    if (op.kind == OpKind::fully_connected) {
      sum = matmul(reshape(centred, {-1, weights.shape()[0]}), weights);
    } else {
      const Window& w = op.parameters.window;
      Convolution c;
      c.strides = {w.stride_height, w.stride_width}, c.dilations = {w.dilation_height, w.dilation_width};
      c.padding = {w.top, w.bottom, w.left, w.right};
      if (op.kind == OpKind::depthwise_conv_2d) c.groups = x.shape()[3];
      sum = conv2d(centred, weights, c);
    }
    const Value accumulator = sum + bias;
    const Value scaled = accumulator * factor, most = upper * factor;
    const Value negative = msb(convert(accumulator, published.compare_bits));
    const Value above = msb(convert(upper - accumulator, published.compare_bits));
    // At most one of the corrections applies.
    const Value clamped = scaled + inject(negative, -scaled) + inject(above, most - scaled);
    return trunc(clamped, m, {.rounding = Rounding::half_up, .is_signed = false, .fits = true}) + low;
  }

  Value average(const Operator& op, const Value& x) {
    const Window& w = op.parameters.window;
    const Shape& shape = x.shape();
    Convolution c;
    c.strides = {w.stride_height, w.stride_width};
    c.padding = {w.top, w.bottom, w.left, w.right};
    c.groups = shape[3];
    if (w.top + w.bottom + w.left + w.right != 0)
      throw Error(Errc::unsupported,
                  describe(network_, op) + ": pooling over padding has no secure form yet");
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(shape[3] * w.height * w.width), 1);
    const Value sum = conv2d(x, b_.constant(x.type().element, {shape[3], w.height, w.width, 1}, ones), c);
    const std::int64_t count = w.height * w.width;
    const auto bits = static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(count * (kMost + 1))));
    return div(sum + count / 2, count, {.is_signed = false, .bits = bits});
  }

  Builder& b_;
  const Network& network_;
  const SecureOptions& options_;
  const std::vector<Published>& published_;
  const std::map<std::string, Tensor>& secrets_;
  Role owner_;
};

}  // namespace

SecureNetwork::SecureNetwork(const Network& network, const SecureOptions& options)
    : network_(network), options_(options), published_(network.operators.size()) {
  for (std::size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    if (!has_weights(op.kind)) continue;
    const QuantTensor &x = tensor(network, op.inputs[0]), &y = tensor(network, op.output);
    const Weighted w = fold(network, op, options);
    const auto channels = static_cast<std::int64_t>(w.bias.size());
    const auto keep = [&](const char* what, Shape shape, std::span<const std::int64_t> values) {
      secrets_.emplace(name_of(op, what), secret_of(options.ring_bits, std::move(shape), values));
    };
    keep("weights", filter_shape(network, op), w.weights);
    keep("bias", {channels}, w.bias);
    keep("upper", {channels}, w.upper);
    keep("factor", {channels}, w.factor);
    const std::int64_t zero = x.zero_point() - low_of(x);
    const std::int64_t low = activation_range(op.parameters.activation, y).low - low_of(y);
    keep("zero", {}, {&zero, 1});
    keep("low", {}, {&low, 1});
    published_[i] = {w.compare_bits};
  }
}

Value SecureNetwork::compute(Builder& b, const Value& images, Role owner, std::vector<Value>* layers) const {
  Layers build(b, network_, options_, published_, secrets_, owner);
  std::map<std::int32_t, Value> values{{network_.input, images}};
  for (std::size_t i = 0; i < network_.operators.size(); ++i) {
    const Operator& op = network_.operators[i];
    if (is_final(op.kind)) continue;
    std::vector<Value> in;
    for (const std::int32_t t : op.inputs)
      if (const auto at = values.find(t); at != values.end()) in.push_back(at->second);
    const Value y = build.compute(op, i, in, images.shape()[0]);
    values.insert_or_assign(op.output, y);
    if (layers != nullptr) layers->push_back(y);
  }
  return values.at(network_.logits);
}

}  // namespace tacet::apps::infer
