#pragma once

#include <cstddef>
#include <span>
#include <vector>

#include "protocols/key_ring.hpp"
#include "protocols/layout.hpp"

namespace tacet::protocols {

/// Agrees on the keys of a session: one message to each peer, sent at once. Everyone who will hold a key of
/// the parties contributes to it, so that one weak generator spoils nothing; a client chooses the keys of its
/// own inputs. Not thread-safe. Source: [CDI05] for the keys; contributions hashed instead of one dealer.
class KeySetup {
 public:
  /// `session_id` is the same everywhere and new in every session.
  KeySetup(const Setting& setting, EndpointId self, std::span<const std::byte> session_id);
  ~KeySetup();
  KeySetup(KeySetup&&) = default;

  /// The message for `peer`. It holds secrets: the caller wipes it when it is sent. Empty from a party to a
  /// client; clients do not meet.
  std::vector<std::byte> message_to(EndpointId peer) const;
  /// What message_to(self) has at `peer`.
  std::size_t message_bytes_from(EndpointId peer) const;
  /// Fails: Fault::malformed if the sender is no other endpoint, speaks twice, or the length is wrong.
  Status receive(EndpointId from, std::span<const std::byte> message);
  /// All peers have been heard.
  bool complete() const;
  /// Fails: assertion unless complete.
  KeyRing finish() const;

 private:
  /// The shares for which both send or receive a key part, ascending.
  std::vector<std::uint32_t> common_shares(EndpointId a, EndpointId b) const;
  std::size_t message_bytes(EndpointId a, EndpointId b) const;
  Key derive(std::string_view label, std::span<const std::uint32_t> names, std::span<const Key> parts) const;
  void finish_party(KeyRing& ring) const;

  Setting setting_;
  EndpointId self_;
  Layout layout_;
  std::vector<std::byte> session_id_;
  std::vector<Key> share_parts_;               // ours, by share
  std::vector<Key> pair_parts_;                // ours, by other party
  std::vector<std::vector<std::byte>> heard_;  // by endpoint
  std::vector<bool> has_heard_;
};

}  // namespace tacet::protocols
