#pragma once

#include <string>
#include <string_view>

#include "apps/io/data.hpp"

namespace tacet::apps {

/// Reads comma-separated integers as RFC 4180 writes them: quotes, any line ends, a byte order mark. A first
/// line without a single number is a header. Blank lines are allowed at the end only. Shapes/units: R rows of
/// C cells -> [R, C]. Fails: Errc::bad_file naming line and column of a cell that is no integer, or the line
/// of a row of another length.
Data parse_csv(std::string_view bytes, const std::string& file, const ReadOptions& options);

}  // namespace tacet::apps
