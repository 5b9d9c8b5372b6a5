#pragma once

#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "apps/infer/tflite.hpp"
#include "graph/tensor.hpp"

namespace tacet::apps::infer {

/// How an accumulator becomes an activation.
enum class Mode : std::uint8_t {
  folded,       ///< scales folded into the bounds of the clamp, one factor and truncation. Source: [BBY23]
  folded_pow2,  ///< the same, where that does with powers of two as factors: as published in [BBY23]
  fixed,        ///< a factor of 31 bits, a probabilistic truncation, then the clamp. Source: [DEK20]
  exact,        ///< bit for bit what the file format's reference kernels compute
};
std::string to_string(Mode mode);
/// Fails: Errc::bad_argument listing the modes.
Mode parse_mode(const std::string& text);

/// What of a network is public beside its architecture: what that tells and saves stands at --public-scales
/// and --public-model of `tacet classify --help`.
enum class Disclosure : std::uint8_t { architecture, scales, model };
std::string to_string(Disclosure disclosure);

/// A tensor of ring elements that the owner of a network brings as a secret, or that is public.
struct Quantity {
  Shape shape;
  std::optional<Tensor> value;  ///< if public
};

/// All of a quantized network that whoever computes it knows.
///
/// An activation q of a tensor is computed as q less the smallest value of its type, 0 .. 255; in mode
/// folded_pow2 also as up to twice that.
struct Outline {
  Mode mode = Mode::folded;
  unsigned ring_bits = 32;  ///< of the rings in which activations and accumulators live
  Disclosure disclosure = Disclosure::architecture;
  /// Operators and the shapes and types of tensors. Tensors have no names, scales, zero points or data.
  Network network;
  /// By operator: bits of the signed integers that are compared with 0, accumulators and their distances to
  /// bounds. They disclose how large accumulators can become.
  std::vector<unsigned> compare_bits;
  /// By name, "op3.weights". Which there are tells beside the architecture: which operators have one scale
  /// for all output channels, which operands of a CONCATENATION have the scale and zero point of its result,
  /// and in mode exact which operators give numbers below zero.
  std::map<std::string, Quantity> quantities;

  /// Accumulators times a factor are divided by 2^fraction_bits().
  unsigned fraction_bits() const;
  /// Of an activation, less the smallest.
  unsigned activation_bits() const { return mode == Mode::folded_pow2 ? 9 : 8; }
  /// Powers of two with which integers are made finer where a scale alone leaves few steps between an
  /// activation and the next.
  int rescale_shift() const { return mode == Mode::exact ? 0 : 8; }
  int product_shift() const { return mode == Mode::exact ? 0 : 4; }
  int sum_shift() const { return 12; }
  int mean_shift(const Operator& op) const;  ///< of a sum, which is finer already
};

/// A network without what its owner keeps: names, scales, zero points, weights, biases.
Network public_part(const Network& network);

/// The shape of weights as a quantity: a filter after the other, or a matrix.
Shape weights_shape(const Network& network, const Operator& op);

/// The name of a quantity.
std::string quantity_name(const Operator& op, const std::string& what);
/// The scale of the logits, as the bits of a float, and their zero point: the receiver of the logits learns
/// them, to turn logits into numbers. Of 32 bits.
inline constexpr const char* kLogitsScale = "logits.scale";
inline constexpr const char* kLogitsZero = "logits.zero";

/// An outline as a JSON document and back.
std::string outline_text(const Outline& outline);
/// Fails: Errc::bad_file naming the place of what is missing, wrong or contradicts itself.
Outline parse_outline(std::string_view text, const std::string& file);
/// Fails: as read_file() and parse_outline() do.
Outline read_outline(const std::string& path);

}  // namespace tacet::apps::infer
