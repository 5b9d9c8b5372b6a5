#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow output_row() {
  return {
      .name = "output",
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
      .cost =
          [](const Setting& s) {
            return Cost{1, 1, s.t()};
          },
      .doc = "A result, learnt by its receivers alone.",
      .shapes = "a:[...]; attribute 0: index into the graph's outputs",
      .reveals = "the value, to the receivers named; cost is for one party as receiver",
      .source = "[BBY23] open; zero masking of [CDI05]"};
}

}  // namespace tacet::ops
