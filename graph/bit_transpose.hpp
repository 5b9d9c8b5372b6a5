#pragma once

#include <cstdint>
#include <span>

namespace tacet {

/// Transposes 64 rows of 64 bits: bit i of row j becomes bit j of row i.
inline void transpose_bits(std::span<std::uint64_t, 64> rows) {
  std::uint64_t mask = 0x00000000FFFFFFFF;
  for (unsigned j = 32; j != 0; j >>= 1, mask ^= mask << j)
    for (unsigned k = 0; k < 64; k = ((k | j) + 1) & ~j) {
      const std::uint64_t swap = ((rows[k] >> j) ^ rows[k | j]) & mask;
      rows[k | j] ^= swap;
      rows[k] ^= swap << j;
    }
}

}  // namespace tacet
