#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

/// Copies fewer than 65 bits that stay within one word of `out`.
void copy_few_bits(const std::uint64_t* in, std::uint64_t from, std::uint64_t* out, std::uint64_t to,
                   unsigned count) {
  const unsigned low = from % 64, shift = to % 64;
  std::uint64_t v = in[from / 64] >> low;
  if (low != 0 && count > 64 - low) v |= in[from / 64 + 1] << (64 - low);
  const std::uint64_t mask = low_mask<std::uint64_t>(count) << shift;
  out[to / 64] = (out[to / 64] & ~mask) | ((v << shift) & mask);
}

/// Copies `count` bits between bit positions, whole words at a time where the target has them.
void copy_bits(const std::uint64_t* in, std::uint64_t from, std::uint64_t* out, std::uint64_t to,
               std::uint64_t count) {
  if (to % 64 != 0) {
    const auto head = static_cast<unsigned>(std::min<std::uint64_t>(64 - to % 64, count));
    copy_few_bits(in, from, out, to, head);
    from += head, to += head, count -= head;
  }
  const std::uint64_t words = count / 64;
  const std::uint64_t* x = in + from / 64;
  std::uint64_t* z = out + to / 64;
  if (const unsigned low = from % 64; low == 0) {
    if (words != 0) std::memcpy(z, x, words * sizeof *z);
  } else {
    for (std::uint64_t i = 0; i < words; ++i) z[i] = x[i] >> low | x[i + 1] << (64 - low);
  }
  if (count % 64 != 0)
    copy_few_bits(in, from + words * 64, out, to + words * 64, static_cast<unsigned>(count % 64));
}

}  // namespace

void copy_elements(const View& in, std::uint64_t from, const MutableView& out, std::uint64_t to,
                   std::uint64_t count) {
  if (count == 0) return;
  if (in.element.domain == Domain::ring) {
    const std::size_t word = word_bytes(in.element.width);
    std::memcpy(out.data + to * word, in.data + from * word, count * word);
    return;
  }
  const std::uint64_t in_plane = ElementType::plane_words(in.shape->elements());
  const std::uint64_t out_plane = ElementType::plane_words(out.shape->elements());
  for (unsigned bit = 0; bit < in.element.width; ++bit)
    copy_bits(reinterpret_cast<const std::uint64_t*>(in.data) + bit * in_plane, from,
              reinterpret_cast<std::uint64_t*>(out.data) + bit * out_plane, to, count);
}

void copy_runs(const View& in, Runs from, const MutableView& out, Runs to, std::uint64_t count,
               std::uint64_t runs) {
  constexpr std::uint64_t kFew = 8;  // not worth a call each
  if (in.element.domain == Domain::ring && count <= kFew) {
    with_word(in.element.width, [&]<class Word>(std::type_identity<Word>) {
      const auto* x = reinterpret_cast<const Word*>(in.data) + from.begin;
      auto* z = reinterpret_cast<Word*>(out.data) + to.begin;
      for (std::uint64_t r = 0; r < runs; ++r)
        for (std::uint64_t i = 0; i < count; ++i) z[r * to.step + i] = x[r * from.step + i];
    });
    return;
  }
  for (std::uint64_t r = 0; r < runs; ++r)
    copy_elements(in, from.begin + r * from.step, out, to.begin + r * to.step, count);
}

void gather_rows(const View& in, const MutableView& out, std::span<const std::uint32_t> from) {
  if (out.shape->elements() == 0) return;
  const std::uint64_t row = out.shape->elements() / from.size();
  if (row != 1) {
    for (std::size_t i = 0; i < from.size(); ++i) copy_elements(in, from[i] * row, out, i * row, row);
  } else if (in.element.domain == Domain::ring) {
    with_word(in.element.width, [&]<class Word>(std::type_identity<Word>) {
      const auto* x = reinterpret_cast<const Word*>(in.data);
      auto* z = reinterpret_cast<Word*>(out.data);
      for (std::size_t i = 0; i < from.size(); ++i) z[i] = x[from[i]];
    });
  } else {
    const std::uint64_t in_plane = ElementType::plane_words(in.shape->elements());
    const std::uint64_t out_plane = ElementType::plane_words(from.size());
    for (unsigned bit = 0; bit < in.element.width; ++bit) {
      const auto* x = reinterpret_cast<const std::uint64_t*>(in.data) + bit * in_plane;
      auto* z = reinterpret_cast<std::uint64_t*>(out.data) + bit * out_plane;
      for (std::size_t i = 0; i < from.size(); i += 64) {
        const std::size_t count = std::min<std::size_t>(64, from.size() - i);
        std::uint64_t word = 0;
        for (std::size_t j = 0; j < count; ++j) word |= (x[from[i + j] / 64] >> (from[i + j] % 64) & 1) << j;
        z[i / 64] = word;
      }
    }
  }
}

std::vector<std::uint32_t> row_numbers(const View& index, std::uint64_t rows) {
  TACET_ASSERT(rows != 0 && rows <= std::uint64_t{1} << 32);
  std::vector<std::uint32_t> out(index.shape->elements());
  with_word(index.element.width, [&]<class Word>(std::type_identity<Word>) {
    const auto* x = reinterpret_cast<const Word*>(index.data);
    const auto mask = low_mask<Word>(index.element.width);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const Word number = x[i] & mask;
      out[i] = static_cast<std::uint32_t>(number < rows ? number : number % rows);
    }
  });
  return out;
}

void masked_product(std::span<const std::int64_t> attributes, std::span<const View> in,
                    const MutableView& out, Range range, bool) {
  const bool is_ring = out.element.domain == Domain::ring;
  op_row(is_ring ? Op::mul : Op::bit_and).kernel(attributes, in.first(2), out, range, false);
  if (in.size() < 3) return;
  const View product{out.data, out.element, out.shape};
  const std::array sum{product, in[2]};
  op_row(is_ring ? Op::add : Op::bit_xor).kernel(attributes, sum, out, range, false);
}

}  // namespace tacet::ops
