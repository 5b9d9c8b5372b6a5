#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  ValueType out = *in[0];
  for (const ValueType* type : in) {
    check_pair(*in[0], *type, Domain::ring);
    out.visibility = std::max(out.visibility, type->visibility);
    out.shape = broadcast(out.shape, type->shape);
  }
  return out;
}

/// One pass over all three where they are of one size, or of one element.
template <class Word>
void run(std::span<const View> in, const MutableView& out, Range range, bool accumulate) {
  const std::uint64_t count = out.shape->elements();
  const auto* a = reinterpret_cast<const Word*>(in[0].data);
  const auto* b = reinterpret_cast<const Word*>(in[1].data);
  const auto* both = reinterpret_cast<const Word*>(in[2].data);
  auto* z = reinterpret_cast<Word*>(out.data);
  if (!accumulate &&
      std::all_of(in.begin(), in.end(), [&](const View& v) { return v.shape->elements() == count; })) {
    for (std::uint64_t i = range.begin; i < range.end; ++i)
      z[i] = static_cast<Word>(a[i] + b[i] - both[i] - both[i]);
    return;
  }
  if (count == 0) return;
  Walker<3> walk(*out.shape,
                 {broadcast_strides(*in[0].shape, *out.shape), broadcast_strides(*in[1].shape, *out.shape),
                  broadcast_strides(*in[2].shape, *out.shape)});
  walk.seek(range.begin);
  for (std::uint64_t i = range.begin; i < range.end; ++i, walk.next()) {
    const Word product = both[walk.offsets()[2]];
    const auto v = static_cast<Word>(a[walk.offsets()[0]] + b[walk.offsets()[1]] - product - product);
    z[i] = accumulate ? static_cast<Word>(z[i] + v) : v;
  }
}

}  // namespace

OpRow either_row() {
  return {.name = "either",
          .op_class = OpClass::linear,
          .min_operands = 3,
          .max_operands = 3,
          .elementwise = true,
          .infer = infer,
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool accumulate) {
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  run<Word>(in, out, range, accumulate);
                });
              },
          .doc = "Exclusive or of two bits that are ring elements, from them and their product: a + b - 2ab.",
          .shapes = "a:[...] b:[...] ab:[...] -> broadcast",
          .reveals = "nothing",
          .source = "local by linearity"};
}

}  // namespace tacet::ops
