#include "graph/plan.hpp"

#include <algorithm>
#include <array>
#include <bit>
#include <map>

#include "graph/fixed_point.hpp"
#include "graph/flows.hpp"
#include "graph/optimize.hpp"

namespace tacet {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};
/// What fits into a tile so many times is small.
constexpr std::uint64_t kSmall = 8;

/// When a node can start: after `round` rounds, behind `depth` local steps of that round.
struct Level {
  std::uint32_t round = 0;
  std::uint32_t depth = 0;
};

/// A node on its way into a step. Equal (phase, level, op, group) means: may share a step.
struct Item {
  bool offline;
  Level level;
  std::uint32_t op;
  std::uint32_t group;  ///< nodes that look alike; kNone if the node must stand alone
  std::uint32_t node;
};

class Planner {
 public:
  Planner(Plan& plan, const PlanOptions& options)
      : plan_(plan), graph_(plan.graph), setting_(plan.setting), options_(options) {}

  void run() {
    find_levels();
    sort_items();
    plan_.places.resize(graph_.size());
    origin_.assign(graph_.size(), kNone);
    for (std::size_t i = 0; i < items_.size();) i = emit(i);
    connect();
    lay_out_streams();
  }

 private:
  bool is_alias(NodeId id) const { return graph_.node(id).op == Op::reshape; }
  bool is_constant(NodeId id) const { return graph_.node(id).op == Op::constant; }

  /// Whether computing the node takes a message. Empty values do not, nor does telling parties what is
  /// public.
  bool talks(NodeId id) {
    if (exchange_of(graph_, id) == Exchange::none || graph_.type(id).elements() == 0) return false;
    return !patterns(id, 0).empty();
  }

  /// In a plan that is offline first the rounds of each phase begin at 0, and those of the online phase are
  /// then moved behind the others.
  void find_levels() {
    const std::vector<bool> offline =
        plan_.offline_first ? offline_nodes(graph_) : std::vector<bool>(graph_.size(), false);
    std::vector<Level> ready(graph_.size());  // when the result can be used
    std::uint32_t online_rounds = 0;
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      const NodeId id{i};
      Level start;
      for (const NodeId operand : graph_.operands(id)) {
        if (offline[operand.value] && !offline[i]) continue;
        const Level& r = ready[operand.value];
        if (r.round > start.round) start = r;
        if (r.round == start.round) start.depth = std::max(start.depth, r.depth);
      }
      if (talks(id)) {
        ready[i] = {start.round + 1, 0};
      } else if (is_constant(id) || is_alias(id)) {
        ready[i] = start;
      } else {
        ready[i] = {start.round, start.depth + 1};
      }
      std::uint32_t& rounds = offline[i] ? plan_.offline_rounds : online_rounds;
      rounds = std::max(rounds, ready[i].round);
      if (is_constant(id)) {
        place_constant(id);
      } else if (!is_alias(id)) {
        items_.push_back(
            {offline[i], start, static_cast<std::uint32_t>(graph_.node(id).op), group_of(id), i});
      }
    }
    plan_.rounds = plan_.offline_rounds + online_rounds;
    for (Item& item : items_)
      if (!item.offline) item.level.round += plan_.offline_rounds;
  }

  void place_constant(NodeId id) {
    Buffer buffer;
    buffer.element = graph_.type(id).element;
    buffer.elements = graph_.type(id).elements();
    buffer.constant = static_cast<std::int32_t>(graph_.attributes(id)[0]);
    constants_.emplace_back(id, buffer);
  }

  /// Small elementwise nodes without broadcasting that agree in everything but their operands share a number.
  /// Of larger ones a step of its own costs less than bringing operands together.
  std::uint32_t group_of(NodeId id) {
    const ValueType& type = graph_.type(id);
    const OpRow& row = op_row(graph_.node(id).op);
    if (!row.elementwise || type.elements() == 0 ||
        type.elements() > tile_elements(type.element, options_) / kSmall)
      return kNone;
    std::vector<std::int64_t>& key = key_;  // kept for its memory: there may be millions of nodes
    key.assign({type.element.domain == Domain::ring, type.element.width,
                static_cast<std::int64_t>(type.visibility)});
    for (const NodeId operand : graph_.operands(id)) {
      const ValueType& t = graph_.type(operand);
      if (t.elements() != type.elements()) return kNone;
      key.push_back(static_cast<std::int64_t>(t.visibility) << 16 |
                    static_cast<std::int64_t>(t.element.domain) << 8 | t.element.width);
    }
    switch (graph_.node(id).op) {
      case Op::input:
      case Op::output:
        append_flow_key(graph_, id, 0, key);
        break;
      case Op::random:
        break;
      default:
        key.insert(key.end(), graph_.attributes(id).begin(), graph_.attributes(id).end());
    }
    const auto known = groups_.find(key);
    return known != groups_.end()
               ? known->second
               : groups_.emplace(key, static_cast<std::uint32_t>(groups_.size())).first->second;
  }

  void sort_items() {
    const auto key = [](const Item& a) {
      return std::array{a.offline ? 0u : 1u, a.level.round, a.level.depth, a.op, a.group, a.node};
    };
    std::sort(items_.begin(), items_.end(), [&](const Item& a, const Item& b) { return key(a) < key(b); });
  }

  /// Turns the item at `at`, with those that can share its step, into steps. Returns the next item to look
  /// at.
  std::size_t emit(std::size_t at) {
    const Item& first = items_[at];
    const ValueType& type = graph_.type(NodeId{first.node});
    const std::uint64_t tile = tile_elements(type.element, options_);
    std::size_t end = at + 1;
    std::uint64_t elements = type.elements();
    const auto alike = [&](const Item& b) {
      return b.group == first.group && b.op == first.op && b.level.round == first.level.round &&
             b.level.depth == first.level.depth && b.offline == first.offline;
    };
    if (first.group != kNone) {
      while (end < items_.size() && alike(items_[end]) &&
             elements + graph_.type(NodeId{items_[end].node}).elements() <= tile)
        elements += graph_.type(NodeId{items_[end++].node}).elements();
    }

    const auto buffer = static_cast<std::uint32_t>(plan_.buffers.size());
    Buffer memory;
    memory.element = type.element;
    memory.secret = type.secret();
    memory.elements = elements;
    memory.keep = graph_.node(NodeId{first.node}).op == Op::output;
    memory.first_step = static_cast<std::uint32_t>(plan_.steps.size());
    plan_.buffers.push_back(memory);

    Step step;
    step.op = static_cast<Op>(first.op);
    step.exchange = exchange_of(graph_, NodeId{first.node});
    step.offline = first.offline;
    step.round = first.level.round;
    step.buffer = buffer;
    step.nodes_begin = static_cast<std::uint32_t>(plan_.step_nodes.size());
    step.node_count = static_cast<std::uint32_t>(end - at);
    std::uint64_t offset = 0;
    for (std::size_t i = at; i < end; ++i) {
      const NodeId id{items_[i].node};
      plan_.step_nodes.push_back(id);
      plan_.places[id.value] = {buffer, offset};
      origin_[id.value] = static_cast<std::uint32_t>(plan_.steps.size());
      offset += graph_.type(id).elements();
    }
    if (end - at == 1 && elements > tile && can_tile(NodeId{first.node})) {
      for (std::uint64_t begin = 0; begin < elements; begin += tile) {
        step.range = {begin, std::min(elements, begin + tile)};
        push_step(step);
      }
      step.join = true;
      step.exchange = Exchange::none;
      step.range = {0, 0};
      plan_.steps.push_back(step);
    } else {
      step.range = {0, elements};
      push_step(step);
    }
    return end;
  }

  bool can_tile(NodeId id) const {
    if (!op_row(graph_.node(id).op).elementwise) return false;
    const std::uint64_t elements = graph_.type(id).elements();
    for (const NodeId operand : graph_.operands(id)) {
      const std::uint64_t count = graph_.type(operand).elements();
      if (count != elements && count != 1) return false;
    }
    return true;
  }

  /// Appends a step with its messages.
  void push_step(Step step) {
    step.flows_begin = static_cast<std::uint32_t>(plan_.flows.size());
    if (step.exchange != Exchange::none) {
      const NodeId id = plan_.step_nodes[step.nodes_begin];
      const ElementType element = graph_.type(id).element;
      const std::uint64_t bytes = element.payload_bytes(step.range.size());
      if (bytes != 0)
        for (const FlowPattern& f : patterns(id, plan_.king(step)))
          plan_.flows.push_back({f.from, f.to, f.payload, f.copies * bytes});
    }
    step.flow_count = static_cast<std::uint32_t>(plan_.flows.size()) - step.flows_begin;
    plan_.steps.push_back(step);
  }

  const std::vector<FlowPattern>& patterns(NodeId id, std::uint32_t king) {
    key_.clear();
    append_flow_key(graph_, id, king, key_);
    const auto known = patterns_.find(key_);
    return known != patterns_.end()
               ? known->second
               : patterns_.emplace(key_, flows_of(graph_, id, setting_, king)).first->second;
  }

  /// Places constants and aliases, then finds which steps wait for which.
  void connect() {
    for (const auto& [id, buffer] : constants_) {
      plan_.places[id.value] = {static_cast<std::uint32_t>(plan_.buffers.size()), 0};
      plan_.buffers.push_back(buffer);
    }
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      if (!is_alias(NodeId{i})) continue;
      const std::uint32_t operand = graph_.operands(NodeId{i})[0].value;
      plan_.places[i] = plan_.places[operand];
      origin_[i] = origin_[operand];
    }
    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;  // producer, consumer
    std::vector<std::uint32_t> wait_stamp(plan_.steps.size(), kNone), use_stamp(plan_.buffers.size(), kNone);
    for (std::uint32_t s = 0; s < plan_.steps.size(); ++s) {
      Step& step = plan_.steps[s];
      const auto wait_for = [&](std::uint32_t producer) {
        if (wait_stamp[producer] == s) return;
        wait_stamp[producer] = s;
        edges.emplace_back(producer, s);
        ++step.predecessors;
      };
      const auto use = [&](std::uint32_t buffer) {
        if (use_stamp[buffer] == s) return;
        use_stamp[buffer] = s;
        ++plan_.buffers[buffer].users;
        plan_.uses.push_back(buffer);
        ++step.use_count;
      };
      step.uses_begin = static_cast<std::uint32_t>(plan_.uses.size());
      use(step.buffer);
      if (step.join) {
        for (std::uint32_t tile = origin_[plan_.step_nodes[step.nodes_begin].value]; tile < s; ++tile)
          wait_for(tile);
        continue;
      }
      for (const NodeId id : plan_.nodes(step)) {
        for (const NodeId operand : graph_.operands(id)) {
          use(plan_.places[operand.value].buffer);
          for_each_producer(operand, id, step, wait_for);
        }
      }
    }
    std::vector<std::uint32_t> count(plan_.steps.size() + 1, 0);
    for (const auto& [producer, consumer] : edges) ++plan_.steps[producer].successor_count;
    std::uint32_t at = 0;
    for (Step& step : plan_.steps) {
      step.successors_begin = at;
      at += step.successor_count;
    }
    plan_.successors.resize(edges.size());
    for (const auto& [producer, consumer] : edges)
      plan_.successors[plan_.steps[producer].successors_begin + count[producer]++] = consumer;
  }

  /// The steps whose results `step` needs of `operand`: the tiles that its own tile overlaps, else all of it.
  template <class F>
  void for_each_producer(NodeId operand, NodeId id, const Step& step, F wait_for) const {
    const std::uint32_t first = origin_[operand.value];
    if (first == kNone) return;  // a constant
    const Step& producer = plan_.steps[first];
    const std::uint64_t elements = graph_.type(id).elements();
    const Buffer& buffer = plan_.buffers[producer.buffer];
    const std::uint64_t tile = tile_elements(buffer.element, options_);
    if (producer.range.size() == buffer.elements) return wait_for(first);  // not cut
    const bool cut = step.node_count == 1 && step.range.size() != elements;
    if (!cut || elements != buffer.elements)
      return wait_for(first + static_cast<std::uint32_t>((buffer.elements + tile - 1) / tile));  // the join
    for (std::uint64_t t = step.range.begin / tile; t * tile < step.range.end; ++t)
      wait_for(first + static_cast<std::uint32_t>(t));
  }

  void lay_out_streams() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, LinkPlan> links;
    std::vector<LinkPlan*> fast(std::size_t{setting_.endpoints()} * setting_.endpoints(), nullptr);
    for (std::uint32_t s = 0; s < plan_.steps.size(); ++s) {
      const Step& step = plan_.steps[s];
      for (std::uint32_t f = step.flows_begin; f < step.flows_begin + step.flow_count; ++f) {
        const Flow& flow = plan_.flows[f];
        LinkPlan*& link = fast[flow.from.value * setting_.endpoints() + flow.to.value];
        if (link == nullptr) {
          link = &links[{flow.from.value, flow.to.value}];
          link->from = flow.from, link->to = flow.to;
        }
        link->segments.push_back({s, f, link->bytes});
        link->bytes += flow.bytes;
      }
    }
    for (auto& [ends, link] : links) plan_.links.push_back(std::move(link));
  }

  Plan& plan_;
  const Graph& graph_;
  const Setting& setting_;
  const PlanOptions& options_;
  std::vector<Item> items_;
  std::vector<std::uint32_t> origin_;  ///< by node: its first step
  std::vector<std::pair<NodeId, Buffer>> constants_;
  std::map<std::vector<std::int64_t>, std::uint32_t> groups_;
  std::vector<std::int64_t> key_;
  std::map<std::vector<std::int64_t>, std::vector<FlowPattern>> patterns_;
};

static_assert(std::endian::native == std::endian::little,
              "words go to the wire and into digests as they lie in memory");

/// Little-endian numbers and length-prefixed texts.
class Bytes {
 public:
  void number(std::uint64_t v, unsigned bytes = 8) {
    for (unsigned i = 0; i < bytes; ++i) out_.push_back(static_cast<std::byte>(v >> (8 * i)));
  }
  void text(std::string_view s) {
    number(s.size(), 4);
    raw(reinterpret_cast<const std::byte*>(s.data()), s.size());
  }
  void raw(const std::byte* p, std::size_t n) { out_.insert(out_.end(), p, p + n); }
  void role(Role r) { number(r.is_client, 1), number(r.index, 4); }
  void reserve(std::size_t n) { out_.reserve(n); }
  std::vector<std::byte> take() { return std::move(out_); }

 private:
  std::vector<std::byte> out_;
};

}  // namespace

std::uint64_t tile_elements(ElementType type, const PlanOptions& options) {
  if (type.domain == Domain::ring) return options.tile_elements;
  const std::uint64_t elements = options.tile_elements * 64 / std::bit_ceil(std::uint64_t{type.width});
  return (elements + 63) / 64 * 64;
}

Plan make_plan(const Graph& graph, const Setting& setting, const PlanOptions& options) {
  verify(graph, setting);
  constexpr std::uint64_t kMaxTile = std::uint64_t{1} << 32;  // a tile of bits is 64 times as large
  if (options.tile_elements == 0 || options.tile_elements % 64 != 0 || options.tile_elements > kMaxTile)
    throw Error(Errc::bad_argument, "a tile of " + std::to_string(options.tile_elements) +
                                        " elements: expected a multiple of 64 up to 2^32");
  Plan plan;
  plan.setting = setting;
  plan.tile_elements = options.tile_elements;
  plan.offline_first = options.policy.offline_first;
  const Graph integers = optimize(has_fractions(graph) ? place_truncations(graph) : graph);
  Lowering lowering(setting, options.policy);
  plan.graph = optimize(lowering.run(integers));
  plan.choices = lowering.take_choices();
  Planner(plan, options).run();
  return plan;
}

std::uint32_t Plan::king(const Step& step) const {
  if (!has_king(step.exchange)) return 0;
  const std::uint64_t tile = tacet::tile_elements(buffers[step.buffer].element, {tile_elements, {}});
  return static_cast<std::uint32_t>(
      (static_cast<std::uint64_t>(graph.attributes(nodes(step)[0])[0]) + step.range.begin / tile) %
      setting.n);
}

bool Plan::holds_result(const Step& step, EndpointId at) const {
  if (step.op != Op::output) return setting.is_party(at);
  const auto index = static_cast<std::size_t>(graph.attributes(nodes(step)[0])[0]);
  const std::vector<Role>& receivers = graph.outputs()[index].receivers;
  return std::any_of(receivers.begin(), receivers.end(),
                     [&](Role r) { return endpoint_of(r, setting) == at; });
}

const LinkPlan* Plan::link(EndpointId from, EndpointId to) const {
  for (const LinkPlan& l : links)
    if (l.from == from && l.to == to) return &l;
  return nullptr;
}

std::vector<std::byte> Plan::canonical_bytes() const {
  Bytes out;
  out.reserve(64 + 32 * std::size_t{graph.size()});
  out.text("tacet plan 2");
  for (const OpRow& row : op_table()) out.text(row.name);
  out.text(to_string(setting.scheme));
  out.number(setting.n, 4), out.number(setting.clients, 4), out.number(tile_elements);
  out.number(offline_first, 1);
  for (const std::string& name : graph.clients()) out.text(name);
  out.number(graph.size(), 4);
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const NodeId id{i};
    const ValueType& type = graph.type(id);
    out.number(static_cast<std::uint64_t>(graph.node(id).op), 2);
    out.number(static_cast<std::uint64_t>(type.visibility), 1);
    out.number(static_cast<std::uint64_t>(type.element.domain), 1);
    out.number(type.element.width, 1);
    out.number(type.shape.rank(), 4);
    for (const std::int64_t d : type.shape.dims()) out.number(static_cast<std::uint64_t>(d));
    out.number(graph.operands(id).size(), 4);
    for (const NodeId operand : graph.operands(id)) out.number(operand.value, 4);
    out.number(graph.attributes(id).size(), 4);
    for (const std::int64_t a : graph.attributes(id)) out.number(static_cast<std::uint64_t>(a));
  }
  for (const InputInfo& in : graph.inputs())
    out.text(in.name), out.role(in.owner), out.number(in.frac_bits, 1);
  for (const OutputInfo& o : graph.outputs()) {
    out.text(o.name), out.number(o.receivers.size(), 4);
    for (const Role r : o.receivers) out.role(r);
    out.number(o.format.is_signed, 1), out.number(o.format.frac_bits, 1);
  }
  for (const Tensor& t : graph.constants()) {
    out.number(t.size_bytes());
    out.raw(t.data(), t.size_bytes());
  }
  return out.take();
}

}  // namespace tacet
