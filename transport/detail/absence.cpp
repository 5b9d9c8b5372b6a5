#include "transport/detail/absence.hpp"

#include <algorithm>
#include <map>

namespace tacet::transport::detail {
namespace {

const Missing* word_of(const std::vector<Row>& rows, EndpointId of, EndpointId who) {
  for (const Row& row : rows)
    if (row.of == of)
      for (const Missing& missing : row.missing)
        if (missing.who == who) return &missing;
  return nullptr;
}

/// Whether `of` says that it has called `who` in vain.
bool cannot_reach(const std::vector<Row>& rows, EndpointId of, EndpointId who) {
  const Missing* word = word_of(rows, of, who);
  return word != nullptr && word->tried;
}

/// Who waited in vain says less than who called; and who is turned away knows who differs.
std::size_t weight(const Missing& missing) {
  return missing.refuses ? 5 : missing.tried ? 4 : 2;
}

/// Whether some endpoint other than these two has a row, and none of them misses `who`.
bool others_reach(const std::vector<Row>& rows, EndpointId who, EndpointId accuser) {
  std::size_t others = 0;
  for (const Row& row : rows) {
    if (row.of == who || row.of == accuser) continue;
    ++others;
    if (misses(rows, row.of, who)) return false;
  }
  return others != 0;
}

}  // namespace

bool misses(const std::vector<Row>& rows, EndpointId of, EndpointId who) {
  return word_of(rows, of, who) != nullptr;
}

std::optional<Absence> find_absent(EndpointId self, const std::vector<Row>& rows) {
  std::map<EndpointId, std::size_t> weights;
  for (const Row& row : rows)
    for (const Missing& missing : row.missing)
      if (missing.tried || !cannot_reach(rows, missing.who, row.of)) weights[missing.who] += weight(missing);
  if (weights.empty()) return std::nullopt;
  // The first of the largest: a map is in the order of numbers.
  const auto worst = std::max_element(weights.begin(), weights.end(),
                                      [](const auto& a, const auto& b) { return a.second < b.second; });
  Absence absence{worst->first, {}, {}, {}};
  bool wrong_way = true;
  for (const Row& row : rows)
    for (const Missing& missing : row.missing) {
      if (missing.who != absence.culprit) continue;
      if (absence.accusers.empty() || row.of == self) absence.why = missing.why;
      absence.accusers.push_back(row.of);
      wrong_way = wrong_way && missing.tried && !missing.refuses;
    }
  if (wrong_way && absence.accusers.size() == 1 && others_reach(rows, absence.culprit, absence.accusers[0])) {
    absence.misses = absence.culprit;
    absence.culprit = absence.accusers[0];
  }
  return absence;
}

}  // namespace tacet::transport::detail
