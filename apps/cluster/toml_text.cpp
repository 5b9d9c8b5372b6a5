#include "apps/cluster/toml_text.hpp"

#include <algorithm>
#include <cstdio>

#include "apps/limits.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

namespace {

bool is_ascii(char c) {
  return static_cast<unsigned char>(c) < 0x80;
}

class AsciiWriter {
 public:
  AsciiWriter(std::string_view text, const std::string& file) : text_(text), file_(file) {
    if (text_.starts_with("\xEF\xBB\xBF")) text_.remove_prefix(3);
  }

  std::string write() {
    while (at_ < text_.size()) {
      const char c = text_[at_];
      if (!is_ascii(c)) refuse("a character outside ASCII, expected only in strings and comments");
      if (c == '#') {
        copy_comment();
      } else {
        check_depth(c);
        copy();
        if (c == '"' || c == '\'') copy_string(c);
      }
    }
    return std::move(out_);
  }

 private:
  void copy() { out_ += text_[at_++]; }

  // Every dot of a key is a table in a table, as is every bracket; a line holds one key of a table, and of an
  // array or a table in brackets several.
  void check_depth(char c) {
    if (c == '\n') dots_ = 0;
    if (c == '.') ++dots_;
    if (c == '[' || c == '{') ++brackets_;
    if ((c == ']' || c == '}') && brackets_ > 0) --brackets_;
    if (dots_ > kMaxTomlDots || brackets_ > kMaxTomlBrackets)
      refuse("this is nested too deep, expected at most " + std::to_string(kMaxTomlDots) +
             " dots a line and " + std::to_string(kMaxTomlBrackets) + " brackets in each other");
  }

  void copy_comment() {
    for (; at_ < text_.size() && text_[at_] != '\n'; ++at_)
      if (is_ascii(text_[at_])) out_ += text_[at_];
  }

  // Three quotation marks begin a string of many lines, one a string that ends with its line at the latest.
  void copy_string(char quote) {
    const bool is_long = text_.substr(at_).starts_with(std::string(2, quote));
    if (is_long) copy(), copy();
    while (at_ < text_.size() && (is_long || text_[at_] != '\n')) {
      const char c = text_[at_];
      if (!is_ascii(c)) {
        if (quote == '\'')
          refuse("a character outside ASCII in single quotation marks, expected double ones");
        write_escape();
        continue;
      }
      copy();
      if (c == quote && (!is_long || ends_long_string(quote))) return;
      if (c != '\\' || quote == '\'' || at_ == text_.size()) continue;
      if (!is_ascii(text_[at_])) refuse("a backslash before a character outside ASCII");
      if (is_long || text_[at_] != '\n') copy();
    }
  }

  // Behind a quotation mark: whether two more follow. Those of four or five in a row that are not the last
  // three belong to the string.
  bool ends_long_string(char quote) {
    if (!text_.substr(at_).starts_with(std::string(2, quote))) return false;
    for (int i = 0; i < 4 && at_ < text_.size() && text_[at_] == quote; ++i) copy();
    return true;
  }

  void write_escape() {
    const auto lead = static_cast<unsigned char>(text_[at_]);
    const std::size_t length = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
    constexpr unsigned kLeast[] = {0, 0, 0x80, 0x800, 0x10000};
    unsigned code = lead & (0xFFu >> (length + 1));
    bool valid = lead >= 0xC0 && lead < 0xF8 && text_.size() - at_ >= length;
    for (std::size_t i = 1; valid && i < length; ++i) {
      const auto byte = static_cast<unsigned char>(text_[at_ + i]);
      valid = (byte & 0xC0) == 0x80;
      code = code << 6 | (byte & 0x3F);
    }
    const bool is_surrogate = code >= 0xD800 && code < 0xE000;
    if (!valid || code < kLeast[length] || code > 0x10FFFF || is_surrogate) refuse("the text is not UTF-8");
    char escape[11];
    std::snprintf(escape, sizeof escape, "\\U%08X", code);
    out_ += escape;
    at_ += length;
  }

  [[noreturn]] void refuse(const std::string& what) const {
    const std::string_view before = text_.substr(0, at_);
    const auto line = std::count(before.begin(), before.end(), '\n') + 1;
    const std::size_t newline = before.rfind('\n');
    const std::size_t column = newline == std::string_view::npos ? at_ + 1 : at_ - newline;
    throw Error(Errc::bad_config,
                file_ + ":" + std::to_string(line) + ":" + std::to_string(column) + ": " + what);
  }

  std::string_view text_;
  const std::string& file_;
  std::size_t at_ = 0, dots_ = 0, brackets_ = 0;
  std::string out_;
};

}  // namespace

std::string ascii_toml(std::string_view text, const std::string& file) {
  return AsciiWriter(text, file).write();
}

}  // namespace tacet::apps
