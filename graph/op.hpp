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
  source,     ///< makes a value: input, constant, random
  linear,     ///< additive in all operands together: computed on each share component by itself
  bilinear,   ///< additive in each of two operands, or sides: local if one is public or both are sparse, else
              ///< products and one resharing
  reveal,     ///< ends secrecy: output, reveal, opened products
  clear,      ///< any function of public values
  steered,    ///< additive in the last operand; the others are public and say where elements go
  shares,     ///< moves or converts share components: what it means depends on who holds which
  composite,  ///< said in other operations by its variants; schemes never see it
};

/// What an operation sends.
enum class Exchange : std::uint8_t {
  none,
  input,            ///< an owner shares a value
  reshare,          ///< products of two secrets
  reshare_sparse,   ///< products of a secret and a sparse value
  open,             ///< a value to its receivers
  leaf,             ///< one party shares what it computes from its own components
  open_product,     ///< products, to all parties at once
  to_king,          ///< products or a value, to one party
  share_from_king,  ///< that party shares what it has heard
  open_from_king,   ///< that party tells all others what it has heard
  shuffle,          ///< t+1 parties reorder a value
};

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

/// What is declared about one execution, per value of the result. Composites declare none: their cost follows
/// from their lowering (graph/lowering.hpp).
struct Cost {
  std::uint32_t rounds = 0;
  std::uint64_t elements_busiest = 0;  ///< sent by the party that sends most
  std::uint64_t elements_total = 0;    ///< sent by all
};

class Value;
class Lowering;

/// One way to compute an operation.
struct Variant {
  std::string_view name;
  std::string_view doc;
  using Lower = Value (*)(Lowering& to, std::span<const Value> operands,
                          std::span<const std::int64_t> attributes);
  /// Appends the computation in other operations. Null: the scheme computes the operation itself.
  Lower lower = nullptr;
  /// Whether it can be used there; null: always.
  bool (*applies)(const Setting& setting, std::span<const ValueType* const> operands,
                  std::span<const std::int64_t> attributes) = nullptr;
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
  /// Attribute 0 says whether constants in the attributes count; of a secret, share 0 alone carries them.
  bool affine = false;
  /// Completes a partial value.
  bool takes_partial = false;

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

  /// The ways to compute it, of which the planner takes the cheapest. Of a composite: at least one; of
  /// others: none, or first the operation itself.
  std::span<const Variant> variants = {};

  std::string_view doc;      ///< one sentence
  std::string_view shapes;   ///< shapes and units
  std::string_view reveals;  ///< what anyone learns
  /// What somebody learns beside the result although no result is opened; empty: nothing.
  std::string_view discloses = {};
  std::string_view source;  ///< where the protocol comes from
};

const OpRow& op_row(Op op);
std::span<const OpRow> op_table();

}  // namespace tacet
