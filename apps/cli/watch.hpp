#pragma once

#include <optional>

#include "apps/cli/options.hpp"
#include "apps/cli/report.hpp"
#include "apps/live/dashboard.hpp"
#include "apps/live/job_log.hpp"
#include "apps/live/news.hpp"
#include "apps/live/roll_call.hpp"
#include "apps/live/terminal.hpp"

namespace tacet::apps {

/// What people see of a running job: lines in the terminal, and the page of --dashboard.
class Watch {
 public:
  /// Fails: as Dashboard and to_page() do.
  Watch(const Job& job, const Options& options);
  ~Watch();
  Watch(const Watch&) = delete;
  Watch& operator=(const Watch&) = delete;

  /// From any thread, also one that a job waits for: nothing is printed here.
  void update(const actors::Progress& progress);
  /// The same before the job begins.
  void update(const transport::Attendance& attendance) { roll_call_.update(attendance); }
  void end(const Report& report);

 private:
  News news_;
  RollCall roll_call_;
  JobLog log_;
  Terminal* const terminal_;
  std::optional<Dashboard> dashboard_;
};

}  // namespace tacet::apps
