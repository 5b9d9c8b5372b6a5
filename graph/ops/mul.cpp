#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow mul_row() {
  return {.name = "mul",
          .op_class = OpClass::bilinear,
          .min_operands = 2,
          .max_operands = 2,
          .elementwise = true,
          .infer =
              [](std::span<const ValueType* const> in, std::span<const std::int64_t>) {
                return ValueType{joined(*in[0], *in[1]), product_element(*in[0], *in[1]),
                                 broadcast(in[0]->shape, in[1]->shape)};
              },
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool accumulate) {
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  map_pairs<Word>(in[0], in[1], out, range, accumulate, [](Word a, Word b) {
                    return static_cast<Word>(Arith<Word>{a} * Arith<Word>{b});
                  });
                });
              },
          .cost = reshare_cost,
          .variants = kProductVariants,
          .doc = "Product of two values in a ring, element by element.",
          .shapes = "a:[...] b:[...] -> broadcast",
          .reveals = "nothing",
          .source = "[BBY23] multiplication"};
}

}  // namespace tacet::ops
