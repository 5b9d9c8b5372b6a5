#pragma once

#include <span>
#include <vector>

#include "graph/functions.hpp"

namespace tacet {

// Operations on the rows of secrets: a row is what stands at one index of the first axis. Numbers of rows are
// ring elements. Where a protocol opens something on the way, that is masked uniformly or a uniform
// permutation, drawn for that opening alone. N = C(n,t) is the number of shares: 3, 10, 35 for n = 3, 5, 7.

/// Bits that number m rows: ceil(log2 m), at least 1.
unsigned index_bits(std::int64_t m);

// --- Shuffling ---------------------------------------------------------------------------------------------

/// A uniform permutation of `rows` rows that nobody knows. Free; only shuffle and unshuffle take it.
/// Fails: Errc::shape_mismatch for a negative number of rows.
Value permutation(Builder& b, std::int64_t rows,
                  std::source_location where = std::source_location::current());
/// Rows in the order that a permutation gives them, and back. Values shuffled by one permutation stay
/// aligned, and their rounds merge.
/// Shapes: x:[m, ...] -> [m, ...], any domain, secret or public; the result is secret.
/// Rounds and traffic: N rounds, N t (t+1) elements per element in all.
/// Reveals: nothing. Fails: Errc::type_mismatch if x has another number of rows. Source: [LWZ11].
Value shuffle(const Value& x, const Value& permutation,
              std::source_location where = std::source_location::current());
Value unshuffle(const Value& x, const Value& permutation,
                std::source_location where = std::source_location::current());
/// Rows in uniform secret order: of one value, or of several in the same order.
Value shuffle(const Value& x, std::source_location where = std::source_location::current());
std::vector<Value> shuffle(std::span<const Value> columns,
                           std::source_location where = std::source_location::current());

/// Rows moved to secret places: row i of x becomes row destinations[i].
/// Shapes: destinations:[m] in any ring that holds 0 .. m-1, x:[m, ...] -> [m, ...]; several columns are
/// moved alike.
/// Rounds and traffic: a shuffle of destinations and columns, and 1 round to open the former.
/// Reveals: nothing if the destinations are a permutation of 0 .. m-1, as those from `rank` are. Otherwise
/// which numbers occur how often becomes known, and rows with one destination are added up.
/// Of a destination the lowest index_bits(m) bits count, modulo m: of six rows 99 is row 3 and 6 is row 0.
/// Fails: Errc::type_mismatch if there is not one destination for each row, or it has a fraction. Source:
/// [LWZ11].
Value place(const Value& x, const Value& destinations,
            std::source_location where = std::source_location::current());
std::vector<Value> place(std::span<const Value> columns, const Value& destinations,
                         std::source_location where = std::source_location::current());

// --- Secret indices ----------------------------------------------------------------------------------------

/// A row with 1 at a secret index and 0 elsewhere. Only the lowest s = index_bits(m) bits of the index count,
/// so that of six rows 99 is row 3 (and -1 is 7); an index that is past the end then, 6 or 7, gives zeros.
/// Declare the range of what indices come from (Builder::input), and owners' mistakes are refused.
/// Shapes: index: ring or bits [...] -> [..., m] of `element`, which is a ring or single bits.
/// Rounds and traffic: through a random unit vector 1 round and s t bits per party once an index is known;
/// making it takes about m t elements per party.
/// Reveals: nothing. Fails: Errc::type_mismatch for an index, or an element, with a fraction. Source:
/// [PICCO].
Value one_hot(const Value& index, std::int64_t m, ElementType element,
              std::source_location where = std::source_location::current());
/// The rows of an array at secret indices. Indices count as in one_hot, by their lowest bits (of six rows 99
/// reads row 3): past the end there are zeros.
/// Shapes: array:[m, ...] of any domain, public or secret, index:[...] -> [index..., row...].
/// Rounds and traffic: a unit vector for each index, and of a secret array 1 round and t elements per party
/// and element of the result: 2 rounds once the index is known.
/// Reveals: nothing. Fails: Errc::shape_mismatch for a scalar array, Errc::type_mismatch for an index with a
/// fraction. Source: [PICCO].
Value read(const Value& array, const Value& index,
           std::source_location where = std::source_location::current());
/// The array with one row replaced. An index past the end, as one_hot counts (of six rows 99 is row 3),
/// changes nothing. Shapes: array:[m, ...], index: a scalar, row:[...] -> [m, ...]. Rounds and traffic: a
/// unit vector, 1 round and t elements per party and element of the array. Reveals: nothing. Fails:
/// Errc::shape_mismatch, Errc::type_mismatch. Source: [PICCO].
Value write(const Value& array, const Value& index, const Value& row,
            std::source_location where = std::source_location::current());

/// Sums of all elements up to and with each one along an axis of ring values. Free.
Value prefix_sum(const Value& x, std::int64_t axis = 0,
                 std::source_location where = std::source_location::current());

/// How often each code of 0 .. bins-1 occurs. Codes count as in one_hot, by their lowest bits: among six bins
/// 99 is counted as 3, and what is past the end, 6 and 7, is not counted. Declare the codes' range at their
/// input. Shapes: codes: ring or bits [m] -> ring(k) [bins]. Rounds and traffic: that of the codes' unit
/// vectors. Reveals: nothing. Fails: Errc::type_mismatch for codes with a fraction. Source: [PICCO].
Value histogram(const Value& codes, std::int64_t bins, unsigned k = 32,
                std::source_location where = std::source_location::current());
/// The sum of the weights of each code, mod 2^k.
/// Shapes: codes:[m], weights: ring(k) [m, ...] -> ring(k) [bins, ...]. One round more for secret weights.
Value histogram(const Value& codes, std::int64_t bins, const Value& weights,
                std::source_location where = std::source_location::current());

// --- Sorting -----------------------------------------------------------------------------------------------

struct SortOptions {
  Order order = Order::signed_full;  ///< `fits` means signed; strings of bits are unsigned
  bool descending = false;
};
/// Where each row stands when rows are sorted by key; rows with equal keys keep their order.
/// Shapes: keys: ring or bits [m] -> ring(index_bits(m)) [m].
/// Rounds and traffic: by digits a shuffle for each; or all pairs compared; or shuffled rows compared in the
/// open.
/// Reveals: nothing. Fails: Errc::shape_mismatch unless keys are a vector. Source: [PICCO], [LWZ11].
Value rank(const Value& keys, SortOptions options = {},
           std::source_location where = std::source_location::current());
/// Keys, or the rows of any columns, in the order of the keys: place() by rank().
Value sort(const Value& keys, SortOptions options = {},
           std::source_location where = std::source_location::current());
std::vector<Value> sort(const Value& keys, std::span<const Value> columns, SortOptions options = {},
                        std::source_location where = std::source_location::current());

// --- Small tables ------------------------------------------------------------------------------------------

/// A table some of whose rows do not count: these are zero throughout.
struct Table {
  Value valid;  ///< bits(1) [m]
  std::vector<Value> columns;
};
/// The sum of the values of each distinct key, mod 2^k, keys ascending, one row each; rows that do not count
/// follow.
/// Shapes: keys: ring [m], values: rings [m] -> columns: the keys, then the sums, [m].
/// Reveals: nothing, not even the number of distinct keys. Source: sorting, [LWZ11].
Table group_by_sum(const Value& keys, std::span<const Value> values, Order order = Order::signed_full,
                   std::source_location where = std::source_location::current());
/// For each row of the left table, its columns and those of the right row with an equal key; it does not
/// count if there is none. Keys of the right table are distinct; of several equal ones the columns would be
/// added up.
/// Shapes: left keys [m], columns rings [m]; right keys [r], columns rings [r] -> all columns [m], the left
/// ones first.
/// Rounds and traffic: m r equality tests, and 1 round.
/// Reveals: nothing. Source: all pairs, [BBY23] for equality.
Table inner_join(const Value& left_keys, std::span<const Value> left_columns, const Value& right_keys,
                 std::span<const Value> right_columns,
                 std::source_location where = std::source_location::current());

}  // namespace tacet
