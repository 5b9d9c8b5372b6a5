#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

struct Dims {
  std::int64_t rows, inner, columns;
  Shape batch;  // of the result
};

Shape leading(const Shape& s, std::size_t drop) {
  return Shape(
      std::vector<std::int64_t>(s.dims().begin(), s.dims().end() - static_cast<std::ptrdiff_t>(drop)));
}

/// NumPy's rule: a vector on the left is one row, on the right one column; leading axes are a batch and
/// stretch.
Dims dims_of(const Shape& a, const Shape& b) {
  if (a.rank() == 0 || b.rank() == 0)
    throw Error(Errc::shape_mismatch, "matmul of shapes " + a.to_string() + " and " + b.to_string() +
                                          ": a scalar has no axis to sum over");
  Dims d;
  d.rows = a.rank() == 1 ? 1 : a[a.rank() - 2];
  d.inner = a[a.rank() - 1];
  d.columns = b.rank() == 1 ? 1 : b[b.rank() - 1];
  const std::int64_t other = b.rank() == 1 ? b[0] : b[b.rank() - 2];
  if (d.inner != other)
    throw Error(Errc::shape_mismatch, "matmul of shapes " + a.to_string() + " and " + b.to_string() + ": " +
                                          std::to_string(d.inner) + " columns against " +
                                          std::to_string(other) + " rows");
  d.batch = broadcast(leading(a, std::min<std::size_t>(2, a.rank())),
                      leading(b, std::min<std::size_t>(2, b.rank())));
  return d;
}

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  const ElementType element = product_element(*in[0], *in[1]);
  const Dims d = dims_of(in[0]->shape, in[1]->shape);
  std::vector<std::int64_t> dims = d.batch.dims();
  if (in[0]->shape.rank() > 1) dims.push_back(d.rows);
  if (in[1]->shape.rank() > 1) dims.push_back(d.columns);
  return {joined(*in[0], *in[1]), element, Shape(std::move(dims))};
}

/// Row `row` of one product: out += sum over j of x[j] * y[j, :], whose inner loop runs along contiguous
/// columns.
template <class Word>
void product_row(const Word* x, const Word* y, Word* z, const Dims& d) {
  for (std::int64_t j = 0; j < d.inner; ++j) {
    const Arith<Word> factor = x[j];
    const Word* line = y + j * d.columns;
    for (std::int64_t c = 0; c < d.columns; ++c) z[c] = static_cast<Word>(z[c] + factor * line[c]);
  }
}

template <class Word>
void matmul_words(std::span<const View> in, const MutableView& out, bool accumulate) {
  const Shape &a = *in[0].shape, &b = *in[1].shape;
  const Dims d = dims_of(a, b);
  const auto strides = [&](const Shape& s, std::int64_t matrix) {
    std::vector<std::int64_t> result =
        broadcast_strides(leading(s, std::min<std::size_t>(2, s.rank())), d.batch);
    for (auto& stride : result) stride *= matrix;
    return result;
  };
  Walker<2> walk(d.batch, {strides(a, d.rows * d.inner), strides(b, d.inner * d.columns)});
  auto* z = reinterpret_cast<Word*>(out.data);
  if (!accumulate) std::fill(z, z + out.shape->elements(), Word{0});
  for (std::uint64_t i = 0; i < d.batch.elements(); ++i, walk.next()) {
    const Word* x = reinterpret_cast<const Word*>(in[0].data) + walk.offsets()[0];
    const Word* y = reinterpret_cast<const Word*>(in[1].data) + walk.offsets()[1];
    for (std::int64_t r = 0; r < d.rows; ++r, z += d.columns) product_row(x + r * d.inner, y, z, d);
  }
}

}  // namespace

OpRow matmul_row() {
  return {.name = "matmul",
          .op_class = OpClass::bilinear,
          .min_operands = 2,
          .max_operands = 2,
          .infer = infer,
          .kernel =
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range,
                 bool accumulate) {
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  matmul_words<Word>(in, out, accumulate);
                });
              },
          .cost = reshare_cost,
          .doc = "Matrix product.",
          .shapes = "a:[..., m, k] b:[..., k, n] -> [..., m, n]; vectors as in NumPy",
          .reveals = "nothing",
          .source = "[BBY23] matrix product: products are summed before the one resharing"};
}

}  // namespace tacet::ops
