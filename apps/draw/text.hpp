#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "graph/plan.hpp"

namespace tacet::apps {

/// Text for an HTML-like label or a quoted attribute of Graphviz: markup escaped, control characters and
/// bytes that are not UTF-8 replaced, and cut with an ellipsis after `max_characters`.
std::string escape_label(std::string_view text, std::size_t max_characters = 60);

/// As "40 B", "1.3 kB" or "2.0 GB" (powers of 1000).
std::string human_bytes(std::uint64_t bytes);

/// As "1,234,567".
std::string grouped(std::uint64_t number);

/// "party 2", or a client's name.
std::string endpoint_label(const Plan& plan, std::uint32_t endpoint);

}  // namespace tacet::apps
