#include "graph/ops/common.hpp"

namespace tacet::ops {
namespace {

// Attributes: whether constants count, then sums.

ValueType infer(std::span<const ValueType* const> in, std::span<const std::int64_t> a) {
  return type_of_sums(in, a.subspan(1));
}

/// Plane `bit` of an operand, of which `count` elements are read: its own, or its only element stretched.
struct Source {
  const View* view = nullptr;
  unsigned bit = 0;
};

}  // namespace

ValueType type_of_sums(std::span<const ValueType* const> in, std::span<const std::int64_t> sums) {
  std::int64_t planes = 0;
  ValueType out{Visibility::open, {}, in[0]->shape};
  for (const ValueType* type : in) {
    if (type->element.domain != Domain::bits)
      throw Error(Errc::type_mismatch, "an operand is " + type->to_string() + "; this needs bits");
    planes += type->element.width;
    out.visibility = std::max(out.visibility, type->visibility);
    out.shape = broadcast(out.shape, type->shape);
  }
  unsigned width = 0;
  for (std::size_t i = 0; i < sums.size(); ++width) {
    const std::int64_t count = sums[i++];
    TACET_ASSERT(count >= 0 && i + static_cast<std::size_t>(count) <= sums.size());
    for (std::int64_t j = 0; j < count; ++j, ++i) TACET_ASSERT(sums[i] >= -1 && sums[i] < planes);
  }
  out.element = bits(width);
  return out;
}

void sum_planes(std::span<const std::int64_t> a, bool constants, std::span<const View> in,
                const MutableView& out, Range range) {
  if (range.begin >= range.end) return;
  const std::uint64_t count = out.shape->elements(), plane = ElementType::plane_words(count);
  const std::uint64_t first = range.begin / 64, last = (range.end + 63) / 64;
  std::vector<Source> sources;
  for (const View& v : in)
    for (unsigned bit = 0; bit < v.element.width; ++bit) sources.push_back({&v, bit});
  std::size_t at = 0;
  for (unsigned bit = 0; bit < out.element.width; ++bit) {
    auto* z = reinterpret_cast<std::uint64_t*>(out.data) + bit * plane;
    std::int64_t left = a[at++];
    // Most sums begin with a plane as it is: one pass instead of two.
    if (left > 0 && a[at] >= 0 && sources[static_cast<std::size_t>(a[at])].view->shape->elements() == count) {
      const Source& s = sources[static_cast<std::size_t>(a[at++])];
      const auto* x = reinterpret_cast<const std::uint64_t*>(s.view->data) + s.bit * plane;
      std::copy(x + first, x + last, z + first);
      --left;
    } else {
      std::fill(z + first, z + last, std::uint64_t{0});
    }
    for (; left > 0; --left) {
      const std::int64_t index = a[at++];
      if (index < 0) {
        if (constants)
          for (std::uint64_t w = first; w < last; ++w) z[w] = ~z[w];
        continue;
      }
      const Source& s = sources[static_cast<std::size_t>(index)];
      const auto* x = reinterpret_cast<const std::uint64_t*>(s.view->data);
      const std::uint64_t own = s.view->shape->elements();
      if (own == count) {
        x += s.bit * plane;
        for (std::uint64_t w = first; w < last; ++w) z[w] ^= x[w];
      } else if (own == 1) {
        const std::uint64_t stretched = std::uint64_t{0} - (x[s.bit] & 1);  // it may be a share: no branch
        for (std::uint64_t w = first; w < last; ++w) z[w] ^= stretched;
      } else {
        x += s.bit * ElementType::plane_words(own);
        Walker<1> walk(*out.shape, {broadcast_strides(*s.view->shape, *out.shape)});
        walk.seek(range.begin);
        for (std::uint64_t i = range.begin; i < range.end; ++i, walk.next()) {
          const auto from = static_cast<std::uint64_t>(walk.offsets()[0]);
          z[i / 64] ^= (x[from / 64] >> (from % 64) & 1) << (i % 64);
        }
      }
    }
    if (last == plane && count % 64 != 0) z[plane - 1] &= low_mask<std::uint64_t>(count % 64);
  }
}

OpRow wires_row() {
  return {.name = "wires",
          .op_class = OpClass::linear,
          .min_operands = 1,
          .max_operands = -1,
          .elementwise = true,
          .affine = true,
          .infer = infer,
          .kernel = [](std::span<const std::int64_t> attributes, std::span<const View> in,
                       const MutableView& out, Range range,
                       bool) { sum_planes(attributes.subspan(1), attributes[0] != 0, in, out, range); },
          .doc = "Bit strings whose bits are sums mod 2 of bits of the operands and of the constant 1.",
          .shapes = "a:[...] b:[...] ... -> broadcast, as many bits as the attributes list",
          .reveals = "nothing",
          .source = "local by linearity"};
}

}  // namespace tacet::ops
