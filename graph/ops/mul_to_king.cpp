#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow mul_to_king_row() {
  return {
      .name = "mul_to_king",
      .op_class = OpClass::shares,
      .min_operands = 2,
      .max_operands = 3,
      .elementwise = true,
      .infer = infer_masked_product<Visibility::partial>,
      .cost =
          [](const Setting& s) {
            return Cost{1, 1, std::uint64_t{s.n} - 1};
          },
      .doc =
          "Opens a product plus a third value to one party, the king, which takes turns from tile to tile.",
      .shapes =
          "a:[...] b:[...] r:[...] -> partial [...], all of one shape; attribute 0: the first tile's king",
      .reveals = "the sum a b + r, to the king: r must mask the product, or the king must open it to all",
      .source = "[DN07] multiplication"};
}

}  // namespace tacet::ops
