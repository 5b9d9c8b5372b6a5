#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow mul_open_row() {
  return {.name = "mul_open",
          .op_class = OpClass::reveal,
          .min_operands = 2,
          .max_operands = 3,
          .elementwise = true,
          .infer = infer_masked_product<Visibility::open>,
          .kernel = masked_product,
          .cost =
              [](const Setting& s) {
                return Cost{1, s.n - 1, std::uint64_t{s.n} * (s.n - 1)};
              },
          .doc = "Opens a product plus a third value to all parties, without a sharing of it in between.",
          .shapes = "a:[...] b:[...] r:[...] -> public [...], all of one shape",
          .reveals = "the sum a b + r, to all parties",
          .source = "[BBY23] products that are opened at once; zero sharing of [CDI05]"};
}

}  // namespace tacet::ops
