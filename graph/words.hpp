#pragma once

#include <span>
#include <utility>

#include "graph/circuit.hpp"

namespace tacet::words {

// Arithmetic on words of wires, lowest bit first. Counts are conjunctions and levels of them once the inputs
// are there, for w bits.

using Wire = Circuit::Wire;
using Word = Circuit::Word;

/// A carry that a run of positions makes or passes on.
struct Carry {
  Wire makes = Circuit::zero();
  Wire passes = Circuit::one();
};

/// Each position's carry: a & b makes one, a ^ b passes one on. w conjunctions in one level.
std::vector<Carry> carries(Circuit& c, const Word& a, const Word& b);

/// Three words to two of the same sum. w conjunctions, 1 level.
struct Compressed {
  Word sum;       ///< w bits
  Word majority;  ///< w bits, each of twice its position's weight
};
Compressed compress(Circuit& c, const Word& x, const Word& y, const Word& z);

/// Many words to two, by a tree of compressions; carries beyond the width are collected in `lost`, one for
/// each compression: the majority bits of the highest position. `caught`, if not null, collects the majority
/// bits of position `position`.
std::pair<Word, Word> compress_all(Circuit& c, std::vector<Word> words, Word* lost = nullptr,
                                   Word* caught = nullptr, unsigned position = 0);

/// The carry out of all positions. 2(w-1) - ceil(log2 w) conjunctions, ceil(log2 w) levels.
/// Source: prefix trees with the lowest position's `passes` dropped.
Carry carry_out(Circuit& c, std::span<const Carry> positions, bool needs_passes = false);

/// The carry out of positions into whose lowest goes `carry_in`.
Wire carry_through(Circuit& c, std::span<const Carry> positions, Wire carry_in);

/// The carry into each position above the first and out of the last: entry i is what positions 0 .. i carry
/// on. w log2 w - w + 1 conjunctions for w a power of two, ceil(log2 w) levels. Source: [Sklansky60].
Word all_carries(Circuit& c, std::span<const Carry> positions);

/// a + b mod 2^w, and its carry out if asked for.
Word add(Circuit& c, const Word& a, const Word& b, Wire carry_in = Circuit::zero(), Wire* carry = nullptr);
/// a - b mod 2^w; `borrow` is 1 where a < b.
Word subtract(Circuit& c, const Word& a, const Word& b, Wire* borrow = nullptr);
/// a < b as unsigned integers.
Wire less(Circuit& c, const Word& a, const Word& b);
/// The conjunction or disjunction of all. w-1 conjunctions, ceil(log2 w) levels.
Wire all(Circuit& c, Word wires);
Wire any(Circuit& c, Word wires);
/// Entry i: the disjunction of entries 0 .. i. (w/2) log2 w conjunctions for w a power of two.
Word prefix_any(Circuit& c, Word wires);
Word prefix_all(Circuit& c, Word wires);
/// Whether a + b = 0 mod 2^w, with no carry chain: w-1 conjunctions for the digits and w-1 for the tree.
Wire sum_is_zero(Circuit& c, const Word& a, const Word& b);
/// s ? a : b, bit by bit.
Word choose(Circuit& c, Wire s, const Word& a, const Word& b);
Word exclusive_or(Circuit& c, const Word& a, const Word& b);
Word negate(Circuit& c, const Word& a);
/// Bits [begin, end); zeros beyond the word.
Word range(const Word& a, std::size_t begin, std::size_t end);
/// The digits of a constant.
Word constant(u128 value, unsigned width);

}  // namespace tacet::words
