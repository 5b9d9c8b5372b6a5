#pragma once

#include <functional>
#include <span>
#include <vector>

#include "graph/graph.hpp"

namespace tacet {

/// One node's meaning in the clear. `operands` are in the node's order.
Tensor evaluate_node(const Graph& graph, NodeId node, std::span<const Tensor* const> operands);

/// What random nodes yield in the clear.
using RandomSource = std::function<Tensor(const ValueType&)>;

/// Sees every operation on values of a graph of integers: the node, its operands and its result.
using Observer = std::function<void(NodeId, std::span<const Tensor* const>, const Tensor&)>;

/// The whole computation in the clear: the oracle of every scheme. `inputs` are in the order of
/// graph.inputs(), the results in the order of graph.outputs(). Fails: Errc::shape_mismatch or type_mismatch
/// if an input is not of its declared type.
std::vector<Tensor> evaluate(const Graph& graph, std::span<const Tensor> inputs,
                             const RandomSource& random = {}, const Observer& observer = {});

/// Clears what lies above the width of ring elements, and above the count in planes.
void reduce(Tensor& tensor);

}  // namespace tacet
