#include "graph/composite/common.hpp"
#include "graph/data.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  const ValueType &array = *in[0], &index = *in[1], &row = *in[2];
  need_integers(index, "the index");
  if (array.element != row.element)
    throw Error(Errc::type_mismatch, "operands " + describe(array, row) + " must have one element type");
  std::vector<std::int64_t> dims = row.shape.dims();
  dims.insert(dims.begin(), array.shape.rank() == 0 ? 0 : array.shape[0]);
  if (array.shape.rank() == 0 || array.shape != Shape(dims) || index.shape.rank() != 0)
    throw Error(Errc::shape_mismatch, "array " + array.shape.to_string() + ", index " +
                                          index.shape.to_string() + ", row " + row.shape.to_string() +
                                          ": expected one index and one row of the array");
  return {result_visibility(in), array.element, array.shape};
}

/// Every row moves toward the new one by its entry of a unit vector.
Value by_unit_vector(Lowering&, Values in, Attributes) {
  const Value &array = in[0], &row = in[2];
  const ElementType element = array.type().element;
  const bool is_ring = element.domain == Domain::ring;
  if (array.type().elements() == 0) return array;
  std::vector<std::int64_t> dims(array.shape().rank(), 1);
  dims[0] = array.shape()[0];
  const Value unit = reshape(one_hot(in[1], dims[0], is_ring ? element : bits(1)), dims);
  if (is_ring) return array + unit * (row - array);
  return array ^ (repeat(unit, element.width) & (row ^ array));
}

constexpr Variant kVariants[] = {{"unit_vector", "products with a unit vector at the index", by_unit_vector}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::uint64_t count = out.shape->elements();
  if (count == 0) return;
  const auto m = static_cast<std::uint64_t>((*out.shape)[0]);
  copy_elements(in[0], 0, out, 0, count);
  const u128 index = load_element(in[1].data, in[1].element, 1, 0) &
                     low_mask<u128>(std::min<unsigned>(in[1].element.width, index_bits((*out.shape)[0])));
  if (index < m) copy_elements(in[2], 0, out, static_cast<std::uint64_t>(index) * (count / m), count / m);
}

}  // namespace

OpRow write_row() {
  OpRow row = composite_row("write", 3);
  row.elementwise = false;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "An array with the row at a secret index replaced; unchanged if the index is past the end.";
  row.shapes = "array:[m, ...] index:[] row:[...] -> [m, ...]";
  row.reveals = "nothing";
  row.source = "[PICCO] private indexing";
  return row;
}

}  // namespace ops

Value write(const Value& array, const Value& index, const Value& row, std::source_location where) {
  return ops::apply(Op::write, {array, index, row}, {}, where);
}

}  // namespace tacet
