#include "apps/infer/tflite.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <cstring>
#include <optional>

#include "apps/infer/check.hpp"
#include "apps/infer/flatbuffer.hpp"
#include "apps/io/file.hpp"
#include "apps/io/number.hpp"
#include "apps/limits.hpp"
#include "graph/error.hpp"

namespace tacet::apps::infer {

namespace {

// An operator as the file numbers it, with the number of its table of options.
struct OpRow {
  OpKind kind;
  std::int32_t code;
  std::string_view name;
  std::uint8_t options;
};
constexpr std::array kOps = {
    OpRow{OpKind::conv_2d, 3, "CONV_2D", 1},
    OpRow{OpKind::depthwise_conv_2d, 4, "DEPTHWISE_CONV_2D", 2},
    OpRow{OpKind::fully_connected, 9, "FULLY_CONNECTED", 8},
    OpRow{OpKind::average_pool_2d, 1, "AVERAGE_POOL_2D", 5},
    OpRow{OpKind::max_pool_2d, 17, "MAX_POOL_2D", 5},
    OpRow{OpKind::add, 0, "ADD", 11},
    OpRow{OpKind::mul, 18, "MUL", 21},
    OpRow{OpKind::concatenation, 2, "CONCATENATION", 10},
    OpRow{OpKind::pad, 34, "PAD", 22},
    OpRow{OpKind::mean, 40, "MEAN", 27},
    OpRow{OpKind::reshape, 22, "RESHAPE", 17},
    OpRow{OpKind::squeeze, 43, "SQUEEZE", 30},
    OpRow{OpKind::relu, 19, "RELU", 0},
    OpRow{OpKind::relu6, 21, "RELU6", 0},
    OpRow{OpKind::quantize, 114, "QUANTIZE", 0},
    OpRow{OpKind::dequantize, 6, "DEQUANTIZE", 0},
    OpRow{OpKind::softmax, 25, "SOFTMAX", 9},
    OpRow{OpKind::logistic, 14, "LOGISTIC", 0},
};
constexpr std::int32_t kCustom = 32;

// The names of all operators from 0, for a message about one that is not in the table above.
constexpr std::string_view kOpNames =
    "ADD AVERAGE_POOL_2D CONCATENATION CONV_2D DEPTHWISE_CONV_2D DEPTH_TO_SPACE DEQUANTIZE EMBEDDING_LOOKUP "
    "FLOOR FULLY_CONNECTED HASHTABLE_LOOKUP L2_NORMALIZATION L2_POOL_2D LOCAL_RESPONSE_NORMALIZATION "
    "LOGISTIC LSH_PROJECTION LSTM MAX_POOL_2D MUL RELU RELU_N1_TO_1 RELU6 RESHAPE RESIZE_BILINEAR RNN "
    "SOFTMAX SPACE_TO_DEPTH SVDF TANH CONCAT_EMBEDDINGS SKIP_GRAM CALL CUSTOM EMBEDDING_LOOKUP_SPARSE PAD "
    "UNIDIRECTIONAL_SEQUENCE_RNN GATHER BATCH_TO_SPACE_ND SPACE_TO_BATCH_ND TRANSPOSE MEAN SUB DIV SQUEEZE "
    "UNIDIRECTIONAL_SEQUENCE_LSTM STRIDED_SLICE BIDIRECTIONAL_SEQUENCE_RNN EXP TOPK_V2 SPLIT LOG_SOFTMAX "
    "DELEGATE BIDIRECTIONAL_SEQUENCE_LSTM CAST PRELU MAXIMUM ARG_MAX MINIMUM LESS NEG PADV2 GREATER "
    "GREATER_EQUAL LESS_EQUAL SELECT SLICE SIN TRANSPOSE_CONV SPARSE_TO_DENSE TILE EXPAND_DIMS EQUAL "
    "NOT_EQUAL LOG SUM SQRT RSQRT SHAPE POW ARG_MIN FAKE_QUANT REDUCE_PROD REDUCE_MAX PACK LOGICAL_OR "
    "ONE_HOT LOGICAL_AND LOGICAL_NOT UNPACK REDUCE_MIN FLOOR_DIV REDUCE_ANY SQUARE ZEROS_LIKE FILL FLOOR_MOD "
    "RANGE RESIZE_NEAREST_NEIGHBOR LEAKY_RELU SQUARED_DIFFERENCE MIRROR_PAD ABS SPLIT_V UNIQUE CEIL "
    "REVERSE_V2 ADD_N GATHER_ND COS WHERE RANK ELU REVERSE_SEQUENCE MATRIX_DIAG QUANTIZE MATRIX_SET_DIAG "
    "ROUND HARD_SWISH IF WHILE NON_MAX_SUPPRESSION_V4 NON_MAX_SUPPRESSION_V5 SCATTER_ND SELECT_V2 DENSIFY "
    "SEGMENT_SUM BATCH_MATMUL ";

std::string op_name(std::int32_t code) {
  std::string_view rest = kOpNames;
  for (std::int32_t i = 0; i < code && !rest.empty(); ++i) rest.remove_prefix(rest.find(' ') + 1);
  if (code < 0 || rest.empty()) return "of code " + std::to_string(code);
  return std::string(rest.substr(0, rest.find(' ')));
}

const OpRow& row(OpKind kind) {
  return *std::find_if(kOps.begin(), kOps.end(), [&](const OpRow& r) { return r.kind == kind; });
}

TensorType tensor_type(int code) {
  switch (code) {
    case 0:
      return TensorType::float32;
    case 2:
      return TensorType::int32;
    case 3:
      return TensorType::uint8;
    case 4:
      return TensorType::int64;
    case 6:
      return TensorType::boolean;
    case 7:
      return TensorType::int16;
    case 9:
      return TensorType::int8;
    default:
      return TensorType::other;
  }
}

// Reads the tables of a file into a Network that nobody has checked yet.
class Reader {
 public:
  Reader(std::string bytes, const std::string& file)
      : bytes_(std::make_shared<const std::string>(std::move(bytes))), flat_(*bytes_, file) {
    network_.file = file;
    network_.bytes = bytes_;
  }

  Network read() {
    refuse_what_was_fetched_instead();
    const FlatTable model = flat_.root("TFL3");
    if (const auto version = model.scalar<std::uint32_t>(0, 0); version != 3)
      fail("the file has version " + std::to_string(version) + ", expected 3");
    const std::vector<FlatTable> codes = model.tables(1);
    const std::vector<FlatTable> graphs = model.tables(2);
    if (graphs.size() != 1)
      throw Error(Errc::unsupported,
                  flat_.name() + ": " + std::to_string(graphs.size()) + " subgraphs, expected one");
    const FlatTable& graph = graphs.front();
    const std::vector<FlatTable> tensors = graph.tables(0);
    network_.tensors.resize(tensors.size());
    used_.resize(tensors.size());

    network_.input = only(graph.scalars<std::int32_t>(1), "input");
    network_.output = only(graph.scalars<std::int32_t>(2), "output");
    const std::vector<FlatTable> operators = graph.tables(3);
    for (std::size_t i = 0; i < operators.size(); ++i) read_operator(operators[i], i, codes);

    const std::vector<FlatTable> buffers = model.tables(4);
    for (std::size_t i = 0; i < tensors.size(); ++i)
      if (used_[i]) read_tensor(tensors[i], network_.tensors[i], i, buffers);
    return std::move(network_);
  }

 private:
  [[noreturn]] void fail(const std::string& what) const {
    throw Error(Errc::bad_file, flat_.name() + ": " + what);
  }

  // What comes of a download that did not go as meant.
  void refuse_what_was_fetched_instead() const {
    const std::string_view text(*bytes_);
    if (text.starts_with("version https://git-lfs"))
      fail("a pointer to a large file that was not fetched, expected the file itself");
    const bool is_network = text.size() >= 8 && text.substr(4, 4) == "TFL3";
    if (const std::size_t first = text.find_first_not_of(" \t\r\n");
        !is_network && first != std::string_view::npos && text[first] == '<')
      fail("a web page, expected a .tflite file");
  }

  std::int32_t only(const std::vector<std::int32_t>& tensors, const std::string& what) {
    if (tensors.size() != 1)
      throw Error(Errc::unsupported, flat_.name() + ": the network has " + std::to_string(tensors.size()) +
                                         " " + what + "s, expected one");
    use(tensors.front(), "the network's " + what);
    return tensors.front();
  }

  void use(std::int32_t tensor, const std::string& who) {
    if (tensor < 0 || static_cast<std::size_t>(tensor) >= used_.size())
      fail(who + " is tensor " + std::to_string(tensor) + ", but there are " + std::to_string(used_.size()));
    used_[static_cast<std::size_t>(tensor)] = true;
  }

  void read_operator(const FlatTable& table, std::size_t index, const std::vector<FlatTable>& codes) {
    const std::string place = "operator " + std::to_string(index);
    const auto code_index = table.scalar<std::uint32_t>(0, 0);
    if (code_index >= codes.size())
      fail(place + " has the code of index " + std::to_string(code_index) + ", but there are " +
           std::to_string(codes.size()));
    const OpRow& row = find_row(codes[code_index], place);

    Operator op;
    op.kind = row.kind;
    op.index = index;
    op.inputs = table.scalars<std::int32_t>(1);
    const auto outputs = table.scalars<std::int32_t>(2);
    const std::string name = place + " (" + std::string(row.name) + ")";
    if (outputs.size() != 1) fail(name + " has " + std::to_string(outputs.size()) + " outputs, expected one");
    op.output = outputs.front();
    for (const std::int32_t input : op.inputs)
      if (input != -1) use(input, "an input of " + name);
    use(op.output, "the output of " + name);

    std::optional<FlatTable> options = table.table(4);
    const auto type = table.scalar<std::uint8_t>(3, 0);
    if (row.options == 0) {
      options.reset();
    } else if (options && type != row.options) {
      fail(name + " has options of type " + std::to_string(type) + ", expected " +
           std::to_string(row.options));
    }
    if (options) read_options(*options, op, name);
    network_.operators.push_back(std::move(op));
  }

  const OpRow& find_row(const FlatTable& code, const std::string& place) const {
    // The byte came first and is full; files write both or either.
    const std::int32_t number =
        std::max<std::int32_t>(code.scalar<std::int8_t>(0, 0), code.scalar<std::int32_t>(3, 0));
    for (const OpRow& row : kOps)
      if (row.code == number) return row;
    std::string supported;
    for (const OpRow& row : kOps) supported += (supported.empty() ? "" : ", ") + std::string(row.name);
    const std::string name = number == kCustom ? "the custom operator " + quoted(code.string(1))
                                               : "the operator " + op_name(number);
    throw Error(Errc::unsupported,
                flat_.name() + ": " + place + " is " + name + "; supported are " + supported);
  }

  Activation activation(const FlatTable& options, unsigned field, const std::string& name) const {
    const int code = options.scalar<std::int8_t>(field, 0);
    switch (code) {
      case 0:
        return Activation::none;
      case 1:
        return Activation::relu;
      case 2:
        return Activation::relu_n1_to_1;
      case 3:
        return Activation::relu6;
      default:
        throw Error(Errc::unsupported, flat_.name() + ": " + name + " has the fused activation " +
                                           std::to_string(code) +
                                           ", expected NONE, RELU, RELU_N1_TO_1 or RELU6 (0 to 3)");
    }
  }

  bool same_padding(const FlatTable& options, const std::string& name) const {
    const int padding = options.scalar<std::int8_t>(0, 0);
    if (padding != 0 && padding != 1)
      fail(name + " has the padding " + std::to_string(padding) + ", expected SAME or VALID (0 or 1)");
    return padding == 0;
  }

  void read_options(const FlatTable& options, Operator& op, const std::string& name) const {
    const auto number = [&](unsigned field, std::int32_t absent) {
      return options.scalar<std::int32_t>(field, absent);
    };
    Parameters& p = op.parameters;
    switch (op.kind) {
      case OpKind::conv_2d:
      case OpKind::depthwise_conv_2d: {
        const bool depthwise = op.kind == OpKind::depthwise_conv_2d;
        p.window.same = same_padding(options, name);
        p.window.stride_width = number(1, 0);
        p.window.stride_height = number(2, 0);
        if (depthwise) p.depth_multiplier = number(3, 0);
        p.activation = activation(options, depthwise ? 4 : 3, name);
        p.window.dilation_width = number(depthwise ? 5 : 4, 1);
        p.window.dilation_height = number(depthwise ? 6 : 5, 1);
        break;
      }
      case OpKind::average_pool_2d:
      case OpKind::max_pool_2d:
        p.window.same = same_padding(options, name);
        p.window.stride_width = number(1, 0);
        p.window.stride_height = number(2, 0);
        p.window.width = number(3, 0);
        p.window.height = number(4, 0);
        p.activation = activation(options, 5, name);
        break;
      case OpKind::fully_connected:
        p.activation = activation(options, 0, name);
        if (options.scalar<std::int8_t>(1, 0) != 0)
          throw Error(Errc::unsupported,
                      flat_.name() + ": " + name + " has shuffled weights, expected plain ones");
        p.keep_dims = options.scalar<std::uint8_t>(2, 0) != 0;
        break;
      case OpKind::concatenation:
        p.axis = number(0, 0);
        p.activation = activation(options, 1, name);
        break;
      case OpKind::add:
      case OpKind::mul:
        p.activation = activation(options, 0, name);
        break;
      case OpKind::mean:
        p.keep_dims = options.scalar<std::uint8_t>(0, 0) != 0;
        break;
      case OpKind::squeeze:
        for (const std::int32_t axis : options.scalars<std::int32_t>(0)) p.axes.push_back(axis);
        break;
      case OpKind::softmax:
        p.beta = options.scalar<float>(0, 0);
        break;
      default:  // the new shape of a RESHAPE is that of its output
        break;
    }
  }

  void read_tensor(const FlatTable& table, QuantTensor& tensor, std::size_t index,
                   const std::vector<FlatTable>& buffers) const {
    tensor.name = table.string(3);
    const std::string place = "tensor " + std::to_string(index) + " " + quoted(tensor.name);
    tensor.type = tensor_type(table.scalar<std::int8_t>(1, 0));
    read_shape(table, tensor, place);
    if (table.scalar<std::uint8_t>(5, 0) != 0)
      throw Error(Errc::unsupported, flat_.name() + ": " + place + " is a variable; networks have no state");
    if (table.has(6))
      throw Error(Errc::unsupported, flat_.name() + ": " + place + " is stored sparsely, expected all of it");

    if (const std::optional<FlatTable> quantization = table.table(4))
      read_scales(*quantization, tensor, place);

    const auto buffer = table.scalar<std::uint32_t>(2, 0);
    if (buffer >= buffers.size()) {
      if (buffer == 0) return;
      fail(place + " is in buffer " + std::to_string(buffer) + ", but there are " +
           std::to_string(buffers.size()));
    }
    if (buffers[buffer].scalar<std::uint64_t>(1, 0) > 1)
      throw Error(Errc::unsupported,
                  flat_.name() + ": " + place + " is stored behind the tables, expected within");
    tensor.data = buffers[buffer].bytes(0);
  }

  void read_shape(const FlatTable& table, QuantTensor& tensor, const std::string& place) const {
    const auto extents = table.scalars<std::int32_t>(0);
    if (extents.size() > kMaxNetworkRank)
      throw Error(Errc::unsupported, flat_.name() + ": " + place + " has " + std::to_string(extents.size()) +
                                         " axes, at most " + std::to_string(kMaxNetworkRank) +
                                         " are supported");
    std::uint64_t elements = 1;
    for (const std::int32_t extent : extents) {
      if (extent < 1) fail(place + " has the extent " + std::to_string(extent) + ", expected 1 or more");
      elements *= static_cast<std::uint64_t>(extent);
      if (elements >= kMaxNetworkElements) fail(place + " has 2^31 or more elements");
    }
    tensor.shape = Shape(std::vector<std::int64_t>(extents.begin(), extents.end()));
  }

  void read_scales(const FlatTable& table, QuantTensor& tensor, const std::string& place) const {
    if (table.scalar<std::uint8_t>(4, 0) != 0)
      throw Error(Errc::unsupported, flat_.name() + ": " + place + " is quantized in a way of its own");
    tensor.scales = table.scalars<float>(2);
    const auto zero_points = table.scalars<std::int64_t>(3);
    tensor.quantized_axis = table.scalar<std::int32_t>(6, 0);
    if (zero_points.size() != tensor.scales.size())
      fail(place + " has " + std::to_string(tensor.scales.size()) + " scales and " +
           std::to_string(zero_points.size()) + " zero points");
    for (const float scale : tensor.scales)
      if (!std::isfinite(scale) || !(scale > 0))
        fail(place + " has a scale that is none, expected a number above 0");
    for (const std::int64_t zero_point : zero_points) {
      if (zero_point < -128 || zero_point > 255)
        fail(place + " has a zero point out of range, expected -128 to 255");
      tensor.zero_points.push_back(static_cast<std::int32_t>(zero_point));
    }
  }

  std::shared_ptr<const std::string> bytes_;
  FlatFile flat_;
  Network network_;
  std::vector<bool> used_;
};

}  // namespace

std::string to_string(TensorType type) {
  switch (type) {
    case TensorType::float32:
      return "float32";
    case TensorType::int16:
      return "int16";
    case TensorType::int32:
      return "int32";
    case TensorType::int64:
      return "int64";
    case TensorType::uint8:
      return "uint8";
    case TensorType::int8:
      return "int8";
    case TensorType::boolean:
      return "bool";
    case TensorType::other:
      return "of another type";
  }
  return "";
}

std::string to_string(OpKind kind) {
  return std::string(row(kind).name);
}

bool is_final(OpKind kind) {
  return kind == OpKind::dequantize || kind == OpKind::softmax || kind == OpKind::logistic;
}

bool has_weights(OpKind kind) {
  return kind == OpKind::conv_2d || kind == OpKind::depthwise_conv_2d || kind == OpKind::fully_connected;
}

bool reads_activations_only(OpKind kind) {
  return kind == OpKind::add || kind == OpKind::mul || kind == OpKind::concatenation;
}

Network parse_network(std::string bytes, const std::string& file) {
  Network network = Reader(std::move(bytes), file).read();
  check_network(network);
  return network;
}

Network read_network(const std::string& path) {
  return parse_network(read_file(path, kMaxNetworkBytes), path);
}

std::vector<std::int32_t> constant_values(const QuantTensor& tensor) {
  std::vector<std::int32_t> out(static_cast<std::size_t>(tensor.shape.elements()));
  const std::size_t item_bytes = tensor.type == TensorType::int32 ? 4 : 1;
  TACET_ASSERT(tensor.data.size() == out.size() * item_bytes);
  for (std::size_t i = 0; i < out.size(); ++i) {
    std::uint32_t word = 0;
    for (std::size_t b = item_bytes; b-- > 0;)
      word = word << 8 | static_cast<unsigned char>(tensor.data[i * item_bytes + b]);
    out[i] =
        tensor.type == TensorType::int8 ? static_cast<std::int8_t>(word) : static_cast<std::int32_t>(word);
  }
  return out;
}

std::string describe(const Network& network, std::int32_t tensor) {
  const QuantTensor& t = network.tensors[static_cast<std::size_t>(tensor)];
  return "tensor " + std::to_string(tensor) + " " + quoted(t.name) + ", " + to_string(t.type) + " " +
         t.shape.to_string();
}

std::string describe(const Network& network, const Operator& op) {
  return network.file + ": operator " + std::to_string(op.index) + " (" + to_string(op.kind) + ")";
}

}  // namespace tacet::apps::infer
