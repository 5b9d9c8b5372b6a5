#include "graph/cost.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <tuple>

namespace tacet {
namespace {

constexpr std::uint64_t kComponentAlignment = 64;

}  // namespace

std::vector<OperationCost> operation_costs(const Plan& plan) {
  std::map<std::uint32_t, std::array<std::uint64_t, 2>> sent;  // by location: online, offline
  for_each_part(plan, [&](const Step&, NodeId id, bool offline, EndpointId, std::uint64_t bytes) {
    sent[plan.graph.node(id).location][offline ? 1 : 0] += bytes;
  });
  std::vector<OperationCost> out;
  std::map<std::tuple<std::string, bool, Op, std::string_view>, std::size_t> known;
  for (const Choice& choice : plan.choices) {
    const auto bytes = choice.inside ? sent.end() : sent.find(choice.location);
    if (bytes == sent.end() && choice.variant.empty()) continue;
    const std::string location = plan.graph.location_text(choice.location);
    const auto [at, fresh] =
        known.try_emplace({location, choice.inside, choice.op, choice.variant}, out.size());
    if (fresh)
      out.push_back({std::string(op_row(choice.op).name), std::string(choice.variant), location,
                     choice.inside, 0, 0, 0, 0});
    OperationCost& cost = out[at->second];
    cost.times += choice.times;
    cost.elements += choice.elements;
    if (bytes == sent.end()) continue;
    cost.online_bytes += bytes->second[0];
    cost.offline_bytes += bytes->second[1];
  }
  return out;
}

std::uint64_t buffer_bytes(const Plan& plan, const Buffer& buffer, EndpointId at) {
  if (buffer.constant < 0 && !plan.holds_result(plan.steps[buffer.first_step], at)) return 0;
  const std::uint64_t one = (buffer.element.memory_bytes(buffer.elements) + kComponentAlignment - 1) /
                            kComponentAlignment * kComponentAlignment;
  return buffer.secret ? one * plan.setting.components() : one;
}

std::uint64_t peak_memory_bytes(const Plan& plan, EndpointId at) {
  std::uint64_t constants = 0, live = 0, peak = 0, in_flight = 0;
  if (plan.setting.is_party(at))
    for (const Buffer& b : plan.buffers)
      if (b.constant >= 0) constants += b.element.memory_bytes(b.elements);
  std::uint32_t round = 0;
  follow_memory(
      plan, [&](std::uint32_t buffer) { live += buffer_bytes(plan, plan.buffers[buffer], at); },
      [&](const Step& step) {
        if (step.round != round) round = step.round, in_flight = 0;
        for (const Flow& f : plan.step_flows(step))
          if (f.from == at || f.to == at) in_flight += f.bytes;
        peak = std::max(peak, live + in_flight);
      },
      [&](std::uint32_t buffer) { live -= buffer_bytes(plan, plan.buffers[buffer], at); });
  return constants + peak;
}

PlanCost cost_of(const Plan& plan) {
  PlanCost cost;
  cost.rounds = plan.rounds;
  const Traffic traffic = traffic_of(plan.graph, plan.setting);
  cost.offline_rounds = traffic.offline_rounds;
  cost.online_rounds = traffic.online_rounds;
  const std::size_t endpoints = plan.setting.endpoints();
  cost.bytes_sent.assign(endpoints, 0);
  cost.offline_bytes_sent.assign(endpoints, 0);
  cost.bytes_received.assign(endpoints, 0);
  cost.round_bytes.assign(plan.rounds, 0);
  for (const Step& step : plan.steps) {
    for (const Flow& f : plan.step_flows(step)) {
      cost.bytes_sent[f.from.value] += f.bytes;
      cost.bytes_received[f.to.value] += f.bytes;
      cost.round_bytes[step.round] += f.bytes;
    }
  }
  for_each_part(plan, [&](const Step&, NodeId, bool offline, EndpointId from, std::uint64_t bytes) {
    if (offline) cost.offline_bytes_sent[from.value] += bytes;
  });
  for (std::uint32_t e = 0; e < endpoints; ++e)
    cost.peak_memory_bytes.push_back(peak_memory_bytes(plan, EndpointId{e}));
  return cost;
}

}  // namespace tacet
