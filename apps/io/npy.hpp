#pragma once

#include <string>
#include <string_view>

#include "apps/io/data.hpp"

namespace tacet::apps {

/// Reads a NumPy array of integers or truth values of 1, 2, 4 or 8 bytes or of floats of 2, 4 or 8: either
/// byte order, C or Fortran order. Fails: Errc::bad_file for other items, for floats that are infinite or no
/// number, and for a shape that needs more or fewer bytes than the file has. Nothing is allocated from what
/// the header says before that check.
Data parse_npy(std::string_view bytes, const std::string& file, const ReadOptions& options);

}  // namespace tacet::apps
