#include "apps/cluster/closest.hpp"

#include <algorithm>
#include <numeric>
#include <utility>
#include <vector>

namespace tacet::apps {

namespace {

// One row of the Levenshtein table at a time.
std::size_t distance(std::string_view a, std::string_view b) {
  std::vector<std::size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), std::size_t{0});
  for (std::size_t i = 0; i < a.size(); ++i) {
    std::size_t diagonal = std::exchange(row[0], i + 1);
    for (std::size_t j = 0; j < b.size(); ++j) {
      const std::size_t changed = diagonal + (a[i] != b[j]);
      diagonal = row[j + 1];
      row[j + 1] = std::min({changed, row[j] + 1, row[j + 1] + 1});
    }
  }
  return row.back();
}

}  // namespace

std::string closest(std::string_view word, std::span<const std::string> candidates) {
  // A hostile word of a megabyte is close to nothing.
  constexpr std::size_t kMaxCompared = 256;
  word = word.substr(0, kMaxCompared);
  const auto best = std::min_element(
      candidates.begin(), candidates.end(),
      [&](const std::string& a, const std::string& b) { return distance(word, a) < distance(word, b); });
  return best == candidates.end() ? "" : *best;
}

}  // namespace tacet::apps
