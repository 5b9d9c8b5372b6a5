#include "apps/infer/check.hpp"

#include <algorithm>
#include <cmath>
#include <cstdlib>

#include "apps/infer/quantize.hpp"
#include "apps/limits.hpp"
#include "graph/error.hpp"

namespace tacet::apps::infer {

namespace {

// Between these, products and quotients of scales are ordinary floats.
constexpr float kMinScale = 0x1p-40F, kMaxScale = 0x1p40F;
// So many values of 8 bits have a sum of 32 bits.
constexpr std::int64_t kMaxSummands = std::int64_t{1} << 22;

std::size_t item_bytes(TensorType type) {
  switch (type) {
    case TensorType::uint8:
    case TensorType::int8:
    case TensorType::boolean:
      return 1;
    case TensorType::int16:
      return 2;
    case TensorType::float32:
    case TensorType::int32:
      return 4;
    default:
      return 8;
  }
}

bool is_quantized(TensorType type) {
  return type == TensorType::uint8 || type == TensorType::int8;
}

// Goes through the operators in order, each of which may read what is known by then.
class Checker {
 public:
  explicit Checker(Network& network) : network_(network), state_(network.tensors.size(), State::unknown) {}

  void run() {
    check_sizes();
    for (std::size_t i = 0; i < network_.tensors.size(); ++i)
      if (network_.tensors[i].is_constant()) state_[i] = State::known;
    if (state_[static_cast<std::size_t>(network_.input)] == State::known)
      fail("the input, " + describe(network_, network_.input) + ", is a constant");
    take_quantize_away();
    const QuantTensor& input = tensor(network_.input);
    if (!is_quantized(input.type) || input.scales.size() != 1)
      unsupported(
          "the input, " + describe(network_, network_.input) +
          ", is not quantized; expected uint8 or int8 with one scale, or float32 that a QUANTIZE takes");
    check_activation(network_.input, network_.file + ": the input");
    if (input.shape.rank() < 2 || input.shape[0] != 1)
      unsupported("the input, " + describe(network_, network_.input) +
                  ", does not have a batch of 1 in front");
    state_[static_cast<std::size_t>(network_.input)] = State::known;
    for (Operator& op : network_.operators) {
      op_ = &op;
      check_operator(op);
    }
    find_logits();
  }

 private:
  /// A `final` tensor is known to whoever gets the result.
  enum class State : std::uint8_t { unknown, known, final };

  const QuantTensor& tensor(std::int32_t index) const { return network_.tensor(index); }

  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Errc::bad_file, (op_ ? describe(network_, *op_) : network_.file) + ": " + what);
  }
  [[noreturn]] void unsupported(const std::string& what) const {
    throw Error(Errc::unsupported, (op_ ? describe(network_, *op_) : network_.file) + ": " + what);
  }

  void check_sizes() const {
    std::uint64_t elements = 0;
    for (std::size_t i = 0; i < network_.tensors.size(); ++i) {
      const QuantTensor& t = network_.tensors[i];
      elements += t.shape.elements();
      if (elements >= kMaxNetworkElements) unsupported("the tensors have 2^31 or more elements together");
      if (t.is_constant() && t.type != TensorType::other &&
          t.data.size() != t.shape.elements() * item_bytes(t.type))
        fail(describe(network_, static_cast<std::int32_t>(i)) + " has " + std::to_string(t.data.size()) +
             " bytes, expected " + std::to_string(t.shape.elements() * item_bytes(t.type)));
    }
  }

  // Floats are quantized by whoever has them.
  void take_quantize_away() {
    if (tensor(network_.input).type != TensorType::float32) return;
    const auto reads = [&](const Operator& op) {
      return std::find(op.inputs.begin(), op.inputs.end(), network_.input) != op.inputs.end();
    };
    const auto first = std::find_if(network_.operators.begin(), network_.operators.end(), reads);
    if (first == network_.operators.end() || first->kind != OpKind::quantize || first->inputs.size() != 1 ||
        std::any_of(first + 1, network_.operators.end(), reads))
      return;
    if (tensor(first->output).shape != tensor(network_.input).shape || tensor(first->output).is_constant()) {
      op_ = &*first;
      fail("the output is " + describe(network_, first->output) + ", expected the shape " +
           tensor(network_.input).shape.to_string());
    }
    network_.input = first->output;
    network_.operators.erase(first);
  }

  // ---- What an operator may read and write.

  void check_activation(std::int32_t index, const std::string& who) const {
    const QuantTensor& t = tensor(index);
    const std::string what = who + ", " + describe(network_, index);
    if (!is_quantized(t.type))
      throw Error(Errc::unsupported, what + ", is not quantized to 8 bits, expected uint8 or int8");
    if (t.scales.size() != 1)
      throw Error(Errc::unsupported,
                  what + ", has " + std::to_string(t.scales.size()) + " scales, expected one");
    check_scales(t, what);
    const Range range = type_range(t.type);
    if (t.zero_point() < range.low || t.zero_point() > range.high)
      throw Error(Errc::bad_file, what + ", has a zero point that its type does not hold");
  }

  static void check_scales(const QuantTensor& t, const std::string& what) {
    for (const float scale : t.scales)
      if (scale < kMinScale || scale > kMaxScale)
        throw Error(Errc::unsupported, what + ", has a scale out of range, expected 2^-40 to 2^40");
  }

  std::string place() const { return describe(network_, *op_); }

  void expect_inputs(std::size_t least, std::size_t most) const {
    const std::size_t count = op_->inputs.size();
    if (count < least || count > most)
      fail(std::to_string(count) + " inputs, expected " + std::to_string(least) +
           (least == most ? "" : " to " + std::to_string(most)));
  }

  std::int32_t present(std::size_t position) const {
    const std::int32_t index = op_->inputs[position];
    if (index == -1) fail("input " + std::to_string(position) + " is absent");
    return index;
  }

  const QuantTensor& activation(std::size_t position) const {
    const std::int32_t index = present(position);
    const std::string what = "input " + std::to_string(position);
    switch (state_[static_cast<std::size_t>(index)]) {
      case State::unknown:
        fail(what + ", " + describe(network_, index) + ", is read before anything writes it");
      case State::final:
        unsupported(what + ", " + describe(network_, index) +
                    ", comes from DEQUANTIZE, SOFTMAX or LOGISTIC, which are supported at the end only");
      case State::known:
        break;
    }
    if (tensor(index).is_constant() && !reads_activations_only(op_->kind))
      unsupported(what + ", " + describe(network_, index) + ", is a constant, and so is the result");
    check_activation(index, place() + ": " + what);
    return tensor(index);
  }

  const QuantTensor& constant(std::size_t position, const char* what) const {
    const std::int32_t index = present(position);
    if (!tensor(index).is_constant())
      unsupported(std::string(what) + ", " + describe(network_, index) + ", is not a constant");
    return tensor(index);
  }

  // A short constant of integers, as it describes axes and shapes.
  std::vector<std::int64_t> constant_integers(std::size_t position, const char* what) const {
    const QuantTensor& t = constant(position, what);
    const std::size_t bytes = item_bytes(t.type);
    if ((t.type != TensorType::int32 && t.type != TensorType::int64) || t.shape.elements() > 64)
      fail(std::string(what) + ", " + describe(network_, op_->inputs[position]) +
           ", expected int32 or int64, and 64 elements at most");
    std::vector<std::int64_t> out;
    for (std::size_t at = 0; at < t.data.size(); at += bytes) {
      std::uint64_t word = 0;
      for (std::size_t b = bytes; b-- > 0;) word = word << 8 | static_cast<unsigned char>(t.data[at + b]);
      out.push_back(bytes == 4 ? static_cast<std::int32_t>(word) : static_cast<std::int64_t>(word));
    }
    return out;
  }

  // The extents are not multiplied before they turn out to be those of the file.
  void write_output(const std::vector<std::int64_t>& extents, State state = State::known) {
    const std::int32_t index = op_->output;
    State& old = state_[static_cast<std::size_t>(index)];
    if (old != State::unknown) fail("the output, " + describe(network_, index) + ", has a value already");
    if (state == State::known) check_activation(index, place() + ": the output");
    if (tensor(index).shape.dims() != extents) {
      std::string expected;
      for (const std::int64_t extent : extents)
        expected += (expected.empty() ? "" : ", ") + std::to_string(extent);
      fail("the output, " + describe(network_, index) + ", expected the shape [" + expected + "]");
    }
    old = state;
  }

  void same_types(const QuantTensor& x) const {
    const TensorType y = tensor(op_->output).type;
    if (x.type != y)
      unsupported("the input is " + to_string(x.type) + " and the output " + to_string(y) +
                  ", expected one type");
  }

  // Where values are handed on as they are.
  void same_quantization(const QuantTensor& x) const {
    const QuantTensor& y = tensor(op_->output);
    same_types(x);
    if (std::abs(x.scale() - y.scale()) > 1e-5F * y.scale() || x.zero_point() != y.zero_point())
      unsupported("the output has another scale or zero point than the input, expected the same");
  }

  // Fails unless magnitudes up to `most`, shifted to the left where the multiplier says so, have 32 bits.
  void check_multiplier(const Multiplier& m, std::int64_t most, const std::string& what) const {
    constexpr std::int64_t kMost = (std::int64_t{1} << 31) - 1;
    if (most > kMost || m.shift > 30 || (m.shift > 0 && most > kMost >> m.shift))
      unsupported(what + " can reach " + std::to_string(most) +
                  (m.shift > 0 ? " times 2^" + std::to_string(m.shift) : "") + ", expected less than 2^31");
  }

  static std::int64_t most_distance(const QuantTensor& x) {
    const Range range = type_range(x.type);
    return std::max(x.zero_point() - range.low, range.high - x.zero_point());
  }

  // ---- The operators.

  void check_operator(Operator& op) {
    switch (op.kind) {
      case OpKind::conv_2d:
      case OpKind::depthwise_conv_2d:
        return check_convolution(op);
      case OpKind::fully_connected:
        return check_fully_connected(op);
      case OpKind::average_pool_2d:
      case OpKind::max_pool_2d:
        return check_pooling(op);
      case OpKind::add:
      case OpKind::mul:
        return check_pair(op);
      case OpKind::concatenation:
        return check_concatenation(op);
      case OpKind::pad:
        return check_pad(op);
      case OpKind::mean:
        return check_mean(op);
      case OpKind::reshape:
        return check_reshape();
      case OpKind::squeeze:
        return check_squeeze(op);
      case OpKind::relu:
      case OpKind::relu6:
      case OpKind::quantize:
        return check_rescaling();
      case OpKind::dequantize:
      case OpKind::softmax:
      case OpKind::logistic:
        return check_final(op);
    }
  }

  const QuantTensor& image() const {
    const QuantTensor& x = activation(0);
    if (x.shape.rank() != 4 || x.shape[0] != 1)
      unsupported("input 0, " + describe(network_, op_->inputs[0]) +
                  ", expected [1, height, width, channels]");
    return x;
  }

  // Fills in the padding; returns the extents of the output.
  std::pair<std::int64_t, std::int64_t> check_window(Window& w, const Shape& image) const {
    using Extent = std::pair<std::int64_t, const char*>;
    for (const auto& [value, what] :
         {Extent{w.height, "window's height"}, Extent{w.width, "window's width"},
          Extent{w.stride_height, "stride"}, Extent{w.stride_width, "stride"},
          Extent{w.dilation_height, "dilation"}, Extent{w.dilation_width, "dilation"}})
      if (value < 1 || value > kMaxWindow)
        fail(std::string("the ") + what + " is " + std::to_string(value) + ", expected 1 to 2^20");
    const WindowAxis y = place_window(image[1], w.height, w.stride_height, w.dilation_height, w.same);
    const WindowAxis x = place_window(image[2], w.width, w.stride_width, w.dilation_width, w.same);
    if (y.outputs < 1 || x.outputs < 1)
      fail("a window of " + std::to_string(w.height) + " by " + std::to_string(w.width) +
           " cells, spread by its dilation, does not fit into " + image.to_string());
    w.top = y.before, w.bottom = y.after, w.left = x.before, w.right = x.after;
    return {y.outputs, x.outputs};
  }

  void check_convolution(Operator& op) {
    expect_inputs(2, 3);
    const bool depthwise = op.kind == OpKind::depthwise_conv_2d;
    const QuantTensor& x = image();
    const QuantTensor& w = constant(1, "the weights");
    const std::int64_t channels = x.shape[3];
    if (w.shape.rank() != 4 ||
        (depthwise ? w.shape[0] != 1 || w.shape[3] % channels != 0 : w.shape[3] != channels))
      unsupported("the weights, " + describe(network_, op.inputs[1]) + ", expected " +
                  (depthwise ? "[1, height, width, a multiple of " : "[outputs, height, width, ") +
                  std::to_string(channels) + "]");
    const std::size_t axis = depthwise ? 3 : 0;
    const std::int64_t outputs = w.shape[axis];
    Window& window = op.parameters.window;
    window.height = w.shape[1], window.width = w.shape[2];
    const auto [height, width] = check_window(window, x.shape);
    if (depthwise) {
      std::int64_t& per_channel = op.parameters.depth_multiplier;
      if (per_channel != 0 && per_channel * channels != outputs)
        fail("the depth multiplier is " + std::to_string(per_channel) + ", expected " +
             std::to_string(outputs / channels));
      per_channel = outputs / channels;
    }
    check_weights(op, x, w, axis);
    write_output({1, height, width, outputs});
    check_accumulators(op, x, w, axis);
  }

  void check_fully_connected(Operator& op) {
    expect_inputs(2, 3);
    const QuantTensor& x = activation(0);
    const QuantTensor& w = constant(1, "the weights");
    const auto elements = static_cast<std::int64_t>(x.shape.elements());
    if (w.shape.rank() != 2 || elements % w.shape[1] != 0)
      fail("the weights, " + describe(network_, op.inputs[1]) + ", expected [outputs, a divisor of " +
           std::to_string(elements) + "]");
    check_weights(op, x, w, 0);
    std::vector<std::int64_t> shape = {elements / w.shape[1], w.shape[0]};
    if (op.parameters.keep_dims) {
      shape = x.shape.dims();
      if (shape.empty() || shape.back() != w.shape[1])
        fail("the input, " + describe(network_, op.inputs[0]) + ", expected a last extent of " +
             std::to_string(w.shape[1]));
      shape.back() = w.shape[0];
    }
    write_output(shape);
    check_accumulators(op, x, w, 0);
  }

  void check_weights(const Operator& op, const QuantTensor& x, const QuantTensor& w, std::size_t axis) const {
    const std::string what = place() + ": the weights, " + describe(network_, op.inputs[1]);
    same_types(x);
    if (w.type != x.type)
      throw Error(Errc::unsupported, what + ", expected " + to_string(x.type) + " as the input");
    const auto outputs = static_cast<std::size_t>(w.shape[axis]);
    const bool per_channel = w.scales.size() > 1;
    if (w.scales.empty() || (per_channel && (w.type != TensorType::int8 || w.scales.size() != outputs ||
                                             w.quantized_axis != static_cast<std::int64_t>(axis))))
      throw Error(Errc::unsupported,
                  what + ", has " + std::to_string(w.scales.size()) + " scales along axis " +
                      std::to_string(w.quantized_axis) + ", expected one, or for int8 one for each of " +
                      std::to_string(outputs) + " outputs along axis " + std::to_string(axis));
    check_scales(w, what);
    for (const std::int32_t zero_point : w.zero_points)
      if (w.type == TensorType::int8 ? zero_point != 0 : zero_point < 0)
        throw Error(Errc::unsupported, what + ", has a zero point out of range, expected " +
                                           (w.type == TensorType::int8 ? "0 for int8" : "0 to 255"));
    if (op.inputs.size() == 3 && op.inputs[2] != -1) check_bias(op, x, w, outputs);
  }

  void check_bias(const Operator& op, const QuantTensor& x, const QuantTensor& w, std::size_t outputs) const {
    const QuantTensor& b = constant(2, "the bias");
    const std::string what = "the bias, " + describe(network_, op.inputs[2]);
    if (b.type != TensorType::int32) unsupported(what + ", expected int32");
    if (b.shape.elements() != outputs) fail(what + ", expected " + std::to_string(outputs) + " elements");
    if (b.scales.empty()) return;
    if (b.scales.size() != 1 && b.scales.size() != outputs)
      fail(what + ", has " + std::to_string(b.scales.size()) + " scales");
    const double output_scale = tensor(op.output).scales.empty() ? 0 : tensor(op.output).scale();
    for (std::size_t c = 0; c < std::max(b.scales.size(), w.scales.size()); ++c) {
      const double expected = double{x.scale()} * double{w.scales[w.scales.size() == 1 ? 0 : c]};
      const double scale = b.scales[b.scales.size() == 1 ? 0 : c];
      if (b.zero_points[b.scales.size() == 1 ? 0 : c] != 0) fail(what + ", has a zero point other than 0");
      // A fiftieth of what the output can tell apart, or nothing to speak of.
      if (std::abs(scale - expected) > std::max(0.02 * output_scale, 1e-5 * expected))
        fail(what + ", has another scale than expected, that of the input times that of the weights");
    }
  }

  // No input makes an accumulator leave 32 bits. For outputs along `axis` of the weights.
  void check_accumulators(const Operator& op, const QuantTensor& x, const QuantTensor& w, std::size_t axis) {
    read_ += w.shape.elements();
    if (read_ >= kMaxNetworkElements) unsupported("2^31 or more weights are read up to here");
    const auto outputs = static_cast<std::size_t>(w.shape[axis]);
    std::vector<std::int64_t> most(outputs, 0);
    const std::size_t each = static_cast<std::size_t>(w.shape.elements()) / outputs;
    const std::int32_t zero_point = w.type == TensorType::uint8 ? w.zero_point() : 0;
    for (std::size_t i = 0; i < w.data.size(); ++i) {
      const auto byte = static_cast<unsigned char>(w.data[i]);
      const std::int32_t q = w.type == TensorType::int8 ? static_cast<std::int8_t>(byte) : byte;
      most[axis == 0 ? i / each : i % outputs] += std::abs(q - zero_point);
    }
    const std::vector<Multiplier> multipliers = accumulator_multipliers(network_, op);
    const bool has_bias = op.inputs.size() == 3 && op.inputs[2] != -1;
    const std::vector<std::int32_t> bias =
        has_bias ? constant_values(tensor(op.inputs[2])) : std::vector<std::int32_t>(outputs, 0);
    for (std::size_t c = 0; c < outputs; ++c)
      check_multiplier(multipliers[multipliers.size() == 1 ? 0 : c],
                       most[c] * most_distance(x) + std::abs(std::int64_t{bias[c]}),
                       "the accumulator of output " + std::to_string(c));
  }

  void check_pooling(Operator& op) {
    expect_inputs(1, 1);
    const QuantTensor& x = image();
    Window& window = op.parameters.window;
    const auto [height, width] = check_window(window, x.shape);
    if (std::min(window.height, x.shape[1]) * std::min(window.width, x.shape[2]) > kMaxSummands)
      unsupported("a window of more than 2^22 cells");
    write_output({1, height, width, x.shape[3]});
    same_quantization(x);
  }

  void check_pair(const Operator& op) {
    expect_inputs(2, 2);
    const QuantTensor& a = activation(0);
    const QuantTensor& b = activation(1);
    same_types(a);
    same_types(b);
    Shape shape;
    try {
      shape = broadcast(a.shape, b.shape);
    } catch (const Error& error) {
      fail(error.what());
    }
    write_output(shape.dims());
    if (op.kind == OpKind::mul)
      return check_multiplier(product_multiplier(network_, op), most_distance(a) * most_distance(b),
                              "the product");
    if (const double factor = add_sum_factor(network_, op); factor >= 1)
      unsupported("the output's scale is smaller than the operands' by a factor of more than 2^19");
  }

  void check_concatenation(Operator& op) {
    expect_inputs(1, 1 << 20);
    if (op.parameters.activation != Activation::none) unsupported("a fused activation, expected NONE");
    const auto rank = static_cast<std::int64_t>(activation(0).shape.rank());
    std::int64_t& axis = op.parameters.axis;
    if (axis < -rank || axis >= rank)
      fail("the axis is " + std::to_string(axis) + " of " + std::to_string(rank));
    if (axis < 0) axis += rank;
    std::vector<std::int64_t> shape = activation(0).shape.dims();
    std::int64_t& joined = shape[static_cast<std::size_t>(axis)];
    joined = 0;
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const QuantTensor& x = activation(i);
      std::vector<std::int64_t> part = x.shape.dims();
      if (static_cast<std::int64_t>(part.size()) == rank) {
        joined += part[static_cast<std::size_t>(axis)];
        part[static_cast<std::size_t>(axis)] = joined;
      }
      if (part != shape)
        fail("input " + std::to_string(i) + ", " + describe(network_, op.inputs[i]) + ", expected " +
             activation(0).shape.to_string() + " but for axis " + std::to_string(axis));
    }
    write_output(shape);
    const QuantTensor& y = tensor(op.output);
    for (std::size_t i = 0; i < op.inputs.size(); ++i) {
      const QuantTensor& x = activation(i);
      same_types(x);
      if (x.type == TensorType::int8 && (x.scale() != y.scale() || x.zero_point() != y.zero_point()))
        unsupported("input " + std::to_string(i) + ", " + describe(network_, op.inputs[i]) +
                    ", has another scale or zero point than the output, which int8 must not");
    }
  }

  void check_pad(Operator& op) {
    expect_inputs(2, 2);
    const QuantTensor& x = activation(0);
    const std::vector<std::int64_t> paddings = constant_integers(1, "the paddings");
    const Shape& shape = tensor(op.inputs[1]).shape;
    if (shape != Shape{static_cast<std::int64_t>(x.shape.rank()), 2})
      fail("the paddings have the shape " + shape.to_string() + ", expected [" +
           std::to_string(x.shape.rank()) + ", 2]");
    std::vector<std::int64_t> out = x.shape.dims();
    for (std::size_t axis = 0; axis < out.size(); ++axis) {
      for (const std::int64_t cells : {paddings[2 * axis], paddings[2 * axis + 1]}) {
        if (cells < 0 || cells > static_cast<std::int64_t>(kMaxNetworkElements))
          fail("a padding of " + std::to_string(cells) + ", expected 0 or more");
        out[axis] += cells;
      }
      op.parameters.before.push_back(paddings[2 * axis]);
      op.parameters.after.push_back(paddings[2 * axis + 1]);
    }
    write_output(out);
    same_quantization(x);
  }

  void check_mean(Operator& op) {
    expect_inputs(2, 2);
    const QuantTensor& x = activation(0);
    const auto rank = static_cast<std::int64_t>(x.shape.rank());
    std::vector<bool> reduced(x.shape.rank(), false);
    for (const std::int64_t axis : constant_integers(1, "the axes")) {
      if (axis < -rank || axis >= rank)
        fail("axis " + std::to_string(axis) + " of an input of " + std::to_string(rank));
      reduced[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
    }
    std::vector<std::int64_t> shape;
    std::int64_t count = 1;
    for (std::size_t axis = 0; axis < reduced.size(); ++axis) {
      if (reduced[axis]) {
        op.parameters.axes.push_back(static_cast<std::int64_t>(axis));
        count *= x.shape[axis];
      }
      if (!reduced[axis] || op.parameters.keep_dims) shape.push_back(reduced[axis] ? 1 : x.shape[axis]);
    }
    if (count > kMaxSummands) unsupported("a mean of more than 2^22 elements");
    write_output(shape);
    same_types(x);
    check_multiplier(mean_multiplier(network_, op, count), count * most_distance(x), "the sum");
  }

  void check_reshape() {
    expect_inputs(1, 2);
    const QuantTensor& x = activation(0);
    const Shape& shape = tensor(op_->output).shape;
    if (shape.elements() != x.shape.elements())
      fail("the output, " + describe(network_, op_->output) + ", expected " +
           std::to_string(x.shape.elements()) + " elements as in " + x.shape.to_string());
    if (op_->inputs.size() == 2) {
      const std::vector<std::int64_t> asked = constant_integers(1, "the new shape");
      bool fits = asked.size() == shape.rank();
      for (std::size_t axis = 0; fits && axis < asked.size(); ++axis)
        fits = asked[axis] == -1 || asked[axis] == shape[axis];
      if (!fits) fail("the output, " + describe(network_, op_->output) + ", does not have the new shape");
    }
    write_output(shape.dims());
    same_quantization(x);
  }

  void check_squeeze(Operator& op) {
    expect_inputs(1, 1);
    const QuantTensor& x = activation(0);
    const auto rank = static_cast<std::int64_t>(x.shape.rank());
    std::vector<bool> gone(x.shape.rank(), false);
    for (const std::int64_t axis : op.parameters.axes) {
      if (axis < -rank || axis >= rank ||
          x.shape[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] != 1)
        fail("axis " + std::to_string(axis) + " of " + x.shape.to_string() + ", expected one of extent 1");
      gone[static_cast<std::size_t>(axis < 0 ? axis + rank : axis)] = true;
    }
    std::vector<std::int64_t> shape;
    for (std::size_t axis = 0; axis < gone.size(); ++axis)
      if (op.parameters.axes.empty() ? x.shape[axis] != 1 : !gone[axis]) shape.push_back(x.shape[axis]);
    write_output(shape);
    same_quantization(x);
  }

  void check_rescaling() {
    expect_inputs(1, 1);
    const QuantTensor& x = activation(0);
    write_output(x.shape.dims());
    if (op_->kind != OpKind::quantize) same_types(x);
    check_multiplier(rescale_multiplier(network_, *op_), most_distance(x), "a value");
  }

  void check_final(const Operator& op) {
    expect_inputs(1, 1);
    const float beta = op.parameters.beta;
    if (!std::isfinite(beta) || !(beta > 0))
      fail("beta is " + std::to_string(beta) + ", expected a number above 0");
    const std::int32_t index = present(0);
    if (state_[static_cast<std::size_t>(index)] != State::final) activation(0);
    write_output(tensor(index).shape.dims(), State::final);
  }

  void find_logits() {
    op_ = nullptr;
    std::vector<const Operator*> writer(network_.tensors.size(), nullptr);
    for (const Operator& op : network_.operators) writer[static_cast<std::size_t>(op.output)] = &op;
    auto index = static_cast<std::size_t>(network_.output);
    if (writer[index] == nullptr)
      fail("no operator writes the output, " + describe(network_, network_.output));
    while (state_[index] == State::final) index = static_cast<std::size_t>(writer[index]->inputs[0]);
    network_.logits = static_cast<std::int32_t>(index);
    if (tensor(network_.logits).is_constant()) fail("the output does not depend on the input");
  }

  Network& network_;
  std::vector<State> state_;
  const Operator* op_ = nullptr;
  std::uint64_t read_ = 0;  // weights so far
};

}  // namespace

void check_network(Network& network) {
  Checker(network).run();
}

}  // namespace tacet::apps::infer
