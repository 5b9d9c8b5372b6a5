#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  const Shape& shape = in[0]->shape;
  std::vector<bool> seen(shape.rank(), false);
  bool fits = a.size() == shape.rank();
  std::vector<std::int64_t> dims;
  for (const std::int64_t axis : a) {
    fits = fits && axis >= 0 && axis < static_cast<std::int64_t>(shape.rank()) &&
           !seen[static_cast<std::size_t>(axis)];
    if (!fits) break;
    seen[static_cast<std::size_t>(axis)] = true;
    dims.push_back(shape[static_cast<std::size_t>(axis)]);
  }
  if (!fits)
    throw Error(Errc::bad_argument,
                "the new order of axes must name each axis of shape " + shape.to_string() + " once");
  return {in[0]->visibility, in[0]->element, Shape(std::move(dims))};
}

void run(std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::vector<std::int64_t> own = in[0].shape->strides();
  std::vector<std::int64_t> strides;
  for (const std::int64_t axis : a) strides.push_back(own[static_cast<std::size_t>(axis)]);
  Walker<1> walk(*out.shape, {strides});
  const std::uint64_t count = out.shape->elements();
  if (out.element.domain == Domain::ring) {
    with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
      const auto* x = reinterpret_cast<const Word*>(in[0].data);
      auto* z = reinterpret_cast<Word*>(out.data);
      for (std::uint64_t i = 0; i < count; ++i, walk.next()) z[i] = x[walk.offsets()[0]];
    });
  } else {
    for (std::uint64_t i = 0; i < count; ++i, walk.next())
      copy_elements(in[0], static_cast<std::uint64_t>(walk.offsets()[0]), out, i, 1);
  }
}

}  // namespace

OpRow transpose_row() {
  return {.name = "transpose",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = 1,
          .infer = infer,
          .kernel = run,
          .doc = "Axes in another order.",
          .shapes = "a:[d0, d1, ...] -> [d_a0, d_a1, ...]; attributes: the old axis of each new one",
          .reveals = "nothing",
          .source = "local"};
}

}  // namespace tacet::ops
