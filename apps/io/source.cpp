#include "apps/io/source.hpp"

#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "apps/io/refusal.hpp"

namespace tacet::apps {

namespace {

constexpr std::array<std::string_view, 4> kKeys{"format", "header", "column", "separator"};

/// Where ",key=" of any of the keys starts at or after `from`.
std::size_t next_key(std::string_view text, std::size_t from) {
  std::size_t first = std::string_view::npos;
  for (const std::string_view key : kKeys)
    first = std::min(first, text.find("," + std::string(key) + "=", from));
  return first;
}

/// The word of the last ",word=" in it, if there is one: a key, misspelt.
std::optional<std::string> unknown_key(std::string_view path) {
  const std::size_t comma = path.rfind(','), equals = path.find('=', comma);
  if (comma == std::string_view::npos || equals == std::string_view::npos) return std::nullopt;
  const std::string_view word = path.substr(comma + 1, equals - comma - 1);
  const auto is_letter = [](char c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); };
  if (word.empty() || !std::all_of(word.begin(), word.end(), is_letter)) return std::nullopt;
  return std::string(word);
}

std::optional<char> separator_of(const std::string& text) {
  for (const auto& [name, c] : {std::pair{"comma", ','}, {"semicolon", ';'}, {"tab", '\t'}, {"space", ' '}})
    if (text == name) return c;
  constexpr std::string_view kNever = "\"\r\n+-.?_";
  if (text.size() != 1 || kNever.find(text[0]) != std::string_view::npos) return std::nullopt;
  const auto byte = static_cast<unsigned char>(text[0]);
  const bool is_word = (byte >= '0' && byte <= '9') || ((byte | 0x20) >= 'a' && (byte | 0x20) <= 'z');
  if (is_word || byte >= 0x7F || (byte < 0x20 && byte != '\t')) return std::nullopt;
  return text[0];
}

void set(Layout& layout, std::string_view key, const std::string& value, const std::string& input_name) {
  const auto expected = [&](const std::string& what) {
    throw Error(Errc::bad_argument,
                input_prefix(input_name) + std::string(key) + "=" + quoted(value) + ": expected " + what);
  };
  if (key == "format") {
    if (value == "csv") {
      layout.format = Origin::Kind::csv;
    } else if (value == "npy") {
      layout.format = Origin::Kind::npy;
    } else if (value == "json") {
      layout.format = Origin::Kind::json;
    } else {
      expected("csv, npy or json");
    }
  } else if (key == "header") {
    if (value != "yes" && value != "no") expected("yes or no");
    layout.header = value == "yes";
  } else if (key == "separator") {
    layout.separator = separator_of(value);
    if (!layout.separator)
      expected("comma, semicolon, tab, space or one sign that is not part of numbers or names");
  } else if (value.size() > 2 && value.front() == '"' && value.back() == '"') {
    layout.column_name = value.substr(1, value.size() - 2);
  } else if (value.find_first_not_of("0123456789") != std::string::npos) {
    layout.column_name = value;
  } else {
    const auto [end, error] = std::from_chars(value.data(), value.data() + value.size(), layout.column);
    if (error != std::errc() || layout.column == 0) expected("a name, or a number from 1");
  }
}

}  // namespace

bool is_standard_input(const std::string& path) {
  return path == "-" || path == "/dev/stdin" || path == "/dev/fd/0" || path == "/proc/self/fd/0";
}

Source parse_source(const std::string& text, const std::string& input_name) {
  std::size_t at = next_key(text, 0);
  Source source{text.substr(0, at), {}};
  std::vector<std::string> seen;
  while (at < text.size()) {
    const std::size_t equals = text.find('=', at), end = next_key(text, equals);
    const std::string key = text.substr(at + 1, equals - at - 1);
    if (std::find(seen.begin(), seen.end(), key) != seen.end())
      throw Error(Errc::bad_argument, input_prefix(input_name) + key + "= is given twice");
    seen.push_back(key);
    set(source.layout, key, text.substr(equals + 1, end == text.npos ? end : end - equals - 1), input_name);
    at = end;
  }
  if (source.layout.header == false && !source.layout.column_name.empty())
    throw Error(Errc::bad_argument,
                input_prefix(input_name) + "column=" + quoted(source.layout.column_name) +
                    ": expected a column's number, as header=no says that none has a name");
  const bool is_list = source.path.starts_with('[');
  if (const auto word = unknown_key(source.path);
      word && !is_list && ::access(source.path.c_str(), F_OK) != 0)
    throw Error(Errc::bad_argument, input_prefix(input_name) + "," + *word +
                                        "= after a file is unknown, expected format, header, column or "
                                        "separator");
  return source;
}

}  // namespace tacet::apps
