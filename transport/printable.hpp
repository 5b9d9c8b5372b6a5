#pragma once

#include <string>
#include <string_view>

namespace tacet::transport {

/// Text from outside made safe to show: what would move a terminal's cursor, reorder or hide letters (control
/// characters, bidirectional marks, separators, broken UTF-8) is written out as "\x1b" or "\u{202e}". The
/// result has at most max_bytes, at least 3, and ends with an ellipsis if something is left out.
std::string printable(std::string_view text, std::size_t max_bytes);

}  // namespace tacet::transport
