#include "apps/io/csv.hpp"

#include <algorithm>

#include "apps/io/refusal.hpp"

namespace tacet::apps {

namespace {

bool is_blank(char c) {
  return c == ' ' || c == '\t';
}

std::string_view trim(std::string_view text) {
  while (!text.empty() && is_blank(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_blank(text.back())) text.remove_suffix(1);
  return text;
}

bool is_missing(std::string_view cell) {
  return cell.empty() || cell == "?";
}

class CsvReader {
 public:
  CsvReader(std::string_view bytes, const std::string& file, const ReadOptions& options)
      : text_(bytes), file_(file), options_(options) {
    if (text_.starts_with("\xEF\xBB\xBF")) at_ = 3;
  }

  Data read() {
    skip_header();
    Origin origin{Origin::Kind::csv, file_};
    std::uint64_t rows = 0, next_line = 0;
    while (at_ < text_.size() && !only_blank_lines_left()) {
      if (line_ != next_line) origin.marks.push_back({cells_.size(), line_});
      next_line = line_ + 1;
      read_row();
      ++rows;
    }
    const Shape shape{static_cast<std::int64_t>(rows), static_cast<std::int64_t>(columns_)};
    return Data(shape, std::move(cells_), std::move(origin), std::move(fractions_));
  }

 private:
  bool at_line_end() const { return at_ == text_.size() || text_[at_] == '\n' || text_[at_] == '\r'; }

  void skip_line_end() {
    if (at_ == text_.size()) return;
    if (text_[at_] == '\r' && at_ + 1 < text_.size() && text_[at_ + 1] == '\n') ++at_;
    ++at_;
    ++line_;
  }

  bool only_blank_lines_left() const {
    // Rows almost never start with a space or a line end, so this looks at one character of most rows.
    for (std::size_t i = at_; i < text_.size(); ++i)
      if (!is_blank(text_[i]) && text_[i] != '\n' && text_[i] != '\r') return false;
    return true;
  }

  // The next cell without its quotes and the blanks around it; `at_` is then at a comma or at the line's end.
  std::string_view next_cell() {
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (at_ < text_.size() && text_[at_] == '"') return quoted_cell();
    const std::size_t begin = at_;
    while (!at_line_end() && text_[at_] != ',') ++at_;
    return trim(text_.substr(begin, at_ - begin));
  }

  std::string_view quoted_cell() {
    unquoted_.clear();
    const std::uint64_t opened = line_;
    for (++at_;; ++at_) {
      if (at_ == text_.size()) refuse_line(opened, "a quoted cell starts here and never ends");
      if (text_[at_] == '"' && !(at_ + 1 < text_.size() && text_[at_ + 1] == '"')) break;
      if (text_[at_] == '"') ++at_;
      if (text_[at_] == '\n') ++line_;
      unquoted_ += text_[at_];
    }
    ++at_;
    while (at_ < text_.size() && is_blank(text_[at_])) ++at_;
    if (!at_line_end() && text_[at_] != ',')
      refuse_line(line_,
                  "a quoted cell is followed by " + quoted(text_.substr(at_, 1)) + ", expected a comma");
    return trim(unquoted_);
  }

  void skip_header() {
    const std::size_t start = at_;
    bool has_number = false, has_text = false;
    std::uint64_t columns = 0;
    for (bool more = at_ < text_.size(); more; more = at_ < text_.size() && text_[at_] == ',') {
      if (columns > 0) ++at_;
      ++columns;
      const std::string_view cell = next_cell();
      has_number |= parse_number(cell).kind != NumberKind::not_number;
      has_text |= !is_missing(cell);
    }
    if (has_text && !has_number) {
      columns_ = columns;
      skip_line_end();
    } else {
      at_ = start;
      line_ = 1;
    }
  }

  void read_row() {
    const std::uint64_t line = line_;
    std::uint64_t columns = 0;
    for (;;) {
      ++columns;
      if (!read_plain_integer()) read_any_cell(line, columns);
      if (at_line_end()) break;
      ++at_;
    }
    if (columns_ == 0) columns_ = columns;
    if (columns != columns_)
      refuse_line(line, std::to_string(columns) + (columns == 1 ? " cell" : " cells") + ", expected " +
                            std::to_string(columns_) + " as in the lines above");
    skip_line_end();
  }

  // Nearly every cell is a bare integer of at most 18 digits: no quotes, no spaces, no overflow to look for.
  bool read_plain_integer() {
    constexpr std::size_t kSafeDigits = 18;
    std::size_t i = at_;
    const bool negative = i < text_.size() && text_[i] == '-';
    i += negative;
    const std::size_t digits_begin = i;
    const std::size_t limit = std::min(text_.size(), i + kSafeDigits);
    std::int64_t value = 0;
    while (i < limit && text_[i] >= '0' && text_[i] <= '9') value = value * 10 + (text_[i++] - '0');
    if (i == digits_begin) return false;
    if (i < text_.size() && text_[i] != ',' && text_[i] != '\n' && text_[i] != '\r') return false;
    at_ = i;
    cells_.push(negative ? -value : value);
    return true;
  }

  void read_any_cell(std::uint64_t line, std::uint64_t column) {
    const bool is_quoted = at_ < text_.size() && text_[at_] == '"';
    const std::string_view cell = next_cell();
    if (is_missing(cell)) return read_missing(line, column, cell, is_quoted);
    const Number number = parse_number(cell);
    if (number.kind == NumberKind::integer) return cells_.push(number.value);
    std::string why = why_not_integer(number.kind, cell);
    if (number.kind == NumberKind::fraction && options_.fractions) {
      fractions_.push_back(
          {cells_.size(), std::string(cell), refusal(options_, place(line, column), why).what()});
      return cells_.push(Cell{});
    }
    if (cell.find_first_of(";\t") != std::string_view::npos) why += "; cells are separated by commas";
    if (number.kind == NumberKind::not_number && line == 1)
      why += "; a header line may not contain any number";
    refuse_cell(line, column, why);
  }

  void read_missing(std::uint64_t line, std::uint64_t column, std::string_view cell, bool is_quoted) {
    const bool is_blank_line = cell.empty() && column == 1 && !is_quoted && at_line_end();
    if (is_blank_line)
      refuse_line(line, "the line is blank, and more lines follow; write ? for a missing value");
    if (!options_.missing)
      refuse_cell(line, column,
                  (cell.empty() ? "the cell is empty" : "the cell is \"?\"") +
                      std::string(", expected an integer: missing cells have no value here"));
    cells_.push(*options_.missing);
  }

  [[noreturn]] void refuse_line(std::uint64_t line, const std::string& what) const {
    refuse(options_, "line " + std::to_string(line) + " of " + file_, what);
  }
  [[noreturn]] void refuse_cell(std::uint64_t line, std::uint64_t column, const std::string& what) const {
    refuse(options_, place(line, column), what);
  }
  std::string place(std::uint64_t line, std::uint64_t column) const {
    return "line " + std::to_string(line) + ", column " + std::to_string(column) + " of " + file_;
  }

  std::string_view text_;
  const std::string& file_;
  const ReadOptions& options_;
  std::size_t at_ = 0;
  std::uint64_t line_ = 1;
  std::uint64_t columns_ = 0;
  std::string unquoted_;
  Cells cells_;
  std::vector<Data::Fraction> fractions_;
};

}  // namespace

Data parse_csv(std::string_view bytes, const std::string& file, const ReadOptions& options) {
  return CsvReader(bytes, file, options).read();
}

}  // namespace tacet::apps
