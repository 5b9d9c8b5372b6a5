#pragma once

#include "graph/graph.hpp"

namespace tacet {

/// Whether any value has a fraction.
bool has_fractions(const Graph& graph);

/// The same computation on integers. A product of two values with f bits of fraction has 2f of them; exact
/// truncations by f bits bring it back, as late as possible: sums of products, and what else is linear or
/// only chooses, carry the longer fraction on, so that a scalar product is truncated once. Products must
/// leave room: their integers stay below 2^(k-1) with 2f bits of fraction. Inputs and outputs remember their
/// fractions for reading and writing.
Graph place_truncations(const Graph& graph);

}  // namespace tacet
