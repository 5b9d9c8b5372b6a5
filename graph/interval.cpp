#include "graph/interval.hpp"

namespace tacet {

std::optional<std::uint64_t> first_outside(const Interval& interval, const Tensor& tensor) {
  const unsigned k = tensor.element().width;
  if (interval == all_numbers(k, interval.is_signed)) return std::nullopt;
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) {
    const u128 word = tensor.get(i);
    if (!interval.contains(interval.is_signed ? static_cast<u128>(as_signed(word, k)) : word)) return i;
  }
  return std::nullopt;
}

}  // namespace tacet
