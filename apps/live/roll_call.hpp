#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <vector>

#include "transport/rendezvous.hpp"

namespace tacet::apps {

/// Tells people whom a job waits for before it begins: every change in the log, and on standard error a
/// summary once the wait is longer than a moment, when it changes, and now and then. Its methods may be
/// called from any thread.
class RollCall {
 public:
  explicit RollCall(std::uint32_t n) : n_(n) {}

  void update(const transport::Attendance& attendance);
  /// A line for each endpoint that is missing, and what others say.
  std::vector<std::string> lines() const;

 private:
  using Clock = std::chrono::steady_clock;
  const std::uint32_t n_;
  const Clock::time_point started_ = Clock::now();
  mutable std::mutex mutex_;
  std::map<std::uint32_t, std::string> states_;
  std::vector<std::string> lines_, said_;
  Clock::time_point said_at_ = started_;
};

}  // namespace tacet::apps
