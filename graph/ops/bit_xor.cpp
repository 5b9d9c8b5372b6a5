#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow bit_xor_row() {
  return {.name = "xor",
          .op_class = OpClass::linear,
          .min_operands = 2,
          .max_operands = 2,
          .elementwise = true,
          .infer = infer_elementwise<Domain::bits>,
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool accumulate) {
                map_planes(in[0], in[1], out, range, accumulate,
                           [](std::uint64_t a, std::uint64_t b) { return a ^ b; });
              },
          .doc = "Exclusive or of bit strings.",
          .shapes = "a:[...] b:[...] -> broadcast",
          .reveals = "nothing",
          .source = "local by linearity"};
}

}  // namespace tacet::ops
