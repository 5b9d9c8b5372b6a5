#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "graph/shape.hpp"

namespace tacet::apps::infer {

/// What a tensor's elements are in the file.
enum class TensorType : std::uint8_t { float32, int16, int32, int64, uint8, int8, boolean, other };
std::string to_string(TensorType type);

/// A clamp that is part of another operator.
enum class Activation : std::uint8_t { none, relu, relu_n1_to_1, relu6 };

/// The operators that can be computed. The last three only turn the final integers into probabilities or
/// floats, for which the receiver of the result needs no help.
enum class OpKind : std::uint8_t {
  conv_2d,
  depthwise_conv_2d,
  fully_connected,
  average_pool_2d,
  max_pool_2d,
  add,
  mul,
  concatenation,
  pad,
  mean,
  reshape,
  squeeze,
  relu,
  relu6,
  quantize,
  dequantize,
  softmax,
  logistic,
};
/// As the file format spells it: "CONV_2D".
std::string to_string(OpKind kind);
/// DEQUANTIZE, SOFTMAX and LOGISTIC.
bool is_final(OpKind kind);
/// CONV_2D, DEPTHWISE_CONV_2D and FULLY_CONNECTED.
bool has_weights(OpKind kind);
/// ADD, MUL and CONCATENATION: all their operands are activations, constant ones perhaps.
bool reads_activations_only(OpKind kind);

/// A tensor of integers q that stand for the numbers scale * (q - zero point).
struct QuantTensor {
  std::string name;
  Shape shape{0};
  TensorType type = TensorType::other;
  /// One for the whole tensor, or one for each index of `quantized_axis`; empty if the file gives none.
  std::vector<float> scales;
  std::vector<std::int32_t> zero_points;  ///< as many
  std::int64_t quantized_axis = 0;
  /// The bytes of a constant, as they stand in the file; empty for what is computed.
  std::string_view data;

  bool is_constant() const { return !data.empty(); }
  /// Of a tensor that is quantized as a whole.
  float scale() const { return scales.front(); }
  std::int32_t zero_point() const { return zero_points.front(); }
};

/// The rectangle of cells that a convolution or a pooling looks at.
struct Window {
  std::int64_t height = 1, width = 1;
  std::int64_t stride_height = 1, stride_width = 1;
  std::int64_t dilation_height = 1, dilation_width = 1;
  bool same = true;                                       ///< padded so that a stride of 1 keeps the extents
  std::int64_t top = 0, bottom = 0, left = 0, right = 0;  ///< the cells of padding around the input
};

/// What an operator has besides tensors; each uses what it needs.
struct Parameters {
  Activation activation = Activation::none;
  Window window;                            ///< convolutions and poolings
  std::int64_t depth_multiplier = 1;        ///< outputs per input channel of DEPTHWISE_CONV_2D
  std::int64_t axis = 0;                    ///< CONCATENATION, counted from the front
  std::vector<std::int64_t> axes;           ///< MEAN, ascending
  bool keep_dims = false;                   ///< MEAN, FULLY_CONNECTED
  std::vector<std::int64_t> before, after;  ///< PAD, along every axis
  float beta = 1;                           ///< SOFTMAX: its logits are multiplied by that
};

struct Operator {
  OpKind kind = OpKind::reshape;
  std::size_t index = 0;             ///< its place in the file
  std::vector<std::int32_t> inputs;  ///< tensors; -1: a bias that is not there
  std::int32_t output = 0;
  Parameters parameters;
};

/// A quantized neural network: integers in, integers out.
///
/// What read_network() returns has been checked: operators come after what they read; shapes fit and are
/// those of the file; activations are uint8 or int8 with one scale and zero point; weights are constants of
/// the same type, int8 ones with zero points 0 and perhaps a scale per output channel; biases are int32; and
/// no input can make an accumulator, multiplied by a power of two where its multiplier says so, leave 32
/// bits.
struct Network {
  std::string file;
  std::shared_ptr<const std::string> bytes;  ///< what `data` of the tensors points into
  std::vector<QuantTensor> tensors;          ///< as numbered in the file; those nobody uses are empty
  std::vector<Operator> operators;           ///< in an order in which they can be computed
  std::int32_t input = 0;   ///< uint8 or int8; a QUANTIZE of floats in front of it is left to the caller
  std::int32_t output = 0;  ///< what the file calls its output
  std::int32_t logits = 0;  ///< the last tensor before DEQUANTIZE, SOFTMAX or LOGISTIC

  const QuantTensor& tensor(std::int32_t index) const { return tensors[static_cast<std::size_t>(index)]; }
};

/// Reads a .tflite file with one input, one output and a batch of 1.
/// Fails: as read_file() does; Errc::bad_file naming the byte, the tensor or the operator for a file that is
/// damaged or contradicts itself; Errc::unsupported for what cannot be computed, naming what could.
Network read_network(const std::string& path);
Network parse_network(std::string bytes, const std::string& file);

/// The elements of a constant of type uint8, int8 or int32.
std::vector<std::int32_t> constant_values(const QuantTensor& tensor);

/// As 'tensor 7 "conv1/bias", int32 [8]', to name it in a message.
std::string describe(const Network& network, std::int32_t tensor);
/// As "net.tflite: operator 3 (CONV_2D)".
std::string describe(const Network& network, const Operator& op);

}  // namespace tacet::apps::infer
