#pragma once

#include <string>
#include <string_view>

#include "apps/io/data.hpp"

namespace tacet::apps {

/// Reads numbers separated by commas, or as the layout of the options says, in the manner of RFC 4180: all
/// columns or one, with or without a header, as read_first_record() decides. Blank lines are allowed at the
/// end only. Tells how many records there are and what was decided. Shapes/units: R records of C cells ->
/// [R, C]; of one column -> [R, 1]. Fails: Errc::bad_file naming line and column of a cell that is no number,
/// or the line of a record of another length.
Data parse_csv(std::string_view bytes, const std::string& file, const ReadOptions& options);

}  // namespace tacet::apps
