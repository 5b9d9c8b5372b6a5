#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  const ValueType &permutation = *in[0], &value = *in[1];
  if (permutation.visibility != Visibility::partial || !value.secret() || value.shape.rank() == 0 ||
      permutation.shape.rank() != 1 || permutation.shape[0] != value.shape[0])
    throw Error(Errc::type_mismatch, "operands " + describe(permutation, value) +
                                         ": expected a permutation of the first axis of a secret");
  return {Visibility::secret, value.element, value.shape};
}

}  // namespace

OpRow shuffle_pass_row() {
  return {.name = "shuffle_pass",
          .op_class = OpClass::shares,
          .min_operands = 2,
          .max_operands = 2,
          .takes_partial = true,
          .infer = infer,
          .cost =
              [](const Setting& s) {
                return Cost{1, s.t(), std::uint64_t{s.t()} * (s.t() + 1)};
              },
          .doc = "The holders of one share reorder the rows of a secret by their part of a permutation.",
          .shapes = "p:[m] a:[m, ...] -> [m, ...]; attributes: the share, whether backwards",
          .reveals = "nothing",
          .source = "[LWZ11] oblivious shuffling"};
}

}  // namespace tacet::ops
