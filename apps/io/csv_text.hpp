#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apps/io/data.hpp"

namespace tacet::apps {

/// Whether a cell stands for a value that is not known.
inline bool is_missing(std::string_view cell) {
  return cell.empty() || cell == "?";
}

/// As "commas", for messages.
std::string name_of_separator(char separator);

/// The text of a CSV, cell by cell as RFC 4180 separates them: quotes, any line ends, a byte order mark.
class CsvText {
 public:
  struct Cell {
    std::string_view text;  ///< without quotes and the blanks around it; valid until the next cell
    bool is_quoted = false;
  };

  /// Without a separator in the layout, a first record that holds semicolons or tabs but no comma says it.
  /// Fails: Errc::bad_file for UTF-16 or a spreadsheet's own format; so do the other functions for quotes
  /// that do not match, naming the line, and cells that are not UTF-8, naming line and column.
  CsvText(std::string_view bytes, const std::string& file, const ReadOptions& options);

  char separator() const { return separator_; }
  std::uint64_t line() const { return line_; }
  /// Whether nothing but blank lines follows.
  bool at_end() const;

  Cell next_cell();
  /// A bare integer of at most 18 digits, which most cells are. Otherwise nothing is read.
  bool next_plain_integer(std::int64_t& value);
  /// After a cell: whether the record goes on, and then its next cell is the next one.
  bool more_cells();
  bool at_line_end() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }
  void end_record();
  /// Back to the first record.
  void rewind() { at_ = begin_, line_ = 1, column_ = 1; }

 private:
  Cell raw_cell();
  std::string_view quoted_cell();
  void find_separator();
  void check_encoding() const;
  bool is_blank(char c) const { return (c == ' ' || c == '\t') && c != separator_; }
  std::string_view trimmed(std::string_view text) const;
  [[noreturn]] void refuse_line(std::uint64_t line, const std::string& what) const;

  std::string_view text_;
  const std::string& file_;
  const ReadOptions& options_;
  char separator_ = ',';
  std::size_t begin_ = 0, at_ = 0;
  std::uint64_t line_ = 1, column_ = 1;
  std::string unquoted_;
};

}  // namespace tacet::apps
