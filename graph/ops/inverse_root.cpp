#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

/// 1 / c mod 2^K for the root c = 1 mod 4 that bit after bit makes c^2 = e; e = 1 mod 8.
u128 inverse_root(u128 e, unsigned width) {
  u128 c = 1, square = 1;
  for (unsigned i = 3; i < width; ++i) {
    if (((square ^ e) >> i & 1) == 0) continue;
    const u128 bit = u128{1} << (i - 1);
    square += (c << i) + bit * bit;  // (c + bit)^2
    c += bit;
  }
  u128 inverse = c;  // right mod 8; each step doubles the bits
  for (unsigned right = 3; right < width; right *= 2) inverse *= 2 - c * inverse;
  return inverse;
}

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  if (in[0]->secret() || in[0]->element.domain != Domain::ring || in[0]->element.width < 3)
    throw Error(Errc::type_mismatch,
                "the operand is " + in[0]->to_string() + "; this needs a public ring value of at least 3 bits");
  return *in[0];
}

}  // namespace

OpRow inverse_root_row() {
  return {.name = "inverse_root",
          .op_class = OpClass::clear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer = infer,
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool) {
                const unsigned width = out.element.width;
                with_word(width, [&]<class Word>(std::type_identity<Word>) {
                  const auto* x = reinterpret_cast<const Word*>(in[0].data);
                  auto* z = reinterpret_cast<Word*>(out.data);
                  for (std::uint64_t i = range.begin; i < range.end; ++i)
                    z[i] = static_cast<Word>(inverse_root(x[i], width) & low_mask<u128>(width));
                });
              },
          .doc = "The inverse of one fixed square root of a public square that is 1 mod 8.",
          .shapes = "a:[...] -> [...]",
          .reveals = "nothing: it is public",
          .source = "[Dam+19] random bits"};
}

}  // namespace tacet::ops
