#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <span>
#include <vector>

#include "graph/lowering.hpp"

namespace tacet {

/// Where a node's elements lie: consecutive elements of one buffer; or, if it is cut, `tile` elements in each
/// of consecutive buffers.
struct Place {
  std::uint32_t buffer = 0;  ///< the first one
  std::uint64_t offset = 0;
  std::uint64_t tile = 0;  ///< 0: all in one buffer
};

/// Memory of one large value or a tile of it, or of many small ones side by side. A secret one has one array
/// per share component.
struct Buffer {
  ElementType element;
  bool secret = false;
  std::uint64_t elements = 0;
  std::int32_t constant = -1;    ///< index of the graph's constant whose memory this is
  bool keep = false;             ///< an output: lives to the end
  std::uint32_t first_step = 0;  ///< the first step that writes it
  std::uint32_t users = 0;       ///< steps that write or read it: freed after the last
};

/// One message of a step: `bytes` from one endpoint to another. Flows of a sender with the same payload
/// number carry the same bytes.
struct Flow {
  EndpointId from;
  EndpointId to;
  std::uint32_t payload = 0;
  std::uint64_t bytes = 0;
};

/// The unit of scheduling, about one tile of work: many small nodes of one kind, or a tile of one large node.
struct Step {
  Op op = Op::constant;
  Exchange exchange = Exchange::none;
  bool join = false;              ///< computes nothing: complete when what it waits for is
  bool offline = false;           ///< in a plan that is offline first: depends on no input
  std::uint32_t round = 0;        ///< rounds that must have ended before it can start
  std::uint32_t tile = 0;         ///< which tile of its node
  std::uint32_t buffer = 0;       ///< where its result goes
  Range range;                    ///< the elements of its node it computes, or of all its nodes
  std::uint32_t nodes_begin = 0;  ///< in Plan::step_nodes
  std::uint32_t node_count = 0;
  std::uint32_t flows_begin = 0;  ///< in Plan::flows
  std::uint32_t flow_count = 0;
  std::uint32_t successors_begin = 0;  ///< in Plan::successors
  std::uint32_t successor_count = 0;
  std::uint32_t predecessors = 0;
  std::uint32_t together_begin = 0;  ///< in Plan::together: a step of several nodes has one for each operand
  std::uint32_t uses_begin = 0;      ///< in Plan::uses: the buffers it reads or writes, each once
  std::uint32_t use_count = 0;
};

/// A piece of the byte stream from one endpoint to another.
struct Segment {
  std::uint32_t step = 0;
  std::uint32_t flow = 0;    ///< in Plan::flows
  std::uint64_t offset = 0;  ///< in the stream
};

/// Everything that goes from one endpoint to another, in order.
struct LinkPlan {
  EndpointId from;
  EndpointId to;
  std::vector<Segment> segments;
  std::uint64_t bytes = 0;
};

struct PlanOptions {
  /// Large values are cut into tiles of about so many bytes of one component, or a 1024th of the memory if
  /// that is less, counted for the widest of the values that are cut alike.
  std::uint64_t tile_bytes = std::uint64_t{256} << 10;
  /// Values cut alike are computed in waves, a part of their tiles after another, so that what is under way
  /// at once stays below the first figure where rounds are cheap enough for the policy's network, ..
  std::uint64_t cache_bytes = std::uint64_t{8} << 20;
  /// .. and all that is alive at once below the second. 0: whatever it takes.
  std::uint64_t memory_bytes = std::uint64_t{512} << 20;
  /// How composite operations are computed.
  Policy policy = {};
};

/// So many waves are under way at once: while one waits for the network others compute.
inline constexpr std::uint32_t kWavesAtOnce = 3;

/// Values that are cut alike and computed in several waves.
struct Waves {
  std::uint32_t count = 1;
  std::uint32_t tiles = 0;        ///< of each value in one wave
  std::uint32_t first_round = 0;  ///< of the first wave
  std::uint32_t rounds = 0;       ///< of one wave
  std::uint32_t skew = 0;         ///< rounds from the begin of a wave to that of the next
};

/// A frozen computation: what every endpoint does and which bytes go where. Holds no secret.
class Plan {
 public:
  Setting setting;
  std::uint64_t tile_bytes = 0;
  Graph graph;                ///< after the passes
  std::vector<Place> places;  ///< by node
  std::vector<Buffer> buffers;
  std::vector<Step> steps;  ///< in plan order, which is topological
  std::vector<NodeId> step_nodes;
  std::vector<Flow> flows;
  std::vector<std::uint32_t> successors;
  std::vector<std::uint32_t> uses;
  std::vector<bool> together;   ///< whether operands i of a step's nodes lie one after another in one buffer
  std::vector<LinkPlan> links;  ///< those that carry anything, by (from, to)
  std::uint32_t rounds = 0;
  /// Whether what depends on no input comes before all else, so that it can run before inputs are known.
  bool offline_first = false;
  std::uint32_t offline_rounds = 0;  ///< of `rounds`, the first ones; 0 unless offline first
  std::vector<Waves> waves;          ///< one for each set of values that takes more than one
  std::vector<Choice> choices;       ///< how the program's operations are computed

  std::span<const NodeId> nodes(const Step& s) const {
    return {step_nodes.data() + s.nodes_begin, s.node_count};
  }
  std::span<const Flow> step_flows(const Step& s) const {
    return {flows.data() + s.flows_begin, s.flow_count};
  }
  std::span<const std::uint32_t> step_successors(const Step& s) const {
    return {successors.data() + s.successors_begin, s.successor_count};
  }
  std::span<const std::uint32_t> step_uses(const Step& s) const {
    return {uses.data() + s.uses_begin, s.use_count};
  }
  /// Whether a step computes a part of its node only.
  bool is_tile(const Step& s) const {
    return s.node_count == 1 && graph.type(step_nodes[s.nodes_begin]).elements() != s.range.size();
  }
  /// Whether an endpoint holds a step's result: parties all but outputs, receivers theirs.
  bool holds_result(const Step& step, EndpointId at) const;
  /// The party that collects and spreads what the step computes: another one for each tile.
  std::uint32_t king(const Step& step) const;
  const LinkPlan* link(EndpointId from, EndpointId to) const;
  /// A byte string that two plans share only if they compute the same thing in the same steps with the same
  /// messages: the graph, every step with its nodes and messages, and every link's stream. Passed on in
  /// pieces, since a plan of a million steps has a hundred megabytes of it.
  void canonical_bytes(const std::function<void(std::span<const std::byte>)>& take) const;
  std::vector<std::byte> canonical_bytes() const;
};

/// Optimises, schedules and lays out. Pure: the same graph and setting give the same plan everywhere.
/// Fails: Error as verify and check_setting do.
Plan make_plan(const Graph& graph, const Setting& setting, const PlanOptions& options = {});

/// Elements in a tile of values of which the widest has that type: a multiple of 64.
std::uint64_t tile_elements(ElementType widest, const PlanOptions& options);

}  // namespace tacet
