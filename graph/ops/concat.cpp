#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  const Shape& first = in[0]->shape;
  if (a[0] < 0 || a[0] >= static_cast<std::int64_t>(first.rank()))
    throw Error(Errc::bad_argument,
                "axis " + std::to_string(a[0]) + " of a value of shape " + first.to_string());
  const auto axis = static_cast<std::size_t>(a[0]);
  std::vector<std::int64_t> dims = first.dims();
  Visibility visibility = in[0]->visibility;
  for (const ValueType* type : in.subspan(1)) {
    if (type->element != in[0]->element)
      throw Error(Errc::type_mismatch, "operands " + describe(*in[0], *type) + " must have one element type");
    bool fits = type->shape.rank() == first.rank();
    for (std::size_t i = 0; fits && i < first.rank(); ++i) fits = i == axis || type->shape[i] == first[i];
    if (!fits)
      throw Error(Errc::shape_mismatch, "shapes " + first.to_string() + " and " + type->shape.to_string() +
                                            " differ outside axis " + std::to_string(axis));
    dims[axis] += type->shape[axis];
    visibility = std::max(visibility, type->visibility);
  }
  return {visibility, in[0]->element, Shape(std::move(dims))};
}

void run(std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range, bool) {
  const auto axis = static_cast<std::size_t>(a[0]);
  std::uint64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::uint64_t>((*out.shape)[i]);
  for (std::size_t i = axis + 1; i < out.shape->rank(); ++i)
    inner *= static_cast<std::uint64_t>((*out.shape)[i]);
  const std::uint64_t line = static_cast<std::uint64_t>((*out.shape)[axis]) * inner;
  std::uint64_t at = 0;
  for (const View& v : in) {
    const std::uint64_t piece = static_cast<std::uint64_t>((*v.shape)[axis]) * inner;
    copy_runs(v, {0, piece}, out, {at, line}, piece, outer);
    at += piece;
  }
}

}  // namespace

OpRow concat_row() {
  return {.name = "concat",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = -1,
          .infer = infer,
          .kernel = run,
          .doc = "Values one after another along an axis.",
          .shapes = "a:[..., m, ...] b:[..., n, ...] ... -> [..., m+n+..., ...]; attribute 0: the axis",
          .reveals = "nothing",
          .source = "local"};
}

}  // namespace tacet::ops
