#pragma once

#include <cstdint>
#include <functional>
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
  Fault fault;                      ///< `detail` is a predicate of the culprit
  std::vector<EndpointId> said_by;  ///< who says so; nobody if this endpoint has seen it itself
};

/// How far a meeting is, for people.
struct Attendance {
  struct One {
    EndpointId id;
    std::string name, address, fingerprint;  ///< the address is empty if it dials us and has not yet
    bool connected = false;
    std::string missing;  ///< why it is not there, a predicate; empty if it is
  };
  std::vector<One> peers;
  std::vector<std::string> words;  ///< what others say of whom they miss; who was dropped: whole sentences
  bool operator==(const Attendance&) const = default;
};
inline bool operator==(const Attendance::One& a, const Attendance::One& b) {
  return a.id == b.id && a.address == b.address && a.connected == b.connected && a.missing == b.missing;
}
using OnAttendance = std::function<void(const Attendance&)>;

/// How long a meeting may take.
struct Limit {
  Deadline at;
  std::string own;  ///< what it is if this endpoint alone has set it, and then ends the job ("its deadline of
                    ///< 2000 ms"); empty if all have the same
  Limit(Deadline deadline, std::string its_own = {}) : at(deadline), own(std::move(its_own)) {}
};

/// Makes room for the descriptors that meetings with so many peers take at most. Fails: Error unsupported,
/// which names both numbers, if the system does not give them.
void reserve_connections(std::size_t peers);

/// Connects to every peer and waits until all of them are connected to all of theirs, or says who is in the
/// way. Of `mine`, `to` and `direction` are filled in here. Parties: each dials the other and sends on what
/// it dialled. A client (no listener) dials twice. Until the limit a peer that is not up is called again,
/// and one that came with other settings, a wrong certificate, or left in good order may come back in a
/// better state; one that vanishes without a word has kReturnGrace to return. Whom more than half of the
/// parties cannot take gives up itself. All endpoints tell each other whom they miss, so that they name the
/// same culprit. The hello of every connection holds the largest silence_ms and stall_ms of all endpoints
/// then. `on_attendance` is called from the calling thread whenever something has changed, and now and then;
/// it must not block. Fails: refused, timeout, closed, cancelled, malformed, io. Throws Error bad_config if a
/// peer must dial us and there is no listener, or an endpoint is listed twice.
std::variant<Mesh, Culprit> connect_all(const Identity& identity, const Hello& mine, std::vector<Peer> peers,
                                        Listener* listener, const Limit& limit, const CancelToken& cancel,
                                        const OnAttendance& on_attendance = {});

}  // namespace tacet::transport
