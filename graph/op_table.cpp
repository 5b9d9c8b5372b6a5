#include <array>

#include "graph/op.hpp"

namespace tacet {
namespace ops {
#define TACET_OP(name) OpRow name##_row();
#include "graph/ops/ops.inc"
#undef TACET_OP
}  // namespace ops

std::span<const OpRow> op_table() {
  static const std::array table{
#define TACET_OP(name) ops::name##_row(),
#include "graph/ops/ops.inc"
#undef TACET_OP
  };
  return table;
}

const OpRow& op_row(Op op) {
  return op_table()[static_cast<std::size_t>(op)];
}

}  // namespace tacet
