#include "apps/infer/reference.hpp"

#include <algorithm>
#include <utility>

#include "apps/infer/quantize.hpp"
#include "graph/error.hpp"

namespace tacet::apps::infer {

namespace {

using Values = std::vector<std::int32_t>;

// One operator with what it reads.
class Kernel {
 public:
  Kernel(const Network& network, const Operator& op, const TensorValues& values)
      : network_(network), op_(op), y_(tensor(op.output)), out_(elements(y_)) {
    std::size_t read = op.inputs.size();
    if (op.kind == OpKind::pad || op.kind == OpKind::mean || op.kind == OpKind::reshape)
      read = 1;  // the others are shapes and axes
    owned_.resize(read);
    for (std::size_t i = 0; i < read; ++i) {
      if (op.inputs[i] == -1) continue;
      const QuantTensor& t = tensor(op.inputs[i]);
      if (t.is_constant()) owned_[i] = constant_values(t);
      in_.push_back(t.is_constant() ? &owned_[i] : &values[static_cast<std::size_t>(op.inputs[i])]);
      TACET_ASSERT(in_.back()->size() == elements(t));
    }
    if (has_weights(op.kind) && w().type == TensorType::uint8)
      for (std::int32_t& q : owned_[1]) q -= w().zero_point();
  }

  Values run() {
    switch (op_.kind) {
      case OpKind::conv_2d:
        convolve();
        break;
      case OpKind::depthwise_conv_2d:
        convolve_depthwise();
        break;
      case OpKind::fully_connected:
        connect_fully();
        break;
      case OpKind::average_pool_2d:
      case OpKind::max_pool_2d:
        pool();
        break;
      case OpKind::add:
      case OpKind::mul:
        combine();
        break;
      case OpKind::concatenation:
        concatenate();
        break;
      case OpKind::pad:
        pad();
        break;
      case OpKind::mean:
        mean();
        break;
      case OpKind::reshape:
      case OpKind::squeeze:
        out_ = in(0);
        break;
      case OpKind::relu:
        rescale(activation_range(Activation::relu, y_));
        break;
      case OpKind::relu6:
        rescale(activation_range(Activation::relu6, y_));
        break;
      case OpKind::quantize:
        rescale(type_range(y_.type));
        break;
      default:
        TACET_ASSERT(!is_final(op_.kind));
    }
    return std::move(out_);
  }

 private:
  static std::size_t elements(const QuantTensor& t) { return static_cast<std::size_t>(t.shape.elements()); }
  const QuantTensor& tensor(std::int32_t index) const { return network_.tensor(index); }
  const QuantTensor& x() const { return tensor(op_.inputs[0]); }
  const QuantTensor& w() const { return tensor(op_.inputs[1]); }
  const Values& in(std::size_t i) const { return *in_[i]; }

  // ---- Sums of products.

  // What turns the accumulator of an output channel into its value.
  struct Finish {
    Values bias;
    std::vector<Multiplier> multipliers;
    Range range;
    std::int32_t zero_point;
    std::int32_t operator()(std::int32_t accumulator, std::size_t channel) const {
      if (!bias.empty()) accumulator += bias[channel];
      const Multiplier& m = multipliers[multipliers.size() == 1 ? 0 : channel];
      return range.clamp(std::int64_t{multiply(accumulator, m)} + zero_point);
    }
  };
  Finish finish() const {
    return {in_.size() == 3 ? in(2) : Values(), accumulator_multipliers(network_, op_),
            activation_range(op_.parameters.activation, y_), y_.zero_point()};
  }

  // Calls f(cell of the input, cell of the window) for all cells of a window that are in the image.
  template <class F>
  void for_window(std::int64_t out_y, std::int64_t out_x, F&& f) const {
    const Window& w = op_.parameters.window;
    const std::int64_t height = x().shape[1], width = x().shape[2];
    const std::int64_t top = out_y * w.stride_height - w.top, left = out_x * w.stride_width - w.left;
    // The first cells at or behind 0, and as many as lie before the end.
    const auto first = [](std::int64_t at, std::int64_t step) {
      return at >= 0 ? 0 : (-at + step - 1) / step;
    };
    const auto last = [](std::int64_t at, std::int64_t step, std::int64_t end, std::int64_t cells) {
      return at >= end ? 0 : std::min(cells, (end - at + step - 1) / step);
    };
    const std::int64_t y_end = last(top, w.dilation_height, height, w.height);
    const std::int64_t x_end = last(left, w.dilation_width, width, w.width);
    for (std::int64_t dy = first(top, w.dilation_height); dy < y_end; ++dy)
      for (std::int64_t dx = first(left, w.dilation_width); dx < x_end; ++dx)
        f(static_cast<std::size_t>((top + dy * w.dilation_height) * width + left + dx * w.dilation_width),
          static_cast<std::size_t>(dy * w.width + dx));
  }

  // Calls f(row, column, first element) for every cell of the output.
  template <class F>
  void for_cells(F&& f) {
    std::size_t at = 0;
    for (std::int64_t row = 0; row < y_.shape[1]; ++row)
      for (std::int64_t column = 0; column < y_.shape[2]; ++column) {
        f(row, column, at);
        at += static_cast<std::size_t>(y_.shape[3]);
      }
  }

  void convolve() {
    const Finish finished = finish();
    const auto channels = static_cast<std::size_t>(x().shape[3]),
               outputs = static_cast<std::size_t>(y_.shape[3]);
    const std::size_t each = elements(w()) / outputs;
    const std::int32_t zero_point = x().zero_point();
    for_cells([&](std::int64_t row, std::int64_t column, std::size_t at) {
      for (std::size_t c = 0; c < outputs; ++c) {
        std::int32_t sum = 0;
        for_window(row, column, [&](std::size_t cell, std::size_t place) {
          const std::int32_t* a = in(0).data() + cell * channels;
          const std::int32_t* b = in(1).data() + c * each + place * channels;
          for (std::size_t i = 0; i < channels; ++i) sum += (a[i] - zero_point) * b[i];
        });
        out_[at + c] = finished(sum, c);
      }
    });
  }

  void convolve_depthwise() {
    const Finish finished = finish();
    const auto channels = static_cast<std::size_t>(x().shape[3]),
               outputs = static_cast<std::size_t>(y_.shape[3]);
    const std::size_t each = outputs / channels;
    const std::int32_t zero_point = x().zero_point();
    Values sums(outputs);
    for_cells([&](std::int64_t row, std::int64_t column, std::size_t at) {
      std::fill(sums.begin(), sums.end(), 0);
      for_window(row, column, [&](std::size_t cell, std::size_t place) {
        const std::int32_t* a = in(0).data() + cell * channels;
        const std::int32_t* b = in(1).data() + place * outputs;
        for (std::size_t c = 0; c < outputs; ++c) sums[c] += (a[c / each] - zero_point) * b[c];
      });
      for (std::size_t c = 0; c < outputs; ++c) out_[at + c] = finished(sums[c], c);
    });
  }

  void connect_fully() {
    const Finish finished = finish();
    const auto outputs = static_cast<std::size_t>(w().shape[0]),
               each = static_cast<std::size_t>(w().shape[1]);
    const std::int32_t zero_point = x().zero_point();
    for (std::size_t i = 0; i < out_.size(); ++i) {
      const std::int32_t* a = in(0).data() + i / outputs * each;
      const std::int32_t* b = in(1).data() + i % outputs * each;
      std::int32_t sum = 0;
      for (std::size_t k = 0; k < each; ++k) sum += (a[k] - zero_point) * b[k];
      out_[i] = finished(sum, i % outputs);
    }
  }

  // ---- Windows without weights.

  void pool() {
    const bool average = op_.kind == OpKind::average_pool_2d;
    const Range range = activation_range(op_.parameters.activation, y_);
    const auto channels = static_cast<std::size_t>(y_.shape[3]);
    Values of_window(channels);
    for_cells([&](std::int64_t row, std::int64_t column, std::size_t at) {
      std::fill(of_window.begin(), of_window.end(), average ? 0 : type_range(y_.type).low);
      std::int32_t count = 0;
      for_window(row, column, [&](std::size_t cell, std::size_t) {
        const std::int32_t* a = in(0).data() + cell * channels;
        for (std::size_t c = 0; c < channels; ++c)
          of_window[c] = average ? of_window[c] + a[c] : std::max(of_window[c], a[c]);
        ++count;
      });
      for (std::size_t c = 0; c < channels; ++c) {
        std::int32_t value = of_window[c];
        if (average) value = (value > 0 ? value + count / 2 : value - count / 2) / count;
        out_[at + c] = range.clamp(value);
      }
    });
  }

  // ---- Element by element.

  void combine() {
    const bool add = op_.kind == OpKind::add;
    const AddMultipliers sums = add ? add_multipliers(network_, op_) : AddMultipliers();
    const Multiplier product = add ? Multiplier() : product_multiplier(network_, op_);
    const Range range = activation_range(op_.parameters.activation, y_);
    const std::int32_t left_zero = x().zero_point(), right_zero = tensor(op_.inputs[1]).zero_point();
    const std::vector<std::int64_t> left = broadcast_strides(x().shape, y_.shape);
    const std::vector<std::int64_t> right = broadcast_strides(tensor(op_.inputs[1]).shape, y_.shape);
    for_indices(y_.shape, [&](std::size_t at, const std::vector<std::int64_t>& index) {
      const std::int32_t a = in(0)[offset(index, left)] - left_zero;
      const std::int32_t b = in(1)[offset(index, right)] - right_zero;
      const std::int32_t value = add ? multiply(multiply(a * (1 << kAddShift), sums.left) +
                                                    multiply(b * (1 << kAddShift), sums.right),
                                                sums.sum)
                                     : multiply(a * b, product);
      out_[at] = range.clamp(std::int64_t{value} + y_.zero_point());
    });
  }

  void rescale(Range range) {
    const Multiplier m = rescale_multiplier(network_, op_);
    for (std::size_t i = 0; i < out_.size(); ++i)
      out_[i] = range.clamp(std::int64_t{multiply(in(0)[i] - x().zero_point(), m)} + y_.zero_point());
  }

  // ---- Moving and reducing.

  static std::size_t offset(const std::vector<std::int64_t>& index,
                            const std::vector<std::int64_t>& strides) {
    std::int64_t at = 0;
    for (std::size_t axis = 0; axis < index.size(); ++axis) at += index[axis] * strides[axis];
    return static_cast<std::size_t>(at);
  }

  // Calls f(place, index) for every element in order.
  template <class F>
  static void for_indices(const Shape& shape, F&& f) {
    std::vector<std::int64_t> index(shape.rank(), 0);
    for (std::size_t at = 0; at < shape.elements(); ++at) {
      f(at, index);
      for (std::size_t axis = index.size(); axis-- > 0;) {
        if (++index[axis] < shape[axis]) break;
        index[axis] = 0;
      }
    }
  }

  void concatenate() {
    const auto axis = static_cast<std::size_t>(op_.parameters.axis);
    const std::vector<std::int64_t> strides = y_.shape.strides();
    std::int64_t before = 0;
    for (std::size_t i = 0; i < in_.size(); ++i) {
      const QuantTensor& part = tensor(op_.inputs[i]);
      for_indices(part.shape, [&](std::size_t at, const std::vector<std::int64_t>& index) {
        out_[offset(index, strides) + static_cast<std::size_t>(before * strides[axis])] =
            requantize(in(i)[at], part, y_);
      });
      before += part.shape[axis];
    }
  }

  void pad() {
    std::fill(out_.begin(), out_.end(), y_.zero_point());
    const std::vector<std::int64_t> strides = y_.shape.strides();
    const std::size_t corner = offset(op_.parameters.before, strides);
    for_indices(x().shape, [&](std::size_t at, const std::vector<std::int64_t>& index) {
      out_[corner + offset(index, strides)] = in(0)[at];
    });
  }

  void mean() {
    // The output's strides for the input's axes, 0 along those that disappear.
    std::vector<std::int64_t> strides(x().shape.rank(), 0);
    std::int64_t step = 1;
    for (std::size_t axis = strides.size(); axis-- > 0;) {
      const std::vector<std::int64_t>& axes = op_.parameters.axes;
      if (std::binary_search(axes.begin(), axes.end(), static_cast<std::int64_t>(axis))) continue;
      strides[axis] = step;
      step *= x().shape[axis];
    }
    for_indices(x().shape, [&](std::size_t at, const std::vector<std::int64_t>& index) {
      out_[offset(index, strides)] += in(0)[at] - x().zero_point();
    });
    const Multiplier m =
        mean_multiplier(network_, op_, static_cast<std::int64_t>(elements(x()) / out_.size()));
    for (std::int32_t& sum : out_)
      sum = type_range(y_.type).clamp(std::int64_t{multiply(sum, m)} + y_.zero_point());
  }

  const Network& network_;
  const Operator& op_;
  const QuantTensor& y_;
  std::vector<Values> owned_;  // constants
  std::vector<const Values*> in_;
  Values out_;
};

}  // namespace

std::vector<std::int32_t> run_operator(const Network& network, const Operator& op,
                                       const TensorValues& values) {
  return Kernel(network, op, values).run();
}

TensorValues run_reference(const Network& network, std::span<const std::int32_t> input) {
  const QuantTensor& x = network.tensors[static_cast<std::size_t>(network.input)];
  if (input.size() != x.shape.elements())
    throw Error(Errc::shape_mismatch, network.file + ": the input has " + std::to_string(input.size()) +
                                          " elements, expected " + x.shape.to_string());
  const Range range = type_range(x.type);
  for (std::size_t i = 0; i < input.size(); ++i)
    if (input[i] < range.low || input[i] > range.high)
      throw Error(Errc::value_out_of_range, network.file + ": element " + std::to_string(i) +
                                                " of the input is out of range, expected " +
                                                to_string(x.type));
  TensorValues values(network.tensors.size());
  values[static_cast<std::size_t>(network.input)].assign(input.begin(), input.end());
  for (const Operator& op : network.operators)
    if (!is_final(op.kind)) values[static_cast<std::size_t>(op.output)] = run_operator(network, op, values);
  return values;
}

}  // namespace tacet::apps::infer
