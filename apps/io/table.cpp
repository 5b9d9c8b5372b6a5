#include <algorithm>
#include <vector>

#include "apps/io/write.hpp"

namespace tacet::apps {

namespace {

// Narrow enough for a terminal of the usual 100 columns beside an indent.
constexpr std::size_t kLineWidth = 96;
constexpr std::size_t kGap = 2;
constexpr const char* kMore = "… ";

class TableWriter {
 public:
  TableWriter(const Tensor& tensor, Format format, std::size_t max_rows)
      : tensor_(tensor), format_(format), rows_left_(max_rows) {}

  std::string write() {
    const Shape& shape = tensor_.shape();
    if (tensor_.elements() == 0) return "empty " + shape.to_string();
    if (shape.rank() == 0) return element(0);
    if (shape.rank() == 1) {
      write_vector();
    } else {
      write_matrices();
    }
    if (!text_.empty()) text_.pop_back();
    return text_;
  }

 private:
  std::string element(std::uint64_t index) const {
    return format_element(tensor_.get(index), tensor_.element(), format_, Digits::enough);
  }

  // Right-aligned, as numbers are.
  void add_cell(const std::string& cell, bool is_first, std::size_t width) {
    if (!is_first) text_.append(kGap, ' ');
    if (width > cell.size()) text_.append(width - cell.size(), ' ');
    text_ += cell;
  }

  void write_vector() {
    const std::uint64_t count = tensor_.elements();
    // No line holds more elements than it has characters, so later ones are never shown.
    const auto candidates =
        std::min<std::uint64_t>(count, std::min<std::uint64_t>(rows_left_, count) * kLineWidth);
    std::vector<std::string> cells;
    std::size_t width = 1;
    for (std::uint64_t i = 0; i < candidates; ++i) {
      cells.push_back(element(i));
      width = std::max(width, cells.back().size());
    }
    const std::size_t per_line = std::max<std::size_t>(1, (kLineWidth + kGap) / (width + kGap));
    std::size_t shown = 0;
    for (; shown < cells.size() && rows_left_ > 0; --rows_left_) {
      const std::size_t end = std::min(cells.size(), shown + per_line);
      // A vector of one line needs no alignment.
      for (const std::size_t begin = shown; shown < end; ++shown)
        add_cell(cells[shown], shown == begin, count > per_line ? width : 0);
      text_ += '\n';
    }
    if (shown < count) text_ += kMore + std::to_string(count - shown) + " more\n";
  }

  void write_matrices() {
    const Shape& shape = tensor_.shape();
    const auto rows = static_cast<std::uint64_t>(shape[shape.rank() - 2]);
    const auto columns = static_cast<std::uint64_t>(shape[shape.rank() - 1]);
    const std::uint64_t all_rows = tensor_.elements() / columns;
    const std::uint64_t shown_rows = std::min<std::uint64_t>(rows_left_, all_rows);
    const std::vector<std::size_t> widths = column_widths(shown_rows, columns);
    for (std::uint64_t row = 0; row < shown_rows; ++row) {
      if (shape.rank() > 2 && row % rows == 0) text_ += matrix_label(row / rows) + "\n";
      for (std::size_t column = 0; column < widths.size(); ++column)
        add_cell(element(row * columns + column), column == 0, widths[column]);
      if (widths.size() < columns)
        text_ += "  " + std::string(kMore) + std::to_string(columns - widths.size()) + " more";
      text_ += '\n';
    }
    if (shown_rows < all_rows)
      text_ += kMore + std::to_string(all_rows - shown_rows) +
               (all_rows - shown_rows == 1 ? " more row\n" : " more rows\n");
  }

  // Of as many columns as fit one line, at least one.
  std::vector<std::size_t> column_widths(std::uint64_t shown_rows, std::uint64_t columns) const {
    std::vector<std::size_t> widths;
    std::size_t total = 0;
    for (std::uint64_t column = 0; column < columns; ++column) {
      std::size_t width = 1;
      for (std::uint64_t row = 0; row < shown_rows; ++row)
        width = std::max(width, element(row * columns + column).size());
      total += width + kGap;
      if (!widths.empty() && total > kLineWidth + kGap) break;
      widths.push_back(width);
    }
    return widths;
  }

  // As "[1, 0]:", the index along all axes but the last two.
  std::string matrix_label(std::uint64_t matrix) const {
    const Shape& shape = tensor_.shape();
    std::string label;
    for (std::size_t axis = shape.rank() - 2; axis-- > 0;) {
      const auto extent = static_cast<std::uint64_t>(shape[axis]);
      label = std::to_string(matrix % extent) + (label.empty() ? "" : ", ") + label;
      matrix /= extent;
    }
    return "[" + label + "]:";
  }

  const Tensor& tensor_;
  Format format_;
  std::size_t rows_left_;
  std::string text_;
};

}  // namespace

std::string table(const Tensor& tensor, Format format, std::size_t max_rows) {
  return TableWriter(tensor, format, max_rows).write();
}

}  // namespace tacet::apps
