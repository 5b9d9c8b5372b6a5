#include "apps/infer/quantize.hpp"

#include <algorithm>
#include <bit>
#include <cmath>
#include <limits>

#include "graph/error.hpp"

namespace tacet::apps::infer {

namespace {

// The largest q or smaller that a number is, where scales so small or large occur that it leaves 32 bits.
std::int64_t round_to_quantum(float number, float scale) {
  constexpr float kFar = 1 << 24;
  return static_cast<std::int64_t>(std::clamp(std::round(number / scale), -kFar, kFar));
}

}  // namespace

Multiplier quantize_multiplier(double factor) {
  TACET_ASSERT(std::isfinite(factor) && factor >= 0);
  if (factor == 0) return {};
  int shift = 0;
  const double fraction = std::frexp(factor, &shift);
  auto q = static_cast<std::int64_t>(std::round(fraction * 0x1p31));
  if (q == std::int64_t{1} << 31) {
    q /= 2;
    ++shift;
  }
  if (shift < -31) return {};
  return {static_cast<std::int32_t>(q), shift};
}

std::int32_t multiply(std::int32_t x, const Multiplier& multiplier) {
  const int left = std::max(multiplier.shift, 0), right = std::max(-multiplier.shift, 0);
  TACET_ASSERT(left < 31 && right <= 31);
  const std::int64_t scaled = std::int64_t{x} * (std::int64_t{1} << left);
  TACET_ASSERT(scaled == static_cast<std::int32_t>(scaled));
  // To the nearest, ties up: for products below zero the reference adds 1 - 2^30 and rounds towards zero,
  // which is the same. Neither factor can be -2^31 together with the other, so nothing saturates.
  const std::int64_t high = (scaled * multiplier.q + (std::int64_t{1} << 30)) >> 31;
  const std::int64_t mask = (std::int64_t{1} << right) - 1;
  const std::int64_t threshold = (mask >> 1) + (high < 0 ? 1 : 0);
  return static_cast<std::int32_t>((high >> right) + ((high & mask) > threshold ? 1 : 0));
}

Range type_range(TensorType type) {
  TACET_ASSERT(type == TensorType::uint8 || type == TensorType::int8);
  return type == TensorType::uint8 ? Range{0, 255} : Range{-128, 127};
}

Range activation_range(Activation activation, const QuantTensor& output) {
  Range range = type_range(output.type);
  const auto place = [&](float number) {
    return range.clamp(output.zero_point() + round_to_quantum(number, output.scale()));
  };
  switch (activation) {
    case Activation::none:
      return range;
    case Activation::relu:
      return {place(0), range.high};
    case Activation::relu_n1_to_1:
      return {place(-1), place(1)};
    case Activation::relu6:
      return {place(0), place(6)};
  }
  return range;
}

WindowAxis place_window(std::int64_t input, std::int64_t window, std::int64_t stride, std::int64_t dilation,
                        bool same) {
  const std::int64_t reach = (window - 1) * dilation + 1;
  if (!same) return {input < reach ? 0 : (input - reach) / stride + 1, 0, 0};
  const std::int64_t outputs = (input + stride - 1) / stride;
  const std::int64_t padding = std::max<std::int64_t>((outputs - 1) * stride + reach - input, 0);
  return {outputs, padding / 2, padding - padding / 2};
}

std::vector<Multiplier> accumulator_multipliers(const Network& network, const Operator& op) {
  const QuantTensor& x = network.tensor(op.inputs[0]);
  const QuantTensor& w = network.tensor(op.inputs[1]);
  const double output_scale = network.tensor(op.output).scale();
  // Kernels with one scale multiply the scales as floats, those with one per channel as doubles; so do all
  // int8 convolutions.
  const bool as_floats =
      w.type == TensorType::uint8 || (op.kind == OpKind::fully_connected && w.scales.size() == 1);
  std::vector<Multiplier> out;
  out.reserve(w.scales.size());
  for (const float scale : w.scales) {
    const float product = x.scale() * scale;
    out.push_back(
        quantize_multiplier((as_floats ? product : double{x.scale()} * double{scale}) / output_scale));
  }
  return out;
}

Multiplier rescale_multiplier(const Network& network, const Operator& op) {
  const float from = network.tensor(op.inputs[0]).scale(), to = network.tensor(op.output).scale();
  if (op.kind == OpKind::quantize) return quantize_multiplier(double{from} / double{to});
  const float factor = from / to;  // RELU divides floats
  return quantize_multiplier(factor);
}

double add_sum_factor(const Network& network, const Operator& op) {
  const float larger = std::max(network.tensor(op.inputs[0]).scale(), network.tensor(op.inputs[1]).scale());
  return 2 * double{larger} / (double{1 << kAddShift} * network.tensor(op.output).scale());
}

AddMultipliers add_multipliers(const Network& network, const Operator& op) {
  const double left = network.tensor(op.inputs[0]).scale(), right = network.tensor(op.inputs[1]).scale();
  const double twice_larger = 2 * std::max(left, right);
  return {quantize_multiplier(left / twice_larger), quantize_multiplier(right / twice_larger),
          quantize_multiplier(add_sum_factor(network, op))};
}

Multiplier product_multiplier(const Network& network, const Operator& op) {
  const float product = network.tensor(op.inputs[0]).scale() * network.tensor(op.inputs[1]).scale();
  const float factor = product / network.tensor(op.output).scale();
  return quantize_multiplier(factor);
}

Multiplier mean_multiplier(const Network& network, const Operator& op, std::int64_t count) {
  TACET_ASSERT(count >= 1);
  const double from = network.tensor(op.inputs[0]).scale(), to = network.tensor(op.output).scale();
  const Multiplier all = quantize_multiplier(from / to);
  int shift = std::bit_width(static_cast<std::uint64_t>(count)) - 1;
  shift = std::min({shift, 32, 31 + all.shift});
  return {static_cast<std::int32_t>((std::int64_t{all.q} << shift) / count), all.shift - shift};
}

std::int32_t requantize(std::int32_t value, const QuantTensor& from, const QuantTensor& to) {
  if (from.scale() == to.scale() && from.zero_point() == to.zero_point()) return value;
  // In floats, each step rounded by itself.
  const float inverse = 1.0F / to.scale();
  const float scale = from.scale() * inverse;
  const auto bias = static_cast<float>(double{scale} * -from.zero_point());
  const auto product = static_cast<float>(double{scale} * value);
  constexpr float kFar = 1 << 24;
  const float rounded = std::clamp(std::round(product + bias), -kFar, kFar);
  return type_range(to.type).clamp(static_cast<std::int64_t>(rounded) + to.zero_point());
}

}  // namespace tacet::apps::infer
