#include "graph/cost.hpp"

#include <algorithm>

namespace tacet {
namespace {

constexpr std::uint64_t kComponentAlignment = 64;

std::uint64_t peak_at(const Plan& plan, EndpointId at) {
  std::vector<std::uint32_t> users(plan.buffers.size());
  for (std::size_t i = 0; i < users.size(); ++i) users[i] = plan.buffers[i].users;
  std::uint64_t live = 0, peak = 0, in_flight = 0;
  std::uint32_t round = 0;
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (step.round != round) round = step.round, in_flight = 0;
    if (plan.buffers[step.buffer].first_step == s) live += buffer_bytes(plan, plan.buffers[step.buffer], at);
    for (const Flow& f : plan.step_flows(step))
      if (f.from == at || f.to == at) in_flight += f.bytes;
    peak = std::max(peak, live + in_flight);
    for (const std::uint32_t buffer : plan.step_uses(step))
      if (--users[buffer] == 0 && !plan.buffers[buffer].keep && plan.buffers[buffer].constant < 0)
        live -= buffer_bytes(plan, plan.buffers[buffer], at);
  }
  return peak;
}

}  // namespace

std::uint64_t buffer_bytes(const Plan& plan, const Buffer& buffer, EndpointId at) {
  if (buffer.constant < 0 && !plan.holds_result(plan.steps[buffer.first_step], at)) return 0;
  const std::uint64_t one = (buffer.element.memory_bytes(buffer.elements) + kComponentAlignment - 1) /
                            kComponentAlignment * kComponentAlignment;
  return buffer.secret ? one * plan.setting.components() : one;
}

PlanCost cost_of(const Plan& plan) {
  PlanCost cost;
  cost.rounds = plan.rounds;
  const std::size_t endpoints = plan.setting.endpoints();
  cost.bytes_sent.assign(endpoints, 0);
  cost.bytes_received.assign(endpoints, 0);
  cost.round_bytes.assign(plan.rounds, 0);
  for (const Step& step : plan.steps) {
    for (const Flow& f : plan.step_flows(step)) {
      cost.bytes_sent[f.from.value] += f.bytes;
      cost.bytes_received[f.to.value] += f.bytes;
      cost.round_bytes[step.round] += f.bytes;
    }
  }
  std::uint64_t constants = 0;
  for (const Buffer& b : plan.buffers)
    if (b.constant >= 0) constants += b.element.memory_bytes(b.elements);
  for (std::uint32_t e = 0; e < endpoints; ++e)
    cost.peak_memory_bytes.push_back(peak_at(plan, EndpointId{e}) + (e < plan.setting.n ? constants : 0));
  return cost;
}

}  // namespace tacet
