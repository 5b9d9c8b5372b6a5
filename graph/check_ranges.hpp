#pragma once

#include <optional>
#include <span>
#include <string>

#include "graph/evaluate.hpp"

namespace tacet {

/// Computes in the clear, and says where a computation on these inputs first leaves what its types and
/// preconditions allow, with the program's line and never a value: a sum, product or conversion of
/// fixed-point numbers or of integers declared as such (graph/ranges.hpp) that the result's type does not
/// hold, a division by zero, an index past the end, destinations that are no permutation, an operand beyond
/// what was promised
/// (`fits`, `bits`, the digits of a shift). Nothing: all results are right, and mod 2^k nowhere.
/// Fails: as evaluate does.
std::optional<std::string> first_overflow(const Graph& graph, std::span<const Tensor> inputs,
                                          const RandomSource& random = {});

}  // namespace tacet
