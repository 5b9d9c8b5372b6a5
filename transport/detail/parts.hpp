#pragma once

#include <algorithm>
#include <cstddef>
#include <span>

#include "transport/stream.hpp"

namespace tacet::transport::detail {

/// Walks over several spans as if they were one.
class Parts {
 public:
  explicit Parts(std::span<const Bytes> parts) : parts_(parts) { settle(); }

  static std::size_t total(std::span<const Bytes> parts) {
    std::size_t sum = 0;
    for (const Bytes part : parts) sum += part.size();
    return sum;
  }

  bool done() const { return index_ == parts_.size(); }

  /// What is left of the current part.
  Bytes front() const { return parts_[index_].subspan(offset_); }

  /// Whether the current part is the last with bytes in it.
  bool in_last() const {
    return std::all_of(parts_.begin() + static_cast<std::ptrdiff_t>(index_) + 1, parts_.end(),
                       [](Bytes b) { return b.empty(); });
  }

  void skip(std::size_t bytes) {
    while (bytes > 0) {
      const std::size_t step = std::min(bytes, front().size());
      offset_ += step;
      bytes -= step;
      settle();
    }
  }

  /// Copies up to the size of `to` and moves on; returns the count.
  std::size_t copy(std::span<std::byte> to) {
    std::size_t done_bytes = 0;
    while (!done() && done_bytes < to.size()) {
      const std::size_t step = std::min(front().size(), to.size() - done_bytes);
      std::copy_n(front().begin(), step, to.begin() + static_cast<std::ptrdiff_t>(done_bytes));
      done_bytes += step;
      skip(step);
    }
    return done_bytes;
  }

 private:
  void settle() {
    while (index_ < parts_.size() && offset_ == parts_[index_].size()) {
      ++index_;
      offset_ = 0;
    }
  }

  std::span<const Bytes> parts_;
  std::size_t index_ = 0;
  std::size_t offset_ = 0;
};

}  // namespace tacet::transport::detail
