// Operations that send nothing: each component of the result from the same component of the operands.

#include <algorithm>
#include <cstring>

#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

/// Zeros to stand for a public operand in the shares that do not carry it. An elementwise operation stretches
/// one element; others need the whole shape.
View zeros(const Operand& like, std::size_t index, bool elementwise, const Shape& one, RssScratch& scratch) {
  const Shape& shape = elementwise ? one : like.shape;
  const std::size_t bytes = like.element.memory_bytes(shape.elements());
  std::byte* data = scratch.wide(index, bytes);
  std::memset(data, 0, bytes);
  return {data, like.element, &shape};
}

}  // namespace

void compute_locally(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const OpRow& row = args.row();
  const bool
      shares_public =  // a public operand of an addition is a sharing of itself, one of a product a factor
      row.op_class == OpClass::linear && args.result->secret;
  const Shape one;
  const auto carrier = at.layout.slot_of(at.party(), 0);
  std::vector<View> views(args.operands.size());
  std::vector<std::int64_t> without_constants;
  if (row.affine) {
    without_constants.assign(args.attributes.begin(), args.attributes.end());
    without_constants[0] = 0;
  }
  for (std::size_t c = 0; c < args.result->components.size(); ++c) {
    for (std::size_t i = 0; i < views.size(); ++i) {
      const Operand& operand = args.operands[i];
      if (operand.secret) {
        views[i] = {operand.components[c], operand.element, &operand.shape};
      } else if (!shares_public || carrier == c) {
        views[i] = {operand.components[0], operand.element, &operand.shape};
      } else {
        views[i] = zeros(operand, i, row.elementwise, one, scratch);
      }
    }
    const bool constants = !row.affine || !shares_public || carrier == c;
    row.kernel(constants ? args.attributes : without_constants, views,
               {args.result->components[c], args.result->element, &args.result->shape}, args.range, false);
  }
}

}  // namespace tacet::protocols::rss
