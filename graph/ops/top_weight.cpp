#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  if (in[0]->element != bits(1))
    throw Error(Errc::type_mismatch, "the operand is " + in[0]->to_string() + "; this needs single bits");
  return {in[0]->visibility, ring(static_cast<unsigned>(a[0])), in[0]->shape};
}

void run(std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range, bool) {
  const auto* x = reinterpret_cast<const std::uint64_t*>(in[0].data);
  with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
    auto* z = reinterpret_cast<Word*>(out.data);
    for (std::uint64_t i = range.begin; i < range.end; ++i)
      z[i] =
          static_cast<Word>(static_cast<Arith<Word>>(x[i / 64] >> (i % 64) & 1) << (out.element.width - 1));
  });
}

}  // namespace

OpRow top_weight_row() {
  return {.name = "top_weight",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer = infer,
          .kernel = run,
          .doc = "A bit times 2^(k-1) in Z_2^k.",
          .shapes = "a: bits(1) [...] -> ring(k) [...]; attribute: k",
          .reveals = "nothing",
          .source = "local: shares mod 2 times 2^(k-1) are shares mod 2^k"};
}

}  // namespace tacet::ops
