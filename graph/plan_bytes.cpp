// Plans have many steps and take microseconds to make: what is spelled out is short, so that hashing it takes
// a small part of that. Numbers take as many bytes as they need, what follows one another is told by
// differences, and what repeats is spelled out once and then told by its number.

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "graph/plan.hpp"

namespace tacet {
namespace {

static_assert(std::endian::native == std::endian::little,
              "words go to the wire and into digests as they lie in memory");

using Take = std::function<void(std::span<const std::byte>)>;

/// Numbers of seven bits a byte, length-prefixed texts and bytes, passed on in pieces.
class Spelling {
 public:
  explicit Spelling(const Take& take) : take_(take) {}
  void number(std::uint64_t v) {
    if (room_.size() - size_ < kLongest) flush();
    for (; v >= 128; v >>= 7) room_[size_++] = static_cast<std::byte>(v | 128);
    room_[size_++] = static_cast<std::byte>(v);
  }
  /// Small ones of either sign take few bytes.
  void signed_number(std::uint64_t v) { number(v << 1 ^ (0 - (v >> 63))); }
  void text(std::string_view s) { bytes(std::as_bytes(std::span(s))); }
  void bytes(std::span<const std::byte> bytes) {
    number(bytes.size());
    flush();
    take_(bytes);
  }
  void role(Role r) { number(r.is_client), number(r.index); }
  void flush() { take_(std::span(room_).first(std::exchange(size_, 0))); }

 private:
  static constexpr std::size_t kLongest = 10;
  const Take& take_;
  std::array<std::byte, std::size_t{16} << 10> room_;
  std::size_t size_ = 0;
};

void spell_type(Spelling& out, const ValueType& type) {
  out.number(static_cast<std::uint64_t>(type.visibility));
  out.number(static_cast<std::uint64_t>(type.element.domain));
  out.number(type.element.width);
  out.number(type.shape.rank());
  for (const std::int64_t d : type.shape.dims()) out.number(static_cast<std::uint64_t>(d));
}

void spell_nodes(Spelling& out, const Graph& graph) {
  constexpr std::uint32_t kNew = ~std::uint32_t{0};
  std::vector<std::uint32_t> numbers;  // of types by their number in the graph, in the order of first use
  std::uint32_t known = 0;
  out.number(graph.size());
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const NodeId id{i};
    const std::uint32_t type = graph.node(id).type;
    if (type >= numbers.size()) numbers.resize(type + 1, kNew);
    const bool fresh = numbers[type] == kNew;
    if (fresh) numbers[type] = known++;
    out.number(static_cast<std::uint64_t>(graph.node(id).op));
    out.number(numbers[type]);
    if (fresh) spell_type(out, graph.type(id));
    out.number(graph.operands(id).size());
    for (const NodeId operand : graph.operands(id)) out.number(i - operand.value);
    out.number(graph.attributes(id).size());
    for (const std::int64_t a : graph.attributes(id)) out.signed_number(static_cast<std::uint64_t>(a));
  }
}

void spell_graph(Spelling& out, const Graph& graph) {
  out.number(graph.clients().size());
  for (const std::string& name : graph.clients()) out.text(name);
  spell_nodes(out, graph);
  out.number(graph.inputs().size());
  for (const InputInfo& in : graph.inputs()) out.text(in.name), out.role(in.owner), out.number(in.frac_bits);
  out.number(graph.outputs().size());
  for (const OutputInfo& o : graph.outputs()) {
    out.text(o.name), out.number(o.receivers.size());
    for (const Role r : o.receivers) out.role(r);
    out.number(o.format.is_signed), out.number(o.format.frac_bits);
  }
  out.number(graph.constants().size());
  for (const Tensor& t : graph.constants()) out.bytes({t.data(), t.size_bytes()});
}

/// Steps with their messages, and streams. A stream is its segments; nearly always they are the messages of
/// the steps in plan order, which then is all that is said.
class Schedule {
 public:
  Schedule(Spelling& out, const Plan& plan) : out_(out), plan_(plan), order_(plan.links.size()) {
    const std::size_t ends = plan.setting.endpoints();
    link_of_.assign(ends * ends, kNone);
    for (std::uint32_t l = 0; l < plan.links.size(); ++l)
      if (const std::size_t at = pair(plan.links[l]); at < link_of_.size()) link_of_[at] = l;
  }

  void spell() {
    out_.number(plan_.steps.size());
    for (std::uint32_t s = 0; s < plan_.steps.size(); ++s) spell_step(s);
    out_.number(plan_.links.size());
    for (std::size_t l = 0; l < plan_.links.size(); ++l) spell_link(plan_.links[l], order_[l]);
  }

 private:
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  /// How far the segments of a link have been found where the messages of the steps so far put them.
  struct Order {
    std::size_t segment = 0;
    std::uint64_t offset = 0;
    bool kept = true;
  };

  /// Masks are named by the number of a step and the position of an element among its nodes or in its range.
  void spell_step(std::uint32_t number) {
    const Step& step = plan_.steps[number];
    static const Step kFirst;
    const Step& before = number == 0 ? kFirst : plan_.steps[number - 1];
    out_.number(static_cast<std::uint64_t>(step.op));
    out_.number(static_cast<std::uint64_t>(step.exchange) << 2 | std::uint64_t{step.join} << 1 |
                std::uint64_t{step.offline});
    out_.signed_number(std::uint64_t{step.round} - before.round);
    out_.number(step.tile);
    out_.signed_number(std::uint64_t{step.buffer} - before.buffer);
    out_.number(step.range.begin), out_.number(step.range.end);
    out_.number(plan_.king(step));
    out_.number(step.node_count);
    for (const NodeId id : plan_.nodes(step))
      out_.signed_number(std::uint64_t{id.value} - std::exchange(node_, id.value));
    spell_flows(plan_.step_flows(step));
    for (std::uint32_t f = step.flows_begin; f < step.flows_begin + step.flow_count; ++f) follow(number, f);
  }

  /// Steps that follow one another mostly have the same messages: those of the last step that has any.
  void spell_flows(std::span<const Flow> flows) {
    out_.number(flows.size());
    if (flows.empty()) return;
    if (!std::equal(flows.begin(), flows.end(), last_.begin(), last_.end(), alike)) {
      out_.number(1);
      for (const Flow& f : flows)
        out_.number(f.from.value), out_.number(f.to.value), out_.number(f.payload), out_.number(f.bytes);
      last_ = flows;
    } else {
      out_.number(0);
    }
  }

  void follow(std::uint32_t step, std::uint32_t flow) {
    const Flow& f = plan_.flows[flow];
    const std::size_t at = pair(f);
    if (at >= link_of_.size() || link_of_[at] == kNone) return;
    const std::vector<Segment>& segments = plan_.links[link_of_[at]].segments;
    Order& order = order_[link_of_[at]];
    order.kept = order.kept && order.segment < segments.size() && segments[order.segment].step == step &&
                 segments[order.segment].flow == flow && segments[order.segment].offset == order.offset;
    ++order.segment;
    order.offset += f.bytes;
  }

  void spell_link(const LinkPlan& link, const Order& order) {
    const bool in_order = order.kept && order.segment == link.segments.size();
    out_.number(link.from.value), out_.number(link.to.value), out_.number(link.bytes), out_.number(in_order);
    if (in_order) return;
    out_.number(link.segments.size());
    for (const Segment& s : link.segments) out_.number(s.step), out_.number(s.flow), out_.number(s.offset);
  }

  template <class Ends>
  std::size_t pair(const Ends& ends) const {
    const std::size_t all = plan_.setting.endpoints();
    return ends.to.value < all ? ends.from.value * all + ends.to.value : link_of_.size();
  }
  static bool alike(const Flow& a, const Flow& b) {
    return a.from == b.from && a.to == b.to && a.payload == b.payload && a.bytes == b.bytes;
  }

  Spelling& out_;
  const Plan& plan_;
  std::vector<std::uint32_t> link_of_;  ///< by sender and receiver
  std::vector<Order> order_;            ///< by link
  std::span<const Flow> last_;
  std::uint32_t node_ = 0;
};

}  // namespace

void Plan::canonical_bytes(const Take& take) const {
  Spelling out(take);
  out.text("tacet plan 5");
  out.number(op_table().size());
  for (const OpRow& row : op_table()) out.text(row.name);
  out.text(to_string(setting.scheme));
  out.number(setting.n), out.number(setting.clients), out.number(tile_bytes);
  out.number(rounds), out.number(offline_rounds), out.number(offline_first);
  out.number(waves.size());
  for (const Waves& w : waves)
    for (const std::uint32_t v : {w.count, w.tiles, w.first_round, w.rounds, w.skew}) out.number(v);
  spell_graph(out, graph);
  Schedule(out, *this).spell();
  out.flush();
}

std::vector<std::byte> Plan::canonical_bytes() const {
  std::vector<std::byte> out;
  canonical_bytes(
      [&](std::span<const std::byte> piece) { out.insert(out.end(), piece.begin(), piece.end()); });
  return out;
}

}  // namespace tacet
