#include "apps/io/csv.hpp"

#include <algorithm>
#include <vector>

#include "apps/io/csv_header.hpp"
#include "apps/io/csv_text.hpp"
#include "apps/io/refusal.hpp"

namespace tacet::apps {

namespace {

class CsvReader {
 public:
  CsvReader(std::string_view bytes, const std::string& file, const ReadOptions& options)
      : text_(bytes, file, options), file_(file), options_(options), origin_{Origin::Kind::csv, file} {}

  Data read() {
    if (!text_.at_end()) first_ = read_first_record(text_, file_, options_);
    std::uint64_t next_line = 0;
    for (; !text_.at_end(); ++records_) {
      if (text_.line() != next_line) origin_.marks.push_back({cells_.size(), text_.line()});
      next_line = text_.line() + 1;
      read_record();
    }
    refuse_doubtful_header();
    tell();
    if (first_.column != 0) origin_.column = first_.column;
    const Shape shape{static_cast<std::int64_t>(records_),
                      static_cast<std::int64_t>(first_.column != 0 ? 1 : first_.cells)};
    return Data(shape, std::move(cells_), std::move(origin_), std::move(fractions_));
  }

 private:
  void read_record() {
    const std::uint64_t line = text_.line();
    std::uint64_t column = 0;
    do {
      ++column;
      std::int64_t value = 0;
      if (first_.column != 0 && column != first_.column) {
        skip_cell(column);
      } else if (text_.next_plain_integer(value)) {
        cells_.push(value);
      } else {
        read_any_cell(line, column);
      }
    } while (text_.more_cells());
    if (column != first_.cells)
      refuse(options_, "line " + std::to_string(line) + " of " + file_,
             count_text(column, "cell") + ", expected " + std::to_string(first_.cells) +
                 " as in the lines above");
    text_.end_record();
  }

  void skip_cell(std::uint64_t column) {
    const CsvText::Cell cell = text_.next_cell();
    if (records_ > 0 && column <= first_.may_be_header.size() && first_.may_be_header[column - 1])
      first_.may_be_header[column - 1] =
          is_missing(cell.text) || parse_number(cell.text).kind != NumberKind::not_number;
  }

  void read_any_cell(std::uint64_t line, std::uint64_t column) {
    const CsvText::Cell cell = text_.next_cell();
    if (is_missing(cell.text)) return read_missing(line, column, cell);
    const Number number = parse_number(cell.text);
    if (number.kind == NumberKind::integer) return cells_.push(number.value);
    if (number.kind == NumberKind::fraction && options_.fractions) {
      fractions_.push_back({cells_.size(), std::string(cell.text)});
      return cells_.push(Cell{});
    }
    std::string hint;
    if (number.kind == NumberKind::not_number) {
      if (records_ == 0 && !first_.is_header && !options_.layout.header)
        hint = "; if it is a header: header=yes";
      if (first_.cells > 1 && first_.column == 0) hint += "; column=… reads one column alone";
      if (!cell.is_quoted && cell.text.find_first_of(",;\t") != std::string_view::npos)
        hint += "; cells are separated by " + name_of_separator(text_.separator()) + ", unless separator=…";
    }
    refuse(options_, place(line, column), why_not_integer(number.kind, cell.text, options_) + hint);
  }

  void read_missing(std::uint64_t line, std::uint64_t column, const CsvText::Cell& cell) {
    const bool is_blank_line = cell.text.empty() && column == 1 && !cell.is_quoted && text_.at_line_end();
    if (is_blank_line)
      refuse(options_, "line " + std::to_string(line) + " of " + file_,
             "the line is blank, and more lines follow; write ? for a missing value");
    if (!options_.missing)
      refuse(options_, place(line, column),
             std::string(cell.text.empty() ? "the cell is empty" : "the cell is \"?\"") +
                 ", expected an integer: missing cells have no value here");
    cells_.push(*options_.missing);
  }

  // In the column that was chosen the first record has a number, but in another one text above numbers only.
  void refuse_doubtful_header() const {
    if (records_ < 2) return;
    const auto doubtful = std::find(first_.may_be_header.begin(), first_.may_be_header.end(), true);
    if (doubtful != first_.may_be_header.end())
      refuse(options_, place(1, static_cast<std::uint64_t>(doubtful - first_.may_be_header.begin()) + 1),
             "text above numbers: header=yes or header=no must say whether line 1 is a header");
  }

  void tell() const {
    if (!options_.tell) return;
    std::string text = count_text(records_, "record");
    if (first_.column != 0 && first_.cells > 1) text += " from column " + std::to_string(first_.column);
    if (first_.column == 0 && first_.cells > 1) text += " of " + count_text(first_.cells, "cell");
    if (first_.cells > 1 && !options_.layout.separator && text_.separator() != ',')
      text += ", separated by " + name_of_separator(text_.separator());
    if (first_.cells == 0) {
      text += ", it is empty";
    } else if (!first_.is_header) {
      text += ", no header";
    } else {
      text += options_.layout.header || !options_.layout.column_name.empty()
                  ? ", line 1 is the header"
                  : ", line 1 is taken as a header";
    }
    options_.tell(input_prefix(options_.input_name) + file_ + ": " + text);
  }

  std::string place(std::uint64_t line, std::uint64_t column) const {
    return "line " + std::to_string(line) + ", column " + std::to_string(column) + " of " + file_;
  }

  CsvText text_;
  const std::string& file_;
  const ReadOptions& options_;
  FirstRecord first_;
  std::uint64_t records_ = 0;
  Cells cells_;
  Origin origin_;
  std::vector<Data::Fraction> fractions_;
};

}  // namespace

Data parse_csv(std::string_view bytes, const std::string& file, const ReadOptions& options) {
  return CsvReader(bytes, file, options).read();
}

}  // namespace tacet::apps
