#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/error.hpp"
#include "graph/ids.hpp"
#include "transport/stream.hpp"

namespace tacet::transport {

inline constexpr std::uint32_t kProtocolVersion = 3;

using Digest = std::array<std::byte, 32>;
using Nonce = std::array<std::byte, 16>;
using SessionId = std::array<std::byte, 32>;

/// Which end of a connection sends data; the handshake itself speaks both ways.
enum class Direction : std::uint8_t { dialler_sends, dialler_receives };

/// One thing that endpoints of a job have in common, for messages about what differs: "depth" is "20".
struct Fact {
  std::string name, value;
  bool operator==(const Fact&) const = default;
};

/// What each end of a connection says of itself before a byte of data moves.
struct Hello {
  std::uint32_t version = kProtocolVersion;
  EndpointId from;
  EndpointId to;
  Direction direction = Direction::dialler_sends;
  Digest plan_digest{};
  std::string scheme;
  std::uint32_t n = 0;
  std::uint32_t t = 0;
  Nonce nonce{};                 ///< fresh per start of a process's session, the same on all its connections
  std::vector<Fact> facts;       ///< program, settings, sizes, policy, build; at most kMaxFacts are sent
  std::uint32_t silence_ms = 0;  ///< a wish: the largest of all endpoints counts
  std::uint32_t stall_ms = 0;    ///< the same
  std::uint32_t attempt = 0;     ///< counts the calls for this direction: of two the later one counts

  bool operator==(const Hello&) const = default;
};

/// The acceptor's answer. Only `over` is final: after the others the dialler tries again until its deadline.
struct HelloReply {
  enum class Verdict : std::uint8_t {
    accepted,
    refused,  ///< the caller is not let in as it is
    busy,     ///< not now
    over,     ///< the acceptor has given up, because of `culprit`
  };
  Verdict verdict = Verdict::refused;
  std::string reason;    ///< for people, a predicate of the culprit; empty when accepted
  Hello hello;           ///< the acceptor's own
  EndpointId culprit{};  ///< the caller, or because of whom it is over
};

/// One Cap'n Proto message each, at most kMaxHelloBytes.
std::vector<std::byte> encode_hello(const Hello& hello);
std::vector<std::byte> encode_reply(const HelloReply& reply);

/// Safe on any bytes. Fails: malformed.
Result<Hello> decode_hello(Bytes message);
Result<HelloReply> decode_reply(Bytes message);

/// Why two hellos cannot belong to one session, or nothing: version, scheme, n, t and digest, in this order.
/// The text is a predicate of the peer and says what differs ("has other settings: depth is 21, but 20 at
/// party 0"); it is also right when others repeat it.
std::optional<std::string> disagreement(const Hello& mine, const Hello& theirs);

/// "party 1 (bank)" or "client 4 (alice)": endpoints from n on are clients.
std::string describe(EndpointId id, const std::string& name, std::uint32_t n);

/// 128 bits from the operating system's generator.
Nonce fresh_nonce();

/// SHA-256 over the digest and every party's nonce in the order of party numbers: fresh as soon as one party
/// is.
SessionId session_id(std::span<const Nonce> party_nonces, const Digest& plan_digest);

/// The first eight bytes, which every frame carries.
std::uint64_t short_session(const SessionId& session);

}  // namespace tacet::transport
