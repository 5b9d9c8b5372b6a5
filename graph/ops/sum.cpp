#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> attributes) {
  if (in[0]->element.domain != Domain::ring)
    throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() + "; this needs a ring");
  const std::int64_t axis = attributes[0];
  if (axis < 0 || axis >= static_cast<std::int64_t>(in[0]->shape.rank()))
    throw Error(Errc::bad_argument,
                "axis " + std::to_string(axis) + " of a value of shape " + in[0]->shape.to_string());
  std::vector<std::int64_t> dims = in[0]->shape.dims();
  dims.erase(dims.begin() + axis);
  return {in[0]->visibility, in[0]->element, Shape(std::move(dims))};
}

template <class Word>
void sum_words(const View& in, const MutableView& out, std::size_t axis, bool accumulate) {
  std::int64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= (*in.shape)[i];
  for (std::size_t i = axis + 1; i < in.shape->rank(); ++i) inner *= (*in.shape)[i];
  const std::int64_t length = (*in.shape)[axis];
  const auto* x = reinterpret_cast<const Word*>(in.data);
  auto* z = reinterpret_cast<Word*>(out.data);
  if (!accumulate) std::fill(z, z + outer * inner, Word{0});
  for (std::int64_t o = 0; o < outer; ++o, z += inner)
    for (std::int64_t j = 0; j < length; ++j, x += inner)
      for (std::int64_t i = 0; i < inner; ++i) z[i] = static_cast<Word>(z[i] + x[i]);
}

}  // namespace

OpRow sum_row() {
  return {.name = "sum",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = 1,
          .infer = infer,
          .kernel =
              [](std::span<const std::int64_t> attributes, std::span<const View> in, const MutableView& out,
                 Range, bool accumulate) {
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  sum_words<Word>(in[0], out, static_cast<std::size_t>(attributes[0]), accumulate);
                });
              },
          .doc = "Sum along one axis.",
          .shapes = "a:[..., m, ...] -> [..., ...]; attribute 0: the axis",
          .reveals = "nothing",
          .source = "local by linearity"};
}

}  // namespace tacet::ops
