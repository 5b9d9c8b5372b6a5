#include "apps/infer/secure.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "apps/infer/quantize.hpp"
#include "graph/error.hpp"
#include "graph/functions.hpp"

namespace tacet::apps::infer {
namespace {

/// Builds the computation, operator by operator.
class Layers {
 public:
  Layers(Builder& b, const Outline& outline, Role owner, std::int64_t batch)
      : b_(b), outline_(outline), owner_(owner), batch_(batch) {}

  /// An operand: the images' one after another, or a constant of the network for all of them.
  struct Operand {
    Value value;
    bool is_constant = false;
  };

  Value compute(const Operator& op, unsigned compare_bits, const std::vector<Operand>& operands) {
    op_ = &op, compare_bits_ = compare_bits;
    const Value y = result(operands);
    const Shape shape(output_dims());
    return y.shape() == shape ? y : reshape(y, shape.dims());
  }

  /// An operand that its owner brings.
  Value constant(const Operator& op, std::size_t operand) {
    op_ = &op;
    return owned("operand" + std::to_string(operand));
  }

 private:
  Value result(const std::vector<Operand>& operands) {
    const Operator& op = *op_;
    const std::vector<Value> in = per_image(operands);
    const Value& x = operands[0].value;
    if (has_weights(op.kind)) return finish("", weighted(x));
    switch (op.kind) {
      case OpKind::relu:
      case OpKind::relu6:
      case OpKind::quantize:
        return finish("", shift_left(x - owned("zero"), rescale_shift()));
      case OpKind::mean:
        return finish("", mean(in[0]));
      case OpKind::add:
        return finish("", exact() ? added_exactly(in) : added(in[0] - owned("zero"), in[1] - owned("zero1")));
      case OpKind::mul:
        return finish("", shift_left((in[0] - owned("zero")) * (in[1] - owned("zero1")),
                                     static_cast<unsigned>(outline_.product_shift())));
      case OpKind::average_pool_2d:
        return pooled(average(x));
      case OpKind::max_pool_2d:
        return pooled(largest_of_window(x));
      case OpKind::pad:
        return padded(in[0]);
      case OpKind::concatenation:
        return joined(in, operands);
      default:
        return x;
    }
  }

  /// Operands of operators that look at all axes: with the images as an axis in front of those that the
  /// network counts, and as many axes all. Constants have none for images.
  std::vector<Value> per_image(const std::vector<Operand>& operands) const {
    std::size_t rank = 0;
    for (std::size_t i = 0; i < operands.size(); ++i) rank = std::max(rank, shape_of(i).rank());
    std::vector<Value> out;
    for (std::size_t i = 0; i < operands.size(); ++i) {
      std::vector<std::int64_t> dims = shape_of(i).dims();
      dims.insert(dims.begin(), rank - dims.size(), 1);
      dims.insert(dims.begin(), operands[i].is_constant ? 1 : batch_);
      out.push_back(reshape(operands[i].value, dims));
    }
    return out;
  }
  const Shape& shape_of(std::size_t operand) const {
    return outline_.network.tensor(op_->inputs[operand]).shape;
  }

  bool exact() const { return outline_.mode == Mode::exact; }
  unsigned rescale_shift() const { return static_cast<unsigned>(outline_.rescale_shift()); }
  unsigned fraction_bits() const { return outline_.fraction_bits(); }

  bool has(const std::string& what) const { return outline_.quantities.contains(quantity_name(*op_, what)); }

  /// A secret of the owner, or what is public in its stead.
  Value owned(const std::string& what) {
    const std::string name = quantity_name(*op_, what);
    const auto at = outline_.quantities.find(name);
    if (at == outline_.quantities.end())
      throw Error(Errc::bad_file, outline_.network.file + ": " + name + " is missing");
    const Quantity& q = at->second;
    return q.value ? b_.constant(*q.value) : b_.input(name, owner_, ring(outline_.ring_bits), q.shape);
  }

  std::vector<std::int64_t> output_dims() const {
    std::vector<std::int64_t> dims = outline_.network.tensor(op_->output).shape.dims();
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
    const Value centred = x - owned("zero"), weights = owned("weights");
    if (op_->kind == OpKind::fully_connected)
      return reshape(matmul(reshape(centred, {-1, weights.shape()[0]}), weights), output_dims());
    return conv2d(centred, weights, window(op_->kind == OpKind::depthwise_conv_2d ? x.shape()[3] : 1));
  }

  Value mean(const Value& x) {
    const std::vector<std::int64_t>& axes = op_->parameters.axes;
    Value total = x - owned("zero");
    for (std::size_t i = axes.size(); i-- > 0;) total = sum(total, axes[i] + 1);
    return shift_left(reshape(total, output_dims()), static_cast<unsigned>(outline_.mean_shift(*op_)));
  }

  /// Both products are added up before they are shared.
  Value added(const Value& left, const Value& right) {
    const Value ratio = owned("ratio");
    const Value like = left + right;  // of the shape of both
    const auto column = [&](const Value& v) {
      std::vector<std::int64_t> dims = like.shape().dims();
      dims.push_back(1);
      return reshape(v.shape() == like.shape() ? v : v + (like - like), dims);
    };
    return dot(
        concat(std::array{column(left), column(right)}, static_cast<std::int64_t>(like.shape().rank())),
        ratio);
  }

  /// Operands rounded on their finer scale; offsets keep them above zero.
  Value added_exactly(const std::vector<Value>& in) {
    const unsigned m = fraction_bits() - kAddShift;
    std::vector<Value> rounded;
    for (std::size_t i = 0; i < 2; ++i) {
      const std::string part = std::to_string(i);
      const Value x = in[i] - owned(i == 0 ? "zero" : "zero1");
      const Value negative = msb(convert(x, outline_.activation_bits() + 1));
      const Value scaled =
          x * owned("factor" + part) + owned("offset" + part) - inject(negative, owned("negative" + part));
      rounded.push_back(trunc(scaled, m, {.is_signed = false}) - (1 << kSumBits));
    }
    return rounded[0] + rounded[1];
  }

  /// Accumulators as activations.
  Value finish(const std::string& part, const Value& sum) {
    const Value x = sum + owned("bias" + part);
    const Value y = outline_.mode == Mode::fixed ? clamped_after(part, x)
                    : exact()                    ? rounded_twice(part, x)
                                                 : clamped_before(part, x);
    return y + owned("low" + part);
  }

  Value is_negative(const Value& x) { return msb(convert(x, compare_bits_)); }

  /// Clamped between 0 and `upper`, multiplied, and rounded.
  Value clamped_before(const std::string& part, const Value& x) {
    const Value scaled = x * owned("factor" + part) + owned("offset" + part);
    const Value negative = is_negative(x), above = is_negative(owned("upper" + part) - x);
    const Value none = b_.constant(scaled.type().element, 0);
    return trunc(select_either(negative, none, above, owned("most" + part), scaled), fraction_bits(),
                 {.rounding = Rounding::half_up, .is_signed = false});
  }

  /// Multiplied, truncated up or down at random, and clamped between 0 and `span`.
  Value clamped_after(const std::string& part, const Value& x) {
    const Value factor = owned("factor" + part);
    const Value y = (factor.type().secret() ? mul_trunc_pr(x, factor, fraction_bits())
                                            : trunc_pr(x * factor, fraction_bits())) +
                    owned("centre" + part);
    const Value span = owned("span" + part);
    const Value none = b_.constant(y.type().element, 0);
    return select_either(is_negative(y), none, is_negative(span - y), span, y);
  }

  /// The two roundings of the file format's kernels as one (see Folding::rounded_twice).
  Value rounded_twice(const std::string& part, const Value& x) {
    const Value scaled = x * owned("factor" + part);
    const Value below = is_negative(x - owned("least" + part)),
                above = is_negative(owned("largest" + part) - x);
    Value sum = select_either(below, owned("below" + part), above, owned("above" + part), scaled) +
                owned("offset" + part);
    if (has("sign" + part) || has("negative" + part))
      sum = sum - inject(is_negative(x - owned("sign" + part)), owned("negative" + part));
    return trunc(sum, fraction_bits(), {.is_signed = false});
  }

  Value pooled(const Value& y) {
    if (op_->parameters.activation == Activation::none) return y;
    return finish("", shift_left(y - owned("zero"), rescale_shift()));
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
  /// nearest, halves up: the sum, at most 2^v count, is too large by less than 2^v count / 2^m, and a
  /// multiple of 1 / (2 count) is at least that much below the next integer, as 2^m > 2^(v+1) count^2. Where
  /// numbers below zero are rounded away from it, 1 / (4 count) less makes halves go down, as 2^m > 2^(v+2)
  /// count^2.
  Value average(const Value& x) {
    const Window& w = op_->parameters.window;
    const std::int64_t channels = x.shape()[3];
    const std::vector<std::int64_t> ones(static_cast<std::size_t>(channels * w.height * w.width), 1);
    const Value total =
        conv2d(x, b_.constant(x.type().element, {channels, w.height, w.width, 1}, ones), window(channels));
    const std::vector<std::int64_t> counts = cells(x.shape(), total.shape());
    const bool away = outline_.mode != Mode::folded_pow2 &&  // whose activations are no quanta of the file
                      outline_.network.tensor(op_->output).type == TensorType::int8;
    const auto count_bits =
        static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(w.height * w.width)));
    const unsigned v = outline_.activation_bits(), m = v + 1 + (away ? 1 : 0) + 2 * count_bits;
    if (m + v > outline_.ring_bits - 1)
      throw Error(Errc::unsupported, describe(outline_.network, *op_) + ": a window of " +
                                         std::to_string(w.height) + " by " + std::to_string(w.width) +
                                         " cells; expected more ring bits");
    const std::int64_t one = std::int64_t{1} << m;
    std::vector<std::int64_t> factors, quarters, zeros;
    for (const std::int64_t count : counts) {
      factors.push_back((one + count - 1) / count);
      quarters.push_back(one / (4 * count)), zeros.push_back(128 * count);
    }
    const Shape shape{total.shape()[1], total.shape()[2], 1};
    const auto constant = [&](const std::vector<std::int64_t>& values) {
      return b_.constant(x.type().element, shape, values);
    };
    Value scaled = total * constant(factors);
    if (away) {
      const Value negative = msb(convert(total - constant(zeros), v + 1 + count_bits));
      scaled = scaled - inject(negative, constant(quarters));
    }
    return trunc(scaled, m, {.rounding = Rounding::half_up, .is_signed = false, .fits = true});
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
        const Value difference = seen[i + 1] - seen[i];
        const Value less = msb(convert(difference, outline_.activation_bits() + 1));
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
    const Value zero = owned("zero");
    std::vector<std::int64_t> before = op_->parameters.before, after = op_->parameters.after;
    before.insert(before.begin(), 0), after.insert(after.begin(), 0);
    return bordered(x - zero, before, after) + zero;
  }

  Value joined(const std::vector<Value>& in, const std::vector<Operand>& operands) {
    std::vector<Value> parts;
    for (std::size_t i = 0; i < in.size(); ++i) {
      const std::string part = std::to_string(i);
      parts.push_back(
          has("bias" + part)
              ? finish(part, shift_left(in[i] - owned("zero" + (i == 0 ? "" : part)), rescale_shift()))
              : in[i]);
      if (operands[i].is_constant && batch_ > 1)
        parts.back() = concat(std::vector<Value>(static_cast<std::size_t>(batch_), parts.back()), 0);
    }
    return concat(parts, op_->parameters.axis + 1);
  }

  Builder& b_;
  const Outline& outline_;
  Role owner_;
  std::int64_t batch_;
  const Operator* op_ = nullptr;
  unsigned compare_bits_ = 0;
};

}  // namespace

Value compute(Builder& b, const Outline& outline, const Value& images, Role owner,
              std::vector<Value>* layers) {
  const Network& network = outline.network;
  Layers build(b, outline, owner, images.shape()[0]);
  std::map<std::int32_t, Value> values{{network.input, images}};
  for (std::size_t i = 0; i < network.operators.size(); ++i) {
    const Operator& op = network.operators[i];
    if (is_final(op.kind)) continue;
    const auto scope = b.scope("layer " + std::to_string(i + 1) + " " + to_string(op.kind));
    std::vector<Layers::Operand> in;
    for (std::size_t operand = 0; operand < op.inputs.size(); ++operand) {
      if (const auto at = values.find(op.inputs[operand]); at != values.end())
        in.push_back({at->second, false});
      else if (reads_activations_only(op.kind))
        in.push_back({build.constant(op, operand), true});
    }
    const Value y = build.compute(op, outline.compare_bits[i], in);
    values.insert_or_assign(op.output, y);
    if (layers != nullptr) layers->push_back(y);
  }
  return values.at(network.logits);
}

}  // namespace tacet::apps::infer
