#pragma once

#include <string>
#include <string_view>

namespace tacet::transport {

/// Text from outside made safe to show: what would move a terminal's cursor, reorder or hide letters (control
/// characters, bidirectional marks, separators, broken UTF-8) is written out as "\x1b" or "\u{202e}". The
/// result ends at max_bytes, between two characters.
std::string printable(std::string_view text, std::size_t max_bytes);

}  // namespace tacet::transport
