#pragma once

#include <string>
#include <string_view>

#include "apps/io/data.hpp"

namespace tacet::apps {

/// Reads a JSON number or nested arrays of one shape. Strings of digits are numbers too (JSON readers
/// elsewhere lose those above 2^53), true and false are 1 and 0, null is a missing cell; a literal may also
/// hold 0x1F bare. `origin` says whether the text is a file or a literal; its marks are filled in. Fails:
/// Errc::bad_file naming line and column.
Data parse_json(std::string_view text, Origin origin, const ReadOptions& options);

}  // namespace tacet::apps
