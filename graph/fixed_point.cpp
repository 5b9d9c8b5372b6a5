#include "graph/fixed_point.hpp"

#include <algorithm>
#include <array>

#include "graph/functions.hpp"

namespace tacet {
namespace {

class Placing {
 public:
  explicit Placing(const Graph& from) : from_(from), placed_(from.size()) { to_.adopt_tables(from); }

  Graph run() {
    to_.reserve(from_.size());
    for (std::uint32_t i = 0; i < from_.size(); ++i) place(NodeId{i});
    return std::move(to_);
  }

 private:
  struct Placed {
    NodeId node;
    unsigned excess = 0;  ///< bits of fraction beyond those of the type
    NodeId exact;         ///< without them, once somebody has asked
    bool has_exact = false;
  };

  unsigned fraction(NodeId id) const { return from_.type(id).element.frac; }

  NodeId add(Op op, std::span<const NodeId> operands, std::span<const std::int64_t> attributes) {
    return to_.add(op, operands, attributes, location_);
  }
  /// With no more bits of fraction than the type says.
  NodeId exact(NodeId id) {
    Placed& p = placed_[id.value];
    if (p.excess == 0) return p.node;
    if (!p.has_exact) {
      const std::array<std::int64_t, 4> attributes{p.excess, static_cast<std::int64_t>(Rounding::down), 1, 0};
      p.exact = add(Op::trunc, {&p.node, 1}, attributes);
      p.has_exact = true;
    }
    return p.exact;
  }
  NodeId with_excess(NodeId id, unsigned excess) {
    const Placed& p = placed_[id.value];
    if (p.excess == excess) return p.node;
    const std::array<std::int64_t, 2> attributes{from_.type(id).element.width, excess - p.excess};
    return add(Op::lift, {&p.node, 1}, attributes);
  }

  /// Operands from there on may have a longer fraction, and the result has it then.
  static int first_carrying(Op op) {
    switch (op) {
      case Op::add:
      case Op::sub:
      case Op::neg:
      case Op::sum:
      case Op::reshape:
      case Op::slice:
      case Op::concat:
      case Op::transpose:
      case Op::relu:
      case Op::maximum:
        return 0;
      case Op::select:
      case Op::inject:
        return 1;
      default:
        return -1;
    }
  }

  void place(NodeId id) {
    const Node& node = from_.node(id);
    const auto operands = from_.operands(id);
    const auto attributes = from_.attributes(id);
    const auto index = [&] { return static_cast<std::size_t>(attributes[0]); };
    Placed& out = placed_[id.value];
    location_ = node.location;
    ValueType type = from_.type(id);
    type.element.frac = 0;
    std::vector<NodeId> ids;
    switch (node.op) {
      case Op::input: {
        InputInfo info = from_.inputs()[index()];
        if (fraction(id) != 0) info.frac_bits = static_cast<std::uint8_t>(fraction(id));
        out.node = to_.add_input(std::move(info), type, location_);
        return;
      }
      case Op::output: {
        OutputInfo info = from_.outputs()[index()];
        if (fraction(operands[0]) != 0)
          info.format = {true, static_cast<std::uint8_t>(fraction(operands[0]))};
        out.node = to_.add_output(std::move(info), exact(operands[0]), location_);
        return;
      }
      case Op::constant:
        out.node = to_.add_constant(from_.constants()[index()], location_);
        return;
      case Op::with_fraction:
        out.node = exact(operands[0]);
        return;
      case Op::mul:
      case Op::dot:
      case Op::matmul:
      case Op::conv2d:
        // An integer factor leaves the fraction as it is.
        if (fraction(operands[0]) != 0 && fraction(operands[1]) != 0) {
          ids = {exact(operands[0]), exact(operands[1])};
          out.excess = fraction(id);
        } else {
          for (const NodeId o : operands)
            ids.push_back(placed_[o.value].node), out.excess += placed_[o.value].excess;
        }
        break;
      default: {
        const int carrying = first_carrying(node.op);
        for (std::size_t i = 0; carrying >= 0 && i < operands.size(); ++i)
          if (static_cast<int>(i) >= carrying)
            out.excess = std::max(out.excess, placed_[operands[i].value].excess);
        for (std::size_t i = 0; i < operands.size(); ++i)
          ids.push_back(carrying >= 0 && static_cast<int>(i) >= carrying
                            ? with_excess(operands[i], out.excess)
                            : exact(operands[i]));
      }
    }
    out.node =
        to_.add(node.op, ids, attributes, location_, op_row(node.op).infer == nullptr ? &type : nullptr);
  }

  const Graph& from_;
  Graph to_;
  std::vector<Placed> placed_;
  std::uint32_t location_ = 0;
};

}  // namespace

bool has_fractions(const Graph& graph) {
  for (std::uint32_t i = 0; i < graph.size(); ++i)
    if (graph.type(NodeId{i}).element.frac != 0) return true;
  return false;
}

Graph place_truncations(const Graph& graph) {
  return Placing(graph).run();
}

}  // namespace tacet
