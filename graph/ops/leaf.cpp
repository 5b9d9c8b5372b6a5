#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  const auto width = static_cast<unsigned>(a[3]);
  TACET_ASSERT(a[1] >= 0 && a[1] < 128);
  return {a[4] != 0 ? Visibility::sparse : Visibility::secret,
          static_cast<Domain>(a[2]) == Domain::ring ? ring(width) : bits(width), in[0]->shape};
}

}  // namespace

OpRow leaf_row() {
  return {.name = "leaf",
          .op_class = OpClass::shares,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer = infer,
          .cost =
              [](const Setting& s) {
                return Cost{1, s.t(), s.t()};
              },
          .doc =
              "A summand of a value in another domain: party j adds up the shares of which it is the "
              "smallest holder, shifts the integer right, and shares it anew; that of j = t is known to all "
              "holders of share 0 and costs nothing.",
          .shapes =
              "a:[...] -> [...]; attributes: j, shift, domain, width, whether j = t (which makes it sparse)",
          .reveals = "nothing",
          .source = "[Bac24] 4.2.1; [ABY3] for three parties"};
}

}  // namespace tacet::ops
