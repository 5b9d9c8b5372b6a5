#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  const ValueType &index = *in[0], &from = *in[1];
  if (index.secret() || index.element.domain != Domain::ring || index.shape.rank() != 1)
    throw Error(Errc::type_mismatch,
                "the index is " + index.to_string() + "; this needs a public vector over a ring");
  if (from.shape.rank() == 0 || (from.shape[0] == 0 && index.shape[0] != 0))
    throw Error(Errc::shape_mismatch,
                "there is nothing to take from a value of shape " + from.shape.to_string());
  std::vector<std::int64_t> dims = from.shape.dims();
  dims[0] = index.shape[0];
  return {from.visibility, from.element, Shape(std::move(dims))};
}

void run(std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range, bool) {
  if (out.shape->elements() == 0) return;
  gather_rows(in[1], out, row_numbers(in[0], static_cast<std::uint64_t>((*in[1].shape)[0])));
}

}  // namespace

OpRow take_row() {
  return {.name = "take",
          .op_class = OpClass::steered,
          .min_operands = 2,
          .max_operands = 2,
          .infer = infer,
          .kernel = run,
          .doc = "Rows named by public numbers, which count modulo the number of rows.",
          .shapes = "index:[m] a:[r, ...] -> [m, ...]",
          .reveals = "nothing",
          .source = "local"};
}

}  // namespace tacet::ops
