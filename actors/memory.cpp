#include "actors/memory.hpp"

#include <sys/mman.h>

#include <algorithm>
#include <bit>
#include <cstdlib>
#include <new>
#include <tuple>

#include "graph/error.hpp"

#ifdef __SANITIZE_ADDRESS__
#include <sanitizer/asan_interface.h>
#endif

namespace tacet::actors {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;
/// Freed large blocks are kept up to this, and beyond as long as less is held than at the worst moment so
/// far.
constexpr std::uint64_t kKeptBytes = std::uint64_t{64} << 20;
/// Blocks up to this are cut from slabs, which stay until the end: values of tiles come and go all the time.
constexpr std::size_t kSmallBytes = std::size_t{512} << 10;
constexpr std::size_t kFirstSlab = std::size_t{256} << 10, kLargestSlab = std::size_t{8} << 20;

/// What is allocated for a block: few distinct sizes, at most an eighth above what is asked for; of large
/// ones whole huge pages, which save most of the page faults.
std::size_t capacity(std::size_t bytes) {
  if (bytes > kSmallBytes) {
    const std::size_t unit = bytes >= 2 * kHugePage ? kHugePage : 4096;
    return (bytes + unit - 1) / unit * unit;
  }
  const std::size_t unit = std::max(kAlignment, std::bit_ceil(bytes) / 16);
  return (bytes + unit - 1) / unit * unit;
}

std::byte* allocate(std::size_t bytes) {
  const bool huge = bytes >= 2 * kHugePage;
  auto* data = static_cast<std::byte*>(std::aligned_alloc(huge ? kHugePage : kAlignment, bytes));
  if (data == nullptr) throw std::bad_alloc();
  if (huge) madvise(data, bytes, MADV_HUGEPAGE);
  return data;
}

/// What lies in the pool is free: AddressSanitizer must see a late access as it would after free().
void forbid([[maybe_unused]] std::byte* data, [[maybe_unused]] std::size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  ASAN_POISON_MEMORY_REGION(data, bytes);
#endif
}
void allow([[maybe_unused]] std::byte* data, [[maybe_unused]] std::size_t bytes) {
#ifdef __SANITIZE_ADDRESS__
  ASAN_UNPOISON_MEMORY_REGION(data, bytes);
#endif
}

}  // namespace

BlockPool::~BlockPool() {
  for (auto& [size, blocks] : free_)
    for (std::byte* data : blocks) {
      allow(data, size);
      if (size > kSmallBytes) std::free(data);
    }
  for (std::byte* slab : slabs_) std::free(slab);
}

void BlockPool::count(std::uint64_t bytes) {
  const std::lock_guard lock(mutex_);
  live_ += bytes;
  peak_ = std::max(peak_, live_);
}

std::uint64_t BlockPool::live_bytes() const {
  const std::lock_guard lock(mutex_);
  return live_;
}

std::uint64_t BlockPool::peak_bytes() const {
  const std::lock_guard lock(mutex_);
  return peak_;
}

std::pair<std::byte*, std::size_t> BlockPool::take(std::size_t bytes) {
  const std::size_t size = capacity(bytes);
  {
    const std::lock_guard lock(mutex_);
    live_ += bytes;
    peak_ = std::max(peak_, live_);
    if (size <= kSmallBytes) {
      std::vector<std::byte*>& blocks = free_[size];
      if (blocks.empty()) return {from_slab(size), size};
      std::byte* data = blocks.back();
      blocks.pop_back();
      allow(data, bytes);
      return {data, size};
    }
    const auto it = free_.lower_bound(size);
    if (it != free_.end() && it->first <= 2 * size) {
      const std::size_t found = it->first;
      std::byte* data = it->second.back();
      it->second.pop_back();
      if (it->second.empty()) free_.erase(it);
      kept_ -= found, used_ += found;
      allow(data, bytes);
      return {data, found};
    }
    used_ += size;
    while (kept_ != 0 && kept_ > room()) drop_largest();
  }
  return {allocate(size), size};
}

std::byte* BlockPool::from_slab(std::size_t bytes) {
  if (slab_left_ < bytes) {
    // If there is no memory nothing has changed: others go on with what is left of the last slab.
    const std::size_t next = std::clamp(2 * slab_size_, kFirstSlab, kLargestSlab);
    slabs_.reserve(slabs_.size() + 1);
    slab_next_ = allocate(std::max(next, bytes));
    slabs_.push_back(slab_next_);
    slab_left_ = std::max(next, bytes);
    slab_size_ = next;
  }
  slab_left_ -= bytes;
  return std::exchange(slab_next_, slab_next_ + bytes);
}

std::uint64_t BlockPool::room() const {
  return std::max(kKeptBytes, peak_ - std::min(peak_, used_));
}

void BlockPool::drop_largest() {
  const auto last = std::prev(free_.end());
  allow(last->second.back(), last->first);
  std::free(last->second.back());
  last->second.pop_back();
  kept_ -= last->first;
  if (last->second.empty()) free_.erase(last);
}

bool BlockPool::keep(std::byte* data, std::size_t size) noexcept {
  try {
    free_[size].push_back(data);
  } catch (const std::bad_alloc&) {  // no memory to note it: a small one stays in its slab, unused
    if (const auto at = free_.find(size); at != free_.end() && at->second.empty()) free_.erase(at);
    return false;
  }
  forbid(data, size);
  return true;
}

void BlockPool::give(std::byte* data, std::size_t bytes, std::size_t size) {
  {
    const std::lock_guard lock(mutex_);
    TACET_ASSERT(live_ >= bytes);
    live_ -= bytes;
    if (size <= kSmallBytes) {
      keep(data, size);
      return;
    }
    used_ -= size;
    if (kept_ + size <= room() && keep(data, size)) {
      kept_ += size;
      return;
    }
  }
  std::free(data);
}

Block::Block(std::size_t size, std::shared_ptr<BlockPool> pool) : size_(size), pool_(std::move(pool)) {
  if (size != 0) std::tie(data_, capacity_) = pool_->take(size);
}

Block::~Block() {
  if (data_ != nullptr) pool_->give(data_, size_, capacity_);
}

}  // namespace tacet::actors
