#pragma once

#include <chrono>
#include <cstdint>
#include <memory>

#include "transport/rendezvous.hpp"
#include "transport/stream.hpp"

namespace tacet::transport {

/// A link as the far end sees it.
struct LinkShape {
  std::chrono::nanoseconds delay{0};   ///< one way
  std::uint64_t bytes_per_second = 0;  ///< 0: as fast as the stream below
};

/// Passes bytes on in order, not faster than the rate and not before the delay, by a thread of its own. Its
/// queue holds the bytes in flight (rate times delay) and a little more; beyond that it would block, as a
/// network does. finish() returns when the last byte has been delivered. wire_bytes() is that of the stream
/// below.
std::unique_ptr<ByteSink> shape(std::unique_ptr<ByteSink> below, const LinkShape& shape);

/// Shapes every outgoing stream of a mesh.
void shape(Mesh& mesh, const LinkShape& shape);

}  // namespace tacet::transport
