#pragma once

#include <optional>
#include <string>
#include <vector>

#include "transport/detail/presence.hpp"

namespace tacet::transport::detail {

/// Who keeps everybody waiting, from what all endpoints say of whom they miss.
struct Absence {
  EndpointId culprit;
  std::string why;                   ///< in the words of the first of those who miss it; ours if we do
  std::vector<EndpointId> accusers;  ///< who miss it
  std::optional<EndpointId> misses;  ///< whom the culprit alone does not reach: `why` is of that one
};

/// Whether `of` says that it misses `who`.
bool misses(const std::vector<Row>& rows, EndpointId of, EndpointId who);

/// The endpoint that the weightiest words are about: who was called in vain, or was turned away, weighs twice
/// as much as who was only waited for; and nobody is blamed for not calling an endpoint that it says it
/// cannot reach. Of two who refuse each other the one that turns the other away. Of equals the one with the
/// lowest number. But who alone does not reach an endpoint that the others reach, and is not turned away
/// there, has the wrong address or certificate of it, or no way to it: it is the culprit itself. Nothing if
/// nobody is missing.
std::optional<Absence> find_absent(EndpointId self, const std::vector<Row>& rows);

}  // namespace tacet::transport::detail
