#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  if (in[0]->element != bits(1) || in[0]->shape.rank() == 0)
    throw Error(Errc::type_mismatch,
                "the operand is " + in[0]->to_string() + "; this needs single bits with an axis to stack");
  std::vector<std::int64_t> dims = in[0]->shape.dims();
  const std::int64_t width = dims.front();
  if (width < 1 || width > kMaxRingBits)
    throw Error(Errc::bad_width, "the first axis of shape " + in[0]->shape.to_string() +
                                     " becomes the width of strings: expected 1 to 128");
  dims.erase(dims.begin());
  return {in[0]->visibility, bits(static_cast<unsigned>(width)), Shape(std::move(dims))};
}

}  // namespace

OpRow stack_row() {
  return {
      .name = "stack",
      .op_class = OpClass::linear,
      .min_operands = 1,
      .max_operands = 1,
      .infer = infer,
      .kernel =
          [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range, bool) {
            const std::uint64_t count = out.shape->elements();
            for (unsigned bit = 0; bit < out.element.width; ++bit) {
              const MutableView plane{out.data + bit * ElementType::plane_words(count) * 8, bits(1),
                                      out.shape};
              copy_elements(in[0], bit * count, plane, 0, count);
            }
          },
      .doc = "Strings whose bits lie along the first axis, lowest first.",
      .shapes = "a: bits(1) [w, ...] -> bits(w) [...]",
      .reveals = "nothing",
      .source = "local"};
}

}  // namespace tacet::ops
