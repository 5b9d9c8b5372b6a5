#include "apps/draw/boxes.hpp"

#include <algorithm>
#include <map>
#include <numeric>
#include <tuple>

#include "graph/scopes.hpp"

namespace tacet::apps {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

/// By node: the step that computes it first; kNone for constants and reshapes, which nothing computes.
std::vector<std::uint32_t> steps_by_node(const Plan& plan) {
  std::vector<std::uint32_t> out(plan.graph.size(), kNone);
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s)
    for (const NodeId id : plan.nodes(plan.steps[s]))
      if (out[id.value] == kNone) out[id.value] = s;
  return out;
}

class Sorter {
 public:
  Sorter(const Plan& plan, DrawDetail detail, std::size_t max_boxes)
      : plan_(plan),
        max_boxes_(max_boxes),
        step_of_(steps_by_node(plan)),
        box_of_(plan.graph.size(), kNone),
        spans_(round_spans(plan)) {
    out_.detail = detail;
  }

  std::optional<Boxes> run() {
    for (std::uint32_t i = 0; i < plan_.graph.size(); ++i)
      if (!place(NodeId{i})) return std::nullopt;
    add_traffic();
    connect();
    sort_by_round();
    return std::move(out_);
  }

 private:
  /// Puts a node into its box. Without nodes of their own, reshapes stand for their operands, and constants
  /// for nothing.
  bool place(NodeId id) {
    const std::uint32_t step = step_of_[id.value];
    const Op op = plan_.graph.node(id).op;
    std::uint32_t group = id.value;
    if (out_.detail != DrawDetail::nodes) {
      if (step == kNone) {
        if (op != Op::constant) box_of_[id.value] = box_of_[plan_.graph.operands(id)[0].value];
        return true;
      }
      group = out_.detail == DrawDetail::steps ? plan_.steps[step].buffer : 0;
    }
    const Exchange exchange = step == kNone ? Exchange::none : plan_.steps[step].exchange;
    const auto [it, added] = known_.try_emplace({spans_[id.value].first, op, exchange, group}, kNone);
    if (added) {
      if (out_.boxes.size() == max_boxes_) return false;
      it->second = static_cast<std::uint32_t>(out_.boxes.size());
      out_.boxes.push_back({op, exchange, spans_[id.value].first, id, 0, 0, 0, 0});
    }
    Box& box = out_.boxes[it->second];
    ++box.nodes;
    box.elements += plan_.graph.type(id).elements();
    box_of_[id.value] = it->second;
    return true;
  }

  /// A step's bytes belong to its nodes in proportion to their elements; all of a step's nodes are in one box
  /// unless every node has its own.
  void add_traffic() {
    for (const Step& step : plan_.steps) {
      if (step.join) continue;
      std::uint64_t bytes = 0;
      for (const Flow& f : plan_.step_flows(step)) bytes += f.bytes;
      const auto nodes = plan_.nodes(step);
      const std::uint64_t elements = step.range.size();
      for (const NodeId id : nodes) {
        Box& box = out_.boxes[box_of_[id.value]];
        if (out_.detail == DrawDetail::nodes || nodes.size() == 1) {
          const std::uint64_t part = nodes.size() == 1 ? elements : plan_.graph.type(id).elements();
          box.bytes +=
              elements == 0 ? 0 : static_cast<std::uint64_t>(static_cast<u128>(bytes) * part / elements);
          ++box.tiles;
        } else if (id == nodes.front()) {
          box.bytes += bytes;
          ++box.tiles;
        }
      }
    }
  }

  void connect() {
    for (std::uint32_t i = 0; i < plan_.graph.size(); ++i) {
      for (const NodeId operand : plan_.graph.operands(NodeId{i})) {
        const std::uint32_t from = box_of_[operand.value], to = box_of_[i];
        if (from != kNone && to != kNone && from != to)
          out_.edges.push_back({from, to, plan_.graph.type(operand).visibility});
      }
    }
  }

  void sort_by_round() {
    std::vector<std::uint32_t> order(out_.boxes.size()), rank(out_.boxes.size());
    std::iota(order.begin(), order.end(), 0);
    std::stable_sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
      return out_.boxes[a].round < out_.boxes[b].round;
    });
    std::vector<Box> boxes;
    for (std::uint32_t i = 0; i < order.size(); ++i) {
      rank[order[i]] = i;
      boxes.push_back(out_.boxes[order[i]]);
    }
    out_.boxes = std::move(boxes);
    for (Edge& e : out_.edges) e.from = rank[e.from], e.to = rank[e.to];
    std::sort(out_.edges.begin(), out_.edges.end());
    out_.edges.erase(std::unique(out_.edges.begin(), out_.edges.end()), out_.edges.end());
  }

  const Plan& plan_;
  std::size_t max_boxes_;
  std::vector<std::uint32_t> step_of_, box_of_;
  std::vector<RoundSpan> spans_;
  std::map<std::tuple<std::uint32_t, Op, Exchange, std::uint32_t>, std::uint32_t> known_;
  Boxes out_;
};

}  // namespace

std::optional<Boxes> make_boxes(const Plan& plan, DrawDetail detail, std::size_t max_boxes) {
  return Sorter(plan, detail, max_boxes).run();
}

}  // namespace tacet::apps
