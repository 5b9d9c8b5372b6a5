#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  if (in[0]->visibility != Visibility::partial || in[0]->element != in[1]->element ||
      in[0]->shape != in[1]->shape)
    throw Error(Errc::type_mismatch, "operands " + describe(*in[0], *in[1]) +
                                         ": expected what a king has heard, and a secret of that type");
  return {Visibility::secret, in[0]->element, in[0]->shape};
}

}  // namespace

OpRow share_from_king_row() {
  return {.name = "share_from_king",
          .op_class = OpClass::shares,
          .min_operands = 2,
          .max_operands = 2,
          .elementwise = true,
          .takes_partial = true,
          .infer = infer,
          .cost =
              [](const Setting& s) {
                return Cost{1, s.t(), s.t()};
              },
          .doc = "What the king has heard becomes a share, and is added to a secret.",
          .shapes = "d: partial [...] r:[...] -> [...]; attribute 0: the first tile's king",
          .reveals = "d to the king's t predecessors: it must be masked",
          .source = "[DN07] multiplication"};
}

}  // namespace tacet::ops
