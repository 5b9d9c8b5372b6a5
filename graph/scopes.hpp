#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "graph/plan.hpp"

namespace tacet {

enum class ScopeKind : std::uint8_t {
  program,    ///< all of it: scope 0
  named,      ///< by the program's author (Builder::scope)
  operation,  ///< one operation of the program at one line, and all it has become
};

struct PlanScope {
  ScopeKind kind = ScopeKind::program;
  std::uint32_t parent = 0;    ///< before this one
  std::string_view name;       ///< of the graph, or of the operation
  std::string_view variant;    ///< of an operation: how it is computed; empty where there is but one way
  std::uint32_t location = 0;  ///< of an operation
  std::uint64_t times = 1;     ///< so often at that line
};

/// The parts of a plan. Inputs come before all else, whoever uses them: those of named scopes are one
/// operation of the program, "inputs".
struct ScopeTree {
  std::vector<PlanScope> scopes;
  std::vector<std::uint32_t> of_node;  ///< by node: the innermost one
};
ScopeTree scopes_of(const Plan& plan);

/// What a scope sends and holds, with all scopes in it.
struct ScopeCost {
  std::uint32_t rounds = 0;                      ///< in which it sends
  std::uint32_t first_round = 0, end_round = 0;  ///< of its nodes: from, and the first one after them
  std::vector<std::uint64_t> offline_bytes, online_bytes;  ///< by endpoint: stream payload it sends
  std::uint64_t peak_memory_bytes = 0;                     ///< of its values at a party, alive at once
  /// Summed over its rounds: the payload of the endpoint that sends most of it.
  std::uint64_t round_bytes = 0;

  /// How long it would take by itself where a round costs so much and a party sends so fast.
  double seconds(double round_seconds, double bytes_per_second) const {
    return rounds * round_seconds + static_cast<double>(round_bytes) / bytes_per_second;
  }
};
/// By scope. Takes time in proportion to steps and their depth.
std::vector<ScopeCost> scope_costs(const Plan& plan, const ScopeTree& tree);

/// The rounds of the steps that compute a node: from, and the last one. What no step computes, constants and
/// reshapes, stands where it is used first.
struct RoundSpan {
  std::uint32_t first = ~std::uint32_t{0}, last = 0;
  bool computed = false;
};
std::vector<RoundSpan> round_spans(const Plan& plan);

/// One of the longest chains of nodes that wait for each other's messages, in order: those that send.
std::vector<NodeId> critical_path(const Plan& plan);

}  // namespace tacet
