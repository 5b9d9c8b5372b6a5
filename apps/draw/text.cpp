#include "apps/draw/text.hpp"

#include <array>
#include <cstdio>

#include "apps/io/utf8.hpp"

namespace tacet::apps {
std::string escape_label(std::string_view text, std::size_t max_characters) {
  constexpr std::string_view kReplacement = "\xef\xbf\xbd", kEllipsis = "\xe2\x80\xa6";
  std::string out;
  for (std::size_t at = 0, characters = 0; at < text.size(); ++characters) {
    if (characters == max_characters) return out.append(kEllipsis);
    const std::string_view rest = text.substr(at);
    const std::size_t length = utf8_length(rest);
    const char c = rest[0];
    if (length == 0 || static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      out.append(kReplacement);
    } else if (c == '&') {
      out.append("&amp;");
    } else if (c == '<') {
      out.append("&lt;");
    } else if (c == '>') {
      out.append("&gt;");
    } else if (c == '"') {
      out.append("&quot;");
    } else if (c == '\\') {
      out.append("\\\\");  // Graphviz reads \N and its like also in HTML-like labels
    } else {
      out.append(rest.substr(0, length));
    }
    at += length == 0 ? 1 : length;
  }
  return out;
}

std::string human_bytes(std::uint64_t bytes) {
  if (bytes < 1000) return std::to_string(bytes) + " B";
  constexpr std::array kUnits{"kB", "MB", "GB", "TB", "PB", "EB"};
  double value = static_cast<double>(bytes) / 1000;
  std::size_t unit = 0;
  while (value >= 999.95 && unit + 1 < kUnits.size()) value /= 1000, ++unit;
  std::array<char, 32> text{};
  std::snprintf(text.data(), text.size(), "%.1f %s", value, kUnits[unit]);
  return text.data();
}

std::string grouped(std::uint64_t number) {
  std::string out = std::to_string(number);
  for (std::size_t at = out.size(); at > 3;) out.insert(at -= 3, 1, ',');
  return out;
}

std::string endpoint_label(const Plan& plan, std::uint32_t endpoint) {
  const std::uint32_t n = plan.setting.n;
  return plan.graph.role_name(endpoint < n ? Role{false, endpoint} : Role{true, endpoint - n});
}

}  // namespace tacet::apps
