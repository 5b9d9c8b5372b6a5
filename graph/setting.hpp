#pragma once

#include <cstdint>
#include <string_view>

#include "graph/error.hpp"
#include "graph/ids.hpp"

namespace tacet {

/// `rss`: replicated secret sharing. `plain`: the same layout, steps and messages with every mask zero, so
/// values can be watched; it protects nothing.
enum class Scheme : std::uint8_t { rss, plain };

std::string_view to_string(Scheme scheme);

/// What whoever reads of a job must be told of its scheme; empty for one that protects secrets.
std::string_view warning_of(Scheme scheme);

/// Who computes, and how.
struct Setting {
  Scheme scheme = Scheme::rss;
  std::uint32_t n = 3;        ///< computing parties
  std::uint32_t clients = 0;  ///< outside owners and receivers

  std::uint32_t t() const { return (n - 1) / 2; }  ///< corrupted parties tolerated
  std::uint32_t endpoints() const { return n + clients; }
  bool is_party(EndpointId e) const { return e.value < n; }
  /// C(n-1, t): components of a replicated sharing that each party holds.
  std::uint32_t components() const;
  bool operator==(const Setting&) const = default;
};

/// Fails: Errc::unsupported unless n is odd, at least 3 and small enough for replicated sharing.
void check_setting(const Setting& setting);

inline constexpr std::uint32_t kMaxParties = 13;

}  // namespace tacet
