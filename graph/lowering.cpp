#include "graph/lowering.hpp"

#include <algorithm>

#include "graph/flows.hpp"
#include "graph/plan.hpp"

namespace tacet {
namespace {

constexpr std::size_t kUnnoted = ~std::size_t{0};

double seconds_of(const Traffic& traffic, const Policy& policy) {
  const auto busiest = [](std::vector<std::uint64_t> a, const std::vector<std::uint64_t>* b) {
    for (std::size_t i = 0; b != nullptr && i < a.size(); ++i) a[i] += (*b)[i];
    return static_cast<double>(*std::max_element(a.begin(), a.end()));
  };
  const auto time = [&](std::uint32_t rounds, double bytes, std::uint64_t work) {
    const double working =
        policy.worked_bytes_per_second == 0 ? 0 : static_cast<double>(work) / policy.worked_bytes_per_second;
    return rounds * policy.round_seconds + bytes / policy.bytes_per_second + working;
  };
  if (!policy.offline_first)
    return time(traffic.rounds, busiest(traffic.offline_bytes, &traffic.online_bytes),
                traffic.offline_work + traffic.online_work);
  // Work done beforehand is nearly free: it only decides between equals.
  return time(traffic.online_rounds, busiest(traffic.online_bytes, nullptr), traffic.online_work) +
         1e-3 * time(traffic.offline_rounds, busiest(traffic.offline_bytes, nullptr), traffic.offline_work);
}

std::string joined_names(const OpRow& row) {
  std::string out;
  for (const Variant& v : row.variants) out += (out.empty() ? "" : ", ") + std::string(v.name);
  return out;
}

void check_preferences(const Policy& policy) {
  for (const auto& [name, variant] : policy.prefer) {
    const auto table = op_table();
    const auto row = std::find_if(table.begin(), table.end(), [&](const OpRow& r) { return r.name == name; });
    if (row == table.end() || row->variants.empty()) {
      std::string known;
      for (const OpRow& r : table)
        if (r.variants.size() > 1) known += (known.empty() ? "" : ", ") + std::string(r.name);
      throw Error(Errc::unknown_name,
                  "no operation \"" + name + "\" has variants to prefer: expected one of " + known);
    }
    if (std::none_of(row->variants.begin(), row->variants.end(),
                     [&](const Variant& v) { return v.name == variant; }))
      throw Error(Errc::unknown_name,
                  name + " has no variant \"" + variant + "\": expected one of " + joined_names(*row));
  }
}

}  // namespace

std::vector<bool> offline_nodes(const Graph& graph) {
  std::vector<bool> offline(graph.size());
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const Op op = graph.node(NodeId{i}).op;
    const auto operands = graph.operands(NodeId{i});
    offline[i] = op != Op::input && op != Op::output &&
                 std::all_of(operands.begin(), operands.end(), [&](NodeId id) { return offline[id.value]; });
  }
  return offline;
}

Traffic traffic_of(const Graph& graph, const Setting& setting, bool free_inputs) {
  const std::vector<bool> offline = offline_nodes(graph);
  Traffic out;
  out.offline_bytes.assign(setting.endpoints(), 0);
  out.online_bytes.assign(setting.endpoints(), 0);
  std::vector<std::uint32_t> ready(graph.size(), 0), online(graph.size(), 0);
  KnownFlows known(graph, setting);
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const NodeId id{i};
    for (const NodeId operand : graph.operands(id)) {
      ready[i] = std::max(ready[i], ready[operand.value]);
      online[i] = std::max(online[i], online[operand.value]);
    }
    const ValueType& type = graph.type(id);
    if (const Op op = graph.node(id).op; op != Op::input && op != Op::constant && op != Op::reshape) {
      std::uint64_t& work = offline[i] ? out.offline_work : out.online_work;
      const auto count = [&](const ValueType& t) {
        work += t.element.memory_bytes(t.elements()) * (t.secret() ? setting.components() : 1);
      };
      count(type);
      for (const NodeId operand : graph.operands(id)) count(graph.type(operand));
    }
    const Exchange exchange = exchange_of(graph, id);
    if (exchange != Exchange::none && type.elements() != 0 && !(free_inputs && exchange == Exchange::input)) {
      // Each tile has another king, and tiles that are n apart have the same.
      const bool turns = has_king(exchange);
      const std::uint64_t tile = turns ? tile_elements(type.element, {}) : type.elements();
      const std::uint64_t last = (type.elements() - 1) / tile;
      bool sends = false;
      for (std::uint64_t first = 0; first < setting.n && first <= last; ++first) {
        const auto king = static_cast<std::uint32_t>(
            turns ? (static_cast<std::uint64_t>(graph.attributes(id)[0]) + first) % setting.n : 0);
        const std::vector<FlowPattern>& flows = known.of(id, king);
        std::uint64_t bytes = ((last - first) / setting.n + 1) * type.element.payload_bytes(tile);
        if (last % setting.n == first)  // the last tile may be smaller
          bytes -=
              type.element.payload_bytes(tile) - type.element.payload_bytes(type.elements() - last * tile);
        for (const FlowPattern& f : flows)
          (offline[i] ? out.offline_bytes : out.online_bytes)[f.from.value] += f.copies * bytes;
        sends = sends || !flows.empty();
      }
      if (sends) {
        ++ready[i];
        if (!offline[i]) ++online[i];
      }
    }
    out.rounds = std::max(out.rounds, ready[i]);
    out.online_rounds = std::max(out.online_rounds, online[i]);
    if (offline[i]) out.offline_rounds = std::max(out.offline_rounds, ready[i]);
  }
  return out;
}

Lowering::Lowering(const Setting& setting, const Policy& policy) : setting_(setting), policy_(policy) {
  builder_.expander_ = this;
  // Above all numbers of nodes: what a lowering draws is none of the program's own draws.
  builder_.first_fresh_ = std::int64_t{1} << 32;
}
Lowering::~Lowering() = default;

Value Lowering::leaf(const Value& x, std::uint32_t j, ElementType to, unsigned shift) {
  TACET_ASSERT(j <= t());
  return builder_.append(Op::leaf, {&x, 1},
                         {{j, shift, static_cast<std::int64_t>(to.domain), to.width, j == t()}}, location_);
}

std::vector<Value> Lowering::leaves(const Value& x, ElementType to, unsigned shift) {
  std::vector<Value> out;
  for (std::uint32_t j = 0; j <= t(); ++j) out.push_back(leaf(x, j, to, shift));
  return out;
}

Value Lowering::part(const Value& x, std::uint32_t j) {
  TACET_ASSERT(j <= t());
  return builder_.append(Op::part, {&x, 1}, {{j, j == t()}}, location_);
}

const std::vector<Value>& Lowering::once(std::vector<std::int64_t> key,
                                         const std::function<std::vector<Value>()>& make) {
  const auto known = shared_.find(key);
  return known != shared_.end() ? known->second : shared_.emplace(std::move(key), make()).first->second;
}

Value Lowering::expand(Op op, std::span<const Value> operands, std::span<const std::int64_t> attributes) {
  const OpRow& row = op_row(op);
  const bool is_public =
      row.kernel != nullptr && !operands.empty() &&
      std::none_of(operands.begin(), operands.end(), [](const Value& v) { return v.type().secret(); });
  // Which way does not matter where nothing is sent.
  if (is_public) return builder_.append(op, operands, attributes, location_);
  const Variant& variant = choose(op, operands, attributes);
  const std::size_t entry = note(op, row.variants.size() > 1 ? variant.name : "");
  ++depth_;
  const Value result = variant.lower == nullptr ? builder_.append(op, operands, attributes, location_)
                                                : variant.lower(*this, operands, attributes);
  --depth_;
  if (entry != kUnnoted) made_[entry].elements += result.type().elements();
  if (variant.lower == nullptr) return result;
  replaced_ = true;
  if (row.infer != nullptr) {
    const ValueType expected = row.infer(types_of(operands), attributes);
    TACET_ASSERT(result.type().element == expected.element && result.type().shape == expected.shape);
  }
  return result;
}

std::span<const ValueType* const> Lowering::types_of(std::span<const Value> values) {
  types_.clear();
  for (const Value& v : values) types_.push_back(&v.type());
  return types_;
}

std::size_t Lowering::note(Op op, std::string_view variant) {
  if (depth_ != 0 && variant.empty()) return kUnnoted;
  const bool inside = depth_ != 0;
  if (line_ >= made_at_.size()) made_at_.resize(line_ + 1);
  std::vector<std::uint32_t>& known = made_at_[line_];
  auto at = std::find_if(known.begin(), known.end(), [&](std::uint32_t i) {
    return made_[i].op == op && made_[i].inside == inside && made_[i].variant == variant;
  });
  if (at == known.end()) {
    at = known.insert(at, static_cast<std::uint32_t>(made_.size()));
    made_.push_back({op, variant, inside, false, inside ? line_ : builder_.graph_.relocate(line_), 0, 0});
  }
  Choice& choice = made_[*at];
  if (!inside) choice.discloses = choice.discloses || discloses_;
  if (!inside) location_ = choice.location;
  ++choice.times;
  return *at;
}

const Variant& Lowering::choose(Op op, std::span<const Value> operands,
                                std::span<const std::int64_t> attributes) {
  const OpRow& row = op_row(op);
  if (row.variants.size() == 1) return row.variants.front();
  std::vector<std::int64_t>& key = key_;
  key.assign({static_cast<std::int64_t>(op)});
  for (const Value& v : operands) {
    const ValueType& type = v.type();
    key.push_back(static_cast<std::int64_t>(type.visibility) << 16 |
                  static_cast<std::int64_t>(type.element.domain) << 8 | type.element.width);
    key.push_back(-1);
    key.insert(key.end(), type.shape.dims().begin(), type.shape.dims().end());
  }
  key.push_back(-2);
  // The number that tells draws apart, attribute 0 of sources, makes no difference.
  const auto telling = attributes.subspan(operands.empty() && !attributes.empty() ? 1 : 0);
  key.insert(key.end(), telling.begin(), telling.end());
  const std::uint32_t number = choices_->keys.number(key);
  if (number == choices_->chosen.size()) choices_->chosen.push_back(nullptr);
  if (const Variant* known = choices_->chosen[number]; known != nullptr) return *known;

  const std::span<const ValueType* const> types = types_of(operands);
  std::vector<const Variant*> able;
  for (const Variant& v : row.variants)
    if (v.applies == nullptr || v.applies(setting_, types, attributes)) able.push_back(&v);
  TACET_ASSERT(!able.empty());
  const Variant* best = able.front();
  const auto preferred = policy_.prefer.find(row.name);
  const auto wanted = std::find_if(able.begin(), able.end(), [&](const Variant* v) {
    return preferred != policy_.prefer.end() && preferred->second == v->name;
  });
  if (wanted != able.end()) {
    best = *wanted;
  } else if (able.size() > 1) {
    double best_seconds = seconds(*best, op, types, attributes);
    for (const Variant* v : std::span(able).subspan(1))
      if (const double time = seconds(*v, op, types, attributes); time < best_seconds)
        best = v, best_seconds = time;
  }
  choices_->chosen[number] = best;
  return *best;
}

double Lowering::seconds(const Variant& variant, Op op, std::span<const ValueType* const> types,
                         std::span<const std::int64_t> attributes) const {
  std::vector<ValueType> operands;
  for (const ValueType* type : types) operands.push_back(*type);
  Lowering trial(setting_, policy_);
  trial.choices_ = choices_;
  return seconds_of(trial.measure(op, operands, attributes, variant.name), policy_);
}

Traffic Lowering::measure(Op op, std::span<const ValueType> types, std::span<const std::int64_t> attributes,
                          std::string_view name) {
  std::vector<Value> operands;
  for (std::size_t i = 0; i < types.size(); ++i)
    operands.push_back(builder_.handle(
        builder_.graph_.add_input({"operand " + std::to_string(i), {false, 0}, {}}, types[i], 0)));
  const OpRow& row = op_row(op);
  const auto variant = std::find_if(row.variants.begin(), row.variants.end(),
                                    [&](const Variant& v) { return v.name == name; });
  TACET_ASSERT(name.empty() || variant != row.variants.end());
  if (name.empty() && !row.variants.empty()) {
    expand(op, operands, attributes);
  } else if (name.empty() || variant->lower == nullptr) {
    builder_.append(op, operands, attributes, location_);
  } else {
    variant->lower(*this, operands, attributes);
  }
  return traffic_of(builder_.graph(), setting_, true);
}

Traffic operation_traffic(Op op, std::span<const ValueType> operands,
                          std::span<const std::int64_t> attributes, const Setting& setting, Policy policy,
                          std::string_view variant) {
  return Lowering(setting, policy).measure(op, operands, attributes, variant);
}

Graph Lowering::run(const Graph& from) {
  check_preferences(policy_);
  Graph& to = builder_.graph_;
  to.adopt_tables(from);
  to.reserve(from.size());
  std::vector<NodeId> map(from.size());
  std::vector<Value> operands;
  for (std::uint32_t i = 0; i < from.size(); ++i) {
    const NodeId id{i};
    const Node& node = from.node(id);
    const auto index = [&] { return static_cast<std::size_t>(from.attributes(id)[0]); };
    line_ = location_ = node.location;
    operands.clear();
    for (const NodeId operand : from.operands(id)) operands.push_back(builder_.handle(map[operand.value]));
    switch (node.op) {
      case Op::input:
        made_[note(node.op, {})].elements += from.type(id).elements();
        map[i] = to.add_input(from.inputs()[index()], from.type(id), location_);
        break;
      case Op::output:
        made_[note(node.op, {})].elements += from.type(id).elements();
        map[i] = to.add_output(from.outputs()[index()], operands[0].node(), location_);
        break;
      case Op::constant:
        map[i] = to.add_constant(from.constants()[index()], node.location);
        break;
      default:
        if (op_row(node.op).variants.empty()) {
          made_[note(node.op, {})].elements += from.type(id).elements();
          map[i] = op_row(node.op).op_class == OpClass::source
                       ? to.add(node.op, {}, from.attributes(id), location_, &from.type(id))
                       : builder_.append(node.op, operands, from.attributes(id), location_).node();
        } else {
          // Ranks are a permutation, whose opening in a random order says nothing.
          discloses_ = !op_row(node.op).discloses.empty() &&
                       !(node.op == Op::place && from.node(from.operands(id)[0]).op == Op::rank);
          map[i] = expand(node.op, operands, from.attributes(id)).node();
          discloses_ = false;
        }
    }
  }
  return std::move(to);
}

Graph lower(const Graph& graph, const Setting& setting, const Policy& policy) {
  return Lowering(setting, policy).run(graph);
}

}  // namespace tacet
