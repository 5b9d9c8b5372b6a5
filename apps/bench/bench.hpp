#pragma once

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "actors/embedded.hpp"
#include "graph/builder.hpp"

namespace tacet::bench {

struct BenchOptions {
  std::uint32_t parties = 3;
  unsigned k = 64;
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
  double seconds = 0;            ///< median
  double per_second = 0;         ///< elements, or rounds where the name says so
  std::uint64_t bytes_sent = 0;  ///< by each party: stream payload
  std::uint32_t rounds = 0;
  std::string ceiling;            ///< what bounds it
  double ceiling_per_second = 0;  ///< in the unit of per_second, measured in the same run
  double share_of_ceiling = 0;
  std::map<std::string, double> more;
};

/// A plan that has been run `repeat` times.
struct Measured {
  double seconds = 0;         ///< median of what `clock` measured
  double online_seconds = 0;  ///< median
  double plan_seconds = 0;
  actors::Stats stats;  ///< of party 0 in the last run
};

/// Builds, plans and runs. Time is taken from the first to the last step for which `counts` holds, over all
/// parties; all of the online phase if it is empty. Fails: Error aborted if a run is.
Measured measure(const BenchOptions& options, const std::function<void(Builder&)>& build,
                 const std::function<bool(const Step&)>& counts = {});

double median(std::vector<double> values);

std::vector<Row> bench_mul(const BenchOptions& options);
std::vector<Row> bench_and(const BenchOptions& options);
std::vector<Row> bench_branches(const BenchOptions& options);
std::vector<Row> bench_latency(const BenchOptions& options);

/// `tacet bench`: prints a table, or one JSON array.
int run(const std::string& name, const BenchOptions& options, bool json);

/// The names `run` knows, each with a sentence.
const std::vector<std::pair<std::string, std::string>>& names();

}  // namespace tacet::bench
