#pragma once

#include <map>
#include <nlohmann/json_fwd.hpp>
#include <string>
#include <vector>

#include "actors/party.hpp"
#include "apps/cli/options.hpp"
#include "apps/live/news.hpp"

namespace tacet::apps {

/// Everything a finished job has to say.
struct Report {
  const Job* job = nullptr;
  std::vector<EndpointId> endpoints;  ///< whose results these are
  std::vector<actors::JobResult> results;
  double total_seconds = 0;

  /// What was learnt, by name; an output with several receivers once.
  std::map<std::string, Tensor> outputs() const;
};

/// Writes the --output files. Fails: Errc::bad_file; files written before stay.
void write_outputs(const Report& report);

/// One JSON object on stdout: outputs; rounds and bytes_sent, of each also what was offline; wire_bytes,
/// seconds, peak_memory_bytes.
void print_json(const Report& report);
/// The same without the outputs.
nlohmann::ordered_json figures_json(const Report& report);

/// Results and a line of figures for people.
void print_text(const Report& report, const Program& program);
void print_figures(const Report& report);

/// The endpoint that ended the job and why, on stderr; as JSON on stdout as well if `json`.
void print_abort(const actors::JobResult& result, bool json);

/// As "1.5 MB" and "820 ms".
std::string bytes_text(std::uint64_t bytes);
std::string seconds_text(double seconds);

/// Lines on stderr that tell how far each party is, rewritten in place; nothing unless stderr is a terminal.
class ProgressLines {
 public:
  ProgressLines(bool wanted, const News& news);
  ~ProgressLines();
  /// From any thread; writes a few times a second.
  void show();

 private:
  void clear();
  const bool enabled_;
  const News& news_;
  std::mutex mutex_;
  std::size_t shown_ = 0;
  const std::chrono::steady_clock::time_point started_ = std::chrono::steady_clock::now();
  std::chrono::steady_clock::time_point last_{};
};

}  // namespace tacet::apps
