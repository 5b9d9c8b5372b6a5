#pragma once

#include <cstddef>
#include <map>
#include <span>
#include <utility>

#include "transport/rendezvous.hpp"
#include "transport/stream.hpp"

namespace tacet::transport {

inline constexpr std::size_t kMemoryCapacityBytes = std::size_t{1} << 20;

/// A stream inside this process, with the same semantics as a network stream: it holds at most
/// `capacity_bytes`, would block beyond, ends cleanly with finish() and abruptly without.
StreamPair memory_pair(std::size_t capacity_bytes = kMemoryCapacityBytes);

/// Connects endpoints inside this process: for each linked pair a stream in each direction. Each endpoint
/// gets what connect_all() would have given it.
std::map<EndpointId, Mesh> memory_mesh(std::span<const Hello> endpoints,
                                       std::span<const std::pair<EndpointId, EndpointId>> links,
                                       std::size_t capacity_bytes = kMemoryCapacityBytes);

}  // namespace tacet::transport
