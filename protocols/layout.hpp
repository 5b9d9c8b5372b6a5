#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <vector>

namespace tacet::protocols {

/// Who holds what under replicated secret sharing among n = 2t+1 parties, and who sends which part of it.
///
/// A share index is a set T of t parties, written as a bit mask; the share x_T is held by the t+1 parties
/// outside T. Shares are numbered in lexicographic order of their sets, so share 0 is T0 = {0, .., t-1}.
/// Party p keeps its shares in slots: slot i holds the share of p + D_i (mod n), where D_0, D_1, .. are the
/// t-subsets of {1, .., n-1} in lexicographic order. Everything below that speaks of slots is therefore the
/// same for every party. Source: [ISN87], slots as in [BBY23].
class Layout {
 public:
  /// Fails: assertion unless n is odd, at least 3 and at most kMaxParties.
  explicit Layout(std::uint32_t n);

  std::uint32_t n() const { return n_; }
  std::uint32_t t() const { return (n_ - 1) / 2; }
  std::uint32_t shares() const { return static_cast<std::uint32_t>(sets_.size()); }
  std::uint32_t slots() const { return static_cast<std::uint32_t>(offsets_.size()); }

  /// The set of share `share`, and the share of a set.
  std::uint32_t set_of(std::uint32_t share) const { return sets_[share]; }
  std::uint32_t share_of_set(std::uint32_t set) const { return share_by_set_[set]; }
  bool holds(std::uint32_t party, std::uint32_t share) const { return ((sets_[share] >> party) & 1) == 0; }
  /// D_slot.
  std::uint32_t offsets(std::uint32_t slot) const { return offsets_[slot]; }
  std::uint32_t share_at(std::uint32_t party, std::uint32_t slot) const;
  /// Nothing if the party does not hold the share.
  std::optional<std::uint32_t> slot_of(std::uint32_t party, std::uint32_t share) const;
  /// The share {p+1, .., p+t}, which p fills when it inputs or reshares a value.
  std::uint32_t chi(std::uint32_t party) const;

  /// The smallest party that holds the share: who adds it up when a value is split into t+1 summands. Summand
  /// j <= t has the shares of which j is the smallest holder; summand t is share 0 alone.
  std::uint32_t leaf_of(std::uint32_t share) const { return leaf_[share]; }
  /// The slots of `party` with the shares of its summand; none for parties above t.
  const std::vector<std::uint32_t>& leaf_slots(std::uint32_t party) const { return leaf_slots_[party]; }
  /// The parties outside the set of a share, ascending.
  const std::vector<std::uint32_t>& holders(std::uint32_t share) const { return holders_[share]; }

  /// Resharing: the parties whose masks from the key of `share` add up in it: its holders, but for the one
  /// that fills it. The last is another one for each rotation of the set, so that all parties are last
  /// equally often. Source: [BBY23].
  const std::vector<std::uint32_t>& dealers(std::uint32_t share) const { return dealers_[share]; }
  /// Resharing: the slot to which the element from party p+j is added; slot 0 takes the own one (j = 0).
  std::uint32_t received_slot(std::uint32_t j) const { return received_[j]; }

  /// Opening: the slots whose sum a party sends when it stands at position j of a row of senders, j <= t:
  /// each share is sent by the first in the row who holds it. The row of receiver p is p, p+1, .., p+t, where
  /// p at position 0 adds its own slots up itself; a client's row s is s, .., s+t.
  std::span<const std::uint32_t> open_slots(std::uint32_t j) const { return open_[j]; }

 private:
  std::uint32_t rotate(std::uint32_t set, std::uint32_t by) const;

  std::uint32_t n_;
  std::vector<std::uint32_t> sets_;
  std::vector<std::uint32_t> share_by_set_;
  std::vector<std::uint32_t> offsets_;
  std::vector<std::uint32_t> slot_by_offsets_;
  std::vector<std::uint32_t> leaf_;
  std::vector<std::vector<std::uint32_t>> leaf_slots_, holders_, dealers_;
  std::vector<std::uint32_t> received_;
  std::vector<std::vector<std::uint32_t>> open_;
};

}  // namespace tacet::protocols
