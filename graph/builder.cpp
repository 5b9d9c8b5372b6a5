#include "graph/builder.hpp"

#include <algorithm>
#include <array>
#include <cmath>
#include <limits>
#include <numeric>

#include "graph/written_name.hpp"

namespace tacet {
namespace {

std::string signed_text(u128 value, bool negative) {
  if (negative) value = u128{0} - value;
  std::string digits;
  do digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(value % 10)));
  while ((value /= 10) != 0);
  return (negative ? "-" : "") + digits;
}

/// The element that stands for an integer: itself, or its two's complement.
u128 encode(u128 value, bool negative, ElementType element, const std::string& where) {
  const u128 top = u128{1} << (element.width - 1);
  const bool fits = negative ? u128{0} - value <= top : value <= low_mask<u128>(element.width);
  if (!fits)
    throw Error(Errc::value_out_of_range, where + signed_text(value, negative) + " does not fit " +
                                              element.to_string() + ": expected from -2^" +
                                              std::to_string(element.width - 1) + " to 2^" +
                                              std::to_string(element.width) + " - 1");
  return value & low_mask<u128>(element.width);
}

std::int64_t normal_axis(const Value& a, std::int64_t axis) {
  return axis < 0 ? axis + static_cast<std::int64_t>(a.shape().rank()) : axis;
}

Value apply1(Op op, const Value& a, std::span<const std::int64_t> attributes,
             const std::source_location& where) {
  return a.builder().apply(op, {&a, 1}, attributes, where);
}

Value apply2(Op op, const Value& a, const Value& b, const std::source_location& where) {
  const std::array operands{a, b};
  return a.builder().apply(op, operands, {}, where);
}

/// As many units of 2^-f as make the integer.
u128 encode_units(u128 value, bool negative, ElementType element, const std::string& where) {
  const u128 units = value << element.frac;
  const u128 back =
      negative ? static_cast<u128>(static_cast<__int128>(units) >> element.frac) : units >> element.frac;
  if (back != value)
    throw Error(Errc::value_out_of_range,
                where + signed_text(value, negative) + " does not fit " + element.to_string());
  return encode(units, negative, element, where);
}

u128 encode_number(double value, ElementType element, const std::string& where) {
  if (element.frac == 0 || !std::isfinite(value))
    throw Error(Errc::bad_argument, where + std::to_string(value) + " as " + element.to_string() +
                                        ": expected " +
                                        (element.frac == 0 ? "an integer" : "a finite number"));
  const double units = std::round(std::ldexp(value, element.frac));
  if (!(std::abs(units) <= std::ldexp(1.0, element.width - 1)) || units == std::ldexp(1.0, element.width - 1))
    throw Error(Errc::value_out_of_range,
                where + std::to_string(value) + " does not fit " + element.to_string());
  return encode(static_cast<u128>(static_cast<__int128>(units)), units < 0, element, where);
}

}  // namespace

std::string place_text(const std::source_location& where) {
  Graph nowhere;
  return nowhere.location_text(nowhere.locate(where));
}

const ValueType& Value::type() const {
  return builder_->graph().type(node_);
}

Interval Numbers::of(ElementType element, const std::string& place) const {
  const bool is_fixed = element.frac != 0;
  const auto refuse = [&](const std::string& what) {
    throw Error(Errc::bad_argument, place + what + ", which " + element.to_string() + " does not hold");
  };
  if (!ends_) {
    if (is_signed_ && element.domain == Domain::bits) refuse("signed numbers");
    if (!is_signed_ && is_fixed) refuse("unsigned numbers");
    return all_numbers(element.width, is_signed_);
  }
  const auto is_negative = [](const Located& end) {
    return end.is_number() ? std::signbit(end.number()) : end.negative();
  };
  Interval out{is_fixed || is_negative((*ends_)[0]) || is_negative((*ends_)[1]), 0, 0};
  const Interval all = all_numbers(element.width, out.is_signed);
  if (out.is_signed && element.domain == Domain::bits) refuse("negative numbers");
  const auto encoded = [&](const Located& end) {
    if (end.value() != nullptr)
      throw Error(Errc::bad_argument, place + "a value: expected two public numbers");
    const std::string what = place + "a range that ends at ";
    const u128 word = end.is_number() ? encode_number(end.number(), element, what)
                                      : encode_units(end.literal(), end.negative(), element, what);
    const u128 number = is_negative(end) ? static_cast<u128>(as_signed(word, element.width)) : word;
    if (!all.contains(number))
      refuse("signed numbers of 2^" + std::to_string(element.width - 1 - element.frac) + " or more");
    return number;
  };
  out.low = encoded((*ends_)[0]), out.high = encoded((*ends_)[1]);
  if (out.high - all.low < out.low - all.low)
    throw Error(Errc::bad_argument, place + "a range whose first end is above its second");
  return out;
}

Value Builder::add_input(const std::string& name, Role owner, ElementType element, Shape shape,
                         std::optional<Interval> declared, std::uint32_t location) {
  if (name.empty())
    throw Error(Errc::bad_argument, graph_.location_text(location) + ": an input needs a name");
  return {this, graph_.add_input({name, owner, {}, 0, declared},
                                 {Visibility::secret, element, std::move(shape)}, location)};
}

Value Builder::input(const std::string& name, Role owner, ElementType element, Shape shape, Where where) {
  return add_input(name, owner, element, std::move(shape), std::nullopt, locate(where));
}

Value Builder::input(const std::string& name, Role owner, ElementType element, Shape shape,
                     const Numbers& numbers, Where where) {
  const std::uint32_t location = locate(where);
  const Interval declared =
      numbers.of(element, graph_.location_text(location) + ": input \"" + name + "\" declares ");
  return add_input(name, owner, element, std::move(shape), declared, location);
}

bool Builder::is_signed(const Value& value) {
  return &value.builder() == this && ranges_.of(graph_, value.node()).can_be_negative();
}

template <class T, class F>
Value Builder::constant_of(ElementType element, Shape shape, std::span<const T> values, const Where& where,
                           F encode_one) {
  const std::uint32_t location = locate(where);
  const std::string prefix = graph_.location_text(location) + ": ";
  if (values.size() != shape.elements())
    throw Error(Errc::shape_mismatch, prefix + "constant of shape " + shape.to_string() + ": expected " +
                                          std::to_string(shape.elements()) + " numbers, got " +
                                          std::to_string(values.size()));
  std::vector<u128> words;
  words.reserve(values.size());
  for (const T v : values) words.push_back(encode_one(v, prefix));
  const bool is_negative = std::any_of(values.begin(), values.end(), [](T v) { return v < 0; });
  return counted(graph_.add_constant(Tensor(element, std::move(shape), words), location, is_negative),
                 element, location);
}

Value Builder::constant(ElementType element, Shape shape, std::span<const std::int64_t> values, Where where) {
  return constant_of(element, std::move(shape), values, where,
                     [&](std::int64_t v, const std::string& prefix) {
                       return encode_units(static_cast<u128>(v), v < 0, element, prefix);
                     });
}

Value Builder::constant(ElementType element, Shape shape, std::span<const double> values, Where where) {
  return constant_of(element, std::move(shape), values, where,
                     [&](double v, const std::string& prefix) { return encode_number(v, element, prefix); });
}

Value Builder::counted(NodeId integers, ElementType element, std::uint32_t location) {
  if (element.frac == 0) return {this, integers};
  return {this, graph_.add(Op::with_fraction, {&integers, 1}, {{element.frac}}, location)};
}

Value Builder::constant(ElementType element, std::int64_t value, Where where) {
  return constant(element, {}, std::span<const std::int64_t>(&value, 1), where);
}

Value Builder::constant(Tensor value, Where where) {
  return {this, graph_.add_constant(std::move(value), locate(where))};
}

Value Builder::random(ElementType element, Shape shape, Where where) {
  return draw(Op::random, {Visibility::secret, element, std::move(shape)}, {{fresh()}}, where);
}

void Builder::output(const std::string& name, const Value& value, std::vector<Role> receivers, Format format,
                     Where where) {
  const std::uint32_t location = locate(where);
  if (name.empty())
    throw Error(Errc::bad_argument, graph_.location_text(location) + ": an output needs a name");
  if (&value.builder() != this)
    throw Error(Errc::bad_argument, graph_.location_text(location) + ": output \"" + name +
                                        "\": the value belongs to another builder");
  graph_.add_output({name, std::move(receivers), format, {}}, value.node(), location);
}

Builder::Scope Builder::scope(const std::string& name, Where where) {
  if (name.empty()) throw Error(Errc::bad_argument, place_text(where) + ": a scope needs a name");
  return {*this, graph_.scope(name, scope_)};
}

std::uint32_t Builder::locate(const Where& where) {
  return expander_ != nullptr ? expander_->location() : graph_.locate(where, scope_);
}

Value Builder::apply(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes,
                     const Where& where) {
  const std::uint32_t location = locate(where);
  for (std::size_t i = 0; i < operands.size(); ++i)
    if (&operands[i].builder() != this)
      throw Error(Errc::bad_argument, graph_.location_text(location) + ": " + written_name(op) +
                                          ": operand " + std::to_string(i) + " belongs to another builder");
  if (expander_ != nullptr && !op_row(op).variants.empty())
    return expander_->expand(op, operands, attributes);
  return append(op, operands, attributes, location);
}

Value Builder::append(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes,
                      std::uint32_t location) {
  std::array<NodeId, 4> few;
  std::vector<NodeId> many(operands.size() > few.size() ? operands.size() : 0);
  NodeId* ids = many.empty() ? few.data() : many.data();
  for (std::size_t i = 0; i < operands.size(); ++i) ids[i] = operands[i].node();
  return {this, graph_.add(op, {ids, operands.size()}, attributes, location)};
}

Value Builder::draw(Op op, const ValueType& type, std::span<const std::int64_t> attributes,
                    const Where& where) {
  if (expander_ != nullptr && !op_row(op).variants.empty()) return expander_->expand(op, {}, attributes);
  return {this, graph_.add(op, {}, attributes, locate(where), &type)};
}

Value Builder::literal(const Located& operand, ElementType element) {
  const std::uint32_t location = locate(operand.where());
  const std::string prefix = graph_.location_text(location) + ": the constant ";
  const u128 word = operand.is_number()
                        ? encode_number(operand.number(), element, prefix)
                        : encode_units(operand.literal(), operand.negative(), element, prefix);
  const bool is_negative = operand.is_number() ? operand.number() < 0 : operand.negative();
  if (element.frac != 0)
    return counted(graph_.add_constant(Tensor(element, {}, {&word, 1}), location, is_negative), element,
                   location);
  // A loop writes the same few integers again and again.
  for (const NodeId id : literals_) {
    const auto index = static_cast<std::size_t>(graph_.attributes(id)[0]);
    const Tensor& old = graph_.constants()[index];
    if (old.element() == element && old.get(0) == word && graph_.is_negative_constant(index) == is_negative)
      return {this, id};
  }
  const NodeId id = graph_.add_constant(Tensor(element, {}, {&word, 1}), location, is_negative);
  if (literals_.size() < kLiterals) {
    literals_.push_back(id);
  } else {
    literals_[next_literal_++ % kLiterals] = id;
  }
  return {this, id};
}

Value Builder::combine(Op op, const Located& a, const Located& b) {
  const Value& known = a.value() != nullptr ? *a.value() : *b.value();
  Builder& builder = known.builder();
  const auto resolve = [&](const Located& x) {
    if (x.value() != nullptr) return *x.value();
    ElementType element = known.type().element;
    if (op == Op::mul && !x.is_number()) element.frac = 0;  // an integer factor
    return builder.literal(x, element);
  };
  const std::array operands{resolve(a), resolve(b)};
  return builder.apply(op, operands, {}, a.where());
}

Value operator+(Located a, Located b) {
  return Builder::combine(Op::add, a, b);
}
Value operator-(Located a, Located b) {
  return Builder::combine(Op::sub, a, b);
}
Value operator*(Located a, Located b) {
  return Builder::combine(Op::mul, a, b);
}
Value operator^(Located a, Located b) {
  return Builder::combine(Op::bit_xor, a, b);
}
Value operator&(Located a, Located b) {
  return Builder::combine(Op::bit_and, a, b);
}
Value operator|(Located a, Located b) {
  const Value both = Builder::combine(Op::bit_and, a, b);
  const Value one = Builder::combine(Op::bit_xor, a, b);
  return Builder::combine(Op::bit_xor, Located(one, a.where()), Located(both, a.where()));
}
Value operator-(Located a) {
  return apply1(Op::neg, *a.value(), {}, a.where());
}
Value operator~(Located a) {
  const ElementType element = a.value()->type().element;
  if (element.domain != Domain::bits)
    throw Error(Errc::type_mismatch, place_text(a.where()) + ": not: the operand is " +
                                         a.value()->type().to_string() + "; this needs bits");
  const u128 ones = low_mask<u128>(element.width);
  const Value all = a.value()->builder().constant(Tensor(element, {}, {&ones, 1}), a.where());
  return Builder::combine(Op::bit_xor, a, Located(all, a.where()));
}

Value with_fraction(const Value& a, unsigned f, std::source_location where) {
  return apply1(Op::with_fraction, a, {{f}}, where);
}
Value dot(const Value& a, const Value& b, std::source_location where) {
  return apply2(Op::dot, a, b, where);
}
Value matmul(const Value& a, const Value& b, std::source_location where) {
  return apply2(Op::matmul, a, b, where);
}
Value conv2d(const Value& input, const Value& filter, const Convolution& options,
             std::source_location where) {
  const auto& [strides, dilations, padding, groups] = options;
  const std::array<std::int64_t, 9> attributes{strides[0], strides[1], dilations[0], dilations[1], padding[0],
                                               padding[1], padding[2], padding[3],   groups};
  return input.builder().apply(Op::conv2d, std::array{input, filter}, attributes, where);
}

Value sum(const Value& a, std::int64_t axis, std::source_location where) {
  return apply1(Op::sum, a, {{normal_axis(a, axis)}}, where);
}

Value sum(const Value& a, std::source_location where) {
  return sum(reshape(a, {-1}, where), 0, where);
}

Value reshape(const Value& a, std::vector<std::int64_t> dims, std::source_location where) {
  const auto open = std::find(dims.begin(), dims.end(), -1);
  if (open != dims.end()) {
    std::int64_t others = 1;
    bool fits = true;
    for (const std::int64_t d : dims)
      fits = fits && !__builtin_mul_overflow(others, d == -1 ? 1 : d, &others);
    if (fits && others > 0) *open = static_cast<std::int64_t>(a.shape().elements()) / others;
  }
  return apply1(Op::reshape, a, dims, where);
}

Value slice(const Value& a, std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step,
            std::source_location where) {
  axis = normal_axis(a, axis);
  if (axis >= 0 && axis < static_cast<std::int64_t>(a.shape().rank())) {
    const std::int64_t extent = a.shape()[static_cast<std::size_t>(axis)];
    if (begin < 0) begin += extent;
    if (end < 0) end += extent;
  }
  return apply1(Op::slice, a, {{axis, begin, end, step}}, where);
}

Value at(const Value& a, std::int64_t axis, std::int64_t index, std::source_location where) {
  axis = normal_axis(a, axis);
  std::vector<std::int64_t> dims = a.shape().dims();
  if (axis >= 0 && axis < static_cast<std::int64_t>(dims.size())) {
    const std::int64_t extent = dims[static_cast<std::size_t>(axis)];
    if (index >= -extent && index < extent) index += index < 0 ? extent : 0;
    dims.erase(dims.begin() + axis);
  }
  // Not through slice(), which would count a negative index from the end a second time.
  const std::int64_t end = index + (index == std::numeric_limits<std::int64_t>::max() ? 0 : 1);
  return reshape(apply1(Op::slice, a, {{axis, index, end, 1}}, where), dims, where);
}

Value concat(std::span<const Value> values, std::int64_t axis, std::source_location where) {
  if (values.empty())
    throw Error(Errc::bad_argument, place_text(where) + ": concat: there is nothing to put together");
  return values[0].builder().apply(Op::concat, values, {{normal_axis(values[0], axis)}}, where);
}

Value concat(std::initializer_list<Value> values, std::int64_t axis, std::source_location where) {
  return concat(std::span(values.begin(), values.size()), axis, where);
}

Value transpose(const Value& a, std::vector<std::int64_t> axes, std::source_location where) {
  if (axes.empty()) {
    axes.resize(a.shape().rank());
    std::iota(axes.rbegin(), axes.rend(), 0);
  }
  return apply1(Op::transpose, a, axes, where);
}

Value reveal(const Value& a, std::source_location where) {
  return apply1(Op::reveal, a, {}, where);
}

}  // namespace tacet
