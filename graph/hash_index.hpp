#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

namespace tacet {

/// Takes one more number into a hash. Begin with any.
constexpr std::uint64_t hash_mix(std::uint64_t hash, std::uint64_t value) {
  hash = (hash ^ value) * 0xff51afd7ed558ccdULL;
  return hash ^ (hash >> 32);
}

/// Numbers of things that are kept elsewhere, found by the hash of the thing. A lookup touches one line of
/// memory and the thing itself, which counts where a program has a million nodes.
class HashIndex {
 public:
  /// Makes room for so many.
  void reserve(std::size_t count) {
    std::size_t slots = kLeast;
    while (slots < kSlotsEach * count) slots *= 2;
    if (slots > slots_.size()) rehash(slots);
  }

  /// The number under that hash for which `equal` holds; if there is none, the one that `make` returns.
  /// `near` follows from the thing: those that are looked up one after another had better be near each other.
  /// It helps where room was made beforehand.
  template <class Equal, class Make>
  std::uint32_t find(std::uint64_t hash, std::size_t near, Equal equal, Make make) {
    reserve(used_ + 1);
    const auto tag = static_cast<std::uint32_t>(hash);
    std::size_t at = near * kSlotsEach;
    for (std::size_t tried = 0;; ++tried, ++at) {
      if (tried == (is_near_ ? kNear : 0)) at = tag;
      at &= slots_.size() - 1;
      if (slots_[at].number == kFree) break;
      if (slots_[at].tag == tag && equal(slots_[at].number)) return slots_[at].number;
    }
    ++used_;
    const std::uint32_t number = make();
    slots_[at] = {tag, number};
    return number;
  }

 private:
  static constexpr std::uint32_t kFree = ~std::uint32_t{0};
  static constexpr std::size_t kLeast = 16, kSlotsEach = 2, kNear = 8;
  struct Slot {
    std::uint32_t tag = 0;
    std::uint32_t number = kFree;
  };

  void rehash(std::size_t count) {
    std::vector<Slot> old = std::exchange(slots_, std::vector<Slot>(count));
    for (const Slot& slot : old) {
      if (slot.number == kFree) continue;
      is_near_ = false;  // what is near what is not kept
      std::size_t at = slot.tag & (count - 1);
      while (slots_[at].number != kFree) at = (at + 1) & (count - 1);
      slots_[at] = slot;
    }
  }

  std::vector<Slot> slots_;  ///< a power of two
  std::size_t used_ = 0;
  bool is_near_ = true;
};

/// Numbers keys 0, 1, .. in the order in which they first come.
class KeyNumbers {
 public:
  std::uint32_t number(std::span<const std::int64_t> key);
  std::uint32_t size() const { return static_cast<std::uint32_t>(ends_.size()); }

 private:
  HashIndex index_;
  std::vector<std::int64_t> words_;  ///< of all keys, one after another
  std::vector<std::size_t> ends_;
};

}  // namespace tacet
