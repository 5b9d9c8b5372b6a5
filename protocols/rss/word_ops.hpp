#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

#include "graph/value_type.hpp"

namespace tacet::protocols::rss {

/// A term of a linear combination: words times a constant, or one word that stretches.
struct Addend {
  const std::byte* words = nullptr;
  u128 factor = 1;
  bool stretch = false;
};

/// Loops over runs of words of one element type; of bits, over words of one plane, where addition is xor,
/// subtraction too, and multiplication is and. Runs fit into the first-level cache; each function passes over
/// them once or a few times.
struct WordOps {
  std::size_t bytes;  ///< of a word
  void (*add)(std::byte* out, const std::byte* in, std::size_t words);
  void (*subtract)(std::byte* out, const std::byte* in, std::size_t words);
  /// out = sum of the terms.
  void (*combine)(std::byte* out, std::span<const Addend> terms, std::size_t words);
  /// out = x * y, or out += x * y.
  void (*multiply)(std::byte* out, const std::byte* x, const std::byte* y, std::size_t words,
                   bool accumulate);
  /// out = x0 (y0 + y1) + x1 y0, the local product of three parties.
  void (*multiply_three)(std::byte* out, const std::byte* x0, const std::byte* x1, const std::byte* y0,
                         const std::byte* y1, std::size_t words);
  /// To and from the wire. Of a ring: `elements` words to wire_bytes(width) bytes each, bits above the width
  /// zero; of bits: to ceil(elements / 8) bytes, bits after the last zero.
  void (*pack)(std::byte* wire, const std::byte* in, unsigned width, std::size_t elements);
  void (*unpack)(std::byte* out, const std::byte* wire, unsigned width, std::size_t elements);
  /// Adds what arrived to out.
  void (*unpack_add)(std::byte* out, const std::byte* wire, unsigned width, std::size_t elements);
  /// Clears the bits above the width, or after the last element.
  void (*reduce)(std::byte* out, unsigned width, std::size_t elements);
};

const WordOps& word_ops(ElementType element);

/// Which vector instructions these loops and those over planes use here, as "AVX3_DL".
std::string_view word_instructions();

}  // namespace tacet::protocols::rss
