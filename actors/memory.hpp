#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>

namespace tacet::actors {

/// Counts what one endpoint holds: values, payloads and constants.
class MemoryMeter {
 public:
  void add(std::uint64_t bytes) {
    const std::uint64_t now = live_.fetch_add(bytes, std::memory_order_relaxed) + bytes;
    std::uint64_t peak = peak_.load(std::memory_order_relaxed);
    while (now > peak && !peak_.compare_exchange_weak(peak, now, std::memory_order_relaxed)) {
    }
  }
  void remove(std::uint64_t bytes) { live_.fetch_sub(bytes, std::memory_order_relaxed); }
  std::uint64_t peak() const { return peak_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> live_{0}, peak_{0};
};

/// Uninitialised memory aligned to a cache line.
class Block {
 public:
  Block() = default;
  Block(std::size_t size, std::shared_ptr<MemoryMeter> meter);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0;
  std::shared_ptr<MemoryMeter> meter_;
};

using BlockPtr = std::shared_ptr<Block>;

}  // namespace tacet::actors
