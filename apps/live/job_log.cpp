#include "apps/live/job_log.hpp"

#include <spdlog/spdlog.h>

#include <utility>

namespace tacet::apps {

void JobLog::update(const actors::Progress& progress, Clock::time_point now) {
  const std::lock_guard lock(mutex_);
  if (!std::exchange(begun_, true)) spdlog::info("{}: everybody is there, the job begins", job_);
  const bool moves = progress.rounds_done > 0 || progress.steps_done > 0;
  if (!moves || now < next_) return;
  next_ = now + kInterval;
  for (const std::string& line : news_.lines(200)) spdlog::info("{}", line);
}

}  // namespace tacet::apps
