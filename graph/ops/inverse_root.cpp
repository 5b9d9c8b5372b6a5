#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

/// y = 1 mod 4 with e y^2 = 1 mod 2^K; e = 1 mod 8. Bit K - 1 of such a y is free: this is one fixed choice.
template <class Word>
Word inverse_root(Word e, unsigned width) {
  Word y = 1;
  // If e y^2 = 1 + d, then e (y (1 - d/2))^2 = 1 - 3 d^2/4 + d^3/4.
  for (unsigned right = 3; right < width; right = 2 * right - 2)
    y = static_cast<Word>(y * (1 - static_cast<Word>((e * y * y - 1) >> 1)));
  return y;
}

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  if (in[0]->secret() || in[0]->element.domain != Domain::ring || in[0]->element.width < 3)
    throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() +
                                         "; this needs a public ring value of at least 3 bits");
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
                  using Wide = std::conditional_t<sizeof(Word) <= 8, std::uint64_t, u128>;
                  for (std::uint64_t i = range.begin; i < range.end; ++i) {
                    const auto e = static_cast<Wide>(x[i]) & low_mask<Wide>(width);
                    z[i] = static_cast<Word>(inverse_root<Wide>(e, width) & low_mask<Wide>(width));
                  }
                });
              },
          .doc = "The inverse of one fixed square root of a public square that is 1 mod 8.",
          .shapes = "a:[...] -> [...]",
          .reveals = "nothing: it is public",
          .source = "[Dam+19] random bits"};
}

}  // namespace tacet::ops
