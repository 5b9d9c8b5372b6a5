#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "graph/plan.hpp"

namespace tacet::apps {

/// A network that times are predicted for.
struct Profile {
  std::string_view name;
  double round_seconds = 0;
  double bytes_per_second = 0;
};

/// The plan as a JSON document, which the page of apps/viewer shows: scopes, nodes and edges in columns,
/// their rounds, bytes, memory and source lines, who learns what, and the critical path. Holds public facts
/// only, and the same plan gives the same text. `live`: where the page finds news of a running job; empty: no
/// job runs.
std::string to_document(const Plan& plan, const std::string& title, std::span<const Profile> profiles,
                        const std::string& live = {});

}  // namespace tacet::apps
