#pragma once

#include <vector>

#include "graph/plan.hpp"

namespace tacet {

/// What a plan will cost, known before anything runs.
struct PlanCost {
  std::uint32_t rounds = 0;
  std::vector<std::uint64_t> bytes_sent;      ///< by endpoint: stream payload
  std::vector<std::uint64_t> bytes_received;  ///< by endpoint
  std::vector<std::uint64_t> round_bytes;     ///< by round: payload of all endpoints
  std::vector<std::uint64_t>
      peak_memory_bytes;  ///< by endpoint: values, constants and payloads alive at once
};

/// The memory figure follows the steps in plan order, frees each value after its last use and counts a
/// round's payloads as alive together; a run that reorders steps can stay below it or exceed it by what is in
/// flight.
PlanCost cost_of(const Plan& plan);

/// Memory of one buffer at an endpoint.
std::uint64_t buffer_bytes(const Plan& plan, const Buffer& buffer, EndpointId at);

}  // namespace tacet
