#include "protocols/layout.hpp"

#include <algorithm>
#include <utility>

#include "graph/setting.hpp"

namespace tacet::protocols {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};

/// Appends all sets of `size` numbers from [first, n) joined with `prefix`, in lexicographic order.
void append_subsets(std::uint32_t first, std::uint32_t n, std::uint32_t size, std::uint32_t prefix,
                    std::vector<std::uint32_t>& out) {
  if (size == 0) {
    out.push_back(prefix);
    return;
  }
  for (std::uint32_t i = first; i + size <= n; ++i) append_subsets(i + 1, n, size - 1, prefix | 1u << i, out);
}

std::vector<std::uint32_t> positions(const std::vector<std::uint32_t>& sets, std::uint32_t n) {
  std::vector<std::uint32_t> out(std::size_t{1} << n, kNone);
  for (std::uint32_t i = 0; i < sets.size(); ++i) out[sets[i]] = i;
  return out;
}

/// {first, .., first+count-1}.
std::uint32_t run(std::uint32_t first, std::uint32_t count) {
  return ((1u << count) - 1) << first;
}

}  // namespace

Layout::Layout(std::uint32_t n) : n_(n) {
  TACET_ASSERT(n >= 3 && n % 2 == 1 && n <= kMaxParties);
  append_subsets(0, n, t(), 0, sets_);
  append_subsets(1, n, t(), 0, offsets_);
  share_by_set_ = positions(sets_, n);
  slot_by_offsets_ = positions(offsets_, n);

  holders_.resize(sets_.size());
  leaf_slots_.resize(n);
  for (std::uint32_t share = 0; share < sets_.size(); ++share) {
    for (std::uint32_t p = 0; p < n; ++p)
      if (holds(p, share)) holders_[share].push_back(p);
    leaf_.push_back(holders_[share].front());
    leaf_slots_[leaf_.back()].push_back(*slot_of(leaf_.back(), share));
  }
  for (std::uint32_t share = 0; share < sets_.size(); ++share) {
    const auto slot = [&](std::uint32_t p) { return *slot_of(p, share); };
    std::vector<std::uint32_t> dealers;
    for (const std::uint32_t p : holders_[share])
      if (slot(p) != 0) dealers.push_back(p);
    std::sort(dealers.begin(), dealers.end(), [&](std::uint32_t a, std::uint32_t b) {
      return std::pair(slot(a), a) < std::pair(slot(b), b);
    });
    dealers_.push_back(std::move(dealers));
  }
  for (std::uint32_t j = 0; j <= t(); ++j) {
    received_.push_back(slot_by_offsets_[run(j + 1, t())]);
    std::vector<std::uint32_t> sent;
    const std::uint32_t before = run(n - j, j);  // those who stand in the row before this party
    for (std::uint32_t slot = 0; slot < slots(); ++slot)
      if ((offsets_[slot] & before) == before) sent.push_back(slot);
    open_.push_back(std::move(sent));
  }
}

std::uint32_t Layout::rotate(std::uint32_t set, std::uint32_t by) const {
  by %= n_;
  return (set << by | set >> (n_ - by)) & ((1u << n_) - 1);
}

std::uint32_t Layout::share_at(std::uint32_t party, std::uint32_t slot) const {
  return share_by_set_[rotate(offsets_[slot], party)];
}

std::optional<std::uint32_t> Layout::slot_of(std::uint32_t party, std::uint32_t share) const {
  const std::uint32_t slot = slot_by_offsets_[rotate(sets_[share], n_ - party)];
  return slot == kNone ? std::nullopt : std::optional(slot);
}

std::uint32_t Layout::chi(std::uint32_t party) const {
  return share_at(party, 0);
}

}  // namespace tacet::protocols
