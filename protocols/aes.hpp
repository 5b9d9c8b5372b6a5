#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <string_view>

#include "protocols/crypto.hpp"

namespace tacet::protocols {

/// AES-128 as a generator: encrypts blocks that are counted up, with the widest instructions of the machine.
/// Any number of threads may use one.
class Aes128 {
 public:
  explicit Aes128(const Key& key);
  ~Aes128() { wipe(std::as_writable_bytes(std::span(keys_))); }
  Aes128(const Aes128&) = default;
  Aes128& operator=(const Aes128&) = default;

  /// 16 bytes as two little-endian numbers.
  struct Block {
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };
  /// Block i of `out` becomes the encryption of {first.low, first.high + i * step}. The size is a multiple of
  /// 16.
  void encrypt_counted(Block first, std::uint64_t step, std::span<std::byte> out) const;

 private:
  static constexpr std::size_t kRounds = 10;
  alignas(16) std::array<std::uint8_t, 16 * (kRounds + 1)> keys_;  ///< one for each round, and one before all
};

/// Which vector instructions encrypt here, as "AVX2 with VAES".
std::string_view aes_instructions();

}  // namespace tacet::protocols
