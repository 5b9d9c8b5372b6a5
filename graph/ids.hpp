#pragma once

#include <compare>
#include <cstdint>
#include <functional>

namespace tacet {

/// An integer that only compares with its own kind, so that a node can never be passed where a party is
/// meant.
template <class Tag, class Rep = std::uint32_t>
struct Id {
  Rep value{};
  constexpr Id() = default;
  constexpr explicit Id(Rep v) : value(v) {}
  constexpr auto operator<=>(const Id&) const = default;
};

/// A computing party, 0 .. n-1.
using PartyId = Id<struct PartyTag>;
/// Anyone who holds a stream: parties are 0 .. n-1, clients follow in the order in which the program names
/// them.
using EndpointId = Id<struct EndpointTag>;
/// A node of a graph: its position in the arena.
using NodeId = Id<struct NodeTag>;
/// A step of a plan: its position in plan order.
using StepId = Id<struct StepTag>;

constexpr EndpointId endpoint(PartyId p) {
  return EndpointId{p.value};
}

}  // namespace tacet

template <class Tag, class Rep>
struct std::hash<tacet::Id<Tag, Rep>> {
  std::size_t operator()(tacet::Id<Tag, Rep> id) const noexcept { return std::hash<Rep>{}(id.value); }
};
