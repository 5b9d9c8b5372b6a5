#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/error.hpp"
#include "graph/ids.hpp"
#include "transport/limits.hpp"
#include "transport/stream.hpp"

namespace tacet::transport {

enum class FrameKind : std::uint8_t {
  data,       ///< payload of the plan's byte stream, at `offset`
  ack,        ///< everything before `offset` of the opposite stream has been consumed
  heartbeat,  ///< still here: `offset` says whom the sender waits for, `round` how far it is
  abort,      ///< payload is an abort notice; only further ones follow, and nothing behind the last
  end,        ///< the stream is complete at `offset`; control frames follow until both streams are
  setup,      ///< payload is opaque bytes of the layer above, before the plan's stream starts
  presence,   ///< before that: what the sender says until everybody is there
};

struct FrameHeader {
  FrameKind kind = FrameKind::data;
  std::uint64_t session = 0;        ///< short_session()
  std::uint64_t offset = 0;         ///< of the payload's first byte in the stream
  std::uint32_t payload_bytes = 0;  ///< which follow the header
  std::uint32_t round = 0;

  bool operator==(const FrameHeader&) const = default;
};

/// What a heartbeat's offset says: the number of the endpoint that the sender waits for, or one of these.
inline constexpr std::uint64_t kWaitsForNobody = ~std::uint64_t{0};   ///< it is at work itself
inline constexpr std::uint64_t kWaitsForInput = kWaitsForNobody - 1;  ///< for its own inputs

/// One Cap'n Proto segment of fixed size: root pointer and four data words.
inline constexpr std::size_t kFrameHeaderBytes = 40;

/// Writes the header without touching the heap. The payload length must be one decode_header() accepts.
void encode_header(const FrameHeader& header, std::span<std::byte, kFrameHeaderBytes> out);

/// Safe on any bytes. Checks the layout, the kind and its payload length: data 1 to kMaxFramePayloadBytes,
/// setup up to it, abort up to kMaxAbortBytes, presence up to kMaxHelloBytes, the others none. Fails:
/// malformed.
Result<FrameHeader> decode_header(std::span<const std::byte, kFrameHeaderBytes> in);

/// Why a session ends, as far as one endpoint saw it.
enum class Cause : std::uint8_t {
  own,        ///< the culprit says it of itself
  closed,     ///< its connection closed or broke
  silent,     ///< nothing came from it, not even heartbeats
  malformed,  ///< it sent what no correct peer sends
  stalled,    ///< others waited for it while it made no progress
};

/// One endpoint's word on another.
struct Statement {
  EndpointId accuser;  ///< who saw it
  EndpointId culprit;
  Cause cause = Cause::own;
  std::string reason;  ///< a predicate of the culprit, for people

  bool operator==(const Statement&) const = default;
};

/// The sender ends the session, and says what it has seen or been told.
struct AbortNotice {
  std::vector<Statement> statements;
  bool last = false;                  ///< it has said all it will say
  std::optional<EndpointId> follows;  ///< whom it has heard of it first, unless it has seen something itself
  std::vector<EndpointId> heard;      ///< who has spoken to it since: they are alive

  bool operator==(const AbortNotice&) const = default;
};

/// At most kMaxAbortBytes: longer reasons, and statements beyond kMaxStatements, are cut.
std::vector<std::byte> encode_abort(const AbortNotice& notice);

/// Safe on any bytes; reasons are printable(). Fails: malformed.
Result<AbortNotice> decode_abort(Bytes payload);

/// What a presence frame says after the sender's peers have begun: a notice if it leaves, else nothing. Safe
/// on any bytes. Fails: malformed.
Result<std::optional<AbortNotice>> notice_in_presence(EndpointId from, Bytes payload);

}  // namespace tacet::transport
