#include "protocols/keys.hpp"

#include <algorithm>
#include <string>
#include <string_view>

namespace tacet::protocols {
namespace {

std::span<const std::byte> bytes_of(std::string_view text) {
  return std::as_bytes(std::span(text));
}

void put(Sha256& hash, std::uint64_t number) {
  std::byte bytes[8];
  for (int i = 0; i < 8; ++i) bytes[i] = static_cast<std::byte>(number >> (8 * i));
  hash.update(bytes);
}

Key part_at(std::span<const std::byte> message, std::size_t index) {
  return Key(message.subspan(index * Key::kBytes).first<Key::kBytes>());
}

}  // namespace

KeySetup::KeySetup(const Setting& setting, EndpointId self, std::span<const std::byte> session_id)
    : setting_(setting),
      self_(self),
      layout_(setting.n),
      session_id_(session_id.begin(), session_id.end()),
      heard_(setting.endpoints()),
      has_heard_(setting.endpoints(), false) {
  TACET_ASSERT(self.value < setting.endpoints());
  has_heard_[self.value] = true;
  if (!setting.is_party(self))  // clients have no stream to each other
    std::fill(has_heard_.begin() + setting.n, has_heard_.end(), true);
  for (std::uint32_t i = 0; i < layout_.shares(); ++i) share_parts_.push_back(Key::random());
  if (setting.is_party(self))
    for (std::uint32_t i = 0; i < setting.n; ++i) pair_parts_.push_back(Key::random());
}

KeySetup::~KeySetup() {
  for (auto& message : heard_) wipe(message);
}

std::vector<std::uint32_t> KeySetup::common_shares(EndpointId a, EndpointId b) const {
  std::vector<std::uint32_t> out;
  if (!setting_.is_party(a) && !setting_.is_party(b)) return out;
  const bool with_client = !setting_.is_party(a) || !setting_.is_party(b);
  const auto holds = [&](EndpointId e, std::uint32_t share) {
    return !setting_.is_party(e) || layout_.holds(e.value, share);
  };
  // A client fills share 0 with what its keys leave over, so that share has no key.
  for (std::uint32_t share = with_client ? 1 : 0; share < layout_.shares(); ++share)
    if (holds(a, share) && holds(b, share)) out.push_back(share);
  return out;
}

std::size_t KeySetup::message_bytes(EndpointId from, EndpointId to) const {
  if (!setting_.is_party(to)) return 0;
  return (common_shares(from, to).size() + (setting_.is_party(from) ? 1 : 0)) * Key::kBytes;
}

std::size_t KeySetup::message_bytes_from(EndpointId peer) const {
  return message_bytes(peer, self_);
}

std::vector<std::byte> KeySetup::message_to(EndpointId peer) const {
  TACET_ASSERT(peer.value < setting_.endpoints() && peer != self_);
  std::vector<std::byte> out;
  if (!setting_.is_party(peer)) return out;
  out.reserve(message_bytes(self_, peer));  // growing would leave copies of key parts behind
  const auto append = [&](const Key& key) { out.insert(out.end(), key.bytes().begin(), key.bytes().end()); };
  for (const std::uint32_t share : common_shares(self_, peer)) append(share_parts_[share]);
  if (setting_.is_party(self_)) append(pair_parts_[peer.value]);
  return out;
}

Status KeySetup::receive(EndpointId from, std::span<const std::byte> message) {
  if (from.value >= setting_.endpoints() || from == self_)
    return Fault{Fault::Kind::malformed, "a key message from endpoint " + std::to_string(from.value) +
                                             ", which is no peer of endpoint " + std::to_string(self_.value)};
  if (has_heard_[from.value])
    return Fault{Fault::Kind::malformed, "a second key message from endpoint " + std::to_string(from.value)};
  const std::size_t expected = message_bytes(from, self_);
  if (message.size() != expected)
    return Fault{Fault::Kind::malformed, "the key message from endpoint " + std::to_string(from.value) +
                                             " has " + std::to_string(message.size()) + " bytes instead of " +
                                             std::to_string(expected)};
  heard_[from.value].assign(message.begin(), message.end());
  has_heard_[from.value] = true;
  return std::nullopt;
}

bool KeySetup::complete() const {
  return std::find(has_heard_.begin(), has_heard_.end(), false) == has_heard_.end();
}

Key KeySetup::derive(std::string_view label, std::span<const std::uint32_t> names,
                     std::span<const Key> parts) const {
  Sha256 hash;
  put(hash, label.size());
  hash.update(bytes_of(label));
  put(hash, session_id_.size());
  hash.update(session_id_);
  put(hash, setting_.n);
  for (const std::uint32_t name : names) put(hash, name);
  for (const Key& part : parts) hash.update(part.bytes());
  Digest digest = hash.finish();
  const Key key{std::span{digest}.first<Key::kBytes>()};
  wipe(digest);
  return key;
}

void KeySetup::finish_party(KeyRing& ring) const {
  const std::uint32_t self = self_.value;
  std::vector<std::vector<Key>> parts(layout_.shares());  // by share, in party order
  for (std::uint32_t q = 0; q < setting_.n; ++q) {
    if (q == self) {
      for (std::uint32_t share = 0; share < layout_.shares(); ++share)
        if (layout_.holds(self, share)) parts[share].push_back(share_parts_[share]);
      continue;
    }
    const auto common = common_shares(self_, EndpointId{q});
    for (std::size_t i = 0; i < common.size(); ++i) parts[common[i]].push_back(part_at(heard_[q], i));
    const Key theirs = part_at(heard_[q], common.size());
    const Key both[] = {self < q ? pair_parts_[q] : theirs, self < q ? theirs : pair_parts_[q]};
    const std::uint32_t names[] = {std::min(self, q), std::max(self, q)};
    ring.set(KeyRef::pair(q), derive("tacet pair key", names, both));
  }
  for (std::uint32_t share = 0; share < layout_.shares(); ++share) {
    if (!layout_.holds(self, share)) continue;
    const std::uint32_t names[] = {layout_.set_of(share)};
    ring.set(KeyRef::share(share), derive("tacet share key", names, parts[share]));
  }
}

KeyRing KeySetup::finish() const {
  TACET_ASSERT(complete());
  KeyRing ring(setting_);
  const bool is_party = setting_.is_party(self_);
  if (is_party) finish_party(ring);
  for (std::uint32_t c = 0; c < setting_.clients; ++c) {
    const EndpointId client{setting_.n + c};
    if (!is_party && client != self_) continue;
    std::size_t at = 0;
    for (std::uint32_t share = 1; share < layout_.shares(); ++share) {
      if (is_party && !layout_.holds(self_.value, share)) continue;
      const Key part = is_party ? part_at(heard_[client.value], at++) : share_parts_[share];
      const std::uint32_t names[] = {c, layout_.set_of(share)};
      ring.set(KeyRef::of_client(c, share), derive("tacet client key", names, {&part, 1}));
    }
  }
  return ring;
}

}  // namespace tacet::protocols
