#include "apps/io/data.hpp"

#include <unistd.h>

#include <algorithm>

#include "apps/io/csv.hpp"
#include "apps/io/file.hpp"
#include "apps/io/json.hpp"
#include "apps/io/npy.hpp"
#include "apps/io/refusal.hpp"

namespace tacet::apps {

namespace {

// A wrong path (a disk image, an endless device) would otherwise fill the memory before anything is looked
// at.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 36;

std::string trimmed(const std::string& text) {
  constexpr const char* kSpace = " \t\r\n";
  const std::size_t begin = text.find_first_not_of(kSpace);
  if (begin == std::string::npos) return "";
  return text.substr(begin, text.find_last_not_of(kSpace) - begin + 1);
}

bool is_literal(const std::string& text) {
  return text.starts_with('[') || text == "true" || text == "false" ||
         parse_number(text).kind != NumberKind::not_number;
}

// As "[2, 0]".
std::string index_text(const Shape& shape, std::uint64_t index) {
  std::string text;
  const std::vector<std::int64_t> strides = shape.strides();
  for (const std::int64_t stride : strides) {
    text += (text.empty() ? "[" : ", ") + std::to_string(index / static_cast<std::uint64_t>(stride));
    index %= static_cast<std::uint64_t>(stride);
  }
  return text.empty() ? "[]" : text + "]";
}

}  // namespace

std::string Data::place(std::uint64_t index) const {
  const auto after =
      std::upper_bound(origin_.marks.begin(), origin_.marks.end(), index,
                       [](std::uint64_t cell, const Origin::Mark& mark) { return cell < mark.cell; });
  const bool has_line = after != origin_.marks.begin();
  const Origin::Mark mark = has_line ? *(after - 1) : Origin::Mark{};
  if (origin_.kind == Origin::Kind::csv) {
    const auto columns = static_cast<std::uint64_t>(shape_[1]);
    return "line " + std::to_string(mark.line + (index - mark.cell) / columns) + ", column " +
           std::to_string(origin_.column + index % columns) + " of " + origin_.source;
  }
  const std::string element = shape_.rank() == 0 ? "" : "element " + index_text(shape_, index) + " of ";
  if (!has_line) return element + origin_.source;
  return "line " + std::to_string(mark.line) + ", " + (element.empty() ? "value of " : element) +
         origin_.source;
}

Data read_data(const std::string& source, const ReadOptions& options) {
  const std::string extension = extension_of(source);
  const bool is_csv = extension == ".csv", is_npy = extension == ".npy", is_json = extension == ".json";
  if (!is_csv && !is_npy && !is_json) {
    const std::string text = trimmed(source);
    if (is_literal(text)) return parse_json(text, Origin{}, options);
    if (::access(source.c_str(), F_OK) == 0)
      refuse(options, source, "a file of unknown kind, expected a name that ends in .csv, .npy or .json");
    throw Error(Errc::missing_input, input_prefix(options.input_name) +
                                         "no such file and not a number or [..] literal: " + quoted(source));
  }
  std::string bytes;
  try {
    bytes = read_file(source, kMaxFileBytes, options.cancelled);
  } catch (const Error& error) {
    throw Error(error.code(), input_prefix(options.input_name) + error.what());
  }
  if (is_csv) return parse_csv(bytes, source, options);
  if (is_npy) return parse_npy(bytes, source, options);
  return parse_json(bytes, Origin{Origin::Kind::json, source}, options);
}

}  // namespace tacet::apps
