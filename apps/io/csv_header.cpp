#include "apps/io/csv_header.hpp"

#include <algorithm>
#include <array>

#include "apps/io/refusal.hpp"

namespace tacet::apps {

namespace {

// The code point at the start of `text`, or 0 if it has more than 16 bits or is not UTF-8.
std::uint32_t first_code_point(std::string_view text) {
  if (text.empty()) return 0;
  const auto byte = [&](std::size_t i) { return std::uint32_t{static_cast<unsigned char>(text[i])}; };
  if (byte(0) < 0x80) return byte(0);
  const std::size_t size = byte(0) < 0xE0 ? 2 : 3;
  if (byte(0) < 0xC0 || byte(0) >= 0xF0 || text.size() < size) return 0;
  std::uint32_t code = byte(0) & (size == 2 ? 0x1F : 0x0F);
  for (std::size_t i = 1; i < size; ++i) {
    if ((byte(i) & 0xC0) != 0x80) return 0;
    code = code << 6 | (byte(i) & 0x3F);
  }
  return code;
}

bool is_letter(std::uint32_t c) {
  struct Range {
    std::uint32_t first, last;
  };
  // Latin, Greek to Armenian, Hebrew, Arabic, kana, CJK, Hangul: not the digits, signs and currencies among
  // them.
  constexpr std::array<Range, 12> kLetters{{{'A', 'Z'},
                                            {'_', '_'},
                                            {'a', 'z'},
                                            {0xC0, 0xD6},
                                            {0xD8, 0xF6},
                                            {0xF8, 0x24F},
                                            {0x370, 0x587},
                                            {0x5D0, 0x5EA},
                                            {0x620, 0x64A},
                                            {0x3041, 0x30FF},
                                            {0x3400, 0x9FFF},
                                            {0xAC00, 0xD7A3}}};
  return std::any_of(kLetters.begin(), kLetters.end(),
                     [c](const Range& r) { return r.first <= c && c <= r.last; });
}

bool is_word_for_missing(std::string_view cell) {
  std::string lower(cell);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  constexpr std::array<std::string_view, 13> kWords{"na",      "n/a",  "n.a.", "nan",      "null",
                                                    "nil",     "none", "inf",  "infinity", "missing",
                                                    "unknown", "true", "false"};
  return std::find(kWords.begin(), kWords.end(), lower) != kWords.end();
}

bool is_number(std::string_view cell) {
  return parse_number(cell).kind != NumberKind::not_number;
}

/// The number of the column that the user has chosen, or 0.
std::uint64_t chosen_column(const std::vector<std::string>& cells, const std::string& file,
                            const ReadOptions& options) {
  const Layout& layout = options.layout;
  const std::string place = "line 1 of " + file;
  if (layout.column > cells.size()) {
    const std::string number = std::to_string(layout.column);
    const bool is_name = std::find(cells.begin(), cells.end(), number) != cells.end();
    refuse(
        options, place,
        count_text(cells.size(), "cell") + ", expected column " + number +
            (is_name ? "; the column of that name is column=\"" + number + "\", quoted from the shell" : ""));
  }
  if (layout.column_name.empty()) return layout.column;
  const auto found = std::find(cells.begin(), cells.end(), layout.column_name);
  if (found == cells.end())
    refuse(options, place, "no column is named " + quoted(layout.column_name) + " there");
  if (std::find(found + 1, cells.end(), layout.column_name) != cells.end())
    refuse(options, place,
           "several columns are named " + quoted(layout.column_name) + ", expected its number instead");
  return static_cast<std::uint64_t>(found - cells.begin()) + 1;
}

}  // namespace

bool is_name(std::string_view cell) {
  const std::size_t blank = cell.rfind(' ');
  return is_letter(first_code_point(cell)) && !is_word_for_missing(cell) && !is_number(cell) &&
         (blank == cell.npos || !is_number(cell.substr(blank + 1)));
}

FirstRecord read_first_record(CsvText& text, const std::string& file, const ReadOptions& options) {
  std::vector<std::string> cells;
  do {
    cells.emplace_back(text.next_cell().text);
  } while (text.more_cells());
  text.end_record();
  FirstRecord first;
  first.cells = cells.size();
  first.column = chosen_column(cells, file, options);
  bool has_name = false, has_other = false;
  for (std::size_t i = 0; i < cells.size(); ++i) {
    if (first.column != 0 && first.column != i + 1) continue;
    has_name |= is_name(cells[i]);
    has_other |= !is_name(cells[i]) && !is_missing(cells[i]);
  }
  const bool is_named = !options.layout.column_name.empty();
  first.is_header = options.layout.header.value_or(is_named || (has_name && !has_other));
  if (first.is_header) return first;
  if (first.column != 0 && !options.layout.header)
    for (const std::string& cell : cells) first.may_be_header.push_back(is_name(cell));
  text.rewind();
  return first;
}

}  // namespace tacet::apps
