#pragma once

#include <cstdint>
#include <map>
#include <span>
#include <unordered_map>
#include <vector>

#include "graph/builder.hpp"

namespace tacet {

/// A Boolean circuit on the bits of values, described gate by gate and then appended to a computation as few
/// operations on whole words: sums mod 2 cost nothing, and all conjunctions of one level go in one message.
/// Equal gates are one gate, constants are folded, and gates that no output needs are never built.
///
/// A conjunction is as cheap as its inputs allow: with a public one, or of two sparse ones, it is local.
class Circuit {
 public:
  /// A sum mod 2 of bits and of the constant 1: what a gate can read. A handle, cheap to copy.
  using Wire = std::uint32_t;
  /// Lowest bit first.
  using Word = std::vector<Wire>;

  explicit Circuit(Builder& builder);

  /// The bits of a value of bit strings. All values must broadcast to one shape.
  Word input(const Value& value);
  static constexpr Wire zero() { return 0; }
  static constexpr Wire one() { return 1; }
  static constexpr Wire constant(bool value) { return value ? one() : zero(); }
  Wire exclusive_or(Wire a, Wire b);
  Wire negate(Wire a) { return exclusive_or(a, one()); }
  Wire conjunction(Wire a, Wire b);
  Wire disjunction(Wire a, Wire b) { return negate(conjunction(negate(a), negate(b))); }
  /// s ? a : b, with one conjunction.
  Wire choose(Wire s, Wire a, Wire b) { return exclusive_or(b, conjunction(s, exclusive_or(a, b))); }

  /// Appends what the outputs need. Each word becomes one value, of the shape of all inputs together.
  std::vector<Value> build(std::span<const Word> outputs);
  Value build(const Word& output) { return build(std::span(&output, 1)).front(); }

  /// Conjunctions described so far that cost a message, and the longest chain of them.
  std::size_t interactive_gates() const;
  std::uint32_t depth() const;

 private:
  /// What sums are made of: bits of inputs, results of conjunctions, and long sums, which count as one from
  /// there on so that chains of sums do not grow without end.
  enum class Kind : std::uint8_t { input, gate, sum };
  struct Base {
    Kind kind = Kind::input;
    Wire left = 0, right = 0;  ///< of a gate; a sum has only a left side
    Visibility visibility = Visibility::open;
    std::uint32_t level = 0;  ///< interactive gates on the longest way to it
    std::uint32_t order = 0;  ///< gates and sums of any kind on it
    std::int64_t value = -1;  ///< once built: which of `values_`
    std::uint32_t plane = 0;
  };
  struct Form {
    std::vector<std::uint32_t> bases;  ///< ascending
    bool one = false;
    bool operator==(const Form&) const = default;
  };
  struct FormHash {
    std::size_t operator()(const Form& form) const;
  };

  static constexpr std::size_t kLongSum = 24;
  Wire intern(Form form);
  Wire add_base(Base base);
  Visibility visibility(Wire w) const;
  std::vector<bool> needed(std::span<const Word> outputs) const;
  /// Values of at most 128 bits that hold the wires one after another.
  Value gather(std::span<const Wire> wires);
  void build_bases(std::span<const std::uint32_t> bases);

  Builder& builder_;
  std::vector<Base> bases_;
  std::vector<Form> forms_;
  std::unordered_map<Form, Wire, FormHash> wires_;
  std::map<std::pair<Wire, Wire>, Wire> gates_;
  std::vector<Value> values_;
  Shape shape_;  ///< of all inputs together
};

}  // namespace tacet
