#include "graph/data.hpp"
#include "graph/ops/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  if (in[0]->element.domain != Domain::ring)
    throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() + "; this needs a ring");
  if (a[0] < 0 || a[0] >= static_cast<std::int64_t>(in[0]->shape.rank()))
    throw Error(Errc::bad_argument,
                "axis " + std::to_string(a[0]) + " of a value of shape " + in[0]->shape.to_string());
  return *in[0];
}

template <class Word>
void add_up(const View& in, const MutableView& out, std::size_t axis) {
  std::uint64_t outer = 1, inner = 1;
  for (std::size_t i = 0; i < axis; ++i) outer *= static_cast<std::uint64_t>((*in.shape)[i]);
  for (std::size_t i = axis + 1; i < in.shape->rank(); ++i)
    inner *= static_cast<std::uint64_t>((*in.shape)[i]);
  const std::uint64_t line = static_cast<std::uint64_t>((*in.shape)[axis]) * inner;
  const auto* x = reinterpret_cast<const Word*>(in.data);
  auto* z = reinterpret_cast<Word*>(out.data);
  for (std::uint64_t o = 0; o < outer; ++o, x += line, z += line)
    for (std::uint64_t i = 0; i < line; ++i)
      z[i] = static_cast<Word>(i < inner ? x[i] : Arith<Word>{z[i - inner]} + x[i]);
}

}  // namespace

OpRow prefix_sum_row() {
  return {
      .name = "prefix_sum",
      .op_class = OpClass::linear,
      .min_operands = 1,
      .max_operands = 1,
      .infer = infer,
      .kernel =
          [](std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range, bool) {
            with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
              add_up<Word>(in[0], out, static_cast<std::size_t>(a[0]));
            });
          },
      .doc = "Sums of all elements up to and with each one along an axis.",
      .shapes = "a:[..., m, ...] -> [..., m, ...]; attribute 0: the axis",
      .reveals = "nothing",
      .source = "local by linearity"};
}

}  // namespace ops

Value prefix_sum(const Value& x, std::int64_t axis, std::source_location where) {
  if (axis < 0) axis += static_cast<std::int64_t>(x.shape().rank());
  return x.builder().apply(Op::prefix_sum, {&x, 1}, {{axis}}, where);
}

}  // namespace tacet
