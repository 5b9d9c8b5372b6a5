#include "graph/product.hpp"

#include <hwy/aligned_allocator.h>
#include <algorithm>
#include <vector>

#include "graph/word.hpp"

// Everything here is compiled once for each set of vector instructions.
#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "graph/product.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tacet::HWY_NAMESPACE {
namespace {

namespace hn = hwy::HWY_NAMESPACE;

constexpr std::int64_t kDepth = 256;  ///< terms summed at once: a sliver of b of this depth fills half of L1
constexpr std::int64_t kTileRows = 6;
constexpr std::int64_t kBlockRows = 16 * kTileRows;  ///< rows of a that stay in L2 ..
constexpr std::int64_t kSlivers = 128;               ///< .. while so many slivers of b pass

template <class W>
struct Factors {
  const MatrixProduct& p;

  const W* row_of_a(std::int64_t row, std::int64_t first, std::int64_t count, W* room) const {
    return reinterpret_cast<const W*>(
        p.a.row(p.a.context, row, first, count, reinterpret_cast<std::byte*>(room)));
  }
  const W* b(std::int64_t row) const { return reinterpret_cast<const W*>(p.b.data) + row * p.b.stride; }
  W* c(std::int64_t row) const { return reinterpret_cast<W*>(p.c) + row * p.c_stride; }
};

/// A few rows: each runs along the rows of b as they lie, four at a time so that c is touched less often.
template <class W>
void multiply_by_rows(const MatrixProduct& p) {
  constexpr std::int64_t kRoom = 64, kColumns = 4096 / sizeof(W);
  const Factors<W> at{p};
  for (std::int64_t j = 0; j < p.n; j += kColumns) {
    const std::int64_t columns = std::min(kColumns, p.n - j);
    for (std::int64_t first = 0; first < p.k; first += kRoom) {
      const std::int64_t depth = std::min(kRoom, p.k - first);
      for (std::int64_t i = 0; i < p.m; ++i) {
        W room[kRoom];
        const W* factors = at.row_of_a(i, first, depth, room);
        W* __restrict z = at.c(i) + j;
        std::int64_t t = 0;
        for (; t + 4 <= depth; t += 4) {
          const W *x0 = at.b(first + t) + j, *x1 = x0 + p.b.stride, *x2 = x1 + p.b.stride,
                  *x3 = x2 + p.b.stride;
          const Arith<W> f0 = factors[t], f1 = factors[t + 1], f2 = factors[t + 2], f3 = factors[t + 3];
          for (std::int64_t x = 0; x < columns; ++x)
            z[x] = static_cast<W>(z[x] + f0 * x0[x] + f1 * x1[x] + (f2 * x2[x] + f3 * x3[x]));
        }
        for (; t < depth; ++t) {
          const W* x0 = at.b(first + t) + j;
          const Arith<W> f0 = factors[t];
          for (std::int64_t x = 0; x < columns; ++x) z[x] = static_cast<W>(z[x] + f0 * x0[x]);
        }
      }
    }
  }
}

template <class W>
W dot(const W* x, const W* y, std::int64_t count) {
  W sum = 0;
  for (std::int64_t i = 0; i < count; ++i) sum = static_cast<W>(sum + Arith<W>{x[i]} * Arith<W>{y[i]});
  return sum;
}

/// A few columns, or a transposed b: sums of products along rows of a and columns of b.
template <class W>
void multiply_by_dots(const MatrixProduct& p) {
  const Factors<W> at{p};
  std::vector<W> columns;
  for (std::int64_t first = 0; first < p.k; first += kDepth) {
    const std::int64_t depth = std::min(kDepth, p.k - first);
    if (!p.b_transposed && p.b.stride != 1) {
      columns.resize(static_cast<std::size_t>(p.n * depth));
      for (std::int64_t t = 0; t < depth; ++t)
        for (std::int64_t j = 0; j < p.n; ++j)
          columns[static_cast<std::size_t>(j * depth + t)] = at.b(first + t)[j];
    }
    const auto column = [&](std::int64_t j) {
      return p.b_transposed ? at.b(j) + first : columns.empty() ? at.b(first) : columns.data() + j * depth;
    };
    for (std::int64_t i = 0; i < p.m; ++i) {
      W room[kDepth];
      const W* row = at.row_of_a(i, first, depth, room);
      W* z = at.c(i);
      for (std::int64_t j = 0; j < p.n; ++j) z[j] = static_cast<W>(z[j] + dot(row, column(j), depth));
    }
  }
}

#if HWY_TARGET != HWY_SCALAR

/// What words are multiplied in: of 8 bits, the low half of 16.
template <class W>
using Lane = std::conditional_t<sizeof(W) == 1, std::uint16_t, W>;
template <class W>
using Vectors = hn::ScalableTag<Lane<W>>;

/// Columns of b that are multiplied at once: two vectors of them; of 64 bits one, which is kept a second time
/// with the halves of each word exchanged.
template <class W>
std::int64_t tile_columns() {
  return static_cast<std::int64_t>((sizeof(W) == 8 ? 1 : 2) * hn::Lanes(Vectors<W>()));
}
template <class W>
constexpr std::size_t max_tile_columns() {
  return (sizeof(W) == 8 ? 1 : 2) * hn::MaxLanes(Vectors<W>());
}

template <class V>
HWY_INLINE V exchange_halves(V words) {
  const hn::DFromV<V> d;
  return hn::BitCast(d, hn::Shuffle2301(hn::BitCast(hn::RepartitionToNarrow<decltype(d)>(), words)));
}

/// One row of a sliver: tile_columns() words of b.
template <class W>
HWY_INLINE void pack_line(const W* from, Lane<W>* to) {
  const Vectors<W> d;
  const std::size_t lanes = hn::Lanes(d);
  if constexpr (sizeof(W) == 1) {
    const hn::Rebind<W, decltype(d)> narrow;
    hn::Store(hn::PromoteTo(d, hn::LoadU(narrow, from)), d, to);
    hn::Store(hn::PromoteTo(d, hn::LoadU(narrow, from + lanes)), d, to + lanes);
  } else {
    const auto words = hn::LoadU(d, from);
    hn::Store(words, d, to);
    if constexpr (sizeof(W) == 8) {
      hn::Store(exchange_halves(words), d, to + lanes);
    } else {
      hn::Store(hn::LoadU(d, from + lanes), d, to + lanes);
    }
  }
}

/// Adds a * b to two sums. Of 64 bits, the first sums products of low halves and the second, in each half of
/// its lanes, products of a low with a high half, of which 32 bits count: no machine before AVX-512
/// multiplies 64-bit words, and there it takes three times as long.
template <class V>
HWY_INLINE void add_products(V a, V b0, V b1, V& sum0, V& sum1) {
  if constexpr (sizeof(hn::TFromV<V>) == 8) {
    const hn::DFromV<V> d;
    const hn::RepartitionToNarrow<decltype(d)> halves;
    const auto low_high = hn::BitCast(halves, a);
    sum0 = hn::Add(sum0, hn::MulEven(low_high, hn::BitCast(halves, b0)));
    sum1 = hn::BitCast(d, hn::Add(hn::BitCast(halves, sum1), hn::Mul(low_high, hn::BitCast(halves, b1))));
  } else {
    sum0 = hn::Add(sum0, hn::Mul(a, b0));
    sum1 = hn::Add(sum1, hn::Mul(a, b1));
  }
}

/// kTileRows rows of a, kDepth lanes apart, times a sliver of b. Twelve sums, two vectors of b, one of a and
/// one product are what sixteen registers hold.
template <class L>
HWY_NOINLINE void multiply_tile(const L* HWY_RESTRICT a, const L* HWY_RESTRICT b, std::int64_t depth,
                                L* HWY_RESTRICT sums) {
  static_assert(kTileRows == 6);
  const hn::ScalableTag<L> d;
  const std::size_t lanes = hn::Lanes(d);
  auto p0 = hn::Zero(d), p1 = p0, p2 = p0, p3 = p0, p4 = p0, p5 = p0;
  auto q0 = p0, q1 = p0, q2 = p0, q3 = p0, q4 = p0, q5 = p0;
  for (std::int64_t t = 0; t < depth; ++t, ++a, b += 2 * lanes) {
    const auto b0 = hn::Load(d, b), b1 = hn::Load(d, b + lanes);
    add_products(hn::Set(d, a[0 * kDepth]), b0, b1, p0, q0);
    add_products(hn::Set(d, a[1 * kDepth]), b0, b1, p1, q1);
    add_products(hn::Set(d, a[2 * kDepth]), b0, b1, p2, q2);
    add_products(hn::Set(d, a[3 * kDepth]), b0, b1, p3, q3);
    add_products(hn::Set(d, a[4 * kDepth]), b0, b1, p4, q4);
    add_products(hn::Set(d, a[5 * kDepth]), b0, b1, p5, q5);
  }
  const auto put = [&](auto p, auto q) HWY_ATTR {
    hn::Store(p, d, sums), hn::Store(q, d, sums + lanes);
    sums += 2 * lanes;
  };
  put(p0, q0), put(p1, q1), put(p2, q2), put(p3, q3), put(p4, q4), put(p5, q5);
}

/// Adds one row of a tile to tile_columns() words.
template <class W>
HWY_INLINE void add_row(const Lane<W>* sums, W* to) {
  const Vectors<W> d;
  const std::size_t lanes = hn::Lanes(d);
  if constexpr (sizeof(W) == 1) {
    for (std::size_t x = 0; x < 2 * lanes; ++x) to[x] = static_cast<W>(to[x] + sums[x]);
  } else if constexpr (sizeof(W) == 8) {  // crosses count from bit 32 on
    const auto low = hn::Load(d, sums), crosses = hn::Load(d, sums + lanes);
    const auto high =
        hn::Add(hn::ShiftLeft<32>(crosses), hn::And(crosses, hn::Set(d, ~std::uint64_t{0} << 32)));
    hn::StoreU(hn::Add(hn::LoadU(d, to), hn::Add(low, high)), d, to);
  } else {
    hn::StoreU(hn::Add(hn::LoadU(d, to), hn::Load(d, sums)), d, to);
    hn::StoreU(hn::Add(hn::LoadU(d, to + lanes), hn::Load(d, sums + lanes)), d, to + lanes);
  }
}

/// Packs rows [first, first + depth) of `columns` columns of b from column j; zeros fill the sliver.
template <class W>
void pack_sliver(const MatrixProduct& p, std::int64_t first, std::int64_t depth, std::int64_t j,
                 std::int64_t columns, Lane<W>* to) {
  const Factors<W> at{p};
  const std::int64_t width = tile_columns<W>();
  const auto step = static_cast<std::int64_t>(2 * hn::Lanes(Vectors<W>()));
  if (!p.b_transposed && columns == width) {
    for (std::int64_t t = 0; t < depth; ++t, to += step) pack_line(at.b(first + t) + j, to);
    return;
  }
  W room[kDepth * max_tile_columns<W>()];
  std::fill(room, room + depth * width, W{0});
  for (std::int64_t x = 0; x < columns; ++x)
    for (std::int64_t t = 0; t < depth; ++t)
      room[t * width + x] = p.b_transposed ? at.b(j + x)[first + t] : at.b(first + t)[j + x];
  for (std::int64_t t = 0; t < depth; ++t, to += step) pack_line(room + t * width, to);
}

/// Blocks of a and slivers of b, copied so that a tile finds its factors side by side in the nearest cache.
template <class W>
void multiply_packed(const MatrixProduct& p) {
  using L = Lane<W>;
  const Factors<W> at{p};
  const std::int64_t width = tile_columns<W>();
  const auto step = static_cast<std::int64_t>(2 * hn::Lanes(Vectors<W>()));
  const std::int64_t slivers = std::min(kSlivers, (p.n + width - 1) / width);
  const std::int64_t block = std::min(kBlockRows, (p.m + kTileRows - 1) / kTileRows * kTileRows);
  const auto packed_a = hwy::AllocateAligned<L>(static_cast<std::size_t>(block * kDepth));
  const auto packed_b =
      hwy::AllocateAligned<L>(static_cast<std::size_t>(slivers * step * std::min(kDepth, p.k)));
  TACET_ASSERT(packed_a && packed_b);
  HWY_ALIGN L tile[kTileRows * 2 * hn::MaxLanes(Vectors<W>())];
  const auto add_tile = [&](std::int64_t i, std::int64_t j) HWY_ATTR {
    const std::int64_t rows = std::min(kTileRows, p.m - i), columns = std::min(width, p.n - j);
    for (std::int64_t r = 0; r < rows; ++r) {
      W* z = at.c(i + r) + j;
      if (columns == width) {
        add_row<W>(tile + r * step, z);
      } else {
        W line[max_tile_columns<W>()];
        std::copy(z, z + columns, line);
        add_row<W>(tile + r * step, line);
        std::copy(line, line + columns, z);
      }
    }
  };
  for (std::int64_t j = 0; j < p.n; j += slivers * width)
    for (std::int64_t first = 0; first < p.k; first += kDepth) {
      const std::int64_t depth = std::min(kDepth, p.k - first), end = std::min(p.n, j + slivers * width);
      for (std::int64_t x = j; x < end; x += width)
        pack_sliver<W>(p, first, depth, x, std::min(width, end - x),
                       packed_b.get() + (x - j) / width * depth * step);
      for (std::int64_t i = 0; i < p.m; i += block) {
        for (std::int64_t r = 0; r < block; ++r) {
          L* to = packed_a.get() + r * kDepth;
          W room[kDepth];
          if (i + r < p.m) {
            const W* row = at.row_of_a(i + r, first, depth, room);
            std::copy(row, row + depth, to);
          } else {
            std::fill(to, to + depth, L{0});
          }
        }
        for (std::int64_t x = j; x < end; x += width)
          for (std::int64_t r = 0; r < block && i + r < p.m; r += kTileRows) {
            multiply_tile(packed_a.get() + r * kDepth, packed_b.get() + (x - j) / width * depth * step, depth,
                          tile);
            add_tile(i + r, x);
          }
      }
    }
}

#endif

/// Three pairs at a time, so that z is touched less often.
template <class W>
void multiply_lines(std::span<const Lines> pairs, std::byte* to, std::size_t count) {
  W* __restrict z = reinterpret_cast<W*>(to);
  const auto words = [](const std::byte* line) { return reinterpret_cast<const W*>(line); };
  using A = Arith<W>;
  std::size_t at = 0;
  for (; at + 3 <= pairs.size(); at += 3) {
    const W *x0 = words(pairs[at].x), *x1 = words(pairs[at + 1].x), *x2 = words(pairs[at + 2].x);
    const W *y0 = words(pairs[at].y), *y1 = words(pairs[at + 1].y), *y2 = words(pairs[at + 2].y);
    for (std::size_t i = 0; i < count; ++i)
      z[i] = static_cast<W>(z[i] + A{x0[i]} * y0[i] + A{x1[i]} * y1[i] + A{x2[i]} * y2[i]);
  }
  for (; at < pairs.size(); ++at) {
    const W *x = words(pairs[at].x), *y = words(pairs[at].y);
    for (std::size_t i = 0; i < count; ++i) z[i] = static_cast<W>(z[i] + A{x[i]} * y[i]);
  }
}

/// Packing pays where what it copies is used often, and no tile is mostly empty.
template <class W>
void multiply(const MatrixProduct& p) {
  std::int64_t narrow = 4;
#if HWY_TARGET != HWY_SCALAR
  if constexpr (sizeof(W) <= 8) {
    narrow = tile_columns<W>() / 2;
    constexpr std::int64_t kFewRows = 3, kTiny = 4096;
    if (p.m > kFewRows && p.n >= narrow && p.m * p.n * p.k > kTiny) return multiply_packed<W>(p);
  }
#endif
  if (p.b_transposed || p.n < narrow) {
    multiply_by_dots<W>(p);
  } else {
    multiply_by_rows<W>(p);
  }
}

}  // namespace

std::int64_t target() {
  return HWY_TARGET;
}

using Matrices = void (*)(const MatrixProduct&);
Matrices matrices_for(unsigned ring_bits) {
  return with_word(ring_bits, []<class W>(std::type_identity<W>) -> Matrices { return multiply<W>; });
}

using PairsOfLines = void (*)(std::span<const Lines> pairs, std::byte* z, std::size_t count);
PairsOfLines lines_for(unsigned ring_bits) {
  return with_word(ring_bits,
                   []<class W>(std::type_identity<W>) -> PairsOfLines { return multiply_lines<W>; });
}

}  // namespace tacet::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacet {
namespace {

HWY_EXPORT(matrices_for);
HWY_EXPORT(lines_for);
HWY_EXPORT(target);

struct InMemory {
  Matrix matrix;
  std::size_t word;
};

}  // namespace

std::string_view product_instructions() {
  return hwy::TargetName(HWY_DYNAMIC_DISPATCH(target)());
}

void multiply_add(unsigned ring_bits, const MatrixProduct& product) {
  if (product.m == 0 || product.k == 0 || product.n == 0) return;
  HWY_DYNAMIC_DISPATCH(matrices_for)(ring_bits)(product);
}

void multiply_add(unsigned ring_bits, const Matrix& a, MatrixProduct product) {
  const InMemory rows{a, word_bytes(ring_bits)};
  product.a = {&rows,
               [](const void* context, std::int64_t row, std::int64_t first, std::int64_t,
                  std::byte*) -> const std::byte* {
                 const auto& [matrix, word] = *static_cast<const InMemory*>(context);
                 return matrix.data + (row * matrix.stride + first) * static_cast<std::int64_t>(word);
               }};
  multiply_add(ring_bits, product);
}

void multiply_add(unsigned ring_bits, std::span<const Lines> pairs, std::byte* z, std::size_t count) {
  HWY_DYNAMIC_DISPATCH(lines_for)(ring_bits)(pairs, z, count);
}

}  // namespace tacet
#endif
