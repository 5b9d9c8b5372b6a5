#pragma once

#include <cstdint>

#include "transport/identity.hpp"
#include "transport/limits.hpp"
#include "transport/stream.hpp"

namespace tacet::transport {

/// What a measurement or a test may vary; connect_all() uses the defaults.
struct TlsOptions {
  std::uint64_t rekey_records = kRekeyRecords;  ///< records under one sending key
};

/// One TLS stream over this machine's loopback interface, both ends here: what a measurement needs. Each end
/// pins the other's certificate. Throws Error if the system refuses the sockets or the handshake fails.
StreamPair tls_pair(const Identity& sender, const Identity& receiver, const TlsOptions& options = {});

/// The same without TLS: only to measure what TLS costs. Never used between parties.
StreamPair tcp_pair();

}  // namespace tacet::transport
