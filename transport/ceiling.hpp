#pragma once

#include <cstddef>
#include <cstdint>

#include "graph/error.hpp"

namespace tacet::transport {

enum class Medium : std::uint8_t { memory, tcp, tls };

/// What the machine's streams can carry at most, with nothing computed.
struct Ceiling {
  double seconds = 0;
  std::uint64_t bytes = 0;  ///< payload of all streams together
  double bytes_per_second() const { return seconds > 0 ? static_cast<double>(bytes) / seconds : 0; }
};

/// Every one of n parties sends `bytes_per_stream` to its t predecessors (p-1 .. p-t mod n), all at once,
/// over streams as connect_all() makes them, a writer and a reader thread per stream. Fails: whatever a
/// stream fails with.
Result<Ceiling> measure_ceiling(Medium medium, std::uint32_t n, std::uint32_t t,
                                std::uint64_t bytes_per_stream);

/// Median time in microseconds of one byte there and one byte back, between two threads over two streams.
Result<double> ping_pong_us(Medium medium, std::size_t rounds);

}  // namespace tacet::transport
