#include "graph/scopes.hpp"

#include <algorithm>
#include <map>
#include <tuple>

#include "graph/cost.hpp"

namespace tacet {

ScopeTree scopes_of(const Plan& plan) {
  const Graph& graph = plan.graph;
  ScopeTree tree;
  for (const ScopeInfo& s : graph.scopes())
    tree.scopes.push_back(
        {tree.scopes.empty() ? ScopeKind::program : ScopeKind::named, s.parent, s.name, {}, 0, 1});
  std::map<std::uint32_t, std::uint32_t> operations;  // by location
  std::uint64_t inputs = 0;                           // of named scopes
  for (const Choice& choice : plan.choices) {
    if (choice.inside) continue;
    const std::uint32_t around = graph.scope_of(choice.location);
    if (choice.op == Op::input && around != 0) {
      inputs += choice.times;
      continue;
    }
    operations.emplace(choice.location, static_cast<std::uint32_t>(tree.scopes.size()));
    tree.scopes.push_back({ScopeKind::operation, around, op_row(choice.op).name, choice.variant,
                           choice.location, choice.times});
  }
  const auto brought = static_cast<std::uint32_t>(tree.scopes.size());
  if (inputs != 0) tree.scopes.push_back({ScopeKind::operation, 0, "inputs", {}, 0, inputs});
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const Node& node = graph.node(NodeId{i});
    const std::uint32_t around = graph.scope_of(node.location);
    const auto at = operations.find(node.location);
    tree.of_node.push_back(node.op == Op::input && around != 0 ? brought
                           : at != operations.end()            ? at->second
                                                               : around);
  }
  return tree;
}

std::vector<ScopeCost> scope_costs(const Plan& plan, const ScopeTree& tree) {
  const std::uint32_t endpoints = plan.setting.endpoints();
  std::vector<ScopeCost> costs(tree.scopes.size());
  for (ScopeCost& c : costs) {
    c.offline_bytes.assign(endpoints, 0), c.online_bytes.assign(endpoints, 0);
    c.first_round = plan.rounds + 1;
  }
  const auto for_each_around = [&](NodeId node, const auto& f) {
    for (std::uint32_t s = tree.of_node[node.value];; s = tree.scopes[s].parent) {
      f(s);
      if (s == 0) break;
    }
  };
  struct Sent {
    std::uint32_t scope, round, from;
    std::uint64_t bytes;
  };
  std::vector<Sent> sent;
  for_each_part(plan, [&](const Step& step, NodeId node, bool offline, EndpointId from, std::uint64_t bytes) {
    for_each_around(node, [&](std::uint32_t s) {
      (offline ? costs[s].offline_bytes : costs[s].online_bytes)[from.value] += bytes;
      if (!sent.empty() && sent.back().scope == s && sent.back().round == step.round &&
          sent.back().from == from.value) {
        sent.back().bytes += bytes;
      } else {
        sent.push_back({s, step.round, from.value, bytes});
      }
    });
  });
  std::sort(sent.begin(), sent.end(), [](const Sent& a, const Sent& b) {
    return std::tie(a.scope, a.round, a.from) < std::tie(b.scope, b.round, b.from);
  });
  for (std::size_t i = 0; i < sent.size();) {
    const Sent first = sent[i];
    std::uint64_t most = 0;
    while (i < sent.size() && sent[i].scope == first.scope && sent[i].round == first.round) {
      std::uint64_t bytes = 0;
      for (const std::uint32_t from = sent[i].from; i < sent.size() && sent[i].scope == first.scope &&
                                                    sent[i].round == first.round && sent[i].from == from;
           ++i)
        bytes += sent[i].bytes;
      most = std::max(most, bytes);
    }
    ++costs[first.scope].rounds, costs[first.scope].round_bytes += most;
  }

  // Of many small values in one buffer, the first one counts.
  std::vector<std::uint64_t> live(tree.scopes.size(), 0);
  const auto bytes = [&](std::uint32_t b) { return buffer_bytes(plan, plan.buffers[b], EndpointId{0}); };
  const auto maker = [&](std::uint32_t b) { return plan.nodes(plan.steps[plan.buffers[b].first_step])[0]; };
  follow_memory(
      plan,
      [&](std::uint32_t buffer) {
        for_each_around(maker(buffer), [&](std::uint32_t s) {
          live[s] += bytes(buffer);
          costs[s].peak_memory_bytes = std::max(costs[s].peak_memory_bytes, live[s]);
        });
      },
      [](const Step&) {},
      [&](std::uint32_t buffer) {
        for_each_around(maker(buffer), [&](std::uint32_t s) { live[s] -= bytes(buffer); });
      });

  const std::vector<RoundSpan> spans = round_spans(plan);
  for (std::uint32_t i = 0; i < spans.size(); ++i)
    for_each_around(NodeId{i}, [&](std::uint32_t s) {
      costs[s].first_round = std::min(costs[s].first_round, spans[i].first);
      costs[s].end_round = std::max(costs[s].end_round, std::min(spans[i].last, plan.rounds) + 1);
    });
  for (ScopeCost& c : costs) c.first_round = std::min(c.first_round, c.end_round);
  return costs;
}

std::vector<RoundSpan> round_spans(const Plan& plan) {
  std::vector<RoundSpan> spans(plan.graph.size());
  for (const Step& step : plan.steps)
    for (const NodeId node : plan.nodes(step)) {
      RoundSpan& span = spans[node.value];
      span.computed = true;
      span.first = std::min(span.first, step.round), span.last = std::max(span.last, step.round);
    }
  for (std::uint32_t i = plan.graph.size(); i-- > 0;)
    for (const NodeId operand : plan.graph.operands(NodeId{i}))
      if (RoundSpan& span = spans[operand.value]; !span.computed)
        span.first = std::min(span.first, spans[i].first), span.last = span.first;
  return spans;
}

std::vector<NodeId> critical_path(const Plan& plan) {
  const Graph& graph = plan.graph;
  std::vector<bool> sends(graph.size(), false);
  for (const Step& step : plan.steps)
    if (step.flow_count != 0)
      for (const NodeId node : plan.nodes(step)) sends[node.value] = true;
  constexpr std::uint32_t kNone = ~std::uint32_t{0};
  std::vector<std::uint32_t> rounds(graph.size(), 0), before(graph.size(), kNone);
  std::uint32_t last = kNone;
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    for (const NodeId operand : graph.operands(NodeId{i}))
      if (before[i] == kNone || rounds[operand.value] > rounds[i])
        rounds[i] = rounds[operand.value], before[i] = operand.value;
    if (sends[i]) ++rounds[i];
    if (last == kNone || rounds[i] > rounds[last]) last = i;
  }
  std::vector<NodeId> path;
  for (std::uint32_t at = last; at != kNone; at = before[at])
    if (sends[at]) path.push_back(NodeId{at});
  std::reverse(path.begin(), path.end());
  return path;
}

}  // namespace tacet
