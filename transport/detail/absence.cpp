#include "transport/detail/absence.hpp"

#include <algorithm>
#include <map>

namespace tacet::transport::detail {
namespace {

/// Whether `of` says that it has called `who` in vain.
bool cannot_reach(const std::vector<Row>& rows, EndpointId of, EndpointId who) {
  return std::any_of(rows.begin(), rows.end(), [&](const Row& row) {
    return row.of == of && std::any_of(row.missing.begin(), row.missing.end(),
                                       [&](const Missing& m) { return m.tried && m.who == who; });
  });
}

}  // namespace

std::optional<Absence> find_absent(EndpointId self, const std::vector<Row>& rows) {
  std::map<EndpointId, std::size_t> weights;
  for (const Row& row : rows)
    for (const Missing& missing : row.missing)
      if (missing.tried || !cannot_reach(rows, missing.who, row.of))
        weights[missing.who] += missing.tried ? 2 : 1;
  if (weights.empty()) return std::nullopt;
  // The first of the largest: a map is in the order of numbers.
  const auto worst = std::max_element(weights.begin(), weights.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  Absence absence{worst->first, {}, {}};
  for (const Row& row : rows)
    for (const Missing& missing : row.missing) {
      if (missing.who != absence.culprit) continue;
      if (absence.accusers.empty() || row.of == self) absence.why = missing.why;
      absence.accusers.push_back(row.of);
    }
  return absence;
}

}  // namespace tacet::transport::detail
