#include <arpa/inet.h>

#include <algorithm>
#include <charconv>

#include "apps/cluster/cluster.hpp"
#include "apps/io/number.hpp"
#include "apps/limits.hpp"

namespace tacet::apps {

namespace {

bool is_host_name(std::string_view host) {
  return !host.empty() && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '.' ||
           c == '-' || c == '_';
  });
}

bool is_ipv4(const std::string& host) {
  in_addr address;
  return ::inet_pton(AF_INET, host.c_str(), &address) == 1;
}

// With or without the interface after a percent sign that a link-local address needs.
bool is_ipv6(std::string_view host) {
  const std::size_t percent = host.find('%');
  if (percent != std::string_view::npos && !is_host_name(host.substr(percent + 1))) return false;
  const std::string address(host.substr(0, percent));
  in6_addr parsed;
  return address.find('\0') == std::string::npos && ::inet_pton(AF_INET6, address.c_str(), &parsed) == 1;
}

[[noreturn]] void reject(std::string_view text, const std::string& why) {
  throw Error(Errc::bad_config, quoted(text) + " is no address: " + why +
                                    "; expected host:port, as in 10.0.0.1:7000 or [::1]:7000");
}

}  // namespace

std::string Address::to_string() const {
  const bool needs_brackets = host.find(':') != std::string::npos;
  return (needs_brackets ? "[" + host + "]" : host) + ":" + std::to_string(port);
}

Address parse_address(std::string_view text) {
  const std::size_t colon = text.rfind(':');
  if (colon == std::string_view::npos) reject(text, "it has no port");
  std::string_view host = text.substr(0, colon);
  const std::string_view port = text.substr(colon + 1);
  if (host.size() > kMaxHostBytes) reject(text, "its host has more than 253 characters");
  if (host.starts_with('[') && host.ends_with(']')) {
    host = host.substr(1, host.size() - 2);
    if (!is_ipv6(host)) reject(text, quoted(host) + " is no IPv6 address");
  } else if (is_ipv6(text) || host.find(':') != std::string_view::npos) {
    reject(text, "an IPv6 address stands in brackets");
  } else if (!is_host_name(host)) {
    reject(text, quoted(host) + " is no host");
  } else if (host.find_first_not_of("0123456789.") == std::string_view::npos && !is_ipv4(std::string(host))) {
    reject(text, quoted(host) + " is no IPv4 address");
  }
  unsigned number = 0;
  const auto [end, error] = std::from_chars(port.data(), port.data() + port.size(), number);
  if (error != std::errc{} || end != port.data() + port.size() || number < 1 || number > 65535)
    reject(text, "its port is " + quoted(port) + ", not a number from 1 to 65535");
  return {std::string(host), static_cast<std::uint16_t>(number)};
}

}  // namespace tacet::apps
