#include "apps/bench/bench.hpp"

#include <algorithm>
#include <chrono>
#include <cstdio>
#include <fstream>
#include <iostream>
#include <mutex>
#include <nlohmann/json.hpp>

#include "apps/cli/report.hpp"
#include "apps/io/file.hpp"
#include "graph/cost.hpp"
#include "graph/flows.hpp"
#include "protocols/crypto.hpp"
#include "transport/ceiling.hpp"

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

std::string medium_name(const BenchOptions& options) {
  return options.transport == actors::TransportKind::tls ? "raw TLS streams" : "raw in-memory streams";
}

Value operand(Builder& b, ElementType element, std::int64_t elements) {
  const Value x = slice(b.random(element, {elements + 64}), 0, 0, elements);
  const auto plus = [&](const Value& p, const Value& q) {
    return element.domain == Domain::ring ? p + q : p ^ q;
  };
  return elements == 0 ? x : plus(x, reveal(plus(slice(x, 0, 0, 1), b.random(element, {1}))));
}

std::shared_ptr<const Plan> plan_of(const BenchOptions& options, const std::function<void(Builder&)>& build) {
  Builder builder;
  build(builder);
  Setting setting;
  setting.n = options.parties;
  setting.clients = static_cast<std::uint32_t>(builder.graph().clients().size());
  PlanOptions plan;
  plan.policy = options.policy;
  plan.memory_bytes = options.memory_bytes;
  return std::make_shared<const Plan>(make_plan(builder.graph(), setting, plan));
}

std::string why_too_large(const Plan& plan) {
  std::uint64_t memory = 0, available = ~std::uint64_t{0};
  for (const std::uint64_t bytes : cost_of(plan).peak_memory_bytes) memory += bytes;
  std::ifstream info("/proc/meminfo");
  std::string key, unit;
  for (std::uint64_t value = 0; info >> key >> value >> unit;)
    if (key == "MemAvailable:") available = value * 1024;
  return memory <= available / 10 * 9
             ? ""
             : "skipped: all parties together would hold " + apps::bytes_text(memory);
}

Measured measure(const BenchOptions& options, const std::shared_ptr<const Plan>& plan,
                 const std::function<bool(const Step&)>& counts) {
  Measured out;
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
    out.parties.clear();
    for (const actors::JobResult& r : results) {
      if (r.abort) throw Error(Errc::aborted, r.abort->name + " " + r.abort->reason);
      longest = std::max(longest, r.stats.online_seconds);
      out.parties.push_back(r.stats);
    }
    online.push_back(longest);
    clock.push_back(counts ? watch.elapsed() : longest);
    out.stats = results[0].stats;
    out.outputs = results[0].outputs;
  }
  out.seconds = median(clock);
  out.online_seconds = median(online);
  return out;
}

double ceiling_bytes_per_second(const BenchOptions& options, std::uint64_t bytes_per_stream) {
  const auto medium =
      options.transport == actors::TransportKind::tls ? transport::Medium::tls : transport::Medium::memory;
  std::vector<double> rates;
  for (unsigned i = 0; i < options.repeat; ++i) {
    Result<transport::Ceiling> c =
        transport::measure_ceiling(medium, options.parties, (options.parties - 1) / 2, bytes_per_stream);
    if (!c) throw Error(Errc::aborted, c.fault().detail);
    rates.push_back(c->bytes_per_second());
  }
  return median(rates);
}

const std::vector<std::pair<std::string, std::string>>& names() {
  static const std::vector<std::pair<std::string, std::string>> list{
      {"mul", "one multiplication of --elements ring elements, beside the same bytes over bare streams"},
      {"and", "one conjunction of --elements packed bits, likewise"},
      {"branches", "--chains independent chains of --depth scalar multiplications: rounds, time and bytes"},
      {"latency", "one chain of --depth scalar multiplications, beside a bare one-byte ping-pong"},
      {"ops", "operations on vectors of --elements (or those in --ops): time, bytes, share of bare streams"},
      {"randbit", "random bits without and with square roots"},
  };
  return list;
}

namespace {

nlohmann::ordered_json to_json(const std::vector<Row>& rows) {
  nlohmann::ordered_json list = nlohmann::ordered_json::array();
  for (const Row& r : rows) {
    nlohmann::ordered_json row{{"name", r.name}, {"n", r.n}, {"k", r.k}, {"elements", r.elements}};
    if (!r.skipped.empty()) {
      row["skipped"] = r.skipped;
    } else {
      row.update({{"seconds", r.seconds},
                  {"per_second", r.per_second},
                  {"unit", r.unit},
                  {"bytes_sent", r.bytes_sent},
                  {"wire_bytes", r.wire_bytes},
                  {"wire_bytes_busiest", r.wire_bytes_busiest},
                  {"rounds", r.rounds},
                  {"ceiling", r.ceiling},
                  {"ceiling_per_second", r.ceiling_per_second},
                  {"share_of_ceiling", r.share_of_ceiling}});
      for (const auto& [key, value] : r.more) row[key] = value;
    }
    list.push_back(std::move(row));
  }
  return list;
}

void print_table(const std::vector<Row>& rows) {
  const bool wire = std::any_of(rows.begin(), rows.end(), [](const Row& r) { return r.wire_bytes != 0; });
  std::printf("%-18s %2s %3s %12s %10s %12s %-8s %12s", "name", "n", "k", "elements", "seconds", "per second",
              "", "bytes sent");
  if (wire) std::printf(" %12s %12s", "on the wire", "by busiest");
  std::printf(" %7s  %s\n", "rounds", "ceiling");
  for (const Row& r : rows) {
    std::printf("%-18s %2u %3u %12llu ", r.name.c_str(), r.n, r.k,
                static_cast<unsigned long long>(r.elements));
    if (!r.skipped.empty()) {
      std::printf("%s\n", r.skipped.c_str());
      continue;
    }
    std::printf("%10.4f %12.4g %-8s %12llu", r.seconds, r.per_second, r.unit.c_str(),
                static_cast<unsigned long long>(r.bytes_sent));
    if (wire)
      std::printf(" %12llu %12llu", static_cast<unsigned long long>(r.wire_bytes),
                  static_cast<unsigned long long>(r.wire_bytes_busiest));
    std::printf(" %7u  %.4g/s of %s: %.0f %%\n", r.rounds, r.ceiling_per_second, r.ceiling.c_str(),
                100 * r.share_of_ceiling);
    for (const auto& [key, value] : r.more) std::printf("%22s %s = %.6g\n", "", key.c_str(), value);
  }
}

std::vector<Row> rows_of(const Request& request, const BenchOptions& options) {
  if (request.name == "mul") return bench_mul(options);
  if (request.name == "and") return bench_and(options);
  if (request.name == "branches") return bench_branches(options);
  if (request.name == "latency") return bench_latency(options);
  if (request.name == "ops") return bench_ops(options, request.ops);
  if (request.name == "randbit") return bench_randbit(options);
  std::string known;
  for (const auto& [n, text] : names()) known += (known.empty() ? "" : ", ") + n;
  throw Error(Errc::unknown_name, "bench " + request.name + ": expected one of " + known);
}

}  // namespace

int run(const Request& request, BenchOptions options) {
  std::vector<Row> rows;
  for (const std::uint32_t n : request.parties)
    for (const unsigned k : request.widths) {
      options.parties = n, options.k = k;
      for (Row& row : rows_of(request, options)) rows.push_back(std::move(row));
    }
  const std::string json = to_json(rows).dump() + "\n";
  if (!request.json_file.empty()) {
    apps::AtomicFile file(request.json_file);
    file.append(json);
    file.commit();
  }
  if (request.json) {
    std::cout << json << std::flush;
  } else {
    print_table(rows);
  }
  return 0;
}

}  // namespace tacet::bench
