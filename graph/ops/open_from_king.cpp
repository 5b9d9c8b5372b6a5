#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  if (in[0]->visibility != Visibility::partial)
    throw Error(Errc::type_mismatch,
                "the operand is " + in[0]->to_string() + "; expected what a king has heard");
  return {Visibility::open, in[0]->element, in[0]->shape};
}

}  // namespace

OpRow open_from_king_row() {
  return {.name = "open_from_king",
          .op_class = OpClass::shares,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .takes_partial = true,
          .infer = infer,
          .cost =
              [](const Setting& s) {
                return Cost{1, s.n - 1, s.n - 1};
              },
          .doc = "The king tells all parties what it has heard.",
          .shapes = "d: partial [...] -> public [...]; attribute 0: the first tile's king",
          .reveals = "the value, to all parties",
          .source = "[DN07] opening through a king"};
}

}  // namespace tacet::ops
