#pragma once

#include <string>
#include <vector>

#include "graph/plan.hpp"

namespace tacet {

/// What a plan will cost, known before anything runs.
struct PlanCost {
  std::uint32_t rounds = 0;
  /// Rounds of what depends on no input, by itself, and of the rest once that is done. A plan that is not
  /// offline first runs both at once.
  std::uint32_t offline_rounds = 0, online_rounds = 0;
  std::vector<std::uint64_t> bytes_sent;          ///< by endpoint: stream payload
  std::vector<std::uint64_t> offline_bytes_sent;  ///< of it: what depends on no input
  std::vector<std::uint64_t> bytes_received;      ///< by endpoint
  std::vector<std::uint64_t> round_bytes;         ///< by round: payload of all endpoints
  std::vector<std::uint64_t>
      peak_memory_bytes;  ///< by endpoint: values, constants and payloads alive at once
};

/// The memory figure follows the steps in plan order, frees each value after its last use and counts a
/// round's payloads as alive together; a run that reorders steps can stay below it or exceed it by what is in
/// flight.
PlanCost cost_of(const Plan& plan);

/// What an operation of the program is computed with, and what it sends. Work that several operations share
/// counts for the first of them.
struct OperationCost {
  std::string name, variant;  ///< the variant is empty where there is but one way
  std::string location;       ///< "file.cpp:12"
  bool inside = false;        ///< a choice inside operations of that line, which count its bytes
  std::uint64_t times = 0;
  std::uint64_t elements = 0;                         ///< of all results
  std::uint64_t offline_bytes = 0, online_bytes = 0;  ///< payload of all endpoints
};

/// In the order of the program, equal operations of a line as one, without those that send nothing and leave
/// no choice. The bytes add up to the plan's.
std::vector<OperationCost> operation_costs(const Plan& plan);

/// Calls f(step, node, whether it is offline, sender, bytes) with what each node sends: of a message for
/// several nodes, the share of its elements.
template <class F>
void for_each_part(const Plan& plan, F f) {
  const std::vector<bool> offline = offline_nodes(plan.graph);
  for (const Step& step : plan.steps) {
    if (step.flow_count == 0) continue;
    std::uint64_t elements = 0;
    for (const NodeId id : plan.nodes(step)) elements += plan.graph.type(id).elements();
    for (const Flow& flow : plan.step_flows(step)) {
      const auto up_to = [&](std::uint64_t element) {
        return static_cast<std::uint64_t>(static_cast<u128>(flow.bytes) * element / elements);
      };
      std::uint64_t at = 0;
      for (const NodeId id : plan.nodes(step)) {
        const std::uint64_t end = at + plan.graph.type(id).elements();
        f(step, id, offline[id.value], flow.from, up_to(end) - up_to(at));
        at = end;
      }
    }
  }
}

/// Memory of one buffer at an endpoint.
std::uint64_t buffer_bytes(const Plan& plan, const Buffer& buffer, EndpointId at);

/// What cost_of says about one endpoint's memory.
std::uint64_t peak_memory_bytes(const Plan& plan, EndpointId at);

/// Follows the steps in plan order, each value freed after its last use: calls begins(buffer) when its memory
/// is taken, runs(step) then, and ends(buffer) when it is free again.
template <class Begins, class Runs, class Ends>
void follow_memory(const Plan& plan, Begins begins, Runs runs, Ends ends) {
  std::vector<std::uint32_t> users(plan.buffers.size());
  for (std::size_t i = 0; i < users.size(); ++i) users[i] = plan.buffers[i].users;
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (step.join) continue;
    if (plan.buffers[step.buffer].first_step == s) begins(step.buffer);
    runs(step);
    for (const std::uint32_t buffer : plan.step_uses(step))
      if (--users[buffer] == 0 && !plan.buffers[buffer].keep && plan.buffers[buffer].constant < 0)
        ends(buffer);
  }
}

}  // namespace tacet
