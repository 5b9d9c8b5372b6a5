#pragma once

#include "graph/graph.hpp"

namespace tacet {

/// Whether any value has a fraction.
bool has_fractions(const Graph& graph);

struct PlacedGraph {
  Graph graph;
  std::vector<NodeId> origin;  ///< by node: the one of the program that it is there for
};
/// The same computation on integers. A product of two values with f bits of fraction has 2f of them; exact
/// truncations by f bits bring it back, as late as possible: sums of products, and what else is linear or
/// only chooses, carry the longer fraction on, so that a scalar product is truncated once. Where ranges
/// (graph/ranges.hpp) do not tell that such a value fits its ring it is computed mod 2^(k+f), so that each
/// result that is a number of its type comes out right. Inputs and outputs remember their fractions for
/// reading and writing.
/// Fails: Errc::bad_width with the program's line if neither k + f nor what ranges tell is at most 128 bits.
PlacedGraph place_truncations(const Graph& graph);

}  // namespace tacet
