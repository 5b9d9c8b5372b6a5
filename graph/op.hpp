#pragma once

#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

#include "graph/setting.hpp"
#include "graph/value_type.hpp"

namespace tacet {

/// Every operation, in the order of graph/ops/ops.inc.
enum class Op : std::uint16_t {
#define TACET_OP(name) name,
#include "graph/ops/ops.inc"
#undef TACET_OP
};

/// How an operation acts on shares, which decides how every scheme computes it.
enum class OpClass : std::uint8_t {
  source,    ///< makes a value: input, constant, random
  linear,    ///< additive in all operands together: computed on each share component by itself
  bilinear,  ///< additive in each of two operands: local if one is public, else products and one resharing
  reveal,    ///< ends secrecy: output, reveal
};

/// What an operation sends.
enum class Exchange : std::uint8_t { none, input, reshare, open };

/// A contiguous clear value or one share component: `elements` elements laid out as Tensor does.
struct View {
  const std::byte* data = nullptr;
  ElementType element;
  const Shape* shape = nullptr;
};
struct MutableView {
  std::byte* data = nullptr;
  ElementType element;
  const Shape* shape = nullptr;
};

/// Elements [begin, end) of a result. Of bits, `begin` is a multiple of 64.
struct Range {
  std::uint64_t begin = 0;
  std::uint64_t end = 0;
  std::uint64_t size() const { return end - begin; }
};

/// What is declared about one execution, per value of the result.
struct Cost {
  std::uint32_t rounds = 0;
  std::uint64_t elements_busiest = 0;  ///< sent by the party that sends most
  std::uint64_t elements_total = 0;    ///< sent by all
};

/// Everything the engine knows about one operation. Each lives in its own file in graph/ops and stands as one
/// row in graph/ops/ops.inc; the DSL, the evaluator, the schemes, the cost model, the drawing and the tests
/// read it here.
struct OpRow {
  std::string_view name;  ///< in drawings, plans and messages
  OpClass op_class;
  int min_operands = 0;
  int max_operands = 0;  ///< -1: any number
  /// Element i of the result depends on element i of each operand only (operands of one element stretch).
  bool elementwise = false;

  using Infer = ValueType (*)(std::span<const ValueType* const> operands,
                              std::span<const std::int64_t> attributes);
  /// The type of the result, or Error saying what does not fit. Null for sources, whose type is declared.
  Infer infer = nullptr;

  using Kernel = void (*)(std::span<const std::int64_t> attributes, std::span<const View> operands,
                          const MutableView& out, Range range, bool accumulate);
  /// The meaning in the clear, on elements `range` of the result; bilinear ones add to `out` when
  /// `accumulate`. Linear and bilinear operations run the same kernel on share components. Ring results are
  /// correct mod 2^width in the low bits; bits above the width are unspecified. Null where the value comes
  /// from outside.
  Kernel kernel = nullptr;

  /// Rounds and elements when the result is computed on secrets (bilinear: both secret). Null: free.
  Cost (*cost)(const Setting&) = nullptr;

  std::string_view doc;      ///< one sentence
  std::string_view shapes;   ///< shapes and units
  std::string_view reveals;  ///< what anyone learns
  std::string_view source;   ///< where the protocol comes from
};

const OpRow& op_row(Op op);
std::span<const OpRow> op_table();

}  // namespace tacet
