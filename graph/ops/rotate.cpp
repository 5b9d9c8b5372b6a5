#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  const ValueType &by = *in[0], &rows = *in[1];
  std::vector<std::int64_t> lead = rows.shape.dims();
  if (!lead.empty()) lead.pop_back();
  if (by.secret() || by.element.domain != Domain::ring || rows.shape.rank() == 0 || by.shape != Shape(lead))
    throw Error(Errc::type_mismatch, "operands " + describe(by, rows) +
                                         ": expected a public number for each row of the second");
  return rows;
}

void run(std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::uint64_t rows = in[0].shape->elements();
  const auto m = static_cast<std::uint64_t>((*out.shape)[out.shape->rank() - 1]);
  if (m == 0) return;
  for (std::uint64_t r = 0; r < rows; ++r) {
    const u128 word = load_element(in[0].data, in[0].element, rows, r) & low_mask<u128>(in[0].element.width);
    const auto c = static_cast<std::uint64_t>(word % m);
    for (std::uint64_t j = 0; j < m; ++j) copy_elements(in[1], r * m + (c + m - j) % m, out, r * m + j, 1);
  }
}

}  // namespace

OpRow rotate_row() {
  return {.name = "rotate",
          .op_class = OpClass::steered,
          .min_operands = 2,
          .max_operands = 2,
          .infer = infer,
          .kernel = run,
          .doc = "Rows turned round a public number: element j becomes element c - j, counted modulo the length.",
          .shapes = "c:[...] a:[..., m] -> [..., m]",
          .reveals = "nothing",
          .source = "[PICCO] private indexing: a unit vector at r becomes one at c - r"};
}

}  // namespace tacet::ops
