#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "actors/party.hpp"
#include "apps/cli/options.hpp"

namespace tacet::apps {

/// Everything a finished job has to say.
struct Report {
  const Job* job = nullptr;
  std::vector<EndpointId> endpoints;  ///< whose results these are
  std::vector<actors::JobResult> results;
  double total_seconds = 0;
  std::string trace;  ///< for the file of --trace, if there is one

  /// What was learnt, by name; an output with several receivers once.
  std::map<std::string, Tensor> outputs() const;
};

/// The files that outputs have been written to, by the name of the output.
using Written = std::map<std::string, std::string>;

/// For programs, one JSON object in a line: outputs, with all digits; then what figures_json() has.
std::string json_text(const Report& report);
/// rounds and bytes_sent, of each also what was offline; wire_bytes, seconds, peak_memory_bytes; a warning if
/// the scheme protects nothing.
nlohmann::ordered_json figures_json(const Report& report);
/// For people: results that no file holds, the names of the files of the others, and a few lines of figures.
std::string to_text(const Report& report, const Program& program, const Written& written);
/// The last lines of it: figures, below a warning if the scheme protects nothing.
std::string figures_text(const Report& report);
/// Who learns an output: "learnt by party 1, alice alone".
std::string learnt_by(const Plan& plan, const OutputInfo& info);
/// For programs: the endpoint that ended the job, and why.
std::string abort_json(const Setting& setting, const actors::Abort& abort);
/// Adds `warning` if the scheme protects nothing.
void add_warning(nlohmann::ordered_json& json, const Setting& setting);

/// As "1.5 MB" and "820 ms".
std::string bytes_text(std::uint64_t bytes);
std::string seconds_text(double seconds);

}  // namespace tacet::apps
