#pragma once

#include <cstdint>
#include <optional>

#include "graph/tensor.hpp"

namespace tacet {

/// Integers from low to high, both included. The ends are words of 128 bits: two's complement if signed.
struct Interval {
  bool is_signed = false;
  u128 low = 0;
  u128 high = 0;
  /// Of a number in the same form.
  bool contains(u128 number) const { return number - low <= high - low; }
  bool operator==(const Interval&) const = default;
};

/// All that k bits hold.
constexpr Interval all_numbers(unsigned k, bool is_signed) {
  const u128 half = u128{1} << (k - 1);
  return is_signed ? Interval{true, u128{0} - half, half - 1} : Interval{false, 0, low_mask<u128>(k)};
}

/// The first element outside, in row-major order.
std::optional<std::uint64_t> first_outside(const Interval& interval, const Tensor& tensor);

}  // namespace tacet
