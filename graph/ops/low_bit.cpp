#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

void run(std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range, bool) {
  with_word(in[0].element.width, [&]<class Word>(std::type_identity<Word>) {
    const auto* x = reinterpret_cast<const Word*>(in[0].data);
    auto* z = reinterpret_cast<std::uint64_t*>(out.data);
    for (std::uint64_t i = range.begin; i < range.end; i += 64) {
      std::uint64_t word = 0;
      const std::uint64_t count = std::min<std::uint64_t>(64, range.end - i);
      for (std::uint64_t j = 0; j < count; ++j) word |= static_cast<std::uint64_t>(x[i + j] & 1) << j;
      z[i / 64] = word;
    }
  });
}

}  // namespace

OpRow low_bit_row() {
  return {.name = "low_bit",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer =
              [](std::span<const ValueType* const> in, std::span<const std::int64_t>) {
                if (in[0]->element.domain != Domain::ring)
                  throw Error(Errc::type_mismatch,
                              "the operand is " + in[0]->to_string() + "; this needs a ring");
                return ValueType{in[0]->visibility, bits(1), in[0]->shape};
              },
          .kernel = run,
          .doc = "The value mod 2, as a bit.",
          .shapes = "a:[...] -> bits(1) [...]",
          .reveals = "nothing",
          .source = "local: the low bits of shares are shares of the low bit"};
}

}  // namespace tacet::ops
