#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  if (in[0]->element.domain != Domain::ring)
    throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() + "; this needs a ring");
  return {in[0]->visibility, fixed(in[0]->element.width, static_cast<unsigned>(a[0])), in[0]->shape};
}

}  // namespace

OpRow with_fraction_row() {
  return {
      .name = "with_fraction",
      .op_class = OpClass::linear,
      .min_operands = 1,
      .max_operands = 1,
      .elementwise = true,
      .infer = infer,
      .kernel = [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out,
                   Range range, bool) { copy_elements(in[0], range.begin, out, range.begin, range.size()); },
      .doc = "The same integers, counted in other units: how many low bits are the fraction.",
      .shapes = "a: ring(k) [...] -> [...]; attribute: the bits of the fraction, 0 for integers",
      .reveals = "nothing",
      .source = "local"};
}

}  // namespace tacet::ops
