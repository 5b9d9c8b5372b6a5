#include "apps/infer/outline.hpp"

#include <algorithm>
#include <bit>
#include <charconv>
#include <nlohmann/json.hpp>
#include <set>

#include "apps/infer/check.hpp"
#include "apps/io/file.hpp"
#include "apps/io/number.hpp"
#include "apps/limits.hpp"
#include "graph/error.hpp"

namespace tacet::apps::infer {
namespace {

using Json = nlohmann::ordered_json;

constexpr const char* kFormat = "tacet network outline 1";

template <class T>
struct Name {
  T value;
  const char* text;
};

constexpr Name<Mode> kModes[] = {{Mode::folded, "folded"},
                                 {Mode::folded_pow2, "folded-pow2"},
                                 {Mode::fixed, "fixed"},
                                 {Mode::exact, "exact"}};
constexpr Name<Disclosure> kDisclosures[] = {
    {Disclosure::architecture, "architecture"}, {Disclosure::scales, "scales"}, {Disclosure::model, "model"}};
constexpr Name<TensorType> kTypes[] = {{TensorType::uint8, "uint8"},
                                       {TensorType::int8, "int8"},
                                       {TensorType::int32, "int32"},
                                       {TensorType::int64, "int64"},
                                       {TensorType::float32, "float32"}};
constexpr Name<Activation> kActivations[] = {{Activation::none, "none"},
                                             {Activation::relu, "relu"},
                                             {Activation::relu_n1_to_1, "relu_n1_to_1"},
                                             {Activation::relu6, "relu6"}};

template <class T, std::size_t n>
std::string text_of(const Name<T> (&names)[n], T value) {
  for (const Name<T>& name : names)
    if (name.value == value) return name.text;
  return "";
}

template <class T, std::size_t n>
std::string listed(const Name<T> (&names)[n]) {
  std::string list;
  for (const Name<T>& name : names) list += (list.empty() ? "" : ", ") + std::string(name.text);
  return list;
}

/// Whether an operand is a shape, axes or paddings: part of the architecture.
bool describes_shape(const Operator& op, std::size_t operand) {
  return operand == 1 && (op.kind == OpKind::pad || op.kind == OpKind::mean || op.kind == OpKind::reshape);
}

/// Gives constants their bytes: those of `known`, and zeros for the others, which are only counted.
void fill_constants(Network& network, const std::map<std::size_t, std::string>& known,
                    const std::vector<std::size_t>& sizes) {
  std::size_t zeros = 0;
  for (const std::size_t size : sizes) zeros = std::max(zeros, size);
  std::string bytes(zeros, '\0');
  std::map<std::size_t, std::size_t> places;
  for (const auto& [index, data] : known) {
    places[index] = bytes.size();
    bytes += data;
  }
  network.bytes = std::make_shared<const std::string>(std::move(bytes));
  for (std::size_t i = 0; i < network.tensors.size(); ++i) {
    const auto place = places.find(i);
    network.tensors[i].data = std::string_view(*network.bytes)
                                  .substr(place == places.end() ? 0 : place->second,
                                          place == places.end() ? sizes[i] : known.at(i).size());
  }
}

std::vector<std::int64_t> integers(const QuantTensor& t) {
  const std::size_t item = t.type == TensorType::int64 ? 8 : 4;
  std::vector<std::int64_t> out;
  for (std::size_t at = 0; at + item <= t.data.size(); at += item) {
    std::uint64_t word = 0;
    for (std::size_t b = item; b-- > 0;) word = word << 8 | static_cast<unsigned char>(t.data[at + b]);
    out.push_back(item == 4 ? static_cast<std::int32_t>(word) : static_cast<std::int64_t>(word));
  }
  return out;
}

// ---- Writing.

Json tensor_json(const QuantTensor& t, bool describes) {
  if (t.type == TensorType::other) return nullptr;
  Json out{{"type", text_of(kTypes, t.type)}, {"shape", t.shape.dims()}};
  if (describes) {
    out["values"] = integers(t);
  } else if (t.is_constant()) {
    out["constant"] = true;
  }
  return out;
}

Json operator_json(const Operator& op, unsigned compare_bits) {
  const Parameters& p = op.parameters;
  const Window& w = p.window;
  Json out{{"index", op.index}, {"kind", to_string(op.kind)}, {"inputs", op.inputs}, {"output", op.output}};
  const bool pools = op.kind == OpKind::average_pool_2d || op.kind == OpKind::max_pool_2d;
  if (op.kind == OpKind::conv_2d || op.kind == OpKind::depthwise_conv_2d || pools) {
    out["padding"] = w.same ? "same" : "valid";
    out["stride"] = {w.stride_height, w.stride_width};
    if (pools) {
      out["window"] = {w.height, w.width};
    } else {
      out["dilation"] = {w.dilation_height, w.dilation_width};
    }
  }
  if (p.activation != Activation::none) out["activation"] = text_of(kActivations, p.activation);
  if (p.keep_dims) out["keep_dims"] = true;
  if (op.kind == OpKind::concatenation) out["axis"] = p.axis;
  if (op.kind == OpKind::squeeze) out["axes"] = p.axes;
  if (op.kind == OpKind::softmax && p.beta != 1) out["beta"] = p.beta;
  if (compare_bits != 0) out["compare_bits"] = compare_bits;
  return out;
}

Json quantity_json(const Quantity& q) {
  Json out{{"shape", q.shape.dims()}};
  if (!q.value) return out;
  const unsigned width = q.value->element().width;
  Json values = Json::array();
  for (const u128 v : q.value->values()) {
    // As signed integers; those that JSON's readers would round as strings of hexadecimal digits.
    const u128 sign = u128{1} << (width - 1);
    const auto number = static_cast<__int128>((v ^ sign) - sign);
    if (number > -(__int128{1} << 53) && number < __int128{1} << 53) {
      values.push_back(static_cast<std::int64_t>(number));
    } else {
      std::string digits;
      for (u128 rest = v; rest != 0; rest >>= 4)
        digits += "0123456789abcdef"[static_cast<unsigned>(rest & 15)];
      values.push_back("0x" + std::string(digits.rbegin(), digits.rend()));
    }
  }
  out["values"] = std::move(values);
  return out;
}

// ---- Reading.

class Reader {
  // Objects in the order of their names, which are found at once: in the order of the file every name is
  // compared with all before it.
  using Json = nlohmann::json;

 public:
  Reader(std::string_view text, const std::string& file) : file_(file) {
    try {
      root_ = Json::parse(text);
    } catch (const Json::parse_error& e) {
      throw Error(Errc::bad_file, file + ": byte " + std::to_string(e.byte) + " is no JSON");
    } catch (const Json::exception&) {
      throw Error(Errc::bad_file, file + ": a number is too large");
    }
  }

  Outline read() {
    if (!root_.is_object() || root_.value("format", Json()) != kFormat)
      fail("the document", "\"format\": \"" + std::string(kFormat) + "\"");
    Outline out;
    out.mode = named(root_, "mode", kModes);
    out.disclosure = named(root_, "public", kDisclosures);
    out.ring_bits =
        static_cast<unsigned>(integer(member(root_, "ring_bits", ""), "ring_bits", 32, kMaxRingBits));
    Network& network = out.network;
    network.file = file_;
    read_tensors(network);
    const std::int64_t last = static_cast<std::int64_t>(network.tensors.size()) - 1;
    network.input = static_cast<std::int32_t>(integer(member(root_, "input", ""), "input", 0, last));
    network.output = static_cast<std::int32_t>(integer(member(root_, "output", ""), "output", 0, last));
    const Json& operators = list(root_, "operators", "");
    for (std::size_t i = 0; i < operators.size(); ++i) {
      place_ = "operators[" + std::to_string(i) + "]";
      read_operator(operators[i], last, out);
    }
    check_network(network);
    read_quantities(out);
    return out;
  }

 private:
  [[noreturn]] void fail(const std::string& place, const std::string& expected) const {
    throw Error(Errc::bad_file, file_ + ": " + place + ": expected " + expected);
  }

  const Json& member(const Json& object, const std::string& name, const std::string& place) const {
    const auto it = object.find(name);
    if (it == object.end()) fail(place.empty() ? "the document" : place, "a member \"" + name + "\"");
    return *it;
  }
  const Json& list(const Json& object, const std::string& name, const std::string& place) const {
    const Json& value = member(object, name, place);
    if (!value.is_array()) fail(place + (place.empty() ? "" : ".") + name, "a list");
    return value;
  }
  std::int64_t integer(const Json& value, const std::string& place, std::int64_t low,
                       std::int64_t high) const {
    if (value.is_number_integer() && (!value.is_number_unsigned() || value.get<std::uint64_t>() <= INT64_MAX))
      if (const auto number = value.get<std::int64_t>(); number >= low && number <= high) return number;
    fail(place, "an integer from " + std::to_string(low) + " to " + std::to_string(high));
  }
  std::vector<std::int64_t> integers(const Json& values, const std::string& place, std::int64_t low,
                                     std::int64_t high) const {
    if (!values.is_array()) fail(place, "a list of integers");
    std::vector<std::int64_t> out;
    for (const Json& value : values) out.push_back(integer(value, place, low, high));
    return out;
  }
  template <class T, std::size_t n>
  T named(const Json& object, const std::string& name, const Name<T> (&names)[n],
          const std::string& place = "") const {
    const Json& value = member(object, name, place);
    for (const Name<T>& each : names)
      if (value == each.text) return each.value;
    fail(place + (place.empty() ? "" : ".") + name, "one of " + listed(names));
  }

  Shape shape(const Json& object, const std::string& place) const {
    const auto dims = integers(list(object, "shape", place), place + ".shape", 1, INT32_MAX);
    std::uint64_t elements = 1;
    for (const std::int64_t extent : dims) {
      elements *= static_cast<std::uint64_t>(extent);
      if (elements >= std::uint64_t{1} << 31) fail(place + ".shape", "less than 2^31 elements");
    }
    return Shape(dims);
  }

  void read_tensors(Network& network) const {
    const Json& tensors = list(root_, "tensors", "");
    std::map<std::size_t, std::string> known;
    std::vector<std::size_t> sizes(tensors.size(), 0);
    network.tensors.resize(tensors.size());
    for (std::size_t i = 0; i < tensors.size(); ++i) {
      const Json& from = tensors[i];
      const std::string place = "tensors[" + std::to_string(i) + "]";
      QuantTensor& t = network.tensors[i];
      if (from.is_null()) continue;
      if (!from.is_object()) fail(place, "an object or null");
      t.type = named(from, "type", kTypes, place);
      t.shape = shape(from, place);
      const bool is_byte = t.type == TensorType::uint8 || t.type == TensorType::int8;
      if (is_byte) t.scales = {1}, t.zero_points = {0};
      const std::size_t item = is_byte ? 1 : t.type == TensorType::int64 ? 8 : 4;
      if (from.contains("values")) {
        if (t.type != TensorType::int32 && t.type != TensorType::int64)
          fail(place + ".type", "int32 or int64");
        std::string& data = known[i];
        for (const std::int64_t value : integers(from["values"], place + ".values", INT32_MIN, INT32_MAX))
          for (std::size_t b = 0; b < item; ++b)
            data += static_cast<char>(static_cast<std::uint64_t>(value) >> 8 * b);
      } else if (from.contains("constant")) {
        sizes[i] = static_cast<std::size_t>(t.shape.elements()) * item;
        if (sizes[i] > kMaxOutlineBytes) fail(place, "a constant of at most 2^28 bytes");
      }
    }
    fill_constants(network, known, sizes);
  }

  void read_operator(const Json& from, std::int64_t last, Outline& out) {
    if (!from.is_object()) fail(place_, "an object");
    Operator op;
    op.index =
        static_cast<std::size_t>(integer(member(from, "index", place_), place_ + ".index", 0, INT32_MAX));
    if (!indices_.insert(op.index).second) fail(place_ + ".index", "one that no other operator has");
    const Json& kind = member(from, "kind", place_);
    const auto known = [&](OpKind k) { return kind == to_string(k); };
    std::optional<OpKind> found;
    for (int k = 0; k <= static_cast<int>(OpKind::logistic); ++k)
      if (known(static_cast<OpKind>(k))) found = static_cast<OpKind>(k);
    if (!found) fail(place_ + ".kind", "an operator that can be computed");
    op.kind = *found;
    for (const std::int64_t input : integers(list(from, "inputs", place_), place_ + ".inputs", -1, last))
      op.inputs.push_back(static_cast<std::int32_t>(input));
    op.output =
        static_cast<std::int32_t>(integer(member(from, "output", place_), place_ + ".output", 0, last));
    Parameters& p = op.parameters;
    Window& w = p.window;
    if (from.contains("padding")) {
      const Json& padding = from["padding"];
      if (padding != "same" && padding != "valid") fail(place_ + ".padding", "same or valid");
      w.same = padding == "same";
    }
    const auto pair = [&](const char* name, std::int64_t& first, std::int64_t& second) {
      if (!from.contains(name)) return;
      const auto both = integers(from[name], place_ + "." + name, 1, INT32_MAX);
      if (both.size() != 2) fail(place_ + "." + name, "two integers");
      first = both[0], second = both[1];
    };
    pair("stride", w.stride_height, w.stride_width);
    pair("dilation", w.dilation_height, w.dilation_width);
    pair("window", w.height, w.width);
    if (op.kind == OpKind::depthwise_conv_2d) p.depth_multiplier = 0;  // what the shapes say
    if (from.contains("activation")) p.activation = named(from, "activation", kActivations, place_);
    if (from.contains("keep_dims")) p.keep_dims = from["keep_dims"] == true;
    if (from.contains("axis")) p.axis = integer(from["axis"], place_ + ".axis", -8, 8);
    if (from.contains("beta")) {
      if (!from["beta"].is_number()) fail(place_ + ".beta", "a number");
      p.beta = from["beta"].get<float>();
    }
    if (from.contains("axes")) p.axes = integers(from["axes"], place_ + ".axes", -8, 8);
    out.compare_bits.push_back(
        from.contains("compare_bits")
            ? static_cast<unsigned>(integer(from["compare_bits"], place_ + ".compare_bits", 2, out.ring_bits))
            : 0);
    out.network.operators.push_back(std::move(op));
  }

  /// The number behind `start`, if what follows is nothing but a number as it is usually written.
  static std::optional<std::size_t> number_behind(std::string_view text, std::string_view start) {
    if (!text.starts_with(start)) return std::nullopt;
    text.remove_prefix(start.size());
    std::size_t number = 0;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
    if (error != std::errc() || end != text.data() + text.size() || text != std::to_string(number))
      return std::nullopt;
    return number;
  }

  /// What a quantity may look like: its operator says.
  bool fits(const Network& network, const std::map<std::size_t, const Operator*>& operators,
            const std::string& name, const Shape& shape) const {
    if (name == kLogitsScale || name == kLogitsZero) return shape == Shape{};
    const std::size_t dot = name.find('.');
    if (dot == std::string::npos) return false;
    const auto number = number_behind(std::string_view(name).substr(0, dot), "op");
    const auto found = number ? operators.find(*number) : operators.end();
    if (found == operators.end()) return false;
    const Operator& op = *found->second;
    const std::string what = name.substr(dot + 1);
    if (what == "weights" && has_weights(op.kind)) return shape == weights_shape(network, op);
    if (what == "ratio") return shape == Shape{2};
    if (what.starts_with("operand")) {
      const auto i = number_behind(what, "operand");
      return i && *i < op.inputs.size() && op.inputs[*i] != -1 &&
             shape == network.tensor(op.inputs[*i]).shape;
    }
    const Shape& y = network.tensor(op.output).shape;
    return shape == Shape{} || (y.rank() > 0 && shape == Shape{y[y.rank() - 1]});
  }

  void read_quantities(Outline& out) const {
    const Json& quantities = member(root_, "quantities", "");
    if (!quantities.is_object()) fail("quantities", "an object");
    std::map<std::size_t, const Operator*> operators;
    for (const Operator& op : out.network.operators) operators[op.index] = &op;
    for (const auto& [name, from] : quantities.items()) {
      const std::string place = "quantities[" + apps::quoted(name) + "]";
      if (!from.is_object()) fail(place, "an object");
      Quantity q;
      q.shape = shape(from, place);
      if (!fits(out.network, operators, name, q.shape))
        fail(place, "a quantity and shape that an operator has");
      const unsigned width = name == kLogitsScale || name == kLogitsZero ? 32 : out.ring_bits;
      if (from.contains("values")) q.value = values(from["values"], ring(width), q.shape, place);
      out.quantities.insert_or_assign(name, std::move(q));
    }
    for (const char* name : {kLogitsScale, kLogitsZero})
      if (!out.quantities.contains(name)) fail("quantities", std::string("\"") + name + "\"");
  }

  Tensor values(const Json& from, ElementType element, const Shape& shape, const std::string& place) const {
    const auto count = shape.elements();
    if (!from.is_array() || from.size() != count)
      fail(place + ".values", "a list of " + std::to_string(count));
    Tensor out(element, shape);
    for (std::size_t i = 0; i < count; ++i) {
      const Json& value = from[i];
      if (value.is_string()) {
        const std::string& digits = value.get_ref<const std::string&>();
        u128 word = 0;
        bool good = digits.starts_with("0x") && digits.size() > 2 && digits.size() <= 34;
        for (std::size_t at = 2; good && at < digits.size(); ++at) {
          const std::size_t digit = std::string_view("0123456789abcdef").find(digits[at]);
          good = digit < 16;
          word = word << 4 | digit;
        }
        if (!good || (word & ~low_mask<u128>(element.width)) != 0)
          fail(place + ".values",
               "integers, or hexadecimal digits of " + std::to_string(element.width) + " bits");
        out.set(i, word);
      } else {
        out.set(i, static_cast<u128>(
                       static_cast<__int128>(integer(value, place + ".values", INT64_MIN, INT64_MAX))));
      }
    }
    return out;
  }

  Json root_;
  std::string file_, place_;
  std::set<std::size_t> indices_;  // of operators
};

}  // namespace

std::string to_string(Mode mode) {
  return text_of(kModes, mode);
}

Mode parse_mode(const std::string& text) {
  for (const Name<Mode>& name : kModes)
    if (text == name.text) return name.value;
  throw Error(Errc::bad_argument, "mode \"" + text + "\": expected one of " + listed(kModes));
}

std::string to_string(Disclosure disclosure) {
  return text_of(kDisclosures, disclosure);
}

unsigned Outline::fraction_bits() const {
  switch (mode) {  // more than these tell nothing apart
    case Mode::folded:
      return std::min(ring_bits - 8, 56u);  // of products below 2^8 quanta
    case Mode::folded_pow2:
      return 16;
    case Mode::fixed:
      return std::min(ring_bits - 20, 60u);  // of signed products below 2^18 quanta
    case Mode::exact:
      return std::min(ring_bits - 9, 87u);  // of products below 2^9 quanta
  }
  return 0;
}

int Outline::mean_shift(const Operator& op) const {
  const std::uint64_t count =
      network.tensor(op.inputs[0]).shape.elements() / network.tensor(op.output).shape.elements();
  return std::max(0, rescale_shift() + 1 - static_cast<int>(std::bit_width(count)));
}

Network public_part(const Network& network) {
  Network out;
  out.file = "the network";
  out.operators = network.operators;
  out.input = network.input, out.output = network.output, out.logits = network.logits;
  out.tensors.resize(network.tensors.size());
  std::map<std::size_t, std::string> known;
  std::vector<std::size_t> sizes(network.tensors.size(), 0);
  for (std::size_t i = 0; i < network.tensors.size(); ++i) {
    const QuantTensor& from = network.tensors[i];
    QuantTensor& t = out.tensors[i];
    t.type = from.type, t.shape = from.shape;
    if (t.type == TensorType::uint8 || t.type == TensorType::int8) t.scales = {1}, t.zero_points = {0};
    sizes[i] = from.data.size();
  }
  for (const Operator& op : network.operators)
    for (std::size_t operand = 0; operand < op.inputs.size(); ++operand)
      if (describes_shape(op, operand))
        known[static_cast<std::size_t>(op.inputs[operand])] = network.tensor(op.inputs[operand]).data;
  fill_constants(out, known, sizes);
  return out;
}

Shape weights_shape(const Network& network, const Operator& op) {
  const Shape& s = network.tensor(op.inputs[1]).shape;
  switch (op.kind) {
    case OpKind::depthwise_conv_2d:
      return {s[3], s[1], s[2], 1};
    case OpKind::fully_connected:
      return {s[1], s[0]};
    default:
      return s;
  }
}

std::string quantity_name(const Operator& op, const std::string& what) {
  return "op" + std::to_string(op.index) + "." + what;
}

std::string outline_text(const Outline& outline) {
  const Network& network = outline.network;
  std::vector<bool> describes(network.tensors.size(), false);
  for (const Operator& op : network.operators)
    for (std::size_t operand = 0; operand < op.inputs.size(); ++operand)
      if (describes_shape(op, operand)) describes[static_cast<std::size_t>(op.inputs[operand])] = true;
  Json out{{"format", kFormat},
           {"mode", to_string(outline.mode)},
           {"ring_bits", outline.ring_bits},
           {"public", to_string(outline.disclosure)},
           {"input", network.input},
           {"output", network.output},
           {"tensors", Json::array()},
           {"operators", Json::array()},
           {"quantities", Json::object()}};
  for (std::size_t i = 0; i < network.tensors.size(); ++i)
    out["tensors"].push_back(tensor_json(network.tensors[i], describes[i]));
  for (std::size_t i = 0; i < network.operators.size(); ++i)
    out["operators"].push_back(operator_json(network.operators[i], outline.compare_bits[i]));
  for (const auto& [name, q] : outline.quantities) out["quantities"][name] = quantity_json(q);
  // A line for each tensor, operator and quantity.
  std::string text = "{";
  for (const auto& [name, value] : out.items()) {
    text += (text.size() == 1 ? "\n" : ",\n") + Json(name).dump() + ": ";
    if (!value.is_structured()) {
      text += value.dump();
      continue;
    }
    std::string lines;
    for (const auto& [key, each] : value.items())
      lines += (lines.empty() ? "\n  " : ",\n  ") + (value.is_object() ? Json(key).dump() + ": " : "") +
               each.dump();
    text += (value.is_object() ? "{" : "[") + lines + (value.is_object() ? "}" : "]");
  }
  return text + "\n}\n";
}

Outline parse_outline(std::string_view text, const std::string& file) {
  return Reader(text, file).read();
}

Outline read_outline(const std::string& path) {
  return parse_outline(read_file(path, kMaxOutlineBytes), path);
}

}  // namespace tacet::apps::infer
