#include "apps/io/data.hpp"

#include <unistd.h>

#include <algorithm>

#include "apps/io/csv.hpp"
#include "apps/io/file.hpp"
#include "apps/io/json.hpp"
#include "apps/io/npy.hpp"
#include "apps/io/refusal.hpp"
#include "apps/io/source.hpp"

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

namespace {

std::optional<Origin::Kind> format_of(const std::string& path) {
  const std::string extension = extension_of(path);
  if (extension == ".csv") return Origin::Kind::csv;
  if (extension == ".npy") return Origin::Kind::npy;
  if (extension == ".json") return Origin::Kind::json;
  return std::nullopt;
}

/// Says so of numbers that are none. A CSV tells how many it has in any case.
Data told_if_empty(Data data, const ReadOptions& options) {
  if (data.shape().elements() == 0 && options.tell)
    options.tell(input_prefix(options.input_name) + data.origin().source + ": 0 numbers, shape " +
                 data.shape().to_string());
  return data;
}

Data read_literal(const std::string& source, const ReadOptions& options) {
  const std::string text = trimmed(source);
  if (is_literal(text)) {
    if (options.layout.format || options.layout.is_csv_only())
      throw Error(Errc::bad_argument, input_prefix(options.input_name) +
                                          "format, header, column and separator are for files, and this is a "
                                          "literal");
    return told_if_empty(parse_json(text, Origin{}, options), options);
  }
  if (::access(source.c_str(), F_OK) == 0)
    throw Error(
        Errc::bad_file,
        input_prefix(options.input_name) + source +
            ": expected a name that ends in .csv, .npy or .json, or ,format=csv, npy or json after it");
  // What is neither may be a literal with a slip in it.
  throw Error(Errc::missing_input, input_prefix(options.input_name) +
                                       "neither a file that is there, nor a number, nor [..]" +
                                       found(source, options));
}

std::string read_bytes(const std::string& path, const ReadOptions& options) try {
  return is_standard_input(path) ? read_standard_input(kMaxFileBytes, options.cancelled)
                                 : read_file(path, kMaxFileBytes, options.cancelled);
} catch (const Error& error) {
  throw Error(error.code(), input_prefix(options.input_name) + error.what());
}

}  // namespace

Data read_data(const std::string& text, const ReadOptions& given) {
  const Source source = parse_source(text, given.input_name);
  ReadOptions options = given;
  options.layout = source.layout;
  std::optional<Origin::Kind> format = options.layout.format;
  if (!format) format = is_standard_input(source.path) ? Origin::Kind::json : format_of(source.path);
  if (!format) return read_literal(source.path, options);
  if (*format != Origin::Kind::csv && options.layout.is_csv_only())
    throw Error(Errc::bad_argument, input_prefix(options.input_name) +
                                        "header, column and separator are for CSV: is ,format=csv missing?");
  const std::string name = is_standard_input(source.path) ? "standard input" : source.path;
  const std::string bytes = read_bytes(source.path, options);
  switch (*format) {
    case Origin::Kind::csv:
      return parse_csv(bytes, name, options);
    case Origin::Kind::npy:
      return told_if_empty(parse_npy(bytes, name, options), options);
    default:
      return told_if_empty(parse_json(bytes, Origin{Origin::Kind::json, name}, options), options);
  }
}

}  // namespace tacet::apps
