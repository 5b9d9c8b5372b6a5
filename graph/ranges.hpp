#pragma once

#include <cstdint>
#include <vector>

#include "graph/graph.hpp"

namespace tacet {

/// Which numbers the elements of a value stand for, as far as the program says so: its fixed-point types, the
/// numbers it declares of inputs (Builder::input) and those it writes. Fractions count in units of 2^-f.
struct Known {
  enum class Kind : std::uint8_t {
    words,     ///< any words of the ring: nothing is declared of what they come from
    constant,  ///< numbers that the program writes: they say nothing about what they are combined with
    numbers,   ///< integers or fixed-point numbers
  };
  Kind kind = Kind::words;
  /// Ends, both included. Where the ring may be left (or its elements are words) these are all that it holds.
  __int128 low = 0, high = 0;
  /// Results can be outside what the ring holds as declared: values alone can tell.
  bool may_leave = false;

  bool can_be_negative() const { return kind != Kind::words && low < 0; }
};

/// Follows the numbers through a computation, in time linear in its nodes. A result is signed if it can be
/// negative: sums of what is declared unsigned are not, differences are; of words and signed numbers it is
/// signed. Sound for any computation whose inputs are as declared.
class Ranges {
 public:
  /// Of a node of the graph, which must be the same one, longer perhaps, at every call.
  const Known& of(const Graph& graph, NodeId id);

 private:
  std::vector<Known> known_;
};

}  // namespace tacet
