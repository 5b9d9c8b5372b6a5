#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  if (in[0]->secret() || in[0]->element.domain != Domain::ring)
    throw Error(Errc::type_mismatch,
                "the operand is " + in[0]->to_string() + "; this needs a public ring value");
  return {Visibility::open, bits(static_cast<unsigned>(a[0])), in[0]->shape};
}

void run(std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range range,
         bool) {
  const std::uint64_t count = out.shape->elements(), plane = ElementType::plane_words(count);
  const auto shift = static_cast<unsigned>(a[1]);
  with_word(in[0].element.width, [&]<class Word>(std::type_identity<Word>) {
    const auto* x = reinterpret_cast<const Word*>(in[0].data);
    auto* z = reinterpret_cast<std::uint64_t*>(out.data);
    for (unsigned bit = 0; bit < out.element.width; ++bit) {
      const unsigned from = bit + shift;
      for (std::uint64_t i = range.begin; i < range.end; i += 64) {
        std::uint64_t word = 0;
        const std::uint64_t n = std::min<std::uint64_t>(64, range.end - i);
        if (from < in[0].element.width)
          for (std::uint64_t j = 0; j < n; ++j) word |= static_cast<std::uint64_t>(x[i + j] >> from & 1) << j;
        z[bit * plane + i / 64] = word;
      }
    }
  });
}

}  // namespace

OpRow bits_of_row() {
  return {.name = "bits_of",
          .op_class = OpClass::clear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer = infer,
          .kernel = run,
          .doc = "Binary digits of a public value.",
          .shapes = "a:[...] -> bits(w) [...]; attributes: w, the first digit",
          .reveals = "nothing: it is public",
          .source = "none"};
}

}  // namespace tacet::ops
