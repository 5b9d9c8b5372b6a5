#pragma once

#include <cstdint>

/// How large a computation may be. Sizes come from command lines and from outlines of others: a number that
/// nobody meant is refused with its place, instead of being planned for ever.
namespace tacet {

/// Of one tensor. Byte counts of all that is made of it still have room in 64 bits.
inline constexpr std::uint64_t kMaxElements = std::uint64_t{1} << 48;

/// Operations of a graph, also once composite ones are replaced by what they consist of. Loops over elements
/// belong into tensors; a loop over a parameter ends here. A plan of a million takes seconds and some hundred
/// megabytes.
inline constexpr std::uint32_t kMaxNodes = std::uint32_t{1} << 23;

/// Steps of a plan: one for every tile of every operation.
inline constexpr std::uint64_t kMaxSteps = std::uint64_t{1} << 23;

}  // namespace tacet
