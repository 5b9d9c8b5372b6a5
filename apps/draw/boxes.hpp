#pragma once

#include <cstdint>
#include <optional>
#include <utility>
#include <vector>

#include "apps/draw/draw.hpp"

namespace tacet::apps {

/// One box of a drawing: an operation, or several of one kind that are drawn together.
struct Box {
  Op op = Op::constant;
  Exchange exchange = Exchange::none;
  std::uint32_t round = 0;  ///< the column it stands in, from 0
  NodeId first;             ///< the first of its operations
  std::uint64_t nodes = 0;
  std::uint64_t elements = 0;  ///< of all its operations
  std::uint64_t tiles = 0;
  std::uint64_t bytes = 0;  ///< sent by all endpoints together
};

struct Edge {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  Visibility visibility = Visibility::secret;
  auto operator<=>(const Edge&) const = default;
};

struct Boxes {
  DrawDetail detail = DrawDetail::nodes;
  std::vector<Box> boxes;   ///< by round
  std::vector<Edge> edges;  ///< each once, sorted
};

/// Sorts the operations of a plan into boxes, or nothing if that takes more than `max_boxes`. `detail` is not
/// automatic.
std::optional<Boxes> make_boxes(const Plan& plan, DrawDetail detail, std::size_t max_boxes);

}  // namespace tacet::apps
