#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/ids.hpp"
#include "transport/stream.hpp"

namespace tacet::transport::detail {

/// Why an endpoint is not there, in the eyes of another.
struct Missing {
  EndpointId who;
  bool tried = false;    ///< it was called, or has come and was turned away; else it was only waited for
  std::string why;       ///< a predicate: "at 10.0.0.2:7000 did not answer (Connection refused)"
  bool refuses = false;  ///< it is there, and does not let the speaker in or says nothing
  bool operator==(const Missing&) const = default;
};

/// Whom one endpoint misses.
struct Row {
  EndpointId of;
  std::vector<Missing> missing;
  bool operator==(const Row&) const = default;
};

/// What endpoints tell each other between their hello and the beginning of the job, on every connection in
/// the direction of its data: at each change, and as a sign of life.
struct Presence {
  enum class State : std::uint8_t {
    waiting,   ///< somebody is missing here
    complete,  ///< all connections of this endpoint stand
    begun,     ///< and so do all others': only frames follow
    leaving,   ///< it gives up, because of `culprit`; nothing follows
  };
  State state = State::waiting;
  std::vector<Row> rows;         ///< the sender's own first, then what it heard of others
  std::uint32_t silence_ms = 0;  ///< the largest it knows
  std::uint32_t stall_ms = 0;
  EndpointId culprit;
  EndpointId accuser;  ///< who says so; the sender, if it has seen it or is the culprit
  std::string reason;
};

/// At most kMaxHelloBytes: what does not fit in kMaxMissing words is left out.
std::vector<std::byte> encode_presence(const Presence& presence);

/// Safe on any bytes. Fails: malformed.
Result<Presence> decode_presence(Bytes message);

}  // namespace tacet::transport::detail
