#include "transport/printable.hpp"

#include <cstdio>

namespace tacet::transport {
namespace {

struct Character {
  std::size_t bytes = 1;
  bool valid = false;
  char32_t point = 0;
};

/// The UTF-8 character at the front; one invalid byte where there is none.
Character next(std::string_view text) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[i]); };
  const unsigned char first = byte(0);
  if (first < 0x80) return {1, true, first};
  const std::size_t length = first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : 2;
  if (first < 0xc2 || first > 0xf4 || text.size() < length) return {};
  char32_t point = first & (0xffu >> (length + 1));
  for (std::size_t i = 1; i < length; ++i) {
    if ((byte(i) & 0xc0) != 0x80) return {};
    point = point << 6 | (byte(i) & 0x3fu);
  }
  constexpr char32_t kSmallest[] = {0, 0, 0x80, 0x800, 0x10000};
  const bool surrogate = point >= 0xd800 && point < 0xe000;
  if (point < kSmallest[length] || point > 0x10ffff || surrogate) return {};
  return {length, true, point};
}

/// Whether a character changes how those around it are shown, or shows nothing itself.
bool is_harmful(char32_t c) {
  return c < 0x20 || (c >= 0x7f && c < 0xa0) || c == 0xad || c == 0x61c || c == 0x180e ||
         (c >= 0x200b && c <= 0x200f) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2060 && c <= 0x206f) ||
         c == 0xfeff || (c >= 0xfff9 && c <= 0xfffb) || (c >= 0xe0000 && c <= 0xe007f);
}

}  // namespace

std::string printable(std::string_view text, std::size_t max_bytes) {
  constexpr std::string_view kEllipsis = "…";
  std::string out;
  std::size_t room = 0;  // where an ellipsis still fits
  while (!text.empty()) {
    const Character c = next(text);
    char escaped[16];
    std::string_view shown = text.substr(0, c.bytes);
    if (!c.valid || is_harmful(c.point)) {
      const auto byte = static_cast<unsigned>(static_cast<unsigned char>(text[0]));
      const int size = c.valid && c.point >= 0x80
                           ? std::snprintf(escaped, sizeof escaped, "\\u{%x}", static_cast<unsigned>(c.point))
                           : std::snprintf(escaped, sizeof escaped, "\\x%02x", byte);
      shown = {escaped, static_cast<std::size_t>(size)};
    }
    if (out.size() + shown.size() > max_bytes) return out.substr(0, room).append(kEllipsis);
    out += shown;
    if (out.size() + kEllipsis.size() <= max_bytes) room = out.size();
    text.remove_prefix(c.bytes);
  }
  return out;
}

}  // namespace tacet::transport
