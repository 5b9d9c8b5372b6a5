#pragma once

// What the op files share: type inference for elementwise results, and loops over views.

#include <algorithm>
#include <array>
#include <cstring>
#include <string>

#include "graph/op.hpp"
#include "graph/tensor.hpp"

namespace tacet::ops {

inline std::string describe(const ValueType& a, const ValueType& b) {
  return a.to_string() + " and " + b.to_string();
}

inline Visibility joined(const ValueType& a, const ValueType& b) {
  return std::max(a.visibility, b.visibility);
}

/// Both operands of one element type in `domain`.
inline void check_pair(const ValueType& a, const ValueType& b, Domain domain) {
  if (a.element != b.element)
    throw Error(Errc::type_mismatch, "operands " + describe(a, b) + " must have one element type");
  if (a.element.domain != domain)
    throw Error(Errc::type_mismatch, "operands are " + a.element.to_string() + "; this needs " +
                                         (domain == Domain::ring ? "a ring" : "bits"));
}

/// Of a product: operands of one ring, and of one fraction unless one of them holds integers.
inline ElementType product_element(const ValueType& a, const ValueType& b) {
  ElementType x = a.element, y = b.element;
  if (x.frac == 0 || y.frac == 0) x.frac = y.frac = std::max(x.frac, y.frac);
  check_pair({a.visibility, x, a.shape}, {b.visibility, y, b.shape}, Domain::ring);
  return x;
}

template <Domain kDomain>
ValueType infer_elementwise(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  check_pair(*in[0], *in[1], kDomain);
  return {joined(*in[0], *in[1]), in[0]->element, broadcast(in[0]->shape, in[1]->shape)};
}

/// Walks a row-major index space and keeps the offsets of several strided operands.
template <std::size_t kOperands>
class Walker {
 public:
  Walker(const Shape& space, std::array<std::vector<std::int64_t>, kOperands> strides)
      : dims_(space.dims()), index_(dims_.size(), 0), strides_(std::move(strides)) {}

  const std::array<std::int64_t, kOperands>& offsets() const { return offsets_; }
  void seek(std::uint64_t position) {
    offsets_.fill(0);
    for (std::size_t axis = dims_.size(); axis-- > 0;) {
      const auto dim = static_cast<std::uint64_t>(dims_[axis]);
      index_[axis] = static_cast<std::int64_t>(position % dim);
      position /= dim;
      for (std::size_t k = 0; k < kOperands; ++k) offsets_[k] += index_[axis] * strides_[k][axis];
    }
  }
  void next() {
    for (std::size_t axis = dims_.size(); axis-- > 0;) {
      for (std::size_t k = 0; k < kOperands; ++k) offsets_[k] += strides_[k][axis];
      if (++index_[axis] < dims_[axis]) return;
      for (std::size_t k = 0; k < kOperands; ++k) offsets_[k] -= strides_[k][axis] * dims_[axis];
      index_[axis] = 0;
    }
  }

 private:
  std::vector<std::int64_t> dims_, index_;
  std::array<std::vector<std::int64_t>, kOperands> strides_;
  std::array<std::int64_t, kOperands> offsets_{};
};

/// out[i] = f(a[i], b[i]) over the range, with NumPy broadcasting; adds f to out when `accumulate`.
template <class Word, class F>
void map_pairs(const View& a, const View& b, const MutableView& out, Range range, bool accumulate, F f) {
  const auto* x = reinterpret_cast<const Word*>(a.data);
  const auto* y = reinterpret_cast<const Word*>(b.data);
  auto* z = reinterpret_cast<Word*>(out.data);
  const std::uint64_t count = out.shape->elements(), nx = a.shape->elements(), ny = b.shape->elements();
  const auto loop = [&](auto fetch_x, auto fetch_y) {
    if (accumulate) {
      for (std::uint64_t i = range.begin; i < range.end; ++i)
        z[i] = static_cast<Word>(z[i] + f(fetch_x(i), fetch_y(i)));
    } else {
      for (std::uint64_t i = range.begin; i < range.end; ++i) z[i] = f(fetch_x(i), fetch_y(i));
    }
  };
  if (nx == count && ny == count) {
    loop([x](std::uint64_t i) { return x[i]; }, [y](std::uint64_t i) { return y[i]; });
  } else if (ny == 1 && nx == count) {
    loop([x](std::uint64_t i) { return x[i]; }, [v = y[0]](std::uint64_t) { return v; });
  } else if (nx == 1 && ny == count) {
    loop([v = x[0]](std::uint64_t) { return v; }, [y](std::uint64_t i) { return y[i]; });
  } else if (count != 0) {
    Walker<2> walk(*out.shape,
                   {broadcast_strides(*a.shape, *out.shape), broadcast_strides(*b.shape, *out.shape)});
    walk.seek(range.begin);
    for (std::uint64_t i = range.begin; i < range.end; ++i, walk.next()) {
      const Word v = f(x[walk.offsets()[0]], y[walk.offsets()[1]]);
      z[i] = accumulate ? static_cast<Word>(z[i] + v) : v;
    }
  }
}

/// The same on packed planes, with `f` on 64-bit words. Ranges begin at a multiple of 64.
template <class F>
void map_planes(const View& a, const View& b, const MutableView& out, Range range, bool accumulate, F f) {
  const std::uint64_t count = out.shape->elements(), na = a.shape->elements(), nb = b.shape->elements();
  if (range.begin >= range.end) return;
  const bool simple = (na == count || na == 1) && (nb == count || nb == 1);
  if (!simple) {
    Walker<2> walk(*out.shape,
                   {broadcast_strides(*a.shape, *out.shape), broadcast_strides(*b.shape, *out.shape)});
    walk.seek(range.begin);
    const unsigned width = out.element.width;
    for (std::uint64_t i = range.begin; i < range.end; ++i, walk.next()) {
      const u128 x = load_element(a.data, a.element, na, static_cast<std::uint64_t>(walk.offsets()[0]));
      const u128 y = load_element(b.data, b.element, nb, static_cast<std::uint64_t>(walk.offsets()[1]));
      u128 v = (static_cast<u128>(f(static_cast<std::uint64_t>(x >> 64), static_cast<std::uint64_t>(y >> 64)))
                << 64) |
               f(static_cast<std::uint64_t>(x), static_cast<std::uint64_t>(y));
      if (accumulate) v ^= load_element(out.data, out.element, count, i);
      store_element(out.data, out.element, count, i, v & low_mask<u128>(width));
    }
    return;
  }
  const std::uint64_t plane = ElementType::plane_words(count);
  const std::uint64_t first = range.begin / 64, last = (range.end + 63) / 64;
  for (unsigned bit = 0; bit < out.element.width; ++bit) {
    const auto fetch = [bit, plane, count](const View& v, std::uint64_t elements, std::uint64_t word) {
      const auto* p = reinterpret_cast<const std::uint64_t*>(v.data);
      if (elements == count) return p[bit * plane + word];
      return std::uint64_t{0} - (p[bit] & 1);  // it may be a share: no branch
    };
    auto* z = reinterpret_cast<std::uint64_t*>(out.data) + bit * plane;
    for (std::uint64_t w = first; w < last; ++w) {
      std::uint64_t v = f(fetch(a, na, w), fetch(b, nb, w));
      if (w == plane - 1 && count % 64 != 0) v &= low_mask<std::uint64_t>(count % 64);
      z[w] = accumulate ? z[w] ^ v : v;
    }
  }
}

/// Copies `count` elements from element `from` of `in` to element `to` of `out`, whatever the domain.
void copy_elements(const View& in, std::uint64_t from, const MutableView& out, std::uint64_t to,
                   std::uint64_t count);

/// Where a run of elements begins, and how far it is from there to the next run.
struct Runs {
  std::uint64_t begin = 0;
  std::uint64_t step = 0;
};
/// Copies `runs` runs of `count` elements.
void copy_runs(const View& in, Runs from, const MutableView& out, Runs to, std::uint64_t count,
               std::uint64_t runs);

/// Row i of `out` is row from[i] of `in`, for every row of `out`.
void gather_rows(const View& in, const MutableView& out, std::span<const std::uint32_t> from);
/// Public numbers of rows, counted modulo `rows`.
std::vector<std::uint32_t> row_numbers(const View& index, std::uint64_t rows);

/// Products of two secrets plus, if there is a third operand, that: all of one type and shape.
template <Visibility kResult>
ValueType infer_masked_product(std::span<const ValueType* const> in, std::span<const std::int64_t>) {
  for (const ValueType* type : in) {
    if (type->element != in[0]->element || type->shape != in[0]->shape)
      throw Error(Errc::type_mismatch,
                  "operands " + describe(*in[0], *type) + " must have one type and shape");
    if (!type->secret())
      throw Error(Errc::type_mismatch, "an operand is " + type->to_string() + ", not secret");
  }
  return {kResult, in[0]->element, in[0]->shape};
}

/// Sums mod 2 of planes: for each plane of the result the number of planes it adds up, and these, as numbers
/// into the planes of all operands one after another, or -1 for the constant 1.
ValueType type_of_sums(std::span<const ValueType* const> in, std::span<const std::int64_t> sums);
void sum_planes(std::span<const std::int64_t> sums, bool constants, std::span<const View> in,
                const MutableView& out, Range range);

void masked_product(std::span<const std::int64_t> attributes, std::span<const View> in,
                    const MutableView& out, Range range, bool accumulate);

/// A product, or an opening, by the scheme itself or through a king.
extern const std::array<Variant, 2> kProductVariants, kRevealVariants;

inline Cost reshare_cost(const Setting& s) {
  return {1, s.t(), std::uint64_t{s.n} * s.t()};
}

}  // namespace tacet::ops
