#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow open_to_king_row() {
  return {.name = "open_to_king",
          .op_class = OpClass::shares,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer =
              [](std::span<const ValueType* const> in, std::span<const std::int64_t>) {
                return ValueType{Visibility::partial, in[0]->element, in[0]->shape};
              },
          .cost =
              [](const Setting& s) {
                return Cost{1, 1, s.t()};
              },
          .doc = "Opens a value to one party, the king, which takes turns from tile to tile.",
          .shapes = "a:[...] -> partial [...]; attribute 0: the first tile's king",
          .reveals = "the value, to the king, who opens it to all",
          .source = "[DN07] opening through a king"};
}

}  // namespace tacet::ops
