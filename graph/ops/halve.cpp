#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  if (in[0]->element.domain != Domain::ring || a[0] < 1 || a[0] >= in[0]->element.width)
    throw Error(Errc::bad_width,
                "the half of " + in[0]->element.to_string() + " is not known mod 2^" + std::to_string(a[0]));
  return {in[0]->visibility, ring(static_cast<unsigned>(a[0])), in[0]->shape};
}

void run(std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range, bool) {
  with_word(out.element.width, [&]<class To>(std::type_identity<To>) {
    with_word(in[0].element.width, [&]<class From>(std::type_identity<From>) {
      const auto* x = reinterpret_cast<const From*>(in[0].data);
      auto* z = reinterpret_cast<To*>(out.data);
      for (std::uint64_t i = range.begin; i < range.end; ++i) z[i] = static_cast<To>(x[i] >> 1);
    });
  });
}

}  // namespace

OpRow halve_row() {
  return {.name = "halve",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer = infer,
          .kernel = run,
          .doc = "Half of a value whose every share is even; lowerings alone know such values.",
          .shapes = "a:[...] -> [...]; attribute: the result's width, below the operand's",
          .reveals = "nothing",
          .source = "[Dam+19] random bits: the square root's shares are even, but for one"};
}

}  // namespace tacet::ops
