#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow bit_and_row() {
  return {.name = "and",
          .op_class = OpClass::bilinear,
          .min_operands = 2,
          .max_operands = 2,
          .elementwise = true,
          .infer = infer_elementwise<Domain::bits>,
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool accumulate) {
                map_planes(in[0], in[1], out, range, accumulate,
                           [](std::uint64_t a, std::uint64_t b) { return a & b; });
              },
          .cost = reshare_cost,
          .variants = kProductVariants,
          .doc = "Conjunction of bit strings, bit by bit.",
          .shapes = "a:[...] b:[...] -> broadcast",
          .reveals = "nothing",
          .source = "[BBY23] multiplication over Z_2"};
}

}  // namespace tacet::ops
