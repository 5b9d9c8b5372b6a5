#include "graph/graph.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "graph/flows.hpp"
#include "graph/limits.hpp"
#include "graph/written_name.hpp"

namespace tacet {
namespace {

std::uint64_t hash_type(const ValueType& type) {
  std::uint64_t h = static_cast<std::uint64_t>(type.visibility) << 16 |
                    static_cast<std::uint64_t>(type.element.domain) << 8 | type.element.width;
  for (const std::int64_t d : type.shape.dims()) h = hash_mix(h, static_cast<std::uint64_t>(d));
  return hash_mix(h, type.shape.rank());
}

std::string_view base_name(std::string_view path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string_view::npos ? path : path.substr(slash + 1);
}

}  // namespace

Graph::Graph() : places_{{"", 0, 0}}, scopes_(1) {}

std::uint32_t Graph::intern(const ValueType& type) {
  return type_index_.find(
      hash_type(type), 0, [&](std::uint32_t i) { return types_[i] == type; },
      [&] {
        types_.push_back(type);
        return static_cast<std::uint32_t>(types_.size() - 1);
      });
}

NodeId Graph::add(Op op, std::span<const NodeId> operands, std::span<const std::int64_t> attributes,
                  std::uint32_t location, const ValueType* declared) {
  const OpRow& row = op_row(op);
  for (const NodeId id : operands) TACET_ASSERT(id.value < size());
  if (size() >= kMaxNodes) {
    const std::string where = location_text(location);
    throw Error(Errc::unsupported, (where.empty() ? "" : where + ": ") + "the computation has more than " +
                                       std::to_string(kMaxNodes) +
                                       " operations; loops over elements belong into tensors");
  }
  std::uint32_t result = 0;
  if (declared != nullptr) {
    result = intern(*declared);
  } else {
    const auto count = static_cast<int>(operands.size());
    TACET_ASSERT(count >= row.min_operands && (row.max_operands < 0 || count <= row.max_operands));
    std::array<const ValueType*, 4> few;
    std::vector<const ValueType*> many(operands.size() > few.size() ? operands.size() : 0);
    const ValueType** types = many.empty() ? few.data() : many.data();
    for (std::size_t i = 0; i < operands.size(); ++i) {
      types[i] = &type(operands[i]);
      TACET_ASSERT(types[i]->visibility != Visibility::partial || row.takes_partial);
    }
    try {
      result = intern(row.infer({types, operands.size()}, attributes));
    } catch (const Error& e) {
      const std::string where = location_text(location);
      throw Error(e.code(), (where.empty() ? "" : where + ": ") + written_name(op) + ": " + e.what());
    }
  }
  nodes_.push_back({op, result, static_cast<std::uint32_t>(operands_.size()),
                    static_cast<std::uint32_t>(operands.size()),
                    static_cast<std::uint32_t>(attributes_.size()),
                    static_cast<std::uint32_t>(attributes.size()), location});
  operands_.insert(operands_.end(), operands.begin(), operands.end());
  attributes_.insert(attributes_.end(), attributes.begin(), attributes.end());
  return NodeId{size() - 1};
}

NodeId Graph::add_input(InputInfo info, const ValueType& type, std::uint32_t location) {
  const std::int64_t index = static_cast<std::int64_t>(inputs_.size());
  info.node = add(Op::input, {}, {{index}}, location, &type);
  inputs_.push_back(std::move(info));
  return inputs_.back().node;
}

NodeId Graph::add_constant(Tensor value, std::uint32_t location, bool is_negative) {
  const ValueType type{Visibility::open, value.element(), value.shape()};
  const std::int64_t index = static_cast<std::int64_t>(constants_.size());
  constants_.push_back(std::move(value));
  negative_constants_.push_back(is_negative);
  return add(Op::constant, {}, {{index}}, location, &type);
}

NodeId Graph::add_output(OutputInfo info, NodeId value, std::uint32_t location) {
  const std::int64_t index = static_cast<std::int64_t>(outputs_.size());
  info.node = add(Op::output, {{value}}, {{index}}, location);
  outputs_.push_back(std::move(info));
  return outputs_.back().node;
}

Role Graph::client(const std::string& name) {
  const auto it = std::find(clients_.begin(), clients_.end(), name);
  const auto index = static_cast<std::uint32_t>(it - clients_.begin());
  if (it == clients_.end()) clients_.push_back(name);
  return {true, index};
}

std::string Graph::role_name(Role role) const {
  if (!role.is_client) return "party " + std::to_string(role.index);
  return role.index < clients_.size() ? clients_[role.index] : "client " + std::to_string(role.index);
}

NodeId Graph::add_copy(const Graph& from, NodeId id, std::span<const NodeId> operands) {
  const Node& node = from.node(id);
  const auto index = [&] { return static_cast<std::size_t>(from.attributes(id)[0]); };
  switch (node.op) {
    case Op::input:
      return add_input(from.inputs()[index()], from.type(id), node.location);
    case Op::output:
      return add_output(from.outputs()[index()], operands[0], node.location);
    case Op::constant:
      return add_constant(from.constants()[index()], node.location, from.is_negative_constant(index()));
    default:
      return add(node.op, operands, from.attributes(id), node.location, &from.type(id));
  }
}

std::uint32_t Graph::scope(const std::string& name, std::uint32_t parent) {
  const auto [at, is_new] =
      scope_index_.try_emplace({parent, name}, static_cast<std::uint32_t>(scopes_.size()));
  if (is_new) scopes_.push_back({name, parent});
  return at->second;
}

std::uint32_t Graph::locate(const std::source_location& where, std::uint32_t scope) {
  const Place place{where.file_name(), where.line(), scope};
  // A loop in the user's program appends many nodes from few lines: the recent ones are nearly always the
  // right ones.
  for (std::size_t i = places_.size(), tried = 0; i-- > 0 && tried < 8; ++tried)
    if (places_[i] == place) return static_cast<std::uint32_t>(i);
  places_.push_back(place);
  return static_cast<std::uint32_t>(places_.size() - 1);
}

std::uint32_t Graph::relocate(std::uint32_t location) {
  places_.push_back(Place(places_[location]));
  return static_cast<std::uint32_t>(places_.size() - 1);
}

std::string Graph::location(NodeId id) const {
  return location_text(node(id).location);
}

std::string Graph::location_text(std::uint32_t location) const {
  const Place& place = places_[location];
  return place.line == 0 ? "" : std::string(base_name(place.file)) + ":" + std::to_string(place.line);
}

void Graph::adopt_tables(const Graph& other) {
  places_ = other.places_, scopes_ = other.scopes_;
  clients_ = other.clients_;
}

void Graph::reserve(std::size_t nodes) {
  nodes_.reserve(nodes);
  operands_.reserve(2 * nodes);
}

ElementType element_of(const Graph& graph, const InputInfo& input) {
  ElementType element = graph.type(input.node).element;
  element.frac = std::max(element.frac, input.frac_bits);
  return element;
}

void check_input(const Graph& graph, const InputInfo& input, const Tensor& value) {
  const ValueType& type = graph.type(input.node);
  const bool is_typed =
      value.element().domain == type.element.domain && value.element().width == type.element.width;
  if (!is_typed || value.shape() != type.shape)
    throw Error(is_typed ? Errc::shape_mismatch : Errc::type_mismatch,
                "input \"" + input.name + "\" is " + value.element().to_string() + " " +
                    value.shape().to_string() + ", expected " + element_of(graph, input).to_string() + " " +
                    type.shape.to_string());
  if (!input.declared) return;
  if (const auto at = first_outside(*input.declared, value))
    throw Error(Errc::value_out_of_range, "input \"" + input.name + "\": element " + std::to_string(*at) +
                                              " is none of the numbers that the program declares at " +
                                              graph.location(input.node));
}

void verify(const Graph& graph, const Setting& setting) {
  check_setting(setting);
  if (setting.clients != graph.clients().size())
    throw Error(Errc::bad_argument, "the program names " + std::to_string(graph.clients().size()) +
                                        " clients, the setting has " + std::to_string(setting.clients));
  const auto fail = [&](Errc code, NodeId node, const std::string& text) {
    const std::string where = graph.location(node);
    throw Error(code, (where.empty() ? "" : where + ": ") + text);
  };
  const auto check_role = [&](Role role, NodeId node, const std::string& what) {
    const std::uint32_t count = role.is_client ? setting.clients : setting.n;
    if (role.index >= count)
      fail(Errc::bad_argument, node,
           what + " is " + graph.role_name(role) + ", but there are " +
               (role.is_client ? std::to_string(count) + " clients only"
                               : "parties 0 to " + std::to_string(count - 1) + " only"));
  };
  std::unordered_set<std::string_view> names;
  for (const InputInfo& in : graph.inputs()) {
    if (!names.insert(in.name).second)
      fail(Errc::bad_argument, in.node, "input \"" + in.name + "\" is declared twice");
    check_role(in.owner, in.node, "the owner of input \"" + in.name + "\"");
  }
  names.clear();
  for (const OutputInfo& out : graph.outputs()) {
    if (!names.insert(out.name).second)
      fail(Errc::bad_argument, out.node, "output \"" + out.name + "\" is declared twice");
    if (out.receivers.empty())
      fail(Errc::bad_argument, out.node, "output \"" + out.name + "\" has no receiver");
    for (auto role = out.receivers.begin(); role != out.receivers.end(); ++role) {
      check_role(*role, out.node, "a receiver of output \"" + out.name + "\"");
      if (std::find(out.receivers.begin(), role, *role) != role)
        fail(Errc::bad_argument, out.node,
             "output \"" + out.name + "\" names " + graph.role_name(*role) + " twice");
    }
  }
  if (graph.outputs().empty())
    throw Error(Errc::bad_argument, "the program has no output: nothing it computes could be learnt");
}

}  // namespace tacet
