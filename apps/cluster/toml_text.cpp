#include "apps/cluster/toml_text.hpp"

#include <algorithm>

namespace tacet::apps {

namespace {

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

UnsafeText at(std::string_view text, std::size_t index, const char* what) {
  const std::string_view before = text.substr(0, index);
  const std::size_t line_begin = before.rfind('\n') == std::string_view::npos ? 0 : before.rfind('\n') + 1;
  return {static_cast<std::size_t>(std::count(before.begin(), before.end(), '\n')) + 1,
          index - line_begin + 1, what};
}

}  // namespace

std::optional<UnsafeText> find_unsafe_text(std::string_view toml) {
  std::size_t i = toml.starts_with("\xEF\xBB\xBF") ? 3 : 0;
  for (; i < toml.size(); ++i) {
    const char c = toml[i];
    if (!is_ascii(c)) return at(toml, i, "a character outside ASCII, expected only in strings and comments");
    if (c == '#') {
      i = std::min(toml.find('\n', i), toml.size());
    } else if (c == '"' || c == '\'') {
      if (i + 2 < toml.size() && toml[i + 1] == c && toml[i + 2] == c)
        return at(toml, i, "a multi-line string, expected a string on one line");
      for (++i; i < toml.size() && toml[i] != c && toml[i] != '\n'; ++i) {
        if (c == '\'' || toml[i] != '\\' || ++i == toml.size()) continue;
        if (!is_ascii(toml[i])) return at(toml, i, "a backslash before a character outside ASCII");
      }
    }
  }
  return std::nullopt;
}

}  // namespace tacet::apps
