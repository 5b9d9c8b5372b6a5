#include "actors/memory.hpp"

#include <sys/mman.h>

#include <cstdlib>
#include <new>

namespace tacet::actors {
namespace {

constexpr std::size_t kAlignment = 64;
constexpr std::size_t kHugePage = std::size_t{2} << 20;

}  // namespace

Block::Block(std::size_t size, std::shared_ptr<MemoryMeter> meter) : size_(size), meter_(std::move(meter)) {
  if (size == 0) return;
  // Large values are touched once per round: huge pages save most of the page faults.
  const std::size_t alignment = size >= 2 * kHugePage ? kHugePage : kAlignment;
  const std::size_t rounded = (size + alignment - 1) / alignment * alignment;
  data_ = static_cast<std::byte*>(std::aligned_alloc(alignment, rounded));
  if (data_ == nullptr) throw std::bad_alloc();
  if (alignment == kHugePage) madvise(data_, rounded, MADV_HUGEPAGE);
  meter_->add(size_);
}

Block::~Block() {
  if (data_ == nullptr) return;
  meter_->remove(size_);
  std::free(data_);
}

}  // namespace tacet::actors
