#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "actors/embedded.hpp"
#include "graph/plan.hpp"

namespace tacet::bench {

/// What this machine does at most, with all its cores.
struct Ceilings {
  double tls_bytes_per_second = 0, tcp_bytes_per_second = 0;  ///< payload of streams as n parties have them
  double masks_bytes_per_second = 0;                          ///< drawn into the first-level cache ..
  double library_bytes_per_second = 0;                        ///< .. and as OpenSSL's AES-128-CTR makes them
  double memory_bytes_per_second = 0;                         ///< read and written by a plain copy
};
/// Medians, after a measurement that does not count. Fails: Error aborted.
Ceilings measure_ceilings(std::uint32_t parties, unsigned repeat);

struct BenchOptions {
  std::uint32_t parties = 3;
  unsigned k = 64;
  Policy policy;
  std::uint64_t memory_bytes = PlanOptions{}.memory_bytes;
  std::uint64_t elements = 10'000'000;
  std::uint64_t chains = 1000;
  std::uint64_t depth = 20;
  actors::TransportKind transport = actors::TransportKind::tls;
  std::optional<transport::LinkShape> shape;  ///< of every stream
  unsigned repeat = 5;
  unsigned threads = 1;
  Ceilings ceilings;
};

/// What bounds a measurement from below: so much has to pass through something of that speed.
struct Bound {
  std::string name;       ///< "TLS", "TCP", "masks", "OpenSSL's AES", "memory" or "network"
  double amount = 0;      ///< of all parties: bytes, or whatever the name counts
  double per_second = 0;  ///< measured in the same run
  double seconds() const { return per_second > 0 ? amount / per_second : 0; }
};

/// One measurement. `more` holds figures that only this benchmark has.
struct Row {
  std::string name;
  std::uint32_t n = 0;
  unsigned k = 0;
  std::uint64_t elements = 0;
  double seconds = 0;  ///< median
  double least_seconds = 0, most_seconds = 0;
  double per_second = 0;  ///< of `unit`
  std::string unit = "elements";
  std::uint64_t bytes_sent = 0;  ///< stream payload of the party that sends most
  std::uint64_t wire_bytes = 0;  ///< of all parties: frames, TLS and handshakes too
  std::uint32_t rounds = 0;
  std::uint64_t peak_memory_bytes = 0;  ///< of the party that holds most
  std::vector<Bound> bounds;
  std::map<std::string, double> more;
  std::string skipped;  ///< why there are no figures

  /// The tightest bound, and its share of the time taken.
  const Bound* tightest() const;
  double share() const;
  /// That of TLS, masks and memory together, which on one machine take turns on the same cores; 0 where an
  /// imitated network bounds.
  double share_together() const;
};

/// One endpoint's part of one run.
struct PartyRun {
  double first = 0, last = 0;  ///< seconds on the machine's clock: may begin; has ended what counts
  actors::Stats stats;
  std::map<std::string, Tensor> outputs;
};

/// Which steps are measured.
using Counts = std::function<bool(const Step&)>;

/// A plan that has been run `repeat` times, after a run that does not count.
struct Measured {
  std::vector<double> seconds;
  std::vector<PartyRun> parties;  ///< of the last run
  std::vector<Bound> bounds;
};

/// A uniform secret vector that lies in memory before it is used.
Value operand(Builder& b, ElementType element, std::int64_t elements);

/// The plan of what `build` describes.
std::shared_ptr<const Plan> plan_of(const BenchOptions& options, const std::function<void(Builder&)>& build);

/// Why a plan cannot be run here, or nothing: all parties together would not fit into the machine's memory.
std::string why_too_large(const Plan& plan);

/// Runs a plan: over TLS each party in a process of its own. Time is taken from when all parties have
/// computed what steps for which `counts` holds need, to the end of the last of these steps anywhere. Without
/// `counts`: all of the job, from when the parties are connected. Fails: Error aborted if a run is.
Measured measure(const BenchOptions& options, const std::shared_ptr<const Plan>& plan,
                 const Counts& counts = {});

/// A row with what every benchmark has.
Row make_row(const std::string& name, const BenchOptions& options, const Measured& measured);
Row skipped_row(const std::string& name, const BenchOptions& options, const std::string& why);

double median(std::vector<double> values);
/// Median and range of a row's times.
void set_seconds(Row& row, const std::vector<double>& times);

std::vector<Row> bench_mul(const BenchOptions& options);
std::vector<Row> bench_and(const BenchOptions& options);
std::vector<Row> bench_lt(const BenchOptions& options);
std::vector<Row> bench_branches(const BenchOptions& options);
std::vector<Row> bench_out_of_step(const BenchOptions& options);
std::vector<Row> bench_latency(const BenchOptions& options);
/// A product of square matrices with --elements elements: the kernel alone on one core beside the multiplier,
/// then the whole product among n parties beside what its local products take on the cores there are.
std::vector<Row> bench_matmul(const BenchOptions& options);

/// Every operation named in `ops` (all if empty) on vectors of `elements`, each checked on a few of them.
/// Fails: Errc::unknown_name; Errc::aborted if a result is wrong.
std::vector<Row> bench_ops(const BenchOptions& options, const std::vector<std::string>& ops);
/// Random bits made by the summands' way and by square roots, and how many times as fast the first is.
std::vector<Row> bench_randbit(const BenchOptions& options);

/// What is measured for which parties and ring widths, and where the figures go. What is not given is the
/// benchmark's own choice.
struct Request {
  std::string name;
  std::vector<std::uint32_t> parties;
  std::vector<unsigned> widths;
  std::vector<std::string> ops;
  std::optional<std::uint64_t> elements, depth;
  bool json = false;      ///< one JSON array on stdout instead of a table
  std::string json_file;  ///< the array goes there, and the table to stdout
};

/// `tacet bench`.
int run(const Request& request, const BenchOptions& options);

/// The names `run` knows, each with a sentence.
const std::vector<std::pair<std::string, std::string>>& names();

}  // namespace tacet::bench
