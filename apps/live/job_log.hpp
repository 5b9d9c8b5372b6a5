#pragma once

#include <chrono>
#include <mutex>
#include <string>

#include "apps/live/news.hpp"

namespace tacet::apps {

/// A running job in the log, at level info: that it begins, and what the news are once it moves and each
/// minute from then on. Its methods may be called from any thread.
class JobLog {
 public:
  using Clock = std::chrono::steady_clock;
  static constexpr std::chrono::minutes kInterval{1};

  JobLog(std::string job, const News& news) : job_(std::move(job)), news_(news) {}

  /// After the news have been told of it.
  void update(const actors::Progress& progress, Clock::time_point now = Clock::now());

 private:
  const std::string job_;
  const News& news_;
  std::mutex mutex_;
  Clock::time_point next_{};
  bool begun_ = false;
};

}  // namespace tacet::apps
