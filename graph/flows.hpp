#pragma once

#include <span>
#include <vector>

#include "graph/graph.hpp"
#include "graph/hash_index.hpp"

namespace tacet {

/// Who sends how many copies of an element to whom for each element of a step. A sender's flows with one
/// payload number carry the same bytes.
struct FlowPattern {
  EndpointId from;
  EndpointId to;
  std::uint32_t payload = 0;
  std::uint32_t copies = 1;
};

EndpointId endpoint_of(Role role, const Setting& setting);

/// An input by party p goes to p-1 .. p-t; one by a client to the t+1 parties t .. 2t.
std::vector<FlowPattern> input_flows(Role owner, const Setting& setting);

/// Every party p sends one element to each of p-1 .. p-t, the same to all.
std::vector<FlowPattern> reshare_flows(const Setting& setting);

/// What computing a node sends.
Exchange exchange_of(const Graph& graph, NodeId node);

/// Whether one party collects and spreads what the node computes; its attribute 0 says which.
bool has_king(Exchange exchange);

/// Who sends what when a node is computed; `king` is the collecting party if it has one.
std::vector<FlowPattern> flows_of(const Graph& graph, NodeId node, const Setting& setting,
                                  std::uint32_t king);

/// Equal keys mean equal flows.
void append_flow_key(const Graph& graph, NodeId node, std::uint32_t king, std::vector<std::int64_t>& key);

/// The flows of a graph's nodes, of which few differ.
class KnownFlows {
 public:
  KnownFlows(const Graph& graph, const Setting& setting) : graph_(graph), setting_(setting) {}
  /// As flows_of. Valid until the next call.
  const std::vector<FlowPattern>& of(NodeId node, std::uint32_t king);

 private:
  const Graph& graph_;
  const Setting& setting_;
  std::vector<std::int64_t> key_;
  KeyNumbers keys_;
  std::vector<std::vector<FlowPattern>> flows_;  ///< by key
};

/// Products with a sparse value: each of the parties t .. 2t sends one element to each other of them.
std::vector<FlowPattern> sparse_flows(const Setting& setting);

/// Every party sends one element to each other, the same to all.
std::vector<FlowPattern> open_product_flows(const Setting& setting);

/// To one party: one element from each other party for a product, from each of the t parties after it for a
/// value that is shared.
std::vector<FlowPattern> to_king_flows(std::uint32_t king, bool product, const Setting& setting);

/// What that party has heard: to the t parties before it as a share, or to all others.
std::vector<FlowPattern> from_king_flows(std::uint32_t king, bool open, const Setting& setting);

/// The t+1 parties outside the set of share `share` reorder a value: each sends one element to each other.
std::vector<FlowPattern> shuffle_flows(std::uint32_t share, const Setting& setting);

/// Sets of t parties among n: C(n,t).
std::uint32_t share_count(const Setting& setting);

/// The parties outside the set of share `share`, ascending. Shares are numbered in the lexicographic order of
/// their sets of t parties.
std::vector<std::uint32_t> holders_of(std::uint32_t share, const Setting& setting);

/// A party that learns a secret hears one element from each of the t parties after it. A client hears from
/// three rotations of t+1 parties, so that no single party can change what all three say: party p sends as
/// many copies as rotations it stands in. No receivers means all parties. A public value costs nothing among
/// parties; a client hears it from parties 0 .. t.
std::vector<FlowPattern> open_flows(std::span<const Role> receivers, bool secret, const Setting& setting);

/// The first senders of the three rotations in which a client's output is sent: 0, t and 2t. Rotation s is s
/// .. s+t.
std::vector<std::uint32_t> client_rotations(const Setting& setting);

}  // namespace tacet
