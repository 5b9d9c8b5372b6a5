#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

#include "protocols/key_ring.hpp"

namespace tacet::protocols {

/// What a draw is for: draws for different purposes never meet, whatever their addresses.
enum class DrawTag : std::uint8_t { ring = 1, bits = 2, zero_sharing = 3, client_input = 4, permutation = 5 };

/// Names a stream of masks. The same name gives everyone who holds the key the same bytes, in whatever order
/// and by whichever thread they are drawn: element i of a draw of W-byte words lies at byte i*W, and 64-bit
/// word j of plane b at byte (b * plane_words + j) * 8.
struct Draw {
  KeyRef key;
  std::uint64_t address = 0;
  std::uint16_t lane = 0;  ///< tells apart those who mask with one key in one step
  DrawTag tag = DrawTag::ring;
};

/// Draws masks for one thread.
class MaskSource {
 public:
  virtual ~MaskSource() = default;
  /// Writes bytes [first_byte, first_byte + out.size()) of the stream.
  virtual void fill(const Draw& draw, std::uint64_t first_byte, std::span<std::byte> out) = 0;
};

/// Where an endpoint's masks come from. Outlives its sources. Thread-safe.
class Masks {
 public:
  virtual ~Masks() = default;
  virtual std::unique_ptr<MaskSource> make_source() const = 0;
};

/// AES-128 in counter mode; the counter block is the draw's name and the number of the block.
/// Source: [CDI05] for secret sharing from common keys.
std::unique_ptr<Masks> aes_masks(KeyRing keys);

/// Every mask is zero: the same steps and messages without any protection, for watching values.
std::unique_ptr<Masks> zero_masks();

/// Passes draws through and stops the program when one endpoint draws any byte of a stream twice in a
/// session: a mask used for two purposes gives away their difference.
std::unique_ptr<Masks> checked_masks(std::unique_ptr<Masks> masks);

}  // namespace tacet::protocols
