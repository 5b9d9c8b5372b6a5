#pragma once

#include <cstddef>
#include <string_view>

namespace tacet::apps {

/// Bytes of the well-formed UTF-8 character at the start of a text that is not empty, or 0.
std::size_t utf8_length(std::string_view text);

bool is_utf8(std::string_view text);

}  // namespace tacet::apps
