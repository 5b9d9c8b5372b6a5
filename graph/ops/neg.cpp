#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow neg_row() {
  return {.name = "neg",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = 1,
          .elementwise = true,
          .infer =
              [](std::span<const ValueType* const> in, std::span<const std::int64_t>) {
                if (in[0]->element.domain != Domain::ring)
                  throw Error(Errc::type_mismatch,
                              "the operand is " + in[0]->to_string() + "; this needs a ring");
                return *in[0];
              },
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool accumulate) {
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  map_pairs<Word>(in[0], in[0], out, range, accumulate,
                                  [](Word a, Word) { return static_cast<Word>(Word{0} - a); });
                });
              },
          .doc = "Additive inverse in a ring.",
          .shapes = "a:[...] -> [...]",
          .reveals = "nothing",
          .source = "local by linearity"};
}

}  // namespace tacet::ops
