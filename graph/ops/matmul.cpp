#include "graph/ops/common.hpp"
#include "graph/product.hpp"

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

/// Of the elements in the range: whole rows together, and the ends of rows where it begins or ends in one.
template <class Word>
void matmul_words(std::span<const View> in, const MutableView& out, Range range, bool accumulate) {
  const Shape &a = *in[0].shape, &b = *in[1].shape;
  Dims d = dims_of(a, b);
  auto* z = reinterpret_cast<Word*>(out.data);
  if (!accumulate) std::fill(z + range.begin, z + range.end, Word{0});
  if (range.size() == 0) return;
  const auto strides = [&](const Shape& s, std::int64_t matrix) {
    std::vector<std::int64_t> result =
        broadcast_strides(leading(s, std::min<std::size_t>(2, s.rank())), d.batch);
    for (auto& stride : result) stride *= matrix;
    return result;
  };
  if (b.rank() <= 2) {  // all rows of the batch meet the same matrix
    d.rows *= static_cast<std::int64_t>(d.batch.elements());
    d.batch = {};
  }
  Walker<2> walk(d.batch, {b.rank() <= 2 ? std::vector<std::int64_t>{} : strides(a, d.rows * d.inner),
                           strides(b, d.inner * d.columns)});
  const std::int64_t matrix = d.rows * d.columns;
  auto i = static_cast<std::int64_t>(range.begin);
  walk.seek(range.begin / static_cast<std::uint64_t>(matrix));
  while (i < static_cast<std::int64_t>(range.end)) {
    const std::int64_t left = static_cast<std::int64_t>(range.end) - i;
    const std::int64_t row = i % matrix / d.columns, column = i % d.columns;
    const bool whole = column == 0 && left >= d.columns;
    const std::int64_t rows = whole ? std::min(d.rows - row, left / d.columns) : 1;
    const std::int64_t columns = whole ? d.columns : std::min(d.columns - column, left);
    const Word* x = reinterpret_cast<const Word*>(in[0].data) + walk.offsets()[0] + row * d.inner;
    const Word* y = reinterpret_cast<const Word*>(in[1].data) + walk.offsets()[1] + column;
    multiply_add(out.element.width, Matrix{reinterpret_cast<const std::byte*>(x), d.inner},
                 {.b = {reinterpret_cast<const std::byte*>(y), d.columns},
                  .c = reinterpret_cast<std::byte*>(z + i),
                  .c_stride = d.columns,
                  .m = rows,
                  .k = d.inner,
                  .n = columns});
    i += rows * columns;
    if (i % matrix == 0) walk.next();
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
              [](std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range range,
                 bool accumulate) {
                with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
                  matmul_words<Word>(in, out, range, accumulate);
                });
              },
          .cost = reshare_cost,
          .doc = "Matrix product.",
          .shapes = "a:[..., m, k] b:[..., k, n] -> [..., m, n]; vectors as in NumPy",
          .reveals = "nothing",
          .source = "[BBY23] matrix product: products are summed before the one resharing"};
}

}  // namespace tacet::ops
