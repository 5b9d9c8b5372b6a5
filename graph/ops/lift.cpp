#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  if (in[0]->element.domain != Domain::ring)
    throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() + "; this needs a ring");
  const ElementType out = ring(static_cast<unsigned>(a[0]));
  if (a[1] < 0 || a[1] > 127 || a[0] > in[0]->element.width + a[1])
    throw Error(Errc::bad_width, in[0]->element.to_string() + " times 2^" + std::to_string(a[1]) +
                                     " is not known mod 2^" + std::to_string(a[0]));
  return {in[0]->visibility, fixed(out.width, in[0]->element.frac), in[0]->shape};
}

void run(std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range range,
         bool) {
  with_word(out.element.width, [&]<class To>(std::type_identity<To>) {
    with_word(in[0].element.width, [&]<class From>(std::type_identity<From>) {
      const auto* x = reinterpret_cast<const From*>(in[0].data);
      auto* z = reinterpret_cast<To*>(out.data);
      const auto shift = static_cast<unsigned>(a[1]);
      if (shift >= 8 * sizeof(To)) {
        std::fill(z + range.begin, z + range.end, To{0});
      } else {
        for (std::uint64_t i = range.begin; i < range.end; ++i)
          z[i] = static_cast<To>(Arith<To>{static_cast<To>(x[i])} << shift);
      }
    });
  });
}

}  // namespace

OpRow lift_row() {
  return {.name = "lift",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer = infer,
          .kernel = run,
          .doc = "The value times 2^s, mod 2^k with k at most the operand's width plus s.",
          .shapes = "a:[...] -> [...]; attributes: k, s",
          .reveals = "nothing",
          .source = "local: shares mod 2^w times 2^s are shares mod 2^(w+s)"};
}

}  // namespace tacet::ops
