#pragma once

#include "graph/graph.hpp"

namespace tacet {

/// The same computation with fewer nodes: what no output needs is dropped, constants are folded, equal nodes
/// become one, and operations that change nothing (+ 0, * 1, reshape to the same shape, a slice of
/// everything) disappear. Linear in the nodes.
Graph optimize(const Graph& graph);

}  // namespace tacet
