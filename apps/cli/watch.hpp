#pragma once

#include <optional>

#include "apps/cli/options.hpp"
#include "apps/cli/report.hpp"
#include "apps/live/dashboard.hpp"
#include "apps/live/news.hpp"

namespace tacet::apps {

/// What people see of a running job: lines in the terminal, and the page of --dashboard.
class Watch {
 public:
  /// Fails: as Dashboard and to_page() do.
  Watch(const Job& job, const Options& options);

  /// From any thread.
  void update(const actors::Progress& progress);
  void end(const Report& report);

 private:
  News news_;
  ProgressLines lines_;
  std::optional<Dashboard> dashboard_;
};

}  // namespace tacet::apps
