#pragma once

// What every plan must promise, checked from the outside with sets and loops.

#include <boost/test/unit_test.hpp>
#include <map>
#include <set>

#include "graph/cost.hpp"
#include "graph/plan.hpp"

namespace tacet::checks {

inline bool computes(const Plan& plan, NodeId id) {
  const Op op = plan.graph.node(id).op;
  return op != Op::constant && op != Op::reshape;  // constants lie ready, a reshape is its operand
}

/// By step: all steps that have certainly ended when it starts.
inline std::vector<std::set<std::uint32_t>> ancestors(const Plan& plan) {
  std::vector<std::set<std::uint32_t>> out(plan.steps.size());
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s)
    for (const std::uint32_t next : plan.step_successors(plan.steps[s])) {
      out[next].insert(s);
      out[next].insert(out[s].begin(), out[s].end());
    }
  return out;
}

inline void edges_point_forward_and_are_counted(const Plan& plan) {
  std::vector<std::uint32_t> incoming(plan.steps.size(), 0);
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    const auto next = plan.step_successors(step);
    BOOST_TEST(std::set(next.begin(), next.end()).size() == next.size(),
               "step " << s << " lists a successor twice");
    for (const std::uint32_t to : next) {
      BOOST_REQUIRE(to < plan.steps.size());
      BOOST_TEST(to > s, "step " << s << " comes before its successor " << to);
      ++incoming[to];
      const std::uint32_t earliest = step.round + (step.flow_count != 0 && !plan.steps[to].join ? 1 : 0);
      BOOST_TEST(plan.steps[to].round >= earliest,
                 "step " << to << " starts before the round of step " << s << " ends");
    }
    if (s > 0) BOOST_TEST(plan.steps[s - 1].round <= step.round, "rounds go back at step " << s);
  }
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) BOOST_TEST(plan.steps[s].predecessors == incoming[s]);
}

/// Elements of a buffer.
struct Piece {
  std::uint32_t buffer = 0;
  std::uint64_t begin = 0, end = 0;
};

/// Where elements [begin, end) of a node lie.
inline std::vector<Piece> pieces(const Plan& plan, NodeId id, std::uint64_t begin, std::uint64_t end) {
  const Place place = plan.places[id.value];
  if (place.tile == 0) return {{place.buffer, place.offset + begin, place.offset + end}};
  std::vector<Piece> out;
  for (std::uint32_t i = 0; i * place.tile < end; ++i) {
    const std::uint64_t from = std::max(begin, i * place.tile), to = std::min(end, (i + 1) * place.tile);
    if (from < to) out.push_back({place.buffer + i, from - i * place.tile, to - i * place.tile});
  }
  return out;
}

/// What a step reads of an operand of one of its nodes.
inline std::vector<Piece> read_by(const Plan& plan, const Step& step, NodeId id, NodeId operand) {
  const std::uint64_t count = plan.graph.type(operand).elements();
  const bool tile =
      op_row(step.op).elementwise && count == plan.graph.type(id).elements() && plan.is_tile(step);
  return tile ? pieces(plan, operand, step.range.begin, step.range.end) : pieces(plan, operand, 0, count);
}

/// Every node is computed once, every element of every buffer is written once, nodes of a step lie side by
/// side.
inline void every_element_is_computed_once(const Plan& plan) {
  std::map<std::uint32_t, std::uint64_t> computed,
      written;  // by node, by buffer: the first element that is not
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (step.join) continue;
    const Buffer& buffer = plan.buffers[step.buffer];
    if (!written.count(step.buffer)) BOOST_TEST(buffer.first_step == s);
    std::uint64_t offset = 0;
    for (const NodeId id : plan.nodes(step)) {
      const ValueType& type = plan.graph.type(id);
      BOOST_TEST((plan.graph.node(id).op == step.op));
      BOOST_TEST((type.element == buffer.element && type.secret() == buffer.secret));
      const std::uint64_t begin = plan.is_tile(step) ? step.range.begin : 0;
      const std::uint64_t end = plan.is_tile(step) ? step.range.end : type.elements();
      BOOST_TEST(computed[id.value] == begin, "step " << s << " leaves a gap or computes twice");
      computed[id.value] = end;
      for (const Piece& piece : pieces(plan, id, begin, end)) {
        BOOST_TEST(piece.buffer == step.buffer);
        BOOST_TEST(piece.begin == written[piece.buffer], "step " << s << " leaves a gap or writes twice");
        written[piece.buffer] = piece.end;
      }
      offset += end - begin;
    }
    BOOST_TEST(offset == step.range.size());
  }
  for (std::size_t i = 0; i < plan.buffers.size(); ++i)
    if (plan.buffers[i].constant < 0)
      BOOST_TEST(written[static_cast<std::uint32_t>(i)] == plan.buffers[i].elements, "buffer " << i);
  for (std::uint32_t i = 0; i < plan.graph.size(); ++i)
    if (computes(plan, NodeId{i}))
      BOOST_TEST(computed[i] == plan.graph.type(NodeId{i}).elements(), "node " << i);
    else
      BOOST_TEST(!computed.count(i));
}

/// Whatever a step reads has been written by steps that ended before it could start.
inline void operands_are_ready(const Plan& plan) {
  const auto before = ancestors(plan);
  std::map<std::uint32_t, std::vector<std::pair<std::uint32_t, Piece>>> writers;
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (step.join) continue;
    const bool in_whole = plan.is_tile(step) && plan.places[plan.nodes(step)[0].value].tile == 0;
    const std::uint64_t begin = in_whole ? step.range.begin : 0;
    writers[step.buffer].push_back({s, {step.buffer, begin, begin + step.range.size()}});
  }
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (step.join) continue;
    for (const NodeId id : plan.nodes(step))
      for (const NodeId operand : plan.graph.operands(id)) {
        if (plan.graph.type(operand).elements() == 0) continue;
        for (const Piece& piece : read_by(plan, step, id, operand)) {
          if (plan.buffers[piece.buffer].constant >= 0) continue;
          for (const auto& [w, of] : writers[piece.buffer])
            if (of.begin < piece.end && piece.begin < of.end)
              BOOST_TEST(before[s].count(w) == 1u,
                         "step " << s << " reads what step " << w << " may not have written");
        }
      }
  }
}

/// Each flow stands in the stream of its link once, in plan order, back to back.
inline void streams_are_contiguous(const Plan& plan) {
  std::set<std::uint32_t> seen;
  std::set<std::pair<std::uint32_t, std::uint32_t>> ends;
  for (const LinkPlan& link : plan.links) {
    BOOST_TEST(ends.insert({link.from.value, link.to.value}).second, "two streams for one link");
    BOOST_TEST((plan.link(link.from, link.to) == &link));
    BOOST_TEST(link.from.value != link.to.value);
    std::uint64_t offset = 0;
    std::uint32_t last = 0;
    for (const Segment& segment : link.segments) {
      BOOST_TEST(segment.step >= last);
      last = segment.step;
      BOOST_TEST(segment.offset == offset);
      const Step& step = plan.steps[segment.step];
      BOOST_TEST((segment.flow >= step.flows_begin && segment.flow < step.flows_begin + step.flow_count));
      const Flow& flow = plan.flows[segment.flow];
      BOOST_TEST((flow.from == link.from && flow.to == link.to));
      BOOST_TEST(flow.bytes > 0u);
      BOOST_TEST(seen.insert(segment.flow).second, "a flow is sent twice");
      offset += flow.bytes;
    }
    BOOST_TEST(offset == link.bytes);
  }
  BOOST_TEST(seen.size() == plan.flows.size(), "a flow is not sent");
}

/// A buffer's users are the steps that read or write it.
inline void users_are_counted(const Plan& plan) {
  std::vector<std::set<std::uint32_t>> users(plan.buffers.size());
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    if (!step.join) users[step.buffer].insert(s);
    if (!step.join)
      for (const NodeId id : plan.nodes(step))
        for (const NodeId operand : plan.graph.operands(id)) {
          if (plan.places[operand.value].tile == 0) users[plan.places[operand.value].buffer].insert(s);
          for (const Piece& piece : read_by(plan, step, id, operand)) users[piece.buffer].insert(s);
        }
    const auto uses = plan.step_uses(step);
    BOOST_TEST(std::set(uses.begin(), uses.end()).size() == uses.size(),
               "step " << s << " lists a buffer twice");
    for (const std::uint32_t buffer : uses) BOOST_TEST(users[buffer].count(s) == 1u);
  }
  std::uint64_t listed = 0, found = 0;
  for (std::size_t b = 0; b < users.size(); ++b) {
    BOOST_TEST(plan.buffers[b].users == users[b].size(), "buffer " << b);
    found += users[b].size();
  }
  for (const Step& step : plan.steps) listed += step.use_count;
  BOOST_TEST(listed == found);
}

/// Offline and online rounds are the plan's where it runs one after the other, and what the operations send
/// is what the plan does.
inline void phases_add_up(const Plan& plan) {
  const PlanCost cost = cost_of(plan);
  if (plan.offline_first) {
    BOOST_TEST(cost.offline_rounds == plan.offline_rounds);
    BOOST_TEST(cost.offline_rounds + cost.online_rounds == plan.rounds);
  } else {
    BOOST_TEST(cost.online_rounds <= plan.rounds);
    BOOST_TEST(plan.rounds <= cost.offline_rounds + cost.online_rounds);
  }
  std::uint64_t sent = 0, offline = 0, by_step = 0, by_operation = 0, offline_by_operation = 0;
  for (const std::uint64_t bytes : cost.bytes_sent) sent += bytes;
  for (const std::uint64_t bytes : cost.offline_bytes_sent) offline += bytes;
  for (const Step& step : plan.steps)
    if (step.offline)
      for (const Flow& f : plan.step_flows(step)) by_step += f.bytes;
  for (const OperationCost& o : operation_costs(plan)) {
    by_operation += o.offline_bytes + o.online_bytes;
    offline_by_operation += o.offline_bytes;
  }
  if (plan.offline_first) BOOST_TEST(offline == by_step);
  BOOST_TEST(by_operation == sent);
  BOOST_TEST(offline_by_operation == offline);
}

inline void sound(const Plan& plan) {
  edges_point_forward_and_are_counted(plan);
  every_element_is_computed_once(plan);
  operands_are_ready(plan);
  streams_are_contiguous(plan);
  users_are_counted(plan);
}

}  // namespace tacet::checks
