#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow reshape_row() {
  return {
      .name = "reshape",
      .op_class = OpClass::linear,
      .min_operands = 1,
      .max_operands = 1,
      .elementwise = true,
      .infer =
          [](std::span<const ValueType* const> in, std::span<const std::int64_t> attributes) {
            Shape to(std::vector<std::int64_t>(attributes.begin(), attributes.end()));
            if (to.elements() != in[0]->elements())
              throw Error(Errc::shape_mismatch, "cannot reshape " + in[0]->shape.to_string() + " (" +
                                                    std::to_string(in[0]->elements()) + " elements) to " +
                                                    to.to_string() + " (" + std::to_string(to.elements()) +
                                                    " elements)");
            return ValueType{in[0]->visibility, in[0]->element, std::move(to)};
          },
      .kernel = [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out,
                   Range range, bool) { copy_elements(in[0], range.begin, out, range.begin, range.size()); },
      .doc = "The same elements in another shape.",
      .shapes = "a:[...] -> the attributes, with as many elements",
      .reveals = "nothing",
      .source = "local"};
}

}  // namespace tacet::ops
