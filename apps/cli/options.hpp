#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "actors/embedded.hpp"
#include "apps/draw/document.hpp"
#include "apps/io/data.hpp"
#include "apps/io/output_file.hpp"
#include "apps/program.hpp"
#include "graph/plan.hpp"

namespace tacet::apps {

class Terminal;

/// What the command line of a pipeline says, whatever the verb.
struct Options {
  std::uint32_t parties = 3;
  std::string scheme = "rss";
  std::vector<std::string> inputs;    ///< name=source
  std::vector<std::string> outputs;   ///< name=file
  std::vector<std::string> settings;  ///< name=integer
  std::vector<std::string> prefer;    ///< operation=variant
  std::string network = "lan";
  bool offline_first = false;
  std::uint64_t memory_bytes = PlanOptions{}.memory_bytes;
  bool show_values = false;  ///< messages may show values of inputs
  bool json = false;
  std::string log = "warn";
  std::optional<double> deadline_s;
  double connect_timeout_s = 30;
  double peer_timeout_s = 30;
  double stall_timeout_s = 600;
  unsigned threads = 1;
  std::optional<mode_t> output_mode;  ///< kPrivate for results, traces and what shows traces
  Terminal* terminal = nullptr;       ///< where people read, if they do

  // run
  bool check_ranges = false;
  std::string transport = "tls";
  double delay_ms = 0;
  double rate_mbit = 0;
  // party, client
  std::string cluster, name, cert, key;
  std::int64_t party = -1;
  std::string trace;
  std::string dashboard;
  // explain
  bool analyze = false;
  // graph
  std::string format = "dot";
  std::string file;
  std::vector<std::string> traces;
  /// What a verb reads by options of its own: their names and the paths.
  std::vector<std::pair<std::string, std::string>> files_read;
};

/// A pipeline made concrete: its graph for these sizes, and its plan for these parties.
struct Job {
  std::string name;  ///< of the program
  std::map<std::string, std::string>
      settings;  ///< the public numbers and words that the graph was built from
  std::shared_ptr<const Plan> plan;
  transport::Digest digest{};
  std::map<std::string, std::string> sources;  ///< of the inputs given, by name
  std::map<std::string, Tensor> inputs;        ///< read from them; in an offline-first job not yet
  std::map<std::string, std::string> output_files;
  double plan_seconds = 0;
};

/// Plans a graph for the parties of a setting, with clients added, as the options say. Fails: as make_plan()
/// and make_policy() do.
void plan_job(Job& job, const Graph& graph, Setting setting, const Options& options);

/// As "1 to 13" or "0 to 2^48".
std::string bounds_text(const Bounds& bounds);

/// Reads the inputs given (unless offline first), builds and plans. `setting_of` makes the setting from the
/// program's client names. Fails: Error naming the option, the input or the parameter that is wrong.
Job prepare(const Program& program, const Program::Build& build, const Options& options,
            std::uint32_t parties, Scheme scheme);

/// Reads those inputs of an endpoint that an offline-first job has left unread. Waits for pipes until
/// `cancelled`. Fails: as prepare does.
std::map<std::string, Tensor> read_inputs(const Program& program, const Job& job, const Options& options,
                                          EndpointId owner, const std::function<bool()>& cancelled);

/// Fails: Errc::missing_input unless every input owned by one of `owners` is given (all if empty).
void require_inputs(const Job& job, const std::vector<EndpointId>& owners);

/// Fails: Errc::bad_file, bad_argument or unsupported unless the files of --output and --trace can be written
/// and are different ones, from each other and from all that is read: results of a long job must not be lost
/// to a misspelt folder.
void check_output_files(const Job& job, const Options& options);

Scheme parse_scheme(const std::string& text);
actors::Timeouts timeouts_of(const Options& options);

/// The networks that times are predicted for.
std::vector<Profile> profiles();
/// Draws a plan as --format, --file and --trace say. Returns the exit code.
int draw_job(const Job& job, const Options& options);

// The verbs. Each returns the exit code.
int run_verb(const Program& program, const Program::Build& build, const Options& options);
int party_verb(const Program& program, const Program::Build& build, const Options& options, bool as_client);
int explain_verb(const Program& program, const Program::Build& build, const Options& options);
int graph_verb(const Program& program, const Program::Build& build, const Options& options);

}  // namespace tacet::apps
