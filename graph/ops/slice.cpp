#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

/// Written so that no step is too large: begin + step may not fit.
std::int64_t length_of(std::span<const std::int64_t> a) {
  return a[2] == a[1] ? 0 : (a[2] - a[1] - 1) / a[3] + 1;
}

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  const Shape& shape = in[0]->shape;
  if (a[0] < 0 || a[0] >= static_cast<std::int64_t>(shape.rank()))
    throw Error(Errc::bad_argument,
                "axis " + std::to_string(a[0]) + " of a value of shape " + shape.to_string());
  const std::int64_t extent = shape[static_cast<std::size_t>(a[0])];
  if (a[1] < 0 || a[2] < a[1] || a[2] > extent || a[3] < 1)
    throw Error(Errc::bad_argument, "slice [" + std::to_string(a[1]) + ":" + std::to_string(a[2]) + ":" +
                                        std::to_string(a[3]) + "] of axis " + std::to_string(a[0]) +
                                        " of shape " + shape.to_string() +
                                        "; expected 0 <= begin <= end <= " + std::to_string(extent) +
                                        " and a step of at least 1");
  std::vector<std::int64_t> dims = shape.dims();
  dims[static_cast<std::size_t>(a[0])] = length_of(a);
  return {in[0]->visibility, in[0]->element, Shape(std::move(dims))};
}

void run(std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range, bool) {
  const Shape& shape = *in[0].shape;
  const auto axis = static_cast<std::size_t>(a[0]);
  std::uint64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::uint64_t>(shape[i]);
  for (std::size_t i = axis + 1; i < shape.rank(); ++i) inner *= static_cast<std::uint64_t>(shape[i]);
  const auto extent = static_cast<std::uint64_t>(shape[axis]), begin = static_cast<std::uint64_t>(a[1]),
             step = static_cast<std::uint64_t>(a[3]), length = static_cast<std::uint64_t>(length_of(a));
  if (step == 1) {
    copy_runs(in[0], {begin * inner, extent * inner}, out, {0, length * inner}, length * inner, outer);
    return;
  }
  for (std::uint64_t o = 0; o < outer; ++o)
    copy_runs(in[0], {(o * extent + begin) * inner, step * inner}, out, {o * length * inner, inner}, inner,
              length);
}

}  // namespace

OpRow slice_row() {
  return {
      .name = "slice",
      .op_class = OpClass::linear,
      .min_operands = 1,
      .max_operands = 1,
      .infer = infer,
      .kernel = run,
      .doc = "Every step-th index of one axis from begin up to, not including, end.",
      .shapes = "a:[..., m, ...] -> [..., ceil((end-begin)/step), ...]; attributes: axis, begin, end, step",
      .reveals = "nothing",
      .source = "local"};
}

}  // namespace tacet::ops
