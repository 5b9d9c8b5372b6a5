#include "apps/cli/watch.hpp"

#include <algorithm>
#include <iostream>

#include "apps/draw/page.hpp"

namespace tacet::apps {

Watch::Watch(const Job& job, const Options& options)
    : news_(job.plan),
      roll_call_(job.plan->setting.n),
      log_(job.name, news_),
      terminal_(options.json ? nullptr : options.terminal) {
  if (!options.dashboard.empty()) {
    dashboard_.emplace(options.dashboard,
                       to_page(job.name, to_document(*job.plan, job.name, profiles(), "events"), {}),
                       [this] { return news_.to_json(); });
    std::cerr << job.name << ": " << dashboard_->url() << " shows this job\n";
  }
  if (terminal_ != nullptr)
    terminal_->show([this](std::size_t width) {
      std::vector<std::string> lines = news_.lines(width);
      if (lines.empty()) lines = roll_call_.lines();
      for (std::string& line : lines) line.resize(std::min(line.size(), width));
      return lines;
    });
}

Watch::~Watch() {
  if (terminal_ != nullptr) terminal_->show({});
}

void Watch::update(const actors::Progress& progress) {
  news_.update(progress);
  log_.update(progress);
}

void Watch::end(const Report& report) {
  if (!dashboard_) return;
  for (const actors::JobResult& result : report.results)
    if (result.abort) return dashboard_->end(false, "aborted: " + result.abort->text());
  dashboard_->end(true, "done in " + seconds_text(report.total_seconds));
}

}  // namespace tacet::apps
