#pragma once

#include <bit>
#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

namespace tacet::apps::test {

/// A FlatBuffers table to be written: its fields by number, which are numbers, strings, vectors and tables.
class FlatNode {
 public:
  FlatNode& u8(unsigned field, std::uint8_t value) { return number(field, value, 1); }
  FlatNode& i8(unsigned field, std::int8_t value) {
    return number(field, static_cast<std::uint8_t>(value), 1);
  }
  FlatNode& u32(unsigned field, std::uint32_t value) { return number(field, value, 4); }
  FlatNode& i32(unsigned field, std::int32_t value) { return u32(field, static_cast<std::uint32_t>(value)); }
  FlatNode& f32(unsigned field, float value) { return u32(field, std::bit_cast<std::uint32_t>(value)); }

  FlatNode& string(unsigned field, const std::string& text) {
    return set(field, Vector{text + '\0', text.size(), 1});
  }
  FlatNode& bytes(unsigned field, const std::string& data) {
    return set(field, Vector{data, data.size(), 1});
  }
  FlatNode& i32s(unsigned field, const std::vector<std::int32_t>& values) {
    return numbers(field, values, 4);
  }
  FlatNode& i64s(unsigned field, const std::vector<std::int64_t>& values) {
    return numbers(field, values, 8);
  }
  FlatNode& f32s(unsigned field, const std::vector<float>& values) {
    std::vector<std::int32_t> words;
    for (const float value : values) words.push_back(std::bit_cast<std::int32_t>(value));
    return i32s(field, words);
  }
  FlatNode& table(unsigned field, FlatNode node) {
    return set(field, std::vector<FlatNode>{std::move(node)}, true);
  }
  FlatNode& tables(unsigned field, std::vector<FlatNode> nodes) { return set(field, std::move(nodes)); }

  /// The file whose root this is.
  std::string file(const std::string& identifier) const {
    std::string out(4, '\0');
    out += identifier;
    const std::size_t root = write(out);
    put(out, 0, root, 4);
    return out;
  }

 private:
  struct Number {
    std::uint64_t value;
    std::size_t bytes;
  };
  struct Vector {
    std::string items;
    std::size_t count;
    std::size_t item_bytes;
  };
  struct Field {
    std::variant<Number, Vector, std::vector<FlatNode>> content;
    bool single = false;  // a table, not a vector of one
  };

  FlatNode& number(unsigned field, std::uint64_t value, std::size_t bytes) {
    return set(field, Number{value, bytes});
  }
  template <class T>
  FlatNode& numbers(unsigned field, const std::vector<T>& values, std::size_t bytes) {
    Vector vector{{}, values.size(), bytes};
    for (const T value : values) append(vector.items, static_cast<std::uint64_t>(value), bytes);
    return set(field, std::move(vector));
  }
  template <class T>
  FlatNode& set(unsigned field, T content, bool single = false) {
    fields_[field] = Field{std::move(content), single};
    return *this;
  }

  static void append(std::string& out, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) out += static_cast<char>(value >> (8 * i) & 0xFF);
  }
  static void put(std::string& out, std::size_t at, std::uint64_t value, std::size_t bytes) {
    for (std::size_t i = 0; i < bytes; ++i) out[at + i] = static_cast<char>(value >> (8 * i) & 0xFF);
  }
  /// Zeros up to where something `offset` bytes further is at a multiple of `alignment`.
  static void align(std::string& out, std::size_t alignment, std::size_t offset = 0) {
    while ((out.size() + offset) % alignment != 0) out += '\0';
  }

  /// Appends the table and, behind it, all that it refers to; returns where it starts.
  std::size_t write(std::string& out) const {
    const std::size_t entries = fields_.empty() ? 0 : fields_.rbegin()->first + 1;
    const std::size_t vtable_bytes = 4 + 2 * entries;
    align(out, 4, vtable_bytes);
    const std::size_t vtable = out.size(), start = vtable + vtable_bytes;
    out.append(vtable_bytes, '\0');
    append(out, start - vtable, 4);
    for (const std::size_t bytes : {std::size_t{4}, std::size_t{1}})
      for (const auto& [id, field] : fields_) {
        const Number* number = std::get_if<Number>(&field.content);
        if ((number ? number->bytes : 4) != bytes) continue;
        put(out, vtable + 4 + 2 * id, out.size() - start, 2);
        append(out, number ? number->value : 0, bytes);
      }
    put(out, vtable, vtable_bytes, 2);
    put(out, vtable + 2, out.size() - start, 2);
    for (const auto& [id, field] : fields_) {
      const std::size_t at =
          start + (static_cast<unsigned char>(out[vtable + 4 + 2 * id]) |
                   static_cast<std::size_t>(static_cast<unsigned char>(out[vtable + 5 + 2 * id])) << 8);
      if (const Vector* vector = std::get_if<Vector>(&field.content)) {
        align(out, 4);
        align(out, vector->item_bytes < 4 ? 4 : vector->item_bytes, 4);
        put(out, at, out.size() - at, 4);
        append(out, vector->count, 4);
        out += vector->items;
      } else if (const auto* nodes = std::get_if<std::vector<FlatNode>>(&field.content)) {
        if (field.single) {
          put(out, at, nodes->front().write(out) - at, 4);
          continue;
        }
        align(out, 4);
        put(out, at, out.size() - at, 4);
        append(out, nodes->size(), 4);
        const std::size_t first = out.size();
        out.append(4 * nodes->size(), '\0');
        for (std::size_t i = 0; i < nodes->size(); ++i) {
          const std::size_t entry = first + 4 * i;
          put(out, entry, (*nodes)[i].write(out) - entry, 4);
        }
      }
    }
    return start;
  }

  std::map<unsigned, Field> fields_;
};

/// The numbers of tensor types and operators in a .tflite file.
namespace tflite {
constexpr int kFloat32 = 0, kInt32 = 2, kUint8 = 3, kInt64 = 4, kInt8 = 9;
constexpr int kAdd = 0, kAveragePool = 1, kConcatenation = 2, kConv = 3, kDepthwise = 4, kDequantize = 6,
              kFullyConnected = 9, kLogistic = 14, kMaxPool = 17, kMul = 18, kRelu = 19, kRelu6 = 21,
              kReshape = 22, kSoftmax = 25, kTanh = 28, kCustom = 32, kPad = 34, kMean = 40, kSqueeze = 43,
              kQuantize = 114;
constexpr int kSame = 0, kValid = 1;
constexpr int kNone = 0, kReluActivation = 1, kReluN1To1 = 2, kRelu6Activation = 3;
}  // namespace tflite

/// Puts a .tflite file together, tensor by tensor and operator by operator.
class TfliteWriter {
 public:
  struct Spec {
    std::vector<std::int32_t> shape;
    int type = tflite::kUint8;
    std::vector<float> scales = {};
    std::vector<std::int64_t> zero_points = {};
    int axis = 0;
    std::string data = {};  ///< a constant's bytes
    std::string name = {};
  };

  int tensor(const Spec& spec) {
    FlatNode quantization;
    quantization.f32s(2, spec.scales).i64s(3, spec.zero_points).i32(6, spec.axis);
    FlatNode node;
    node.i32s(0, spec.shape).i8(1, static_cast<std::int8_t>(spec.type));
    if (!spec.data.empty()) {
      node.u32(2, static_cast<std::uint32_t>(buffers_.size()));
      buffers_.push_back(FlatNode().bytes(0, spec.data));
    }
    const int index = static_cast<int>(tensors_.size());
    node.string(3, spec.name.empty() ? "t" + std::to_string(index) : spec.name);
    if (!spec.scales.empty()) node.table(4, quantization);
    tensors_.push_back(std::move(node));
    return index;
  }
  /// An activation.
  int tensor(std::vector<std::int32_t> shape, int type, float scale, std::int64_t zero_point) {
    return tensor({std::move(shape), type, {scale}, {zero_point}});
  }
  int constant_int32(std::vector<std::int32_t> shape, const std::vector<std::int32_t>& values) {
    return tensor({std::move(shape), tflite::kInt32, {}, {}, 0, bytes_of(values)});
  }

  void op(int code, std::vector<std::int32_t> inputs, std::int32_t output, int options_type = 0,
          FlatNode options = {}) {
    FlatNode node;
    node.u32(0, static_cast<std::uint32_t>(codes_.size())).i32s(1, inputs).i32s(2, {output});
    codes_.push_back(FlatNode().i8(0, static_cast<std::int8_t>(code)).i32(3, code));
    if (options_type != 0) node.u8(3, static_cast<std::uint8_t>(options_type)).table(4, std::move(options));
    ops_.push_back(std::move(node));
  }
  void custom(const std::string& name, std::vector<std::int32_t> inputs, std::int32_t output) {
    op(tflite::kCustom, std::move(inputs), output);
    codes_.back().string(1, name);
  }

  void conv(std::int32_t x, std::int32_t w, std::int32_t b, std::int32_t y, int padding, int stride = 1,
            int activation = 0, int dilation = 1) {
    FlatNode options;
    options.i8(0, static_cast<std::int8_t>(padding)).i32(1, stride).i32(2, stride);
    options.i8(3, static_cast<std::int8_t>(activation)).i32(4, dilation).i32(5, dilation);
    op(tflite::kConv, {x, w, b}, y, 1, options);
  }
  void depthwise(std::int32_t x, std::int32_t w, std::int32_t b, std::int32_t y, int padding, int multiplier,
                 int stride = 1, int activation = 0, int dilation = 1) {
    FlatNode options;
    options.i8(0, static_cast<std::int8_t>(padding)).i32(1, stride).i32(2, stride).i32(3, multiplier);
    options.i8(4, static_cast<std::int8_t>(activation)).i32(5, dilation).i32(6, dilation);
    op(tflite::kDepthwise, {x, w, b}, y, 2, options);
  }
  void pool(int code, std::int32_t x, std::int32_t y, int padding, int stride, int size, int activation = 0) {
    FlatNode options;
    options.i8(0, static_cast<std::int8_t>(padding)).i32(1, stride).i32(2, stride).i32(3, size).i32(4, size);
    options.i8(5, static_cast<std::int8_t>(activation));
    op(code, {x}, y, 5, options);
  }
  void fully_connected(std::int32_t x, std::int32_t w, std::int32_t b, std::int32_t y, int activation = 0,
                       bool keep_dims = false) {
    op(tflite::kFullyConnected, {x, w, b}, y, 8,
       FlatNode().i8(0, static_cast<std::int8_t>(activation)).u8(2, keep_dims));
  }
  void add(std::int32_t a, std::int32_t b, std::int32_t y, int activation = 0) {
    op(tflite::kAdd, {a, b}, y, 11, FlatNode().i8(0, static_cast<std::int8_t>(activation)));
  }
  void mul(std::int32_t a, std::int32_t b, std::int32_t y, int activation = 0) {
    op(tflite::kMul, {a, b}, y, 21, FlatNode().i8(0, static_cast<std::int8_t>(activation)));
  }
  void concatenation(std::vector<std::int32_t> parts, std::int32_t y, int axis) {
    op(tflite::kConcatenation, std::move(parts), y, 10, FlatNode().i32(0, axis));
  }
  void mean(std::int32_t x, std::int32_t axes, std::int32_t y, bool keep_dims) {
    op(tflite::kMean, {x, axes}, y, 27, FlatNode().u8(0, keep_dims));
  }
  void squeeze(std::int32_t x, std::int32_t y, const std::vector<std::int32_t>& axes) {
    op(tflite::kSqueeze, {x}, y, 30, FlatNode().i32s(0, axes));
  }

  std::string file(const std::vector<std::int32_t>& inputs, const std::vector<std::int32_t>& outputs) const {
    FlatNode graph;
    graph.tables(0, tensors_).i32s(1, inputs).i32s(2, outputs).tables(3, ops_);
    FlatNode model;
    model.u32(0, 3).tables(1, codes_).tables(2, {graph}).string(3, "a test").tables(4, buffers_);
    return model.file("TFL3");
  }

  static std::string bytes_of(const std::vector<std::int32_t>& values, std::size_t item_bytes = 4) {
    std::string out;
    for (const std::int32_t value : values)
      for (std::size_t i = 0; i < item_bytes; ++i)
        out += static_cast<char>(static_cast<std::uint32_t>(value) >> (8 * i) & 0xFF);
    return out;
  }

 private:
  std::vector<FlatNode> tensors_, ops_, codes_;
  std::vector<FlatNode> buffers_ = {FlatNode()};  // that of what is no constant
};

}  // namespace tacet::apps::test
