#pragma once

#include <array>
#include <compare>
#include <cstddef>
#include <string>
#include <string_view>

namespace tacet::transport {

/// SHA-256 of a certificate's DER bytes: how the cluster file names a peer.
struct Fingerprint {
  std::array<std::byte, 32> sha256{};

  auto operator<=>(const Fingerprint&) const = default;

  /// "sha256:" and 64 lower-case hexadecimal digits.
  std::string to_string() const;

  /// Reads to_string()'s form; capital digits and a colon between bytes (as other tools print them) are
  /// allowed. Throws Error bad_certificate saying what is wrong with the text.
  static Fingerprint parse(std::string_view text);
};

}  // namespace tacet::transport
