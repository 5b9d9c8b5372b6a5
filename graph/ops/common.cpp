#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

/// Copies `count` bits between bit positions, a word at a time once the target is aligned.
void copy_bits(const std::uint64_t* in, std::uint64_t from, std::uint64_t* out, std::uint64_t to,
               std::uint64_t count) {
  while (count != 0) {
    const unsigned shift = to % 64;
    const auto take = static_cast<unsigned>(std::min<std::uint64_t>(64 - shift, count));
    const unsigned low = from % 64;
    std::uint64_t v = in[from / 64] >> low;
    if (low != 0 && take > 64 - low) v |= in[from / 64 + 1] << (64 - low);
    const std::uint64_t mask = low_mask<std::uint64_t>(take) << shift;
    out[to / 64] = (out[to / 64] & ~mask) | ((v << shift) & mask);
    from += take, to += take, count -= take;
  }
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

void masked_product(std::span<const std::int64_t> attributes, std::span<const View> in, const MutableView& out,
                    Range range, bool) {
  const bool is_ring = out.element.domain == Domain::ring;
  op_row(is_ring ? Op::mul : Op::bit_and).kernel(attributes, in.first(2), out, range, false);
  if (in.size() < 3) return;
  const View product{out.data, out.element, out.shape};
  const std::array sum{product, in[2]};
  op_row(is_ring ? Op::add : Op::bit_xor).kernel(attributes, sum, out, range, false);
}

}  // namespace tacet::ops
