#pragma once

#include "graph/graph.hpp"

namespace tacet {

/// Nodes of one operation.
inline std::uint32_t count(const Graph& graph, Op op) {
  std::uint32_t found = 0;
  for (std::uint32_t i = 0; i < graph.size(); ++i) found += graph.node(NodeId{i}).op == op;
  return found;
}

}  // namespace tacet
