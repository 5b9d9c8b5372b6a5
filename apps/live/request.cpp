#include "apps/live/request.hpp"

#include <arpa/inet.h>

#include <algorithm>

namespace tacet::apps {
namespace {

char small(char c) {
  return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
}

bool same_word(std::string_view a, std::string_view b) {
  return std::equal(a.begin(), a.end(), b.begin(), b.end(),
                    [](char x, char y) { return small(x) == small(y); });
}

// Neither spaces nor control characters, nor anything outside ASCII.
bool is_visible(std::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), [](char c) { return c > ' ' && c < 0x7F; });
}

std::string_view trimmed(std::string_view text) {
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!text.empty() && is_space(text.front())) text.remove_prefix(1);
  while (!text.empty() && is_space(text.back())) text.remove_suffix(1);
  return text;
}

// What stands before `mark`, which is cut off with it; nothing if there is no mark.
std::optional<std::string_view> take(std::string_view& text, std::string_view mark) {
  const std::size_t at = text.find(mark);
  if (at == std::string_view::npos) return std::nullopt;
  const std::string_view out = text.substr(0, at);
  text.remove_prefix(at + mark.size());
  return out;
}

bool is_address(std::string_view host) {
  const bool bracketed = host.starts_with('[') && host.ends_with(']');
  const std::string text(bracketed ? host.substr(1, host.size() - 2) : host);
  in6_addr parsed;
  return text.find('\0') == std::string::npos &&
         ::inet_pton(bracketed ? AF_INET6 : AF_INET, text.c_str(), &parsed) == 1;
}

}  // namespace

std::optional<HttpRequest> parse_request(std::string_view head) {
  HttpRequest request;
  const auto method = take(head, " "), target = take(head, " "), version = take(head, "\r\n");
  if (!method || !target || !version || !is_visible(*method) || !is_visible(*target) ||
      *version != "HTTP/1.1")
    return std::nullopt;
  request.method = *method, request.target = *target;
  auto line = take(head, "\r\n");
  for (; line && !line->empty(); line = take(head, "\r\n")) {
    const auto name = take(*line, ":");
    if (!name || !is_visible(*name)) return std::nullopt;
    const std::string_view value = trimmed(*line);
    if (same_word(*name, "host")) {
      if (!request.host.empty() || !is_visible(value)) return std::nullopt;
      request.host = value;
    }
    if (same_word(*name, "origin")) {
      if (request.origin) return std::nullopt;
      request.origin = value;
    }
  }
  if (!line || request.host.empty()) return std::nullopt;
  return request;
}

bool is_meant_for(const HttpRequest& request, std::string_view own) {
  if (request.origin && !same_word(*request.origin, "http://" + request.host)) return false;
  std::string_view host = request.host;
  const std::size_t colon = host.rfind(':');
  if (colon != std::string_view::npos && host.find(']', colon) == std::string_view::npos) {
    if (host.find_first_not_of("0123456789", colon + 1) != std::string_view::npos) return false;
    host = host.substr(0, colon);
  }
  return is_address(host) || same_word(host, "localhost") || same_word(host, own);
}

}  // namespace tacet::apps
