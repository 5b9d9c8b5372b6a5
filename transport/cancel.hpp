#pragma once

#include <atomic>

namespace tacet::transport {

/// Lets one thread end another's waiting. cancel() may be called from any thread, any number of times.
class CancelToken {
 public:
  CancelToken();
  ~CancelToken();
  CancelToken(const CancelToken&) = delete;
  CancelToken& operator=(const CancelToken&) = delete;

  void cancel() noexcept;
  bool cancelled() const noexcept { return cancelled_.load(std::memory_order_acquire); }

  /// A descriptor that becomes readable on cancel(), for poll().
  int descriptor() const noexcept { return descriptor_; }

 private:
  std::atomic<bool> cancelled_{false};
  int descriptor_;
};

}  // namespace tacet::transport
