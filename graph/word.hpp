#pragma once

#include <cstddef>
#include <cstdint>
#include <type_traits>

#include "graph/error.hpp"

namespace tacet {

using u128 = unsigned __int128;

inline constexpr unsigned kMaxRingBits = 128;

/// Bytes of the smallest word that holds a k-bit ring element in memory: 1, 2, 4, 8 or 16.
constexpr std::size_t word_bytes(unsigned ring_bits) {
  return ring_bits <= 8 ? 1 : ring_bits <= 16 ? 2 : ring_bits <= 32 ? 4 : ring_bits <= 64 ? 8 : 16;
}

/// Bytes of one ring element on the wire.
constexpr std::size_t wire_bytes(unsigned ring_bits) {
  return (ring_bits + 7) / 8;
}

/// The low `bits` bits set.
template <class Word>
constexpr Word low_mask(unsigned bits) {
  return bits >= 8 * sizeof(Word) ? static_cast<Word>(~Word{0})
                                  : static_cast<Word>((Word{1} << bits) - Word{1});
}

/// A word of `bits` bits as two's complement.
constexpr __int128 as_signed(u128 value, unsigned bits) {
  const unsigned rest = 128 - bits;
  return static_cast<__int128>(value << rest) >> rest;
}

/// Calls `f(std::type_identity<Word>)` for the word that holds `ring_bits` bits. The only place where a width
/// known at run time becomes a type.
template <class F>
decltype(auto) with_word(unsigned ring_bits, F&& f) {
  TACET_ASSERT(ring_bits >= 1 && ring_bits <= kMaxRingBits);
  switch (word_bytes(ring_bits)) {
    case 1:
      return f(std::type_identity<std::uint8_t>{});
    case 2:
      return f(std::type_identity<std::uint16_t>{});
    case 4:
      return f(std::type_identity<std::uint32_t>{});
    case 8:
      return f(std::type_identity<std::uint64_t>{});
    default:
      return f(std::type_identity<u128>{});
  }
}

/// Arithmetic on words narrower than int happens in int, where overflow of a product is undefined: the type
/// in which to add and multiply.
template <class Word>
using Arith = std::conditional_t<(sizeof(Word) < 4), std::uint32_t, Word>;

}  // namespace tacet
