#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <variant>
#include <vector>

#include "graph/error.hpp"
#include "graph/ids.hpp"
#include "transport/cancel.hpp"
#include "transport/hello.hpp"
#include "transport/identity.hpp"
#include "transport/listener.hpp"
#include "transport/stream.hpp"

namespace tacet::transport {

/// Someone we share streams with, as the cluster file names them.
struct Peer {
  EndpointId id;
  std::string name;
  std::string host;                       ///< name or address; unused if the peer dials us
  std::uint16_t port = 0;                 ///< 0: it has no address and dials us, once for each direction
  std::vector<Fingerprint> fingerprints;  ///< any of these certificates (two while one is being replaced)
};

/// Both streams with one peer, and what it said of itself.
struct Connection {
  std::unique_ptr<ByteSink> out;
  std::unique_ptr<ByteSource> in;
  Hello hello;
};

/// In the order of endpoint numbers.
using Mesh = std::vector<Connection>;

/// Who stands in the way, and why. A cancelled wait names this endpoint itself.
struct Culprit {
  EndpointId who;
  std::string name;
  Fault fault;
};

/// "party 1 (bank)" or "client 4 (alice)": endpoints from n on are clients.
std::string describe(EndpointId id, const std::string& name, std::uint32_t n);

/// Connects to every peer, or says who is in the way. Of `mine`, `to` and `direction` are filled in here.
/// Parties: each dials the other and sends on what it dialled. A client (no listener) dials twice. A peer
/// that is not up yet is tried again until the deadline; a peer that disagrees (program, scheme, n, t,
/// certificate) ends the wait at once on both sides, after at most kFarewellTimeout in which the others are
/// told. Fails: refused, timeout (names everyone missing), cancelled, malformed, closed. Throws Error
/// bad_config if a peer must dial us and there is no listener, or an endpoint is listed twice.
std::variant<Mesh, Culprit> connect_all(const Identity& identity, const Hello& mine, std::vector<Peer> peers,
                                        Listener* listener, Deadline deadline, const CancelToken& cancel);

}  // namespace tacet::transport
