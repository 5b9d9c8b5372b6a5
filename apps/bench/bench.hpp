#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/embedded.hpp"
#include "graph/plan.hpp"

namespace tacet::bench {

struct BenchOptions {
  std::uint32_t parties = 3;
  unsigned k = 64;
  Policy policy;
  std::uint64_t memory_bytes = PlanOptions{}.memory_bytes;
  std::uint64_t elements = 10'000'000;
  std::uint64_t chains = 1000;
  std::uint64_t depth = 20;
  actors::TransportKind transport = actors::TransportKind::tls;
  unsigned repeat = 5;
  unsigned threads = 1;
};

/// One measurement. `more` holds figures that only this benchmark has.
struct Row {
  std::string name;
  std::uint32_t n = 0;
  unsigned k = 0;
  std::uint64_t elements = 0;
  double seconds = 0;                                    ///< median
  double per_second = 0;                                 ///< elements, or rounds where the name says so
  std::string unit = "elements";                         ///< of per_second
  std::uint64_t bytes_sent = 0;                          ///< by each party: stream payload
  std::uint64_t wire_bytes = 0, wire_bytes_busiest = 0;  ///< of all parties and of one; 0 if not measured
  std::uint32_t rounds = 0;
  std::string ceiling;            ///< what bounds it
  double ceiling_per_second = 0;  ///< in the unit of per_second, measured in the same run
  double share_of_ceiling = 0;
  std::map<std::string, double> more;
  std::string skipped;  ///< why there are no figures
};

/// A plan that has been run `repeat` times.
struct Measured {
  double seconds = 0;         ///< median of what `clock` measured
  double online_seconds = 0;  ///< median
  actors::Stats stats;        ///< of party 0 in the last run
  std::vector<actors::Stats> parties;
  std::map<std::string, Tensor> outputs;  ///< what party 0 learnt in the last run
};

/// A uniform secret vector that nobody can use before it lies in everyone's memory: all parties have opened
/// an element of it, masked, and add that to all.
Value operand(Builder& b, ElementType element, std::int64_t elements);

/// The plan of what `build` describes.
std::shared_ptr<const Plan> plan_of(const BenchOptions& options, const std::function<void(Builder&)>& build);

/// Why a plan cannot be run here, or nothing: all parties together would not fit into the machine's memory.
std::string why_too_large(const Plan& plan);

/// Runs a plan. Time is taken from the first to the last step for which `counts` holds, over all parties; all
/// of the job if it is empty. Fails: Error aborted if a run is.
Measured measure(const BenchOptions& options, const std::shared_ptr<const Plan>& plan,
                 const std::function<bool(const Step&)>& counts = {});

/// Payload per second of bare streams between the parties, all at once: the median of as many measurements as
/// `repeat`. Fails: Error aborted.
double ceiling_bytes_per_second(const BenchOptions& options, std::uint64_t bytes_per_stream);

/// "raw TLS streams".
std::string medium_name(const BenchOptions& options);

double median(std::vector<double> values);

std::vector<Row> bench_mul(const BenchOptions& options);
std::vector<Row> bench_and(const BenchOptions& options);
std::vector<Row> bench_branches(const BenchOptions& options);
std::vector<Row> bench_latency(const BenchOptions& options);

/// Every operation named in `ops` (all if empty) on vectors of `elements`, each checked on a few of them.
/// Fails: Errc::unknown_name; Errc::aborted if a result is wrong.
std::vector<Row> bench_ops(const BenchOptions& options, const std::vector<std::string>& ops);
/// Random bits made by the summands' way and by square roots, and how many times as fast the first is.
std::vector<Row> bench_randbit(const BenchOptions& options);

/// What is measured for which parties and ring widths, and where the figures go.
struct Request {
  std::string name;
  std::vector<std::uint32_t> parties;
  std::vector<unsigned> widths;
  std::vector<std::string> ops;
  bool json = false;      ///< one JSON array on stdout instead of a table
  std::string json_file;  ///< the array goes there, and the table to stdout
};

/// `tacet bench`.
int run(const Request& request, BenchOptions options);

/// The names `run` knows, each with a sentence.
const std::vector<std::pair<std::string, std::string>>& names();

}  // namespace tacet::bench
