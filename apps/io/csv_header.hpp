#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "apps/io/csv_text.hpp"

namespace tacet::apps {

/// What the first record of a CSV is, and which column is read.
struct FirstRecord {
  std::uint64_t cells = 0;
  std::uint64_t column = 0;  ///< the number of the only column that is read, or 0
  bool is_header = false;
  /// By column: text that would make the record a header if the column held numbers otherwise. Only if the
  /// user has not said, and the column that is read speaks against it.
  std::vector<bool> may_be_header;
};

/// Looks at the first record and at what the user has said of it, and moves behind it if it is a header.
/// Unless they say, it is one if where it is read it has names and nothing else; what is neither name nor
/// number, such as "NA", "12%" or "1,000", is left to be refused. Fails: Errc::bad_file for a column that is
/// not there, or a name that stands there twice.
FirstRecord read_first_record(CsvText& text, const std::string& file, const ReadOptions& options);

/// Whether people would name a column so: it starts with a letter, is no word for a missing value, and does
/// not end in a number of its own, as "EUR 3500" does.
bool is_name(std::string_view cell);

}  // namespace tacet::apps
