#include "graph/composite/common.hpp"
#include "graph/data.hpp"

namespace tacet {
namespace ops {
namespace {

// Operands: codes, and weights if there are any. Attributes: bins, the width of counts.

ValueType infer(Types in, Attributes a) {
  const ValueType& codes = *in[0];
  need_integers(codes, "the code");
  if (codes.shape.rank() != 1 || a[0] < 0)
    throw Error(Errc::shape_mismatch, "codes " + codes.shape.to_string() + " into " + std::to_string(a[0]) +
                                          " bins: expected a vector of codes and no negative number of bins");
  std::vector<std::int64_t> dims{a[0]};
  if (in.size() == 2) {
    need_ring(*in[1]);
    if (in[1]->shape.rank() == 0 || in[1]->shape[0] != codes.shape[0])
      throw Error(Errc::shape_mismatch, "shapes " + codes.shape.to_string() + " and " +
                                            in[1]->shape.to_string() +
                                            ": expected a row of weights for each code");
    dims.insert(dims.end(), in[1]->shape.dims().begin() + 1, in[1]->shape.dims().end());
  }
  const unsigned k = static_cast<unsigned>(a[1]);
  return {result_visibility(in), in.size() == 2 ? fixed(k, in[1]->element.frac) : ring(k),
          Shape(std::move(dims))};
}

Value by_unit_vectors(Lowering& l, Values in, Attributes a) {
  const ElementType element = ring(static_cast<unsigned>(a[1]));
  const std::int64_t m = in[0].shape()[0];
  std::vector<std::int64_t> dims{a[0]};
  if (in.size() == 2) dims.insert(dims.end(), in[1].shape().dims().begin() + 1, in[1].shape().dims().end());
  if (m == 0 || Shape(dims).elements() == 0) return l.builder().constant(Tensor(element, Shape(dims)));
  const Value units = one_hot(in[0], a[0], element);
  if (in.size() == 1) return sum(units, 0);
  return reshape(matmul(transpose(units), reshape(in[1], {m, -1})), dims);
}

constexpr Variant kVariants[] = {{"unit_vectors", "sums of the codes' unit vectors", by_unit_vectors}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::uint64_t count = out.shape->elements(), codes = in[0].shape->elements();
  if (count == 0) return;
  std::memset(out.data, 0, out.element.memory_bytes(count));
  const auto bins = static_cast<std::uint64_t>(a[0]);
  const std::uint64_t row = count / bins;
  const auto mask = low_mask<u128>(std::min<unsigned>(in[0].element.width, index_bits(a[0])));
  for (std::uint64_t i = 0; i < codes; ++i) {
    const u128 code = load_element(in[0].data, in[0].element, codes, i) & mask;
    if (code >= bins) continue;
    for (std::uint64_t j = 0; j < row; ++j) {
      const std::uint64_t at = static_cast<std::uint64_t>(code) * row + j;
      const u128 weight =
          in.size() == 1 ? 1 : load_element(in[1].data, in[1].element, codes * row, i * row + j);
      store_element(
          out.data, out.element, count, at,
          (load_element(out.data, out.element, count, at) + weight) & low_mask<u128>(out.element.width));
    }
  }
}

}  // namespace

OpRow histogram_row() {
  OpRow row = composite_row("histogram", 1);
  row.max_operands = 2;
  row.elementwise = false;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "How often each code occurs, or the sums of the weights of each.";
  row.shapes =
      "codes:[m] -> ring(k) [bins]; codes:[m] weights: ring(k) [m, ...] -> [bins, ...]; attributes: bins, k";
  row.reveals = "nothing";
  row.source = "[PICCO] unit vectors of private indexing";
  return row;
}

}  // namespace ops

Value histogram(const Value& codes, std::int64_t bins, unsigned k, std::source_location where) {
  return ops::apply(Op::histogram, {codes}, {bins, k}, where);
}

Value histogram(const Value& codes, std::int64_t bins, const Value& weights, std::source_location where) {
  return ops::apply(Op::histogram, {codes, weights}, {bins, weights.type().element.width}, where);
}

}  // namespace tacet
