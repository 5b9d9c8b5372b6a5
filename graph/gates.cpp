#include "graph/gates.hpp"

#include <algorithm>
#include <vector>

#include "graph/flows.hpp"

namespace tacet {
namespace {

class Fuser {
 public:
  explicit Fuser(const Graph& from) : from_(from), map_(from.size()) {}

  Graph run() {
    find_absorbed();
    to_.adopt_tables(from_);
    to_.reserve(from_.size());
    for (std::uint32_t i = 0; i < from_.size(); ++i)
      if (!absorbed_[i]) map_[i] = copy(NodeId{i});
    return std::move(to_);
  }

 private:
  bool is_conjunction(NodeId id) const {
    const Exchange exchange = exchange_of(from_, id);
    return from_.node(id).op == Op::bit_and &&
           (exchange == Exchange::reshare || exchange == Exchange::reshare_sparse);
  }

  /// Planes lie alike where there are as many elements; a single one stretches.
  bool fits(NodeId source, const Shape& shape) const {
    const Shape& own = from_.type(source).shape;
    return own == shape || own.elements() == 1;
  }

  /// Whether all that the sums read could be read by the conjunction.
  bool can_read(NodeId conjunction, NodeId wires) const {
    const auto sources = from_.operands(wires);
    return std::all_of(sources.begin(), sources.end(),
                       [&](NodeId s) { return fits(s, from_.type(conjunction).shape); });
  }

  void find_absorbed() {
    absorbed_.assign(from_.size(), false);
    for (std::uint32_t i = 0; i < from_.size(); ++i) absorbed_[i] = from_.node(NodeId{i}).op == Op::wires;
    for (std::uint32_t i = 0; i < from_.size(); ++i) {
      const NodeId id{i};
      const auto operands = from_.operands(id);
      const bool reads =
          is_conjunction(id) && std::all_of(operands.begin(), operands.end(), [&](NodeId o) {
            return fits(o, from_.type(id).shape) && (from_.node(o).op != Op::wires || can_read(id, o));
          });
      if (!reads)
        for (const NodeId operand : operands) absorbed_[operand.value] = false;
    }
  }

  NodeId copy(NodeId id) {
    const auto operands = from_.operands(id);
    if (std::any_of(operands.begin(), operands.end(), [&](NodeId o) { return absorbed_[o.value]; }))
      return gates(id);
    operands_.clear();
    for (const NodeId operand : operands) operands_.push_back(map_[operand.value]);
    return to_.add_copy(from_, id, operands_);
  }

  NodeId gates(NodeId id) {
    NodeId left = from_.operands(id)[0], right = from_.operands(id)[1];
    if (from_.type(left).visibility < from_.type(right).visibility) std::swap(left, right);
    operands_.clear();
    attributes_.assign({static_cast<std::int64_t>(from_.type(right).visibility), 0});
    append_sums(left);
    attributes_[1] = static_cast<std::int64_t>(attributes_.size()) - 2;
    append_sums(right);
    const ValueType& type = from_.type(id);
    return to_.add(Op::gates, operands_, attributes_, from_.node(id).location, &type);
  }

  void append_sums(NodeId side) {
    if (!absorbed_[side.value]) {
      const std::int64_t first = plane_of(side);
      for (unsigned i = 0; i < from_.type(side).element.width; ++i)
        attributes_.insert(attributes_.end(), {1, first + i});
      return;
    }
    // By plane of all the sources of these sums: its number among those of the gate.
    std::vector<std::int64_t> planes;
    for (const NodeId source : from_.operands(side)) {
      const std::int64_t first = plane_of(source);
      for (unsigned i = 0; i < from_.type(source).element.width; ++i) planes.push_back(first + i);
    }
    const auto sums = from_.attributes(side).subspan(1);
    for (std::size_t i = 0; i < sums.size();) {
      std::int64_t count = sums[i++];
      attributes_.push_back(count);
      for (; count > 0; --count, ++i)
        attributes_.push_back(sums[i] < 0 ? -1 : planes[static_cast<std::size_t>(sums[i])]);
    }
  }

  /// The number of a source's first plane, which it is given when first met.
  std::int64_t plane_of(NodeId source) {
    const NodeId mapped = map_[source.value];
    std::int64_t next = 0;
    for (std::size_t i = 0; i < operands_.size(); ++i) {
      if (operands_[i] == mapped) return next;
      next += to_.type(operands_[i]).element.width;
    }
    operands_.push_back(mapped);
    return next;
  }

  const Graph& from_;
  Graph to_;
  std::vector<NodeId> map_, operands_;
  std::vector<bool> absorbed_;  ///< sums that only conjunctions read
  std::vector<std::int64_t> attributes_;
};

}  // namespace

GateSums sums_of_gates(std::span<const std::int64_t> attributes) {
  const auto left = static_cast<std::size_t>(attributes[1]);
  return {static_cast<Visibility>(attributes[0]), attributes.subspan(2, left), attributes.subspan(2 + left)};
}

Graph fuse_gates(Graph graph) {
  for (std::uint32_t i = 0; i < graph.size(); ++i)
    if (graph.node(NodeId{i}).op == Op::wires) return Fuser(graph).run();
  return graph;
}

}  // namespace tacet
