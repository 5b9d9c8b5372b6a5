#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow part_row() {
  return {.name = "part",
          .op_class = OpClass::shares,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer =
              [](std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
                return ValueType{a[1] != 0 ? Visibility::sparse : Visibility::secret, in[0]->element,
                                 in[0]->shape};
              },
          .doc = "A summand of a value: the sum of its shares whose smallest holder is party j.",
          .shapes = "a:[...] -> [...]; attributes: j, whether j = t (which makes it sparse)",
          .reveals = "nothing",
          .source = "local; [Bac24] 4.2.1 for the assignment of shares to parties"};
}

}  // namespace tacet::ops
