#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  const ValueType &by = *in[0], &rows = *in[1];
  std::vector<std::int64_t> lead = rows.shape.dims();
  if (!lead.empty()) lead.pop_back();
  if (by.secret() || by.element.domain != Domain::ring || rows.shape.rank() == 0 || by.shape != Shape(lead))
    throw Error(Errc::type_mismatch,
                "operands " + describe(by, rows) + ": expected a public number for each row of the second");
  return rows;
}

/// z[j] = x[c - j] and, from c on, x[m + c - j]: two runs backwards.
template <class Move>
void turn(std::uint64_t c, std::uint64_t m, Move move) {
  move(0, c, c + 1);
  move(c + 1, m - 1, m - 1 - c);
}

void run(std::span<const std::int64_t>, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::uint64_t count = out.shape->elements();
  if (count == 0) return;
  const auto m = static_cast<std::uint64_t>((*out.shape)[out.shape->rank() - 1]);
  const std::vector<std::uint32_t> by = row_numbers(in[0], m);
  if (out.element.domain == Domain::ring) {
    with_word(out.element.width, [&]<class Word>(std::type_identity<Word>) {
      const auto* x = reinterpret_cast<const Word*>(in[1].data);
      auto* z = reinterpret_cast<Word*>(out.data);
      for (const std::uint32_t c : by) {
        turn(c, m, [&](std::uint64_t to, std::uint64_t last, std::uint64_t length) {
          std::reverse_copy(x + last + 1 - length, x + last + 1, z + to);
        });
        x += m, z += m;
      }
    });
    return;
  }
  std::fill_n(out.data, out.element.memory_bytes(count), std::byte{0});
  const std::uint64_t plane = ElementType::plane_words(count);
  for (unsigned bit = 0; bit < out.element.width; ++bit) {
    const auto* x = reinterpret_cast<const std::uint64_t*>(in[1].data) + bit * plane;
    auto* z = reinterpret_cast<std::uint64_t*>(out.data) + bit * plane;
    for (std::size_t r = 0; r < by.size(); ++r)
      turn(by[r], m, [&](std::uint64_t to, std::uint64_t last, std::uint64_t length) {
        for (std::uint64_t j = 0; j < length; ++j) {
          const std::uint64_t from = r * m + last - j, at = r * m + to + j;
          z[at / 64] |= (x[from / 64] >> (from % 64) & 1) << (at % 64);
        }
      });
  }
}

}  // namespace

OpRow rotate_row() {
  return {
      .name = "rotate",
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
