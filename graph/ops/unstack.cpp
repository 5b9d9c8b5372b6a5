#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow unstack_row() {
  return {
      .name = "unstack",
      .op_class = OpClass::linear,
      .min_operands = 1,
      .max_operands = 1,
      .infer =
          [](std::span<const ValueType* const> in, std::span<const std::int64_t>) {
            if (in[0]->element.domain != Domain::bits)
              throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() + "; this needs bits");
            std::vector<std::int64_t> dims = in[0]->shape.dims();
            dims.insert(dims.begin(), in[0]->element.width);
            return ValueType{in[0]->visibility, bits(1), Shape(std::move(dims))};
          },
      .kernel =
          [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range, bool) {
            const std::uint64_t count = in[0].shape->elements();
            for (unsigned bit = 0; bit < in[0].element.width; ++bit) {
              const View plane{in[0].data + bit * ElementType::plane_words(count) * 8, bits(1), in[0].shape};
              copy_elements(plane, 0, out, bit * count, count);
            }
          },
      .doc = "The bits of strings along a new first axis, lowest first.",
      .shapes = "a: bits(w) [...] -> bits(1) [w, ...]",
      .reveals = "nothing",
      .source = "local"};
}

}  // namespace tacet::ops
