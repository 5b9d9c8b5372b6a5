#include "graph/fixed_point.hpp"

#include <algorithm>
#include <bit>
#include <optional>

#include "graph/functions.hpp"
#include "graph/ranges.hpp"
#include "graph/written_name.hpp"

namespace tacet {
namespace {

class Placing {
 public:
  explicit Placing(const Graph& from) : from_(from), placed_(from.size()) { to_.adopt_tables(from); }

  PlacedGraph run() {
    to_.reserve(from_.size());
    for (std::uint32_t i = 0; i < from_.size(); ++i) place(NodeId{i}), made_for(NodeId{i});
    return {std::move(to_), std::move(origin_)};
  }

 private:
  struct Placed {
    NodeId node;
    bool excess = false;  ///< has twice the fraction that the type says
    // Once somebody has asked:
    std::optional<NodeId> exact;                  ///< without it
    std::optional<NodeId> wide_node, wide_exact;  ///< in the wide ring
  };

  const ElementType& element(NodeId id) const { return from_.type(id).element; }
  unsigned fraction(NodeId id) const { return element(id).frac; }
  unsigned width(NodeId node) const { return to_.type(node).element.width; }

  /// New nodes are there for one of the program.
  void made_for(NodeId id) { origin_.resize(to_.size(), id); }
  NodeId add(NodeId id, Op op, NodeId operand, std::initializer_list<std::int64_t> attributes) {
    const NodeId out =
        to_.add(op, {&operand, 1}, std::span(attributes.begin(), attributes.size()), location_);
    made_for(id);
    return out;
  }
  /// With no more bits of fraction than the type says, in its ring.
  NodeId exact(NodeId id) {
    Placed& p = placed_[id.value];
    if (!p.excess) return p.node;
    if (!p.exact) {
      const unsigned f = fraction(id), k = element(id).width;
      const std::int64_t down = static_cast<std::int64_t>(Rounding::down);
      p.exact = width(p.node) == k ? add(id, Op::trunc, p.node, {f, down, 1, 0})
                                   : add(id, Op::trunc, p.node, {f, down, 1, 0, k});
    }
    return *p.exact;
  }
  /// One of the two forms in a larger ring.
  NodeId widened(NodeId id, NodeId node, unsigned to) {
    if (width(node) == to) return node;
    Placed& p = placed_[id.value];
    std::optional<NodeId>& wide = node == p.node ? p.wide_node : p.wide_exact;
    if (!wide) wide = add(id, Op::convert, node, {to, 1, 0});
    return *wide;
  }
  NodeId with_excess(NodeId id, unsigned to) {
    const Placed& p = placed_[id.value];
    return p.excess ? widened(id, p.node, to) : add(id, Op::lift, p.node, {to, fraction(id)});
  }

  /// Bits that hold a value with twice the fraction, as far as ranges tell; 129 if they can be more than 128.
  unsigned bits_with_excess(NodeId id) {
    const Known& known = ranges_.of(from_, id);
    const auto length = [](__int128 x) {
      const u128 v = static_cast<u128>(x < 0 ? ~x : x);
      const auto high = static_cast<std::uint64_t>(v >> 64), low = static_cast<std::uint64_t>(v);
      return high != 0 ? 64 + std::bit_width(high) : std::bit_width(low);
    };
    // What truncation takes away can be all ones.
    const int bits = 1 + std::max(length(known.low), length(known.high)) + static_cast<int>(fraction(id));
    return static_cast<unsigned>(std::min(bits, 129));
  }
  /// The ring for a result with twice the fraction: its own if it fits, else one in which every result comes
  /// out right that is a number of the type, which is found again when the k + f bits are truncated.
  unsigned ring_of_excess(NodeId id, unsigned bits) {
    const ElementType& type = element(id);
    if (bits <= type.width) return type.width;
    const unsigned wide = std::min<unsigned>(type.width + type.frac, kMaxRingBits);
    if (bits > wide && wide < static_cast<unsigned>(type.width + type.frac)) {
      const std::string where = from_.location_text(location_);
      throw Error(Errc::bad_width,
                  (where.empty() ? "" : where + ": ") + written_name(from_.node(id).op) + ": a result of " +
                      type.to_string() + " can take more bits on the way than there are (" +
                      std::to_string(kMaxRingBits) +
                      "): declare the ranges of inputs, or use a type fixed(k, f) with k + f <= " +
                      std::to_string(kMaxRingBits));
    }
    return wide;
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
        out.node =
            to_.add_constant(from_.constants()[index()], location_, from_.is_negative_constant(index()));
        return;
      case Op::with_fraction:
        out.node = exact(operands[0]);
        return;
      case Op::mul:
      case Op::dot:
      case Op::matmul:
      case Op::conv2d:
        if (fraction(operands[0]) != 0 && fraction(operands[1]) != 0) {
          const unsigned ring = ring_of_excess(id, bits_with_excess(id));
          for (const NodeId o : operands) ids.push_back(widened(o, exact(o), ring));
          out.excess = true;
        } else {  // an integer factor leaves the fraction as it is
          const Placed& number = placed_[operands[fraction(operands[0]) != 0 ? 0 : 1].value];
          out.excess = number.excess && width(number.node) == element(id).width &&
                       bits_with_excess(id) <= element(id).width;
          for (const NodeId o : operands) ids.push_back(out.excess ? placed_[o.value].node : exact(o));
        }
        break;
      default: {
        const auto carries = [&](std::size_t i) {
          return first_carrying(node.op) >= 0 && static_cast<int>(i) >= first_carrying(node.op);
        };
        for (std::size_t i = 0; i < operands.size(); ++i)
          out.excess = out.excess || (carries(i) && placed_[operands[i].value].excess);
        unsigned bits = out.excess ? bits_with_excess(id) : 0;
        for (std::size_t i = 0; i < operands.size() && out.excess; ++i)
          if (carries(i)) bits = std::max(bits, bits_with_excess(operands[i]));
        const unsigned ring = out.excess ? ring_of_excess(id, bits) : 0;
        for (std::size_t i = 0; i < operands.size(); ++i)
          ids.push_back(out.excess && carries(i) ? with_excess(operands[i], ring) : exact(operands[i]));
      }
    }
    out.node =
        to_.add(node.op, ids, attributes, location_, op_row(node.op).infer == nullptr ? &type : nullptr);
  }

  const Graph& from_;
  Graph to_;
  Ranges ranges_;
  std::vector<Placed> placed_;
  std::vector<NodeId> origin_;
  std::uint32_t location_ = 0;
};

}  // namespace

bool has_fractions(const Graph& graph) {
  for (std::uint32_t i = 0; i < graph.size(); ++i)
    if (graph.type(NodeId{i}).element.frac != 0) return true;
  return false;
}

PlacedGraph place_truncations(const Graph& graph) {
  return Placing(graph).run();
}

}  // namespace tacet
