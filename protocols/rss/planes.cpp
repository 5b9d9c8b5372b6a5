#include "protocols/rss/planes.hpp"

#include <algorithm>
#include <cstring>

#include "graph/word.hpp"

#undef HWY_TARGET_INCLUDE
#define HWY_TARGET_INCLUDE "protocols/rss/planes.cpp"
#include <hwy/foreach_target.h>
#include <hwy/highway.h>

HWY_BEFORE_NAMESPACE();
namespace tacet::protocols::rss::HWY_NAMESPACE {
namespace {

/// So many words are transposed at once, as squares side by side: a row of all squares fills a vector.
constexpr std::size_t kWords = 256;

/// kWords words of N bits as N rows, each of which holds one word of every square.
template <class W>
struct Squares {
  static constexpr unsigned kRows = 8 * sizeof(W), kColumns = kWords / kRows;
  alignas(64) W rows[kRows][kColumns];
};

/// Bit i of row j becomes bit j of row i, in every square. Halves of halves change places.
template <class W>
HWY_INLINE void transpose(Squares<W>& s) {
  constexpr unsigned n = Squares<W>::kRows;
  W mask = low_mask<W>(n / 2);
  for (unsigned j = n / 2; j != 0; j /= 2, mask = static_cast<W>(mask ^ (mask << j)))
    for (unsigned k = 0; k < n; k = ((k | j) + 1) & ~j) {
      W* __restrict low = s.rows[k];
      W* __restrict high = s.rows[k | j];
      for (unsigned c = 0; c < Squares<W>::kColumns; ++c) {
        const W swap = static_cast<W>((static_cast<W>(low[c] >> j) ^ high[c]) & mask);
        high[c] = static_cast<W>(high[c] ^ swap);
        low[c] = static_cast<W>(low[c] ^ static_cast<W>(swap << j));
      }
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

}  // namespace

void planes_of(const std::byte* in, unsigned width, std::size_t words, unsigned first, unsigned count,
               std::byte* planes, std::size_t stride) {
  const std::size_t size = word_bytes(width), plane_bytes = (words + 63) / 64 * 8;
  for (unsigned p = 0; p < count; ++p)
    if (first + p >= width) std::memset(planes + p * stride, 0, plane_bytes);
  for_each_half(width, [&]<class W>(std::type_identity<W>, unsigned half) HWY_ATTR {
    constexpr unsigned n = Squares<W>::kRows;
    Squares<W> s;
    for (std::size_t at = 0; at < words; at += kWords) {
      const std::size_t here = std::min(kWords, words - at);
      if (here < kWords) std::memset(&s, 0, sizeof s);
      const std::byte* from = in + at * size + half * 8;
      for (std::size_t i = 0; i < here; ++i) {
        W word;
        std::memcpy(&word, from + i * size, sizeof(W));
        s.rows[i % n][i / n] = word;
      }
      transpose(s);
      const std::size_t bytes = std::min(kWords / 8, plane_bytes - at / 8);
      for (unsigned p = 0; p < count; ++p) {
        const unsigned digit = first + p;
        if (digit < width && digit / n == half)
          std::memcpy(planes + p * stride + at / 8, s.rows[digit % n], bytes);
      }
    }
  });
}

void words_of(const std::byte* planes, std::size_t stride, unsigned count, unsigned width, std::size_t words,
              std::byte* out) {
  const std::size_t size = word_bytes(width), plane_bytes = (words + 63) / 64 * 8;
  for_each_half(width, [&]<class W>(std::type_identity<W>, unsigned half) HWY_ATTR {
    constexpr unsigned n = Squares<W>::kRows;
    if (count == 1 && half == 0 && size == sizeof(W)) {  // no square is worth while
      for (std::size_t at = 0; at < words; at += n) {
        W bits;
        std::memcpy(&bits, planes + at / 8, sizeof(W));
        W each[n];
        for (unsigned i = 0; i < n; ++i) each[i] = static_cast<W>(bits >> i & 1);
        std::memcpy(out + at * size, each, std::min<std::size_t>(n, words - at) * size);
      }
      return;
    }
    Squares<W> s;
    for (std::size_t at = 0; at < words; at += kWords) {
      const std::size_t here = std::min(kWords, words - at),
                        bytes = std::min(kWords / 8, plane_bytes - at / 8);
      for (unsigned digit = 0; digit < n; ++digit) {
        const unsigned p = half * n + digit;
        if (p >= count || bytes < sizeof s.rows[digit]) std::memset(s.rows[digit], 0, sizeof s.rows[digit]);
        if (p < count) std::memcpy(s.rows[digit], planes + p * stride + at / 8, bytes);
      }
      transpose(s);
      std::byte* to = out + at * size + half * 8;
      for (std::size_t i = 0; i < here; ++i) std::memcpy(to + i * size, &s.rows[i % n][i / n], sizeof(W));
    }
  });
}

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
