#pragma once

#include <cstdint>
#include <string>

#include "graph/shape.hpp"
#include "graph/word.hpp"

namespace tacet {

/// Who holds what of a value, from least to most secret: a result is as secret as its most secret operand.
enum class Visibility : std::uint8_t {
  open,     ///< known to all parties
  sparse,   ///< secret, but known to the t+1 parties t .. 2t: share 0 is the value, all others are zero
  secret,   ///< shared among all parties
  partial,  ///< on its way: no value yet, only the operation that completes it takes it
};

/// `ring`: integers mod 2^width, one word per element. `bits`: strings of `width` bits under xor and and,
/// stored as `width` packed planes, plane i holding bit i of every element.
enum class Domain : std::uint8_t { ring, bits };

/// What one element is.
struct ElementType {
  Domain domain = Domain::ring;
  std::uint8_t width = 1;
  /// Of a ring: how many low bits are the fraction. A product of two such values is truncated to as many
  /// again (graph/fixed_point.hpp).
  std::uint8_t frac = 0;
  bool operator==(const ElementType&) const = default;

  /// Bytes that hold `elements` elements in memory (one share component, or the clear value).
  std::uint64_t memory_bytes(std::uint64_t elements) const {
    return domain == Domain::ring ? elements * word_bytes(width) : width * plane_words(elements) * 8;
  }
  /// Whether elements i, i+1, .. lie in one run, which begins memory_bytes(i) behind element 0: words, or a
  /// single plane (i a multiple of 64).
  bool lies_in_one_run() const { return domain == Domain::ring || width == 1; }
  /// Bytes of `elements` elements on the wire.
  std::uint64_t payload_bytes(std::uint64_t elements) const {
    return domain == Domain::ring ? elements * tacet::wire_bytes(width) : width * ((elements + 7) / 8);
  }
  /// 64-bit words of one plane.
  static constexpr std::uint64_t plane_words(std::uint64_t elements) { return (elements + 63) / 64; }
  /// As programs write it: "ring(32)", "fixed(64, 16)" or "bits(8)".
  std::string to_string() const;
};

/// Integers mod 2^k. Fails: Errc::bad_width unless 1 <= k <= 128.
ElementType ring(unsigned k);
/// Strings of w bits. Fails: Errc::bad_width unless 1 <= w <= 128.
ElementType bits(unsigned w = 1);

/// Fixed-point numbers x 2^-f with a two's complement x of k bits: from -2^(k-1-f) to 2^(k-1-f) - 2^-f, in
/// steps of 2^-f. Whatever is one of them comes out right: products and sums of products, which have 2f bits
/// of fraction on the way, are computed in k + f bits unless declared ranges (Builder::input) tell that they
/// fit k. A result that is none of them is taken mod 2^(k-f), unnoticed; `run --check-ranges` finds it.
/// Fails: Errc::bad_width unless f < k; making a plan fails with Errc::bad_width if k + f > 128 and ranges do
/// not tell that a product fits 128 bits.
ElementType fixed(unsigned k, unsigned f);

/// The type of a node: who may see it, what an element is, how many there are.
struct ValueType {
  Visibility visibility = Visibility::secret;
  ElementType element;
  Shape shape;

  /// Has share components.
  bool secret() const { return visibility != Visibility::open; }
  std::uint64_t elements() const { return shape.elements(); }
  bool operator==(const ValueType&) const = default;
  /// As "secret ring(32) [2, 3]".
  std::string to_string() const;
};

}  // namespace tacet
