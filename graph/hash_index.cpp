#include "graph/hash_index.hpp"

#include <algorithm>

namespace tacet {

std::uint32_t KeyNumbers::number(std::span<const std::int64_t> key) {
  std::uint64_t hash = key.size();
  for (const std::int64_t word : key) hash = hash_mix(hash, static_cast<std::uint64_t>(word));
  return index_.find(
      hash, 0,
      [&](std::uint32_t n) {
        const std::size_t begin = n == 0 ? 0 : ends_[n - 1];
        return std::equal(key.begin(), key.end(), words_.data() + begin, words_.data() + ends_[n]);
      },
      [&] {
        words_.insert(words_.end(), key.begin(), key.end());
        ends_.push_back(words_.size());
        return size() - 1;
      });
}

}  // namespace tacet
