#pragma once

#include <functional>
#include <optional>
#include <string>

#include "apps/cli/options.hpp"
#include "apps/cli/report.hpp"

namespace tacet::apps {

/// Hands over all that a job has to say: results to the files of --output, `text` of the rest to standard
/// output, the trace to its file; of a job that was aborted, who ended it and why. One that cannot be written
/// keeps no other from it: it goes to a new file in the current folder or that for temporary files, which is
/// named on stderr, or else to standard output. Files that wait for a reader come after the others, and a
/// signal ends all such waits. Returns the exit code.
int deliver(const Report& report, const Options& options,
            const std::function<std::string(const Written&)>& text);

/// Text on standard output at once, after what was said on stderr. Fails: Errc::not_written.
void print(const std::string& text);

/// Text to an OutputFile, or with no path to standard output. Fails: as OutputFile does.
void write_text(const std::string& path, const std::string& text, std::optional<mode_t> mode = std::nullopt);

/// Who ended a job, and why: on stderr, and with --json on standard output too.
void print_abort(const Setting& setting, const actors::JobResult& result, bool json);

}  // namespace tacet::apps
