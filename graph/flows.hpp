#pragma once

#include <span>
#include <vector>

#include "graph/graph.hpp"

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

/// A party that learns a secret hears one element from each of the t parties after it. A client hears from
/// three rotations of t+1 parties, so that no single party can change what all three say: party p sends as
/// many copies as rotations it stands in. No receivers means all parties. A public value costs nothing among
/// parties; a client hears it from parties 0 .. t.
std::vector<FlowPattern> open_flows(std::span<const Role> receivers, bool secret, const Setting& setting);

/// The first senders of the three rotations in which a client's output is sent: 0, t and 2t. Rotation s is s
/// .. s+t.
std::vector<std::uint32_t> client_rotations(const Setting& setting);

}  // namespace tacet
