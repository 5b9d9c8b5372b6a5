#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  if (in[0]->secret())
    throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() + "; this needs a public value");
  return {Visibility::open, ring(static_cast<unsigned>(a[0])), in[0]->shape};
}

void run(std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range range,
         bool) {
  const std::uint64_t count = out.shape->elements();
  for (std::uint64_t i = range.begin; i < range.end; ++i) {
    const u128 v = load_element(in[0].data, in[0].element, count, i) & low_mask<u128>(in[0].element.width);
    store_element(out.data, out.element, count, i, (v >> a[1]) & low_mask<u128>(out.element.width));
  }
}

}  // namespace

OpRow ring_of_row() {
  return {.name = "ring_of",
          .op_class = OpClass::clear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer = infer,
          .kernel = run,
          .doc = "A public value as an integer, shifted right, in another ring.",
          .shapes = "a:[...] -> ring(k) [...]; attributes: k, shift below 128",
          .reveals = "nothing: it is public",
          .source = "none"};
}

}  // namespace tacet::ops
