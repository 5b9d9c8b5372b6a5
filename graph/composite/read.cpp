#include "graph/composite/common.hpp"
#include "graph/data.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  const ValueType &array = *in[0], &index = *in[1];
  need_integers(index, "the index");
  if (array.shape.rank() == 0)
    throw Error(Errc::shape_mismatch, "the array is a scalar; expected rows along a first axis");
  std::vector<std::int64_t> dims = index.shape.dims();
  dims.insert(dims.end(), array.shape.dims().begin() + 1, array.shape.dims().end());
  return {result_visibility(in), array.element, Shape(std::move(dims))};
}

std::int64_t product(std::span<const std::int64_t> dims) {
  std::int64_t out = 1;
  for (const std::int64_t d : dims) out *= d;
  return out;
}

/// The row that a unit vector picks: one sum of products for each element of the result. Bits are integers
/// mod 2.
Value by_unit_vector(Lowering& l, Values in, Attributes) {
  const Value &array = in[0], &index = in[1];
  const ElementType element = array.type().element;
  const std::vector<std::int64_t>& dims = array.shape().dims();
  const std::int64_t m = dims[0], width = product(std::span(dims).subspan(1));
  const auto count = static_cast<std::int64_t>(index.shape().elements());
  std::vector<std::int64_t> result = index.shape().dims();
  result.insert(result.end(), dims.begin() + 1, dims.end());
  if (count * width * m == 0) return l.builder().constant(Tensor(element, Shape(result)));
  const Value flat = reshape(index, {count});
  const auto pick = [&](const Value& rows, ElementType in_ring) {  // rows:[m, r] -> [count, r]
    const Value unit = one_hot(flat, m, in_ring);
    return rows.shape()[1] == 1 ? reshape(dot(unit, reshape(rows, {m})), {count, 1}) : matmul(unit, rows);
  };
  if (element.domain == Domain::ring) return reshape(pick(reshape(array, {m, width}), element), result);
  const std::int64_t planes = element.width;
  const Value digits = apply(Op::top_weight, {apply(Op::unstack, {reshape(array, {m, width})}, {})}, {1});
  const Value rows = reshape(transpose(digits, {1, 0, 2}), {m, planes * width});
  const Value picked = transpose(reshape(pick(rows, ring(1)), {count, planes, width}), {1, 0, 2});
  return reshape(apply(Op::stack, {apply(Op::low_bit, {picked}, {})}, {}), result);
}

constexpr Variant kVariants[] = {{"unit_vector", "products with a unit vector at the index", by_unit_vector}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range, bool) {
  if (out.shape->elements() == 0) return;
  const std::uint64_t count = in[1].shape->elements(), row = out.shape->elements() / count;
  const auto m = static_cast<std::uint64_t>((*in[0].shape)[0]);
  const auto mask = low_mask<u128>(std::min<unsigned>(in[1].element.width, index_bits((*in[0].shape)[0])));
  std::memset(out.data, 0, out.element.memory_bytes(out.shape->elements()));
  for (std::uint64_t i = 0; i < count; ++i) {
    const u128 index = load_element(in[1].data, in[1].element, count, i) & mask;
    if (index < m) copy_elements(in[0], static_cast<std::uint64_t>(index) * row, out, i * row, row);
  }
}

}  // namespace

OpRow read_row() {
  OpRow row = composite_row("read", 2);
  row.elementwise = false;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The rows of an array at secret indices; zeros where an index is past the end.";
  row.shapes = "array:[m, ...] index:[...] -> [index..., row...]";
  row.reveals = "nothing";
  row.source = "[PICCO] private indexing";
  return row;
}

}  // namespace ops

Value read(const Value& array, const Value& index, std::source_location where) {
  return ops::apply(Op::read, {array, index}, {}, where);
}

}  // namespace tacet
