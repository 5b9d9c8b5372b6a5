#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  const ValueType &index = *in[0], &value = *in[1];
  if (index.secret() || index.element.domain != Domain::ring || index.shape.rank() != 1 ||
      value.shape.rank() == 0 || value.shape[0] != index.shape[0])
    throw Error(Errc::type_mismatch, "operands " + describe(index, value) +
                                         ": expected a public number over a ring for each row of the second");
  if (a[0] < 0 || (a[0] == 0 && index.shape[0] != 0))
    throw Error(Errc::bad_argument, "there are " + std::to_string(a[0]) + " rows to put " +
                                        std::to_string(index.shape[0]) + " rows into");
  std::vector<std::int64_t> dims = value.shape.dims();
  dims[0] = a[0];
  return {value.visibility, value.element, Shape(std::move(dims))};
}

void run(std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::uint64_t count = out.shape->elements();
  if (count == 0) return;
  std::memset(out.data, 0, out.element.memory_bytes(count));
  const std::uint64_t rows = static_cast<std::uint64_t>((*out.shape)[0]), row = count / rows;
  const std::vector<std::uint32_t> to = row_numbers(in[0], rows);
  if (out.element.domain == Domain::ring) {
    with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
      const auto* x = reinterpret_cast<const Word*>(in[1].data);
      auto* z = reinterpret_cast<Word*>(out.data);
      for (std::size_t i = 0; i < to.size(); ++i)
        for (std::uint64_t j = 0; j < row; ++j)
          z[to[i] * row + j] = static_cast<Word>(z[to[i] * row + j] + x[i * row + j]);
    });
    return;
  }
  for (unsigned bit = 0; bit < out.element.width; ++bit) {
    const auto* x = reinterpret_cast<const std::uint64_t*>(in[1].data) +
                    bit * ElementType::plane_words(in[1].shape->elements());
    auto* z = reinterpret_cast<std::uint64_t*>(out.data) + bit * ElementType::plane_words(count);
    for (std::size_t i = 0; i < to.size(); ++i)
      for (std::uint64_t j = 0; j < row; ++j) {
        const std::uint64_t from = i * row + j, at = to[i] * row + j;
        z[at / 64] ^= (x[from / 64] >> (from % 64) & 1) << (at % 64);
      }
  }
}

}  // namespace

OpRow put_row() {
  return {.name = "put",
          .op_class = OpClass::steered,
          .min_operands = 2,
          .max_operands = 2,
          .infer = infer,
          .kernel = run,
          .doc =
              "Rows added up where public numbers say, which count modulo the number of rows; nothing else "
              "is there.",
          .shapes = "index:[m] a:[m, ...] -> [r, ...]; attribute: r",
          .reveals = "nothing",
          .source = "local by linearity"};
}

}  // namespace tacet::ops
