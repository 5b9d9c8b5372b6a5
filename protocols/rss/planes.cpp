#include "protocols/rss/planes.hpp"

#include <algorithm>
#include <bit>
#include <cstring>

#include "graph/word.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "protocols/rss/planes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tacet::protocols::rss::HWY_NAMESPACE {
#if HWY_TARGET == HWY_SCALAR

namespace {

unsigned bit_at(const std::byte* from, std::size_t i) {
  return std::to_integer<unsigned>(from[i / 8] >> i % 8) & 1;
}

}  // namespace

void planes_of(const std::byte* in, unsigned width, std::size_t words, unsigned first, unsigned count,
               std::byte* planes, std::size_t stride) {
  const std::size_t size = word_bytes(width);
  for (unsigned p = 0; p < count; ++p, planes += stride) {
    std::memset(planes, 0, (words + 63) / 64 * 8);
    for (std::size_t i = 0; i < words && first + p < width; ++i)
      planes[i / 8] |= static_cast<std::byte>(bit_at(in + i * size, first + p) << i % 8);
  }
}

void words_of(const std::byte* planes, std::size_t stride, unsigned count, unsigned width, std::size_t words,
              std::byte* out) {
  const std::size_t size = word_bytes(width);
  std::memset(out, 0, words * size);
  for (std::size_t i = 0; i < words; ++i)
    for (unsigned p = 0; p < count && p < 8 * size; ++p)
      out[i * size + p / 8] |= static_cast<std::byte>(bit_at(planes + p * stride, i) << p % 8);
}

#else

namespace {

namespace hn = hwy::HWY_NAMESPACE;

using D = hn::CappedTag<std::uint8_t, 64>;
using V = hn::Vec<D>;
using DB = hn::FixedTag<std::uint8_t, 16>;
using Block = hn::Vec<DB>;

/// So many words are transposed at once: 128 in every block of 16 bytes of a vector. As squares of n words of
/// n bits, they are n rows of a vector each, which holds a row of every square.
constexpr std::size_t kBlocks = HWY_MAX_BYTES < 64 ? HWY_MAX_BYTES / 16 : 4, kWords = 128 * kBlocks;

template <class W>
constexpr unsigned kRows = 8 * sizeof(W);

/// Blocks of 16 bytes `distance` apart, block(from), block(from + distance) ..., as one vector.
template <class DV, class F>
HWY_INLINE hn::Vec<DV> gather_blocks(DV dv, std::size_t from, std::size_t distance, F block) {
  if constexpr (hn::MaxLanes(DV()) == 16) {
    return block(from);
  } else {
    const hn::Half<DV> half;
    return hn::Combine(dv, gather_blocks(half, from + hn::MaxLanes(dv) / 32 * distance, distance, block),
                       gather_blocks(half, from, distance, block));
  }
}

/// The blocks of a vector, each with its number.
template <class DV, class F>
HWY_INLINE void scatter_blocks(DV dv, hn::Vec<DV> v, std::size_t from, std::size_t distance, F block) {
  if constexpr (hn::MaxLanes(DV()) == 16) {
    block(from, v);
  } else {
    const hn::Half<DV> half;
    scatter_blocks(half, hn::LowerHalf(half, v), from, distance, block);
    scatter_blocks(half, hn::UpperHalf(half, v), from + hn::MaxLanes(dv) / 32 * distance, distance, block);
  }
}

/// The words of `count` vectors in the order of a shuffle of cards, `times` times over, in every block: the
/// upper half of the vectors goes between the lower.
template <class W, unsigned count, unsigned times>
HWY_INLINE void shuffle(V* v) {
  const hn::Repartition<W, D> d;
  V next[count];
  for (unsigned time = 0; time < times; ++time) {
    for (unsigned i = 0; i < count / 2; ++i) {
      const auto low = hn::BitCast(d, v[i]), high = hn::BitCast(d, v[count / 2 + i]);
      next[2 * i] = hn::BitCast(D{}, hn::InterleaveLower(d, low, high));
      next[2 * i + 1] = hn::BitCast(D{}, hn::InterleaveUpper(d, low, high));
    }
    for (unsigned i = 0; i < count; ++i) v[i] = next[i];
  }
}

/// Words between the order of memory and that of squares' rows, a group of vectors at a time.
template <class W>
struct Order {
  static constexpr unsigned kLanes = 16 / sizeof(W), kGroup = std::min(kLanes, kRows<W>),
                            kGroups = kRows<W> / kGroup;

  /// vector(i) is the i-th of memory.
  template <class Vector>
  static HWY_INLINE void to_rows(V* rows, Vector vector) {
    for (unsigned g = 0; g < kGroups; ++g) {
      V v[kGroup];
      for (unsigned i = 0; i < kGroup; ++i) v[i] = vector(i * kGroups + g);
      shuffle<W, kGroup, std::countr_zero(kLanes)>(v);
      for (unsigned i = 0; i < kGroup; ++i) rows[g * kGroup + i] = v[i];
    }
  }

  template <class Vector>
  static HWY_INLINE void of_rows(const V* rows, Vector vector) {
    for (unsigned g = 0; g < kGroups; ++g) {
      V v[kGroup];
      for (unsigned i = 0; i < kGroup; ++i) v[i] = rows[g * kGroup + i];
      shuffle<W, kGroup, std::countr_zero(kGroup)>(v);
      for (unsigned i = 0; i < kGroup; ++i) vector(i * kGroups + g, v[i]);
    }
  }
};

/// Digits j .. 2j-1 of every 2j in `low` change places with digits 0 .. j-1 of `high`.
template <unsigned j>
HWY_INLINE void exchange(V& low, V& high) {
  const hn::Repartition<std::uint64_t, D> d;
  const auto mask = hn::Set(d, ~std::uint64_t{0} / ((std::uint64_t{1} << j) + 1));
  const auto l = hn::BitCast(d, low), h = hn::BitCast(d, high);
  const auto swap = hn::And(hn::Xor(hn::ShiftRight<j>(l), h), mask);
  high = hn::BitCast(D{}, hn::Xor(h, swap));
  low = hn::BitCast(D{}, hn::Xor(l, hn::ShiftLeft<j>(swap)));
}

/// Halves of halves of `count` rows, `distance` apart in their squares, change places.
template <unsigned count, unsigned distance>
HWY_INLINE void exchange_all(V* v) {
  if constexpr (count > 1) {
    for (unsigned i = 0; i < count / 2; ++i) exchange<count / 2 * distance>(v[i], v[i + count / 2]);
    exchange_all<count / 2, distance>(v);
    exchange_all<count / 2, distance>(v + count / 2);
  }
}

/// Digit i of row j becomes digit j of row i, in every square: eight rows and digits apart, then next to each
/// other.
template <class W>
HWY_INLINE void transpose(V* rows) {
  constexpr unsigned count = kRows<W> / 8;
  if constexpr (count > 1)
    for (unsigned first = 0; first < 8; ++first) {
      V v[count];
      for (unsigned i = 0; i < count; ++i) v[i] = rows[first + 8 * i];
      exchange_all<count, 8>(v);
      for (unsigned i = 0; i < count; ++i) rows[first + 8 * i] = v[i];
    }
  for (unsigned first = 0; first < kRows<W>; first += 8) {
    V v[8];
    for (unsigned i = 0; i < 8; ++i) v[i] = rows[first + i];
    exchange_all<8, 1>(v);
    for (unsigned i = 0; i < 8; ++i) rows[first + i] = v[i];
  }
}

/// Calls f(std::type_identity<W>, half) for words of at most 64 bits, and for each half of wider ones.
template <class F>
HWY_INLINE void for_each_half(unsigned width, F f) {
  switch (word_bytes(width)) {
    case 1:
      return f(std::type_identity<std::uint8_t>{}, 0u);
    case 2:
      return f(std::type_identity<std::uint16_t>{}, 0u);
    case 4:
      return f(std::type_identity<std::uint32_t>{}, 0u);
    case 8:
      return f(std::type_identity<std::uint64_t>{}, 0u);
    default:
      f(std::type_identity<std::uint64_t>{}, 0u);
      f(std::type_identity<std::uint64_t>{}, 1u);
  }
}

/// The b-th 16 bytes of words: the words themselves, or one half each of words of two.
template <class W>
HWY_INLINE Block load_block(const std::byte* words, std::size_t size, unsigned half, std::size_t b) {
  if (size == sizeof(W)) return hn::LoadU(DB(), reinterpret_cast<const std::uint8_t*>(words) + 16 * b);
  const hn::FixedTag<std::uint8_t, 8> one;
  const auto* from = reinterpret_cast<const std::uint8_t*>(words) + 32 * b + 8 * half;
  return hn::Combine(DB(), hn::LoadU(one, from + 16), hn::LoadU(one, from));
}

template <class W>
HWY_INLINE void store_block(Block block, std::byte* words, std::size_t size, unsigned half, std::size_t b) {
  auto* to = reinterpret_cast<std::uint8_t*>(words);
  if (size == sizeof(W)) return hn::StoreU(block, DB(), to + 16 * b);
  const hn::FixedTag<std::uint8_t, 8> one;
  hn::StoreU(hn::LowerHalf(one, block), one, to + 32 * b + 8 * half);
  hn::StoreU(hn::UpperHalf(one, block), one, to + 32 * b + 8 * half + 16);
}

}  // namespace

void planes_of(const std::byte* in, unsigned width, std::size_t words, unsigned first, unsigned count,
               std::byte* planes, std::size_t stride) {
  const std::size_t size = word_bytes(width), plane_bytes = (words + 63) / 64 * 8;
  for (unsigned p = 0; p < count; ++p)
    if (first + p >= width) std::memset(planes + p * stride, 0, plane_bytes);
  for_each_half(width, [&]<class W>(std::type_identity<W>, unsigned half) HWY_ATTR {
    V rows[kRows<W>];
    alignas(64) std::byte padded[kWords * 2 * sizeof(std::uint64_t)];
    for (std::size_t at = 0; at < words; at += kWords) {
      const std::byte* from = in + at * size;
      if (words - at < kWords) {
        std::memcpy(padded, from, (words - at) * size);
        std::memset(padded + (words - at) * size, 0, (kWords - (words - at)) * size);
        from = padded;
      }
      Order<W>::to_rows(rows, [&](std::size_t i) HWY_ATTR {
        return gather_blocks(D(), i, kRows<W>,
                             [&](std::size_t b) HWY_ATTR { return load_block<W>(from, size, half, b); });
      });
      transpose<W>(rows);
      const std::size_t bytes = std::min(kWords / 8, plane_bytes - at / 8);
      const unsigned base = half * kRows<W>, end = std::min(first + count, width);
      for (unsigned digit = 0; digit < kRows<W>; ++digit)
        if (base + digit >= first && base + digit < end) {
          std::byte* plane = planes + (base + digit - first) * stride + at / 8;
          if (bytes == kWords / 8) {
            hn::StoreU(rows[digit], D(), reinterpret_cast<std::uint8_t*>(plane));
          } else {
            std::memcpy(plane, &rows[digit], bytes);
          }
        }
    }
  });
}

void words_of(const std::byte* planes, std::size_t stride, unsigned count, unsigned width, std::size_t words,
              std::byte* out) {
  const std::size_t size = word_bytes(width), plane_bytes = (words + 63) / 64 * 8;
  for_each_half(width, [&]<class W>(std::type_identity<W>, unsigned half) HWY_ATTR {
    if (count == 1 && half == 0 && size == sizeof(W)) {  // no square is worth while
      constexpr unsigned n = kRows<W>;
      for (std::size_t at = 0; at < words; at += n) {
        W bits;
        std::memcpy(&bits, planes + at / 8, sizeof(W));
        W each[n];
        for (unsigned i = 0; i < n; ++i) each[i] = static_cast<W>(bits >> i & 1);
        std::memcpy(out + at * size, each, std::min<std::size_t>(n, words - at) * size);
      }
      return;
    }
    V rows[kRows<W>];
    alignas(64) std::byte padded[kWords * 2 * sizeof(std::uint64_t)];
    for (std::size_t at = 0; at < words; at += kWords) {
      const std::size_t bytes = std::min(kWords / 8, plane_bytes - at / 8);
      for (unsigned digit = 0; digit < kRows<W>; ++digit) {
        const unsigned p = half * kRows<W> + digit;
        const std::byte* plane = planes + p * stride + at / 8;
        if (p < count && bytes == kWords / 8) {
          rows[digit] = hn::LoadU(D(), reinterpret_cast<const std::uint8_t*>(plane));
        } else {
          rows[digit] = hn::Zero(D());
          if (p < count) std::memcpy(&rows[digit], plane, bytes);
        }
      }
      transpose<W>(rows);
      const bool whole = words - at >= kWords;
      std::byte* to = out + at * size;
      if (!whole && size != sizeof(W)) std::memcpy(padded, to, (words - at) * size);  // the other halves
      Order<W>::of_rows(rows, [&](std::size_t i, V v) HWY_ATTR {
        scatter_blocks(D(), v, i, kRows<W>, [&](std::size_t b, Block block) HWY_ATTR {
          store_block<W>(block, whole ? to : padded, size, half, b);
        });
      });
      if (!whole) std::memcpy(to, padded, (words - at) * size);
    }
  });
}

#endif

}  // namespace tacet::protocols::rss::HWY_NAMESPACE
HWY_AFTER_NAMESPACE();

#if HWY_ONCE
namespace tacet::protocols::rss {

HWY_EXPORT(planes_of);
HWY_EXPORT(words_of);

void planes_of(const std::byte* in, unsigned width, std::size_t words, unsigned first, unsigned count,
               std::byte* planes, std::size_t stride) {
  HWY_DYNAMIC_DISPATCH(planes_of)(in, width, words, first, count, planes, stride);
}

void words_of(const std::byte* planes, std::size_t stride, unsigned count, unsigned width, std::size_t words,
              std::byte* out) {
  HWY_DYNAMIC_DISPATCH(words_of)(planes, stride, count, width, words, out);
}

}  // namespace tacet::protocols::rss
#endif
