#include "graph/gates.hpp"

#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  const GateSums sums = sums_of_gates(a);
  ValueType left = type_of_sums(in, sums.left);
  TACET_ASSERT(left.element == type_of_sums(in, sums.right).element);
  return left;
}

void run(std::span<const std::int64_t> a, std::span<const View> in, const MutableView& out, Range range,
         bool accumulate) {
  TACET_ASSERT(!accumulate);
  const GateSums sums = sums_of_gates(a);
  Tensor right(out.element, *out.shape);
  sum_planes(sums.left, true, in, out, range);
  sum_planes(sums.right, true, in, {right.data(), out.element, out.shape}, range);
  op_row(Op::bit_and)
      .kernel({},
              std::array{View{out.data, out.element, out.shape}, View{right.data(), out.element, out.shape}},
              out, range, false);
}

}  // namespace

OpRow gates_row() {
  return {.name = "gates",
          .op_class = OpClass::bilinear,
          .min_operands = 1,
          .max_operands = -1,
          .elementwise = true,
          .infer = infer,
          .kernel = run,
          .cost = reshare_cost,
          .doc =
              "Conjunctions of sums mod 2 of bits of the operands and of the constant 1: wires and a "
              "conjunction in one, made of them by the planner.",
          .shapes =
              "a:[...] b:[...] ... of one shape, or of one element -> the same, as many bits as the "
              "attributes list",
          .reveals = "nothing",
          .source = "[BBY23] multiplication over Z_2"};
}

}  // namespace tacet::ops
