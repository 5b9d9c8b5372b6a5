#pragma once

#include "apps/cli/options.hpp"
#include "apps/cli/report.hpp"
#include "apps/trace/trace.hpp"

namespace tacet::apps {

/// What --transport, --delay, --rate and the timeouts say.
actors::EmbeddedOptions embedded_options(const Options& options);

/// Finds every mistake that can be found before a job runs.
void check_run(const Job& job, const Options& options);

/// Runs a job with all endpoints in this process, traced if there is a recorder or a file for it (--trace).
Report run_here(const Program& program, const Job& job, const Options& options,
                TraceRecorder* trace = nullptr);
Report run_here(const Job& job, const Options& options, actors::EmbeddedOptions embedded,
                TraceRecorder* trace = nullptr);

/// Prints what a job costs; with --analyze also what `run` measures. Returns the exit code.
int explain_job(const Job& job, const Options& options, const std::function<Report(TraceRecorder&)>& run);

/// On stderr: who takes part, and who learns nothing.
void introduce(const std::string& what, const Job& job, const Options& options);

}  // namespace tacet::apps
