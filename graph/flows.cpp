#include "graph/flows.hpp"

#include <algorithm>
#include <numeric>

#include "graph/gates.hpp"

namespace tacet {
namespace {

EndpointId party(std::uint32_t p, const Setting& s) {
  return EndpointId{p % s.n};
}

/// Each of them to each other.
std::vector<FlowPattern> among(const std::vector<std::uint32_t>& parties) {
  std::vector<FlowPattern> out;
  for (const std::uint32_t p : parties)
    for (const std::uint32_t q : parties)
      if (p != q) out.push_back({EndpointId{p}, EndpointId{q}, 0, 1});
  return out;
}

std::uint64_t choose(std::uint64_t a, std::uint64_t b) {
  std::uint64_t c = 1;
  for (std::uint64_t i = 0; i < b; ++i) c = c * (a - i) / (i + 1);
  return b > a ? 0 : c;
}

}  // namespace

EndpointId endpoint_of(Role role, const Setting& setting) {
  return EndpointId{role.is_client ? setting.n + role.index : role.index};
}

std::vector<FlowPattern> input_flows(Role owner, const Setting& s) {
  const EndpointId from = endpoint_of(owner, s);
  std::vector<FlowPattern> out;
  if (owner.is_client) {
    for (std::uint32_t p = s.t(); p <= 2 * s.t(); ++p) out.push_back({from, party(p, s), 0, 1});
  } else {
    for (std::uint32_t j = 1; j <= s.t(); ++j) out.push_back({from, party(from.value + s.n - j, s), 0, 1});
  }
  return out;
}

std::vector<FlowPattern> reshare_flows(const Setting& s) {
  std::vector<FlowPattern> out;
  for (std::uint32_t p = 0; p < s.n; ++p)
    for (std::uint32_t j = 1; j <= s.t(); ++j) out.push_back({party(p, s), party(p + s.n - j, s), 0, 1});
  return out;
}

Exchange exchange_of(const Graph& graph, NodeId id) {
  const Op op = graph.node(id).op;
  const auto operands = graph.operands(id);
  switch (op) {
    case Op::input:
      return Exchange::input;
    case Op::leaf:
      return graph.type(id).visibility == Visibility::sparse ? Exchange::none : Exchange::leaf;
    case Op::mul_open:
      return Exchange::open_product;
    case Op::mul_to_king:
    case Op::open_to_king:
      return Exchange::to_king;
    case Op::share_from_king:
      return Exchange::share_from_king;
    case Op::open_from_king:
      return Exchange::open_from_king;
    case Op::shuffle_pass:
      return Exchange::shuffle;
    default:
      break;
  }
  const OpRow& row = op_row(op);
  if (row.op_class == OpClass::reveal) return Exchange::open;
  if (row.op_class != OpClass::bilinear) return Exchange::none;
  if (op == Op::gates)
    return sums_of_gates(graph.attributes(id)).right_visibility == Visibility::sparse
               ? Exchange::reshare_sparse
               : Exchange::reshare;
  const auto [least, most] =
      std::minmax(graph.type(operands[0]).visibility, graph.type(operands[1]).visibility);
  if (least == Visibility::open || most == Visibility::sparse) return Exchange::none;
  return least == Visibility::sparse ? Exchange::reshare_sparse : Exchange::reshare;
}

bool has_king(Exchange exchange) {
  return exchange == Exchange::to_king || exchange == Exchange::share_from_king ||
         exchange == Exchange::open_from_king;
}

std::vector<FlowPattern> flows_of(const Graph& graph, NodeId id, const Setting& s, std::uint32_t king) {
  const auto attribute = [&] { return static_cast<std::uint32_t>(graph.attributes(id)[0]); };
  switch (exchange_of(graph, id)) {
    case Exchange::none:
      return {};
    case Exchange::input:
      return input_flows(graph.inputs()[attribute()].owner, s);
    case Exchange::reshare:
      return reshare_flows(s);
    case Exchange::reshare_sparse:
      return sparse_flows(s);
    case Exchange::open: {
      std::span<const Role> receivers;
      if (graph.node(id).op == Op::output) receivers = graph.outputs()[attribute()].receivers;
      return open_flows(receivers, graph.type(graph.operands(id)[0]).secret(), s);
    }
    case Exchange::leaf:
      return input_flows({false, attribute()}, s);
    case Exchange::open_product:
      return open_product_flows(s);
    case Exchange::to_king:
      return to_king_flows(king, graph.node(id).op == Op::mul_to_king, s);
    case Exchange::share_from_king:
      return from_king_flows(king, false, s);
    case Exchange::open_from_king:
      return from_king_flows(king, true, s);
    case Exchange::shuffle:
      return shuffle_flows(attribute(), s);
  }
  return {};
}

void append_flow_key(const Graph& graph, NodeId id, std::uint32_t king, std::vector<std::int64_t>& key) {
  const Exchange exchange = exchange_of(graph, id);
  const auto append_roles = [&](std::span<const Role> roles) {
    for (const Role role : roles)
      key.push_back(role.is_client ? -1 - std::int64_t{role.index} : std::int64_t{role.index});
  };
  key.push_back(static_cast<std::int64_t>(exchange));
  const auto attribute = [&] { return graph.attributes(id)[0]; };
  switch (exchange) {
    case Exchange::input:
      return append_roles({&graph.inputs()[static_cast<std::size_t>(attribute())].owner, 1});
    case Exchange::open:
      key.push_back(graph.type(graph.operands(id)[0]).secret());
      if (graph.node(id).op == Op::output)
        append_roles(graph.outputs()[static_cast<std::size_t>(attribute())].receivers);
      return;
    case Exchange::to_king:
      key.push_back(graph.node(id).op == Op::mul_to_king);
      break;
    case Exchange::leaf:
    case Exchange::shuffle:
      key.push_back(attribute());
      return;
    default:
      break;
  }
  if (has_king(exchange)) key.push_back(king);
}

const std::vector<FlowPattern>& KnownFlows::of(NodeId node, std::uint32_t king) {
  key_.clear();
  append_flow_key(graph_, node, king, key_);
  const std::uint32_t number = keys_.number(key_);
  if (number == flows_.size()) flows_.push_back(flows_of(graph_, node, setting_, king));
  return flows_[number];
}

std::vector<FlowPattern> sparse_flows(const Setting& s) {
  return among(holders_of(0, s));
}

std::vector<FlowPattern> open_product_flows(const Setting& s) {
  std::vector<std::uint32_t> all(s.n);
  std::iota(all.begin(), all.end(), 0);
  return among(all);
}

std::vector<FlowPattern> to_king_flows(std::uint32_t king, bool product, const Setting& s) {
  std::vector<FlowPattern> out;
  const std::uint32_t senders = product ? s.n - 1 : s.t();
  for (std::uint32_t j = 1; j <= senders; ++j) out.push_back({party(king + j, s), party(king, s), 0, 1});
  return out;
}

std::vector<FlowPattern> from_king_flows(std::uint32_t king, bool open, const Setting& s) {
  std::vector<FlowPattern> out;
  const std::uint32_t hearers = open ? s.n - 1 : s.t();
  for (std::uint32_t j = 1; j <= hearers; ++j)
    out.push_back({party(king, s), party(king + s.n - j, s), 0, 1});
  return out;
}

std::vector<FlowPattern> shuffle_flows(std::uint32_t share, const Setting& s) {
  return among(holders_of(share, s));
}

std::uint32_t share_count(const Setting& s) {
  return static_cast<std::uint32_t>(choose(s.n, s.t()));
}

std::vector<std::uint32_t> holders_of(std::uint32_t share, const Setting& s) {
  // The share-th subset of t among n in lexicographic order, then what is outside.
  std::vector<std::uint32_t> outside;
  std::uint64_t rank = share;
  std::uint32_t left = s.t();
  for (std::uint32_t p = 0; p < s.n; ++p) {
    const std::uint64_t with_p = left == 0 ? 0 : choose(s.n - p - 1, left - 1);
    if (rank < with_p) {
      --left;
    } else {
      rank -= with_p;
      outside.push_back(p);
    }
  }
  return outside;
}

std::vector<std::uint32_t> client_rotations(const Setting& s) {
  return {0, s.t(), 2 * s.t()};
}

std::vector<FlowPattern> open_flows(std::span<const Role> receivers, bool secret, const Setting& s) {
  std::vector<FlowPattern> out;
  std::vector<std::uint32_t> payloads(s.endpoints(), 0);  // by sender
  const auto open_to = [&](Role role) {
    const EndpointId to = endpoint_of(role, s);
    if (role.is_client) {
      for (std::uint32_t p = 0; p < s.n; ++p) {
        std::uint32_t copies = 0;
        if (secret) {
          for (const std::uint32_t first : client_rotations(s)) copies += (p + s.n - first) % s.n <= s.t();
        } else {
          copies = p <= s.t();
        }
        if (copies != 0) out.push_back({party(p, s), to, payloads[p]++, copies});
      }
    } else if (secret) {
      for (std::uint32_t j = 1; j <= s.t(); ++j) {
        const EndpointId from = party(to.value + j, s);
        out.push_back({from, to, payloads[from.value]++, 1});
      }
    }
  };
  if (receivers.empty()) {
    for (std::uint32_t p = 0; p < s.n; ++p) open_to(Role{false, p});
  } else {
    for (const Role role : receivers) open_to(role);
  }
  return out;
}

}  // namespace tacet
