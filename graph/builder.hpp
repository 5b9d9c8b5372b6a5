#pragma once

#include <array>
#include <concepts>
#include <initializer_list>
#include <source_location>
#include <span>
#include <string>
#include <type_traits>
#include <vector>

#include "graph/graph.hpp"
#include "graph/ranges.hpp"

namespace tacet {

class Builder;
class Located;

/// A value of a computation that is being described: a handle, cheap to copy. It holds no data, so it can be
/// neither printed nor tested; `if (x)` on a secret does not compile.
class Value {
 public:
  const ValueType& type() const;
  const Shape& shape() const { return type().shape; }
  NodeId node() const { return node_; }
  Builder& builder() const { return *builder_; }

  // Hidden friends, so that an integer on either side converts and brings its source line.
  friend Value operator+(Located a, Located b);
  friend Value operator-(Located a, Located b);
  friend Value operator*(Located a, Located b);
  friend Value operator^(Located a, Located b);
  friend Value operator&(Located a, Located b);
  friend Value operator|(Located a, Located b);
  friend Value operator-(Located a);
  friend Value operator~(Located a);

 private:
  friend class Builder;
  Value(Builder* builder, NodeId node) : builder_(builder), node_(node) {}
  Builder* builder_;
  NodeId node_;
};

template <class T>
concept Literal = std::integral<T> && !std::same_as<std::remove_cv_t<T>, bool>;

/// An operand with the source line on which it was written: a value, or an integer that takes the other
/// operand's element type and stretches to its shape.
class Located {
 public:
  Located(const Value& value, std::source_location where = std::source_location::current())
      : value_(&value), where_(where) {}
  template <Literal T>
  Located(T literal, std::source_location where = std::source_location::current())
      : literal_(static_cast<u128>(literal)), where_(where), negative_(literal < T{0}) {}
  /// Of fixed-point operands: the nearest multiple of 2^-f.
  template <std::floating_point T>
  Located(T literal, std::source_location where = std::source_location::current())
      : number_(static_cast<double>(literal)), where_(where), is_number_(true) {}
  const Value* value() const { return value_; }
  double number() const { return number_; }
  bool is_number() const { return is_number_; }
  u128 literal() const { return literal_; }
  bool negative() const { return negative_; }
  const std::source_location& where() const { return where_; }

  // Found through operands that carry their line already, too.
  friend Value operator+(Located a, Located b);
  friend Value operator-(Located a, Located b);
  friend Value operator*(Located a, Located b);
  friend Value operator^(Located a, Located b);
  friend Value operator&(Located a, Located b);
  friend Value operator|(Located a, Located b);
  friend Value operator-(Located a);
  friend Value operator~(Located a);

 private:
  const Value* value_ = nullptr;
  u128 literal_ = 0;
  double number_ = 0;
  std::source_location where_;
  bool negative_ = false, is_number_ = false;
};

/// Which numbers an input may hold: what its owner's side lets pass.
class Numbers {
 public:
  /// What the element type holds, as two's complement or not.
  static Numbers all(bool is_signed) { return Numbers(is_signed); }
  Numbers(const Located& low, const Located& high) : ends_({low, high}) {}
  /// In units of the element type. Fails: as Builder::input, with `place` in front.
  Interval of(ElementType element, const std::string& place) const;

 private:
  explicit Numbers(bool is_signed) : is_signed_(is_signed) {}
  std::optional<std::array<Located, 2>> ends_;
  bool is_signed_ = false;
};
/// From low to high, both included: integers, or numbers of a fixed-point type (each end the nearest multiple
/// of 2^-f).
inline Numbers range(const Located& low, const Located& high) {
  return {low, high};
}
/// All that the ring holds as two's complement, -2^(k-1) to 2^(k-1) - 1, or as 0 to 2^k - 1.
inline Numbers any_signed() {
  return Numbers::all(true);
}
inline Numbers any_unsigned() {
  return Numbers::all(false);
}

/// A source line, for messages where no graph is at hand that knows it.
std::string place_text(const std::source_location& where);

/// Takes the place of operations that are being lowered (graph/lowering.hpp).
class Expander {
 public:
  virtual ~Expander() = default;
  virtual Value expand(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes) = 0;
  /// Of the user's line from which the operation comes.
  virtual std::uint32_t location() const = 0;
};

/// Describes a computation. Values are tensors; operators broadcast as NumPy does. Nothing runs and no data
/// is seen here: the same program gives the same graph at every party.
class Builder {
 public:
  using Where = std::source_location;

  /// Computing party `index` (0 .. n-1) as an owner or a receiver.
  static Role party(std::uint32_t index) { return {false, index}; }
  /// A client outside the computing parties, by the name the cluster file gives it.
  Role client(const std::string& name) { return graph_.client(name); }

  /// A secret that `owner` brings. Of a ring without declared numbers, -2^(k-1) to 2^k - 1 are taken mod 2^k.
  /// Rounds and traffic: 1 round; a party sends t elements per element, a client t+1.
  /// Reveals: nothing. Fails: Errc::bad_argument for an empty name.
  Value input(const std::string& name, Role owner, ElementType element, Shape shape = {},
              Where where = Where::current());
  /// One whose numbers are declared: range(0, 7), range(-1.5, 1.5), any_signed(), any_unsigned(). Others are
  /// refused at the owner's side before a share leaves, with the place in the owner's file. What is declared
  /// is part of the plan; it tells which results are signed (output), and where fixed-point products have
  /// room (fixed). Nobody can check it against an owner that deviates from the protocol. Fails: also
  /// Errc::bad_argument or value_out_of_range if the type does not hold these numbers.
  Value input(const std::string& name, Role owner, ElementType element, Shape shape, const Numbers& numbers,
              Where where = Where::current());
  /// A public value. Integers are taken mod 2^width; a negative one as two's complement.
  /// Fails: Errc::value_out_of_range if one does not fit, Errc::shape_mismatch if the count is wrong.
  Value constant(ElementType element, Shape shape, std::span<const std::int64_t> values,
                 Where where = Where::current());
  Value constant(ElementType element, std::int64_t value, Where where = Where::current());
  Value constant(Tensor value, Where where = Where::current());
  /// Numbers of a fixed-point type, each the nearest multiple of 2^-f.
  /// Fails: as above, and Errc::bad_argument for one that is not finite.
  Value constant(ElementType element, Shape shape, std::span<const double> values,
                 Where where = Where::current());
  template <std::floating_point T>
  Value constant(ElementType element, T value, Where where = Where::current()) {
    const double number = value;
    return constant(element, {}, std::span<const double>(&number, 1), where);
  }
  /// A uniform secret that nobody knows. Free.
  Value random(ElementType element, Shape shape = {}, Where where = Where::current());
  /// Opens `value` to the receivers and to nobody else. Without a format, integers are shown signed if what
  /// they are computed from says that they can be negative (graph/ranges.hpp); fixed-point numbers are always
  /// shown as such.
  /// Rounds and traffic: 1 round; t elements per receiving party, 3(t+1) per client, in all.
  void output(const std::string& name, const Value& value, std::vector<Role> receivers, Format format,
              Where where = Where::current());
  void output(const std::string& name, const Value& value, Role receiver, Format format,
              Where where = Where::current()) {
    output(name, value, std::vector<Role>{receiver}, format, where);
  }
  void output(const std::string& name, const Value& value, std::vector<Role> receivers,
              Where where = Where::current()) {
    output(name, value, std::move(receivers), {.is_signed = is_signed(value)}, where);
  }
  void output(const std::string& name, const Value& value, Role receiver, Where where = Where::current()) {
    output(name, value, std::vector<Role>{receiver}, {.is_signed = is_signed(value)}, where);
  }

  /// A part of the program with a name, which drawings and figures show as one: it ends with the life of what
  /// scope() returns. Scopes of one name inside the same scope are one.
  class [[nodiscard]] Scope {
   public:
    ~Scope() { builder_.scope_ = outer_; }
    Scope(const Scope&) = delete;
    Scope& operator=(const Scope&) = delete;

   private:
    friend class Builder;
    Scope(Builder& builder, std::uint32_t scope) : builder_(builder), outer_(builder.scope_) {
      builder.scope_ = scope;
    }
    Builder& builder_;
    std::uint32_t outer_;
  };
  /// Fails: Errc::bad_argument for an empty name.
  Scope scope(const std::string& name, Where where = Where::current());

  const Graph& graph() const { return graph_; }
  Value apply(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes,
              const Where& where);
  /// An elementwise operation on two operands, one of which may be an integer.
  static Value combine(Op op, const Located& a, const Located& b);

  /// A number that no draw of this computation has yet: it keeps two draws from being taken for one.
  std::int64_t fresh() const { return first_fresh_ + graph_.size(); }
  /// A source that draws; its first attribute is a fresh number.
  Value draw(Op op, const ValueType& type, std::span<const std::int64_t> attributes, const Where& where);

 private:
  friend class Lowering;
  Value handle(NodeId node) { return {this, node}; }
  bool is_signed(const Value& value);
  Value add_input(const std::string& name, Role owner, ElementType element, Shape shape,
                  std::optional<Interval> declared, std::uint32_t location);
  std::uint32_t locate(const Where& where);
  Value append(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes,
               std::uint32_t location);
  Value literal(const Located& operand, ElementType element);
  template <class T, class F>
  Value constant_of(ElementType element, Shape shape, std::span<const T> values, const Where& where,
                    F encode_one);
  /// Integers that are counted in units of the element type.
  Value counted(NodeId integers, ElementType element, std::uint32_t location);
  static constexpr std::size_t kLiterals = 8;
  Graph graph_;
  Ranges ranges_;
  std::uint32_t scope_ = 0;
  std::vector<NodeId> literals_;  ///< recent scalar constants, to be used again
  std::size_t next_literal_ = 0;
  Expander* expander_ = nullptr;
  std::int64_t first_fresh_ = 0;
};

/// The same integers with f low bits as the fraction, or as integers again. Free.
Value with_fraction(const Value& a, unsigned f, std::source_location where = std::source_location::current());
/// Sum of products over the last axis; leading axes broadcast. One round for secrets, whatever the length.
Value dot(const Value& a, const Value& b, std::source_location where = std::source_location::current());
/// Matrix product by NumPy's rules. One round for secrets, t elements per party and element of the result.
Value matmul(const Value& a, const Value& b, std::source_location where = std::source_location::current());
struct Convolution {
  std::array<std::int64_t, 2> strides{1, 1};        ///< of height and width
  std::array<std::int64_t, 2> dilations{1, 1};      ///< distances of the filter's rows and columns
  std::array<std::int64_t, 4> padding{0, 0, 0, 0};  ///< zeros at the top, bottom, left and right
  std::int64_t groups = 1;                          ///< depthwise: as many as channels
};
/// Convolution, in the sense of neural networks, of images [batch, height, width, channels] with filters
/// [out channels, height, width, channels / groups]. One round for secrets, t elements per party and element
/// of the result. Fails: Errc::shape_mismatch, Errc::bad_argument. Source: [BBY23], as matmul.
Value conv2d(const Value& input, const Value& filter, const Convolution& options = {},
             std::source_location where = std::source_location::current());
/// Sum along one axis, or of all elements. Free.
Value sum(const Value& a, std::int64_t axis, std::source_location where = std::source_location::current());
Value sum(const Value& a, std::source_location where = std::source_location::current());
/// The same elements in another shape; one extent may be -1. Free.
Value reshape(const Value& a, std::vector<std::int64_t> dims,
              std::source_location where = std::source_location::current());
/// Indices begin, begin+step, .. below end of one axis; negative ones count from its end. Free.
Value slice(const Value& a, std::int64_t axis, std::int64_t begin, std::int64_t end, std::int64_t step = 1,
            std::source_location where = std::source_location::current());
/// One index of an axis, which disappears. Free.
Value at(const Value& a, std::int64_t axis, std::int64_t index,
         std::source_location where = std::source_location::current());
/// Values one after another along an axis. Free.
Value concat(std::span<const Value> values, std::int64_t axis,
             std::source_location where = std::source_location::current());
Value concat(std::initializer_list<Value> values, std::int64_t axis,
             std::source_location where = std::source_location::current());
/// Axes in another order (by default reversed). Free.
Value transpose(const Value& a, std::vector<std::int64_t> axes = {},
                std::source_location where = std::source_location::current());
/// Makes a secret known to all parties now. Everything else keeps it secret until an output.
Value reveal(const Value& a, std::source_location where = std::source_location::current());

}  // namespace tacet
