#pragma once

#include "apps/cli/options.hpp"
#include "apps/cli/report.hpp"

namespace tacet::apps {

/// What --transport, --delay, --rate and the timeouts say.
actors::EmbeddedOptions embedded_options(const Options& options);

/// Finds every mistake that can be found before a job runs.
void check_run(const Job& job, const Options& options);

/// Runs a job with all endpoints in this process.
Report run_here(const Program& program, const Job& job, const Options& options);

}  // namespace tacet::apps
