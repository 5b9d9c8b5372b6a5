#include "apps/bench/bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "graph/flows.hpp"
#include "protocols/crypto.hpp"

namespace tacet::bench {
namespace {

using Clock = std::chrono::steady_clock;

double seconds(Clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

/// The time between the first and the last counted step of any endpoint.
class Stopwatch {
 public:
  void touch() {
    const Clock::time_point now = Clock::now();
    const std::lock_guard lock(mutex_);
    if (!started_) first_ = now;
    started_ = true;
    last_ = now;
  }
  double elapsed() const { return seconds(last_ - first_); }

 private:
  std::mutex mutex_;
  bool started_ = false;
  Clock::time_point first_, last_;
};

std::map<std::string, Tensor> inputs_for(const Graph& graph) {
  std::map<std::string, Tensor> inputs;
  std::uint64_t state = 1;
  for (const InputInfo& in : graph.inputs()) {
    const ValueType& type = graph.type(in.node);
    Tensor value(type.element, type.shape);
    for (std::uint64_t i = 0; i < value.elements(); ++i)
      value.set(i, (state = state * 6364136223846793005ULL + 1442695040888963407ULL) >> 7);
    inputs.emplace(in.name, std::move(value));
  }
  return inputs;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

Measured measure(const BenchOptions& options, const std::function<void(Builder&)>& build,
                 const std::function<bool(const Step&)>& counts) {
  const auto started = Clock::now();
  Builder builder;
  build(builder);
  Setting setting;
  setting.n = options.parties;
  setting.clients = static_cast<std::uint32_t>(builder.graph().clients().size());
  const auto plan = std::make_shared<const Plan>(make_plan(builder.graph(), setting));
  Measured out;
  out.plan_seconds = seconds(Clock::now() - started);
  const transport::Digest digest = protocols::sha256(plan->canonical_bytes());
  const auto inputs = inputs_for(plan->graph);

  std::vector<double> clock, online;
  for (unsigned i = 0; i < options.repeat; ++i) {
    Stopwatch watch;
    actors::EmbeddedOptions embedded;
    embedded.transport = options.transport;
    embedded.workers = options.threads;
    embedded.timeouts.silence = std::chrono::seconds(60);
    if (counts)
      embedded.hook = [&](std::uint32_t step, bool) {
        if (counts(plan->steps[step])) watch.touch();
      };
    const std::vector<actors::JobResult> results = actors::run_embedded(plan, digest, inputs, embedded);
    double longest = 0;
    for (const actors::JobResult& r : results) {
      if (r.abort) throw Error(Errc::aborted, r.abort->name + " " + r.abort->reason);
      longest = std::max(longest, r.stats.online_seconds);
    }
    online.push_back(longest);
    clock.push_back(counts ? watch.elapsed() : longest);
    out.stats = results[0].stats;
  }
  out.seconds = median(clock);
  out.online_seconds = median(online);
  return out;
}

const std::vector<std::pair<std::string, std::string>>& names() {
  static const std::vector<std::pair<std::string, std::string>> list{
      {"mul", "one multiplication of --elements ring elements, beside the same bytes over bare streams"},
      {"and", "one conjunction of --elements packed bits, likewise"},
      {"branches", "--chains independent chains of --depth scalar multiplications: rounds, time and bytes"},
      {"latency", "one chain of --depth scalar multiplications, beside a bare one-byte ping-pong"},
  };
  return list;
}

int run(const std::string& name, const BenchOptions& options, bool json) {
  std::vector<Row> rows;
  if (name == "mul") {
    rows = bench_mul(options);
  } else if (name == "and") {
    rows = bench_and(options);
  } else if (name == "branches") {
    rows = bench_branches(options);
  } else if (name == "latency") {
    rows = bench_latency(options);
  } else {
    std::string known;
    for (const auto& [n, text] : names()) known += (known.empty() ? "" : ", ") + n;
    throw Error(Errc::unknown_name, "bench " + name + ": expected one of " + known);
  }
  if (json) {
    nlohmann::ordered_json list = nlohmann::ordered_json::array();
    for (const Row& r : rows) {
      nlohmann::ordered_json row{{"name", r.name},
                                 {"n", r.n},
                                 {"k", r.k},
                                 {"elements", r.elements},
                                 {"seconds", r.seconds},
                                 {"per_second", r.per_second},
                                 {"bytes_sent", r.bytes_sent},
                                 {"rounds", r.rounds},
                                 {"ceiling", r.ceiling},
                                 {"ceiling_per_second", r.ceiling_per_second},
                                 {"share_of_ceiling", r.share_of_ceiling}};
      for (const auto& [key, value] : r.more) row[key] = value;
      list.push_back(std::move(row));
    }
    std::cout << list.dump() << std::endl;
    return 0;
  }
  std::printf("%-10s %2s %3s %12s %10s %12s %12s %7s  %s\n", "name", "n", "k", "elements", "seconds",
              "per second", "bytes sent", "rounds", "ceiling");
  for (const Row& r : rows) {
    std::printf("%-10s %2u %3u %12llu %10.4f %12.4g %12llu %7u  %.4g/s of %s: %.0f %%\n", r.name.c_str(), r.n,
                r.k, static_cast<unsigned long long>(r.elements), r.seconds, r.per_second,
                static_cast<unsigned long long>(r.bytes_sent), r.rounds, r.ceiling_per_second,
                r.ceiling.c_str(), 100 * r.share_of_ceiling);
    for (const auto& [key, value] : r.more) std::printf("%14s %s = %.6g\n", "", key.c_str(), value);
  }
  return 0;
}

}  // namespace tacet::bench
