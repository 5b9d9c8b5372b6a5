#pragma once

#include <span>
#include <string>
#include <string_view>

namespace tacet::apps {

/// The candidate that needs the fewest inserted, dropped or changed letters to become `word`; empty if there
/// is none.
std::string closest(std::string_view word, std::span<const std::string> candidates);

}  // namespace tacet::apps
