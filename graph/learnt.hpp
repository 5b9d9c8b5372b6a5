#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "graph/plan.hpp"

namespace tacet {

/// Something that a plan lets somebody learn.
struct Learnt {
  std::string_view operation;  ///< output, reveal, or one that discloses something of its operands
  std::string name;            ///< of an output
  std::string what;            ///< "the value", or what is disclosed and to whom
  std::string by;              ///< its receivers; empty where `what` says it
  std::string location;
  std::uint64_t times = 1;  ///< at that line
};

/// All of it, in the order of the program: outputs last. What composite operations open on the way is masked
/// and says nothing, unless it stands here.
std::vector<Learnt> learnt(const Plan& plan);

}  // namespace tacet
