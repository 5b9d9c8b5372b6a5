#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow reveal_row() {
  return {
      .name = "reveal",
      .op_class = OpClass::reveal,
      .min_operands = 1,
      .max_operands = 1,
      .elementwise = true,
      .infer =
          [](std::span<const ValueType* const> in, std::span<const std::int64_t>) {
            return ValueType{Visibility::open, in[0]->element, in[0]->shape};
          },
      .kernel = [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out,
                   Range range, bool) { copy_elements(in[0], range.begin, out, range.begin, range.size()); },
      .cost = reshare_cost,
      .variants = kRevealVariants,
      .doc = "Makes a secret known to all parties in the middle of a computation.",
      .shapes = "a:[...] -> public [...]",
      .reveals = "the value, to all parties",
      .source = "[BBY23] open"};
}

}  // namespace tacet::ops
