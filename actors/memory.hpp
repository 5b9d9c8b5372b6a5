#pragma once

#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <mutex>
#include <span>
#include <utility>
#include <vector>

namespace tacet::actors {

/// The memory of one endpoint: counts what it holds and keeps freed blocks for the next value or payload of
/// about the same size, because fresh pages cost more than most steps.
class BlockPool {
 public:
  BlockPool() = default;
  ~BlockPool();
  BlockPool(const BlockPool&) = delete;
  BlockPool& operator=(const BlockPool&) = delete;

  /// Memory that is not from the pool, such as constants.
  void count(std::uint64_t bytes);
  std::uint64_t live_bytes() const;
  std::uint64_t peak_bytes() const;

 private:
  friend class Block;
  /// Memory for that many bytes, and how much there really is.
  std::pair<std::byte*, std::size_t> take(std::size_t bytes);
  void give(std::byte* data, std::size_t bytes, std::size_t capacity);
  bool keep(std::byte* data, std::size_t size) noexcept;
  std::byte* from_slab(std::size_t bytes);
  std::uint64_t room() const;
  void drop_largest();

  mutable std::mutex mutex_;
  std::map<std::size_t, std::vector<std::byte*>> free_;  ///< by capacity
  std::vector<std::byte*> slabs_;
  std::byte* slab_next_ = nullptr;
  std::size_t slab_left_ = 0, slab_size_ = 0;
  std::uint64_t kept_ = 0, used_ = 0;  ///< capacity of large blocks: of what is free and of what is not
  std::uint64_t live_ = 0, peak_ = 0;
};

/// Uninitialised memory aligned to a cache line.
class Block {
 public:
  Block(std::size_t size, std::shared_ptr<BlockPool> pool);
  ~Block();
  Block(const Block&) = delete;
  Block& operator=(const Block&) = delete;

  std::byte* data() const { return data_; }
  std::size_t size() const { return size_; }
  std::span<std::byte> bytes() const { return {data_, size_}; }

 private:
  std::byte* data_ = nullptr;
  std::size_t size_ = 0, capacity_ = 0;
  std::shared_ptr<BlockPool> pool_;
};

using BlockPtr = std::shared_ptr<Block>;

}  // namespace tacet::actors
