#include "transport/fingerprint.hpp"

#include <optional>

#include "graph/error.hpp"
#include "transport/detail/hex.hpp"
#include "transport/printable.hpp"

namespace tacet::transport {

namespace {

constexpr std::string_view kPrefix = "sha256:";

std::optional<unsigned> hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

[[noreturn]] void reject(std::string_view text, const std::string& why) {
  throw Error(Errc::bad_certificate, "\"" + printable(text, 120) + "\" is no certificate fingerprint: " +
                                         why + "; expected sha256: and 64 hexadecimal digits");
}

}  // namespace

std::string Fingerprint::to_string() const {
  return std::string(kPrefix) + detail::to_hex(sha256);
}

Fingerprint Fingerprint::parse(std::string_view text) {
  if (!text.starts_with(kPrefix)) reject(text, "it does not start with sha256:");
  const std::string_view digits = text.substr(kPrefix.size());
  Fingerprint print;
  std::size_t count = 0;
  for (std::size_t i = 0; i < digits.size(); ++i) {
    const char c = digits[i];
    const bool between_bytes = count > 0 && count % 2 == 0 && digits[i - 1] != ':';
    if (c == ':' && between_bytes && i + 1 < digits.size()) continue;
    const std::optional<unsigned> digit = hex_digit(c);
    if (!digit) reject(text, "it contains '" + printable({&c, 1}, 8) + "'");
    if (count == 64) reject(text, "it has more than 64 digits");
    std::byte& byte = print.sha256[count / 2];
    byte = byte << 4 | static_cast<std::byte>(*digit);
    ++count;
  }
  if (count != 64) reject(text, "it has " + std::to_string(count) + " digits");
  return print;
}

}  // namespace tacet::transport
