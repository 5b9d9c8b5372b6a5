#pragma once

#include <cstdint>
#include <span>

#include "graph/graph.hpp"

namespace tacet {

/// The sides of Op::gates, as its attributes tell them: how secret the right one is, how many numbers
/// describe the left one, and both as sums of planes.
struct GateSums {
  Visibility right_visibility;
  std::span<const std::int64_t> left, right;
};
GateSums sums_of_gates(std::span<const std::int64_t> attributes);

/// Conjunctions that take a message read the planes they need where they lie: sums that only they use
/// (Op::wires) are not computed by themselves. The left side of a gate is the more secret one.
Graph fuse_gates(Graph graph);

}  // namespace tacet
