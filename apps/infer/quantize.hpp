#pragma once

#include <cstdint>
#include <vector>

#include "apps/infer/tflite.hpp"

namespace tacet::apps::infer {

/// The factor q / 2^31 * 2^shift, with q in [2^30, 2^31) but for that of a mean, or 0 with q = 0.
struct Multiplier {
  std::int32_t q = 0;
  int shift = 0;
  bool operator==(const Multiplier&) const = default;
};

/// The nearest multiplier to a finite factor that is not negative; below 2^-32 it is 0.
Multiplier quantize_multiplier(double factor);

/// x times a multiplier, rounded twice as the file format's reference kernels do: the high half of the double
/// product to the nearest, ties up, and then 2^-shift of it to the nearest, ties away from zero.
/// x * 2^shift must fit 32 bits for shifts above 0.
std::int32_t multiply(std::int32_t x, const Multiplier& multiplier);

/// Smallest and largest value of an element.
struct Range {
  std::int32_t low = 0;
  std::int32_t high = 0;
  bool operator==(const Range&) const = default;
  std::int32_t clamp(std::int64_t value) const {
    return static_cast<std::int32_t>(value < low ? low : value > high ? high : value);
  }
};

/// Of uint8 or int8.
Range type_range(TensorType type);
/// What an activation leaves of the range of an activation tensor's type.
Range activation_range(Activation activation, const QuantTensor& output);

/// Where a window stands along one axis.
struct WindowAxis {
  std::int64_t outputs = 0;  ///< how many places it has; may be 0 or less for one larger than the input
  std::int64_t before = 0;   ///< cells of padding
  std::int64_t after = 0;
};
WindowAxis place_window(std::int64_t input, std::int64_t window, std::int64_t stride, std::int64_t dilation,
                        bool same);

/// What accumulators of a convolution or FULLY_CONNECTED are multiplied by: one for all, or one per output
/// channel.
std::vector<Multiplier> accumulator_multipliers(const Network& network, const Operator& op);

/// RELU, RELU6 and QUANTIZE: from the input's scale to the output's.
Multiplier rescale_multiplier(const Network& network, const Operator& op);

/// ADD: operands times 2^kAddShift are brought to one scale, added, and brought to the output's scale.
inline constexpr int kAddShift = 20;
inline constexpr int kSumBits = 27;  ///< of magnitudes of operands on that scale
struct AddMultipliers {
  Multiplier left, right, sum;
};
AddMultipliers add_multipliers(const Network& network, const Operator& op);
/// The factor behind AddMultipliers::sum, which must be below 1.
double add_sum_factor(const Network& network, const Operator& op);

/// MUL: of the product of the operands without their zero points.
Multiplier product_multiplier(const Network& network, const Operator& op);

/// MEAN: of the sum over `count` elements without their zero points.
Multiplier mean_multiplier(const Network& network, const Operator& op, std::int64_t count);

/// CONCATENATION: what a value of an operand becomes in the output.
std::int32_t requantize(std::int32_t value, const QuantTensor& from, const QuantTensor& to);

}  // namespace tacet::apps::infer
