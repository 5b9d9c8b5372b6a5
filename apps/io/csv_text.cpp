#include "apps/io/csv_text.hpp"

#include <algorithm>

#include "apps/io/refusal.hpp"
#include "apps/io/utf8.hpp"

namespace tacet::apps {

std::string name_of_separator(char separator) {
  switch (separator) {
    case ',':
      return "commas";
    case ';':
      return "semicolons";
    case '\t':
      return "tabs";
    case ' ':
      return "spaces";
    default:
      return quoted(std::string_view(&separator, 1));
  }
}

CsvText::CsvText(std::string_view bytes, const std::string& file, const ReadOptions& options)
    : text_(bytes), file_(file), options_(options) {
  check_encoding();
  if (text_.starts_with("\xEF\xBB\xBF")) begin_ = at_ = 3;
  if (options.layout.separator) {
    separator_ = *options.layout.separator;
  } else {
    find_separator();
  }
}

void CsvText::check_encoding() const {
  const std::size_t zero = text_.find('\0');
  if (!text_.starts_with("\xFF\xFE") && !text_.starts_with("\xFE\xFF") && zero == text_.npos) return;
  const auto lines = std::count(
      text_.begin(), text_.begin() + static_cast<std::ptrdiff_t>(std::min(zero, text_.size())), '\n');
  refuse_line(
      zero == text_.npos ? 1 : 1 + static_cast<std::uint64_t>(lines),
      "bytes that no text in UTF-8 has, as in UTF-16 or a spreadsheet's own format; expected a CSV in "
      "UTF-8");
}

void CsvText::find_separator() {
  bool has_comma = false, in_quotes = false;
  std::size_t semicolons = 0, tabs = 0;
  std::size_t end = std::min(text_.find_first_of("\r\n", at_), text_.size());
  while (end > at_ && (text_[end - 1] == ' ' || text_[end - 1] == '\t')) --end;
  std::size_t begin = at_;
  while (begin < end && (text_[begin] == ' ' || text_[begin] == '\t')) ++begin;
  for (const char c : text_.substr(begin, end - begin)) {
    if (c == '"') in_quotes = !in_quotes;
    if (in_quotes) continue;
    has_comma |= c == ',', semicolons += c == ';', tabs += c == '\t';
  }
  if (has_comma || (semicolons > 0) == (tabs > 0)) return;
  separator_ = semicolons > 0 ? ';' : '\t';
}

bool CsvText::at_end() const {
  // Records almost never start with a space or a line end, so this looks at one character of most of them.
  for (std::size_t i = at_; i < text_.size(); ++i)
    if (!is_blank(text_[i]) && text_[i] != '\n' && text_[i] != '\r') return false;
  return true;
}

std::string_view CsvText::trimmed(std::string_view text) const {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

CsvText::Cell CsvText::next_cell() {
  const std::uint64_t line = line_;
  const Cell cell = raw_cell();
  if (!is_utf8(cell.text))
    refuse(options_, "line " + std::to_string(line) + ", column " + std::to_string(column_) + " of " + file_,
           "bytes that are no text in UTF-8, expected a CSV in UTF-8");
  return cell;
}

CsvText::Cell CsvText::raw_cell() {
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (at_ < text_.size() && text_[at_] == '"') return {quoted_cell(), true};
  const std::size_t begin = at_;
  while (!at_line_end() && text_[at_] != separator_) ++at_;
  return {trimmed(text_.substr(begin, at_ - begin))};
}

std::string_view CsvText::quoted_cell() {
  unquoted_.clear();
  const std::uint64_t opened = line_;
  for (++at_;; ++at_) {
    if (at_ == text_.size()) refuse_line(opened, "a quoted cell starts here and never ends");
    const char after = at_ + 1 < text_.size() ? text_[at_ + 1] : '\0';
    if (text_[at_] == '"' && after != '"') break;
    if (text_[at_] == '"') ++at_;
    if (text_[at_] == '\n' || (text_[at_] == '\r' && after != '\n')) ++line_;
    unquoted_ += text_[at_];
  }
  ++at_;
  while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
  if (!at_line_end() && text_[at_] != separator_)
    refuse_line(line_, "after a quoted cell, expected the end of the line or one of the " +
                           name_of_separator(separator_) + " that separate cells");
  return trimmed(unquoted_);
}

bool CsvText::next_plain_integer(std::int64_t& value) {
  constexpr std::size_t kSafeDigits = 18;
  std::size_t i = at_;
  const bool negative = i < text_.size() && text_[i] == '-';
  i += negative;
  const std::size_t digits_begin = i;
  const std::size_t limit = std::min(text_.size(), i + kSafeDigits);
  value = 0;
  while (i < limit && text_[i] >= '0' && text_[i] <= '9') value = value * 10 + (text_[i++] - '0');
  if (i == digits_begin) return false;
  if (i < text_.size() && text_[i] != separator_ && text_[i] != '\n' && text_[i] != '\r') return false;
  at_ = i;
  if (negative) value = -value;
  return true;
}

bool CsvText::more_cells() {
  if (at_line_end()) return false;
  ++at_, ++column_;
  return true;
}

void CsvText::end_record() {
  column_ = 1;
  if (at_ == text_.size()) return;
  if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
  ++at_;
  ++line_;
}

void CsvText::refuse_line(std::uint64_t line, const std::string& what) const {
  refuse(options_, "line " + std::to_string(line) + " of " + file_, what);
}

}  // namespace tacet::apps
