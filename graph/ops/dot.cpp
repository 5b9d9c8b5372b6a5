#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  const ElementType element = product_element(*in[0], *in[1]);
  const Shape &a = in[0]->shape, &b = in[1]->shape;
  if (a.rank() == 0 || b.rank() == 0 || a[a.rank() - 1] != b[b.rank() - 1])
    throw Error(Errc::shape_mismatch, "shapes " + a.to_string() + " and " + b.to_string() +
                                          " have no common last axis to sum over");
  std::vector<std::int64_t> dims = broadcast(a, b).dims();
  dims.pop_back();
  return {joined(*in[0], *in[1]), element, Shape(std::move(dims))};
}

template <class Word>
void dot_words(std::span<const View> in, const MutableView& out, Range range, bool accumulate) {
  const Shape &a = *in[0].shape, &b = *in[1].shape;
  const std::int64_t length = a[a.rank() - 1];
  const auto lead = [&](const Shape& s) {  // strides of the leading axes, read as the result's shape
    std::vector<std::int64_t> dims = s.dims();
    dims.pop_back();
    std::vector<std::int64_t> strides = broadcast_strides(Shape(std::move(dims)), *out.shape);
    for (auto& stride : strides) stride *= length;
    return strides;
  };
  Walker<2> walk(*out.shape, {lead(a), lead(b)});
  if (range.size() == 0) return;
  walk.seek(range.begin);
  for (std::uint64_t i = range.begin; i < range.end; ++i, walk.next()) {
    const Word* x = reinterpret_cast<const Word*>(in[0].data) + walk.offsets()[0];
    const Word* y = reinterpret_cast<const Word*>(in[1].data) + walk.offsets()[1];
    Arith<Word> sum = 0;
    for (std::int64_t j = 0; j < length; ++j) sum += Arith<Word>{x[j]} * Arith<Word>{y[j]};
    Word& z = reinterpret_cast<Word*>(out.data)[i];
    z = static_cast<Word>(accumulate ? z + sum : sum);
  }
}

}  // namespace

OpRow dot_row() {
  return {.name = "dot",
          .op_class = OpClass::bilinear,
          .min_operands = 2,
          .max_operands = 2,
          .infer = infer,
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool accumulate) {
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  dot_words<Word>(in, out, range, accumulate);
                });
              },
          .cost = reshare_cost,
          .doc = "Sum of products over the last axis.",
          .shapes = "a:[..., m] b:[..., m] -> broadcast without the last axis",
          .reveals = "nothing",
          .source = "[BBY23] dot product: products are summed before the one resharing"};
}

}  // namespace tacet::ops
