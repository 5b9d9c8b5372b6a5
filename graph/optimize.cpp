#include "graph/optimize.hpp"

#include <algorithm>

#include "graph/evaluate.hpp"
#include "graph/hash_index.hpp"

namespace tacet {
namespace {

/// Folding must not turn a small program into a large table.
constexpr std::uint64_t kMaxFoldedElements = std::uint64_t{1} << 16;
constexpr std::uint64_t kMaxComparedBytes = 64;

std::vector<bool> live_nodes(const Graph& graph) {
  std::vector<bool> live(graph.size(), false);
  for (const OutputInfo& out : graph.outputs()) live[out.node.value] = true;
  for (std::uint32_t i = graph.size(); i-- > 0;)
    if (live[i])
      for (const NodeId operand : graph.operands(NodeId{i})) live[operand.value] = true;
  return live;
}

class Rewriter {
 public:
  Rewriter(const Graph& from, bool simplify) : from_(from), simplify_(simplify), map_(from.size()) {
    to_.adopt_tables(from);
    to_.reserve(from.size());
    if (simplify_) known_.reserve(from.size());
  }

  Graph run(const std::vector<bool>& live) {
    for (std::uint32_t i = 0; i < from_.size(); ++i)
      if (live[i]) map_[i] = rewrite(NodeId{i});
    return std::move(to_);
  }

 private:
  static constexpr std::uint32_t kEmpty = ~std::uint32_t{0};

  NodeId rewrite(NodeId id) {
    const Node& node = from_.node(id);
    const ValueType& type = from_.type(id);
    operands_.clear();
    for (const NodeId operand : from_.operands(id)) operands_.push_back(map_[operand.value]);
    if (!simplify_ || node.op == Op::input || node.op == Op::output || node.op == Op::random)
      return to_.add_copy(from_, id, operands_);
    if (node.op == Op::constant)
      return constant(from_.constants()[static_cast<std::size_t>(from_.attributes(id)[0])], node.location);
    if (const NodeId same = unchanged(node.op, type); same.value != kEmpty) return same;
    if (foldable(type)) {
      std::vector<const Tensor*> values;
      for (const NodeId operand : operands_)
        values.push_back(&to_.constants()[static_cast<std::size_t>(to_.attributes(operand)[0])]);
      return constant(evaluate_node(from_, id, values), node.location);
    }
    return unique(node.op, from_.attributes(id), node.location, type);
  }

  NodeId constant(Tensor value, std::uint32_t location) {
    if (value.size_bytes() > kMaxComparedBytes) return to_.add_constant(std::move(value), location);
    std::uint64_t h = hash(Op::constant, {}, {});
    h = hash_mix(h, value.element().width);
    h = hash_mix(h, static_cast<std::uint64_t>(value.element().domain));
    for (const std::int64_t d : value.shape().dims()) h = hash_mix(h, static_cast<std::uint64_t>(d));
    const std::uint64_t count = value.size_bytes();
    for (std::uint64_t i = 0; i < count; ++i) h = hash_mix(h, static_cast<std::uint64_t>(value.data()[i]));
    return known(
        h, 0,
        [&](NodeId other) {
          return to_.node(other).op == Op::constant &&
                 to_.constants()[static_cast<std::size_t>(to_.attributes(other)[0])] == value;
        },
        [&] { return to_.add_constant(std::move(value), location); });
  }

  bool is_constant(NodeId id) const { return to_.node(id).op == Op::constant; }

  bool foldable(const ValueType& type) const {
    if (type.secret() || type.elements() > kMaxFoldedElements || operands_.empty()) return false;
    return std::all_of(operands_.begin(), operands_.end(), [&](NodeId id) { return is_constant(id); });
  }

  /// All elements of a constant equal `value`.
  bool is_all(NodeId id, u128 value) const {
    if (!is_constant(id)) return false;
    const Tensor& t = to_.constants()[static_cast<std::size_t>(to_.attributes(id)[0])];
    if (t.elements() == 0 || t.elements() > kMaxComparedBytes) return false;
    for (std::uint64_t i = 0; i < t.elements(); ++i)
      if (t.get(i) != value) return false;
    return true;
  }

  /// The operand that the operation leaves as it is, if there is one.
  NodeId unchanged(Op op, const ValueType& type) const {
    const auto same = [&](std::size_t i) { return to_.type(operands_[i]) == type; };
    const NodeId none{kEmpty};
    switch (op) {
      case Op::slice:
      case Op::reshape:
        return same(0) ? operands_[0] : none;
      case Op::reveal:
        return same(0) ? operands_[0] : none;
      case Op::add:
      case Op::bit_xor:
        if (same(0) && is_all(operands_[1], 0)) return operands_[0];
        return same(1) && is_all(operands_[0], 0) ? operands_[1] : none;
      case Op::sub:
        return same(0) && is_all(operands_[1], 0) ? operands_[0] : none;
      case Op::mul:
        if (same(0) && is_all(operands_[1], 1)) return operands_[0];
        return same(1) && is_all(operands_[0], 1) ? operands_[1] : none;
      default:
        return none;
    }
  }

  NodeId unique(Op op, std::span<const std::int64_t> attributes, std::uint32_t location,
                const ValueType& type) {
    std::uint32_t last = 0;  // programs compute from what they have just computed
    for (const NodeId id : operands_) last = std::max(last, id.value);
    return known(
        hash(op, operands_, attributes), last,
        [&](NodeId other) {
          const auto operands = to_.operands(other);
          const auto old = to_.attributes(other);
          return to_.node(other).op == op &&
                 std::equal(operands.begin(), operands.end(), operands_.begin(), operands_.end()) &&
                 std::equal(old.begin(), old.end(), attributes.begin(), attributes.end());
        },
        [&] { return to_.add(op, operands_, attributes, location, &type); });
  }

  static std::uint64_t hash(Op op, std::span<const NodeId> operands,
                            std::span<const std::int64_t> attributes) {
    std::uint64_t h = static_cast<std::uint64_t>(op);
    for (const NodeId id : operands) h = hash_mix(h, id.value);
    for (const std::int64_t a : attributes) h = hash_mix(h, static_cast<std::uint64_t>(a));
    return h;
  }

  /// The node with that hash for which `equal` holds, else the one `make` appends.
  template <class Equal, class Make>
  NodeId known(std::uint64_t h, std::uint32_t near, Equal equal, Make make) {
    return NodeId{known_.find(
        h, near, [&](std::uint32_t other) { return equal(NodeId{other}); }, [&] { return make().value; })};
  }

  const Graph& from_;
  bool simplify_;
  Graph to_;
  std::vector<NodeId> map_;
  std::vector<NodeId> operands_;
  HashIndex known_;
};

}  // namespace

Graph optimize(const Graph& graph) {
  Graph simplified = Rewriter(graph, true).run(live_nodes(graph));
  // Folding and merging leave operands that nothing uses any more.
  const std::vector<bool> live = live_nodes(simplified);
  if (std::find(live.begin(), live.end(), false) == live.end()) return simplified;
  return Rewriter(simplified, false).run(live);
}

}  // namespace tacet
