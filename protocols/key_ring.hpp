#pragma once

#include <compare>
#include <cstdint>
#include <optional>
#include <vector>

#include "graph/setting.hpp"
#include "protocols/crypto.hpp"

namespace tacet::protocols {

/// Names a key as seen from one endpoint.
struct KeyRef {
  enum class Kind : std::uint8_t {
    share,   ///< k_T, known to the parties outside T
    pair,    ///< known to this party and one other
    client,  ///< of a client and the parties outside T: the client's inputs are shared with it
  };
  Kind kind = Kind::share;
  std::uint32_t which = 0;   ///< the number of the share; of a pair, the other party
  std::uint32_t client = 0;  ///< the client's number
  auto operator<=>(const KeyRef&) const = default;

  static KeyRef share(std::uint32_t share) { return {Kind::share, share, 0}; }
  static KeyRef pair(std::uint32_t other) { return {Kind::pair, other, 0}; }
  static KeyRef of_client(std::uint32_t client, std::uint32_t share) { return {Kind::client, share, client}; }
};

/// The keys one endpoint holds in one session. They are wiped with it, and nothing prints them.
class KeyRing {
 public:
  explicit KeyRing(const Setting& setting);
  KeyRing(KeyRing&&) noexcept = default;
  KeyRing& operator=(KeyRing&&) noexcept = default;
  KeyRing(const KeyRing&) = delete;
  KeyRing& operator=(const KeyRing&) = delete;

  void set(const KeyRef& ref, const Key& key) { keys_[index(ref)].emplace(key); }
  /// Null if this endpoint does not hold it.
  const Key* find(const KeyRef& ref) const {
    const auto& key = keys_[index(ref)];
    return key ? &*key : nullptr;
  }
  /// The position of a key among `capacity()` possible ones, held or not.
  std::size_t index(const KeyRef& ref) const;
  std::size_t capacity() const { return keys_.size(); }

 private:
  std::uint32_t parties_;
  std::uint32_t shares_;
  std::vector<std::optional<Key>> keys_;
};

}  // namespace tacet::protocols
