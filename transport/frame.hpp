#pragma once

#include <cstddef>
#include <cstdint>
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
  heartbeat,  ///< nothing to say, still here
  abort,      ///< payload is an abort notice; nothing follows
  end,        ///< the stream is complete at `offset`
  setup,      ///< payload is opaque bytes of the layer above, before the plan's stream starts
};

struct FrameHeader {
  FrameKind kind = FrameKind::data;
  std::uint64_t session = 0;        ///< short_session()
  std::uint64_t offset = 0;         ///< of the payload's first byte in the stream
  std::uint32_t payload_bytes = 0;  ///< which follow the header
  std::uint32_t round = 0;

  bool operator==(const FrameHeader&) const = default;
};

/// One Cap'n Proto segment of fixed size: root pointer and four data words.
inline constexpr std::size_t kFrameHeaderBytes = 40;

/// Writes the header without touching the heap. The payload length must be one decode_header() accepts.
void encode_header(const FrameHeader& header, std::span<std::byte, kFrameHeaderBytes> out);

/// Safe on any bytes. Checks the layout, the kind and its payload length: data 1 to kMaxFramePayloadBytes,
/// setup up to it, abort up to kMaxAbortBytes, the others none. Fails: malformed.
Result<FrameHeader> decode_header(std::span<const std::byte, kFrameHeaderBytes> in);

/// Who broke the session and why, for people.
struct AbortNotice {
  EndpointId culprit;
  std::string reason;
};

/// At most kMaxAbortBytes: a longer reason is cut.
std::vector<std::byte> encode_abort(EndpointId culprit, std::string_view reason);

/// Safe on any bytes; control characters in the reason become '?'. Fails: malformed.
Result<AbortNotice> decode_abort(Bytes payload);

}  // namespace tacet::transport
