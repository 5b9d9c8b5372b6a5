#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/cli/options.hpp"
#include "apps/cli/report.hpp"
#include "apps/cli/run_embedded.hpp"
#include "graph/cost.hpp"

namespace tacet::apps {
namespace {

using Json = nlohmann::ordered_json;

std::string endpoint_label(const Plan& plan, std::uint32_t e) {
  return e < plan.setting.n ? "party " + std::to_string(e)
                            : "client " + plan.graph.clients()[e - plan.setting.n];
}

void print_json(const Job& job, const PlanCost& cost, const Report* measured) {
  const std::uint32_t n = job.plan->setting.n;
  const auto parties = [n](const std::vector<std::uint64_t>& all) {
    return Json(std::vector<std::uint64_t>(all.begin(), all.begin() + n));
  };
  Json out;
  out["rounds"] = cost.rounds;
  out["bytes_sent"] = parties(cost.bytes_sent);
  std::vector<std::uint64_t> online = cost.bytes_sent;
  for (std::size_t e = 0; e < online.size(); ++e) online[e] -= cost.offline_bytes_sent[e];
  out["offline"] = {{"rounds", cost.offline_rounds}, {"bytes_sent", parties(cost.offline_bytes_sent)}};
  out["online"] = {{"rounds", cost.online_rounds}, {"bytes_sent", parties(online)}};
  out["offline_first"] = job.plan->offline_first;
  out["waves"] = nlohmann::ordered_json::array();
  for (const Waves& w : job.plan->waves)
    out["waves"].push_back(
        {{"count", w.count}, {"first_round", w.first_round + 1}, {"rounds", w.rounds}, {"skew", w.skew}});
  Json operations = Json::array();
  for (const OperationCost& o : operation_costs(*job.plan)) {
    Json operation{
        {"operation", o.name}, {"location", o.location}, {"times", o.times}, {"elements", o.elements}};
    if (!o.variant.empty()) operation["variant"] = o.variant;
    operation["inside"] = o.inside;
    if (!o.inside) operation["offline_bytes"] = o.offline_bytes, operation["online_bytes"] = o.online_bytes;
    operations.push_back(std::move(operation));
  }
  out["operations"] = operations;
  out["seconds"] = {{"plan", job.plan_seconds}};
  out["peak_memory_bytes"] = parties(cost.peak_memory_bytes);
  Json links = Json::array();
  for (const LinkPlan& l : job.plan->links)
    links.push_back({{"from", l.from.value}, {"to", l.to.value}, {"bytes", l.bytes}});
  out["links"] = links;
  if (measured != nullptr) {
    std::vector<std::uint64_t> sent, wire, memory;
    std::vector<std::uint64_t> offline;
    std::uint32_t rounds = 0, offline_rounds = 0;
    for (std::uint32_t p = 0; p < n; ++p) {
      const actors::Stats& s = measured->results[p].stats;
      offline.push_back(s.offline_bytes), offline_rounds = std::max(offline_rounds, s.offline_rounds);
      sent.push_back(s.bytes_sent), wire.push_back(s.wire_bytes), memory.push_back(s.peak_memory_bytes);
    }
    for (const auto& r : measured->results) rounds = std::max(rounds, r.stats.rounds);
    out["measured"] = {{"rounds", rounds},   {"offline_rounds", offline_rounds},
                       {"bytes_sent", sent}, {"offline_bytes_sent", offline},
                       {"wire_bytes", wire}, {"peak_memory_bytes", memory}};
  }
  std::cout << out.dump() << std::endl;
}

std::uint64_t total(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

void print_operations(const Plan& plan) {
  const std::vector<OperationCost> operations = operation_costs(plan);
  const bool any_inside =
      std::any_of(operations.begin(), operations.end(), [](const OperationCost& o) { return o.inside; });
  std::printf("%-20s %-16s %8s %12s %16s %16s  %s\n", "operation", "computed by", "times", "elements",
              "bytes offline", "bytes online", "line");
  for (const OperationCost& o : operations) {
    if (o.inside) continue;
    std::printf("%-20s %-16s %8llu %12llu %16llu %16llu  %s\n", o.name.c_str(),
                o.variant.empty() ? "-" : o.variant.c_str(), static_cast<unsigned long long>(o.times),
                static_cast<unsigned long long>(o.elements), static_cast<unsigned long long>(o.offline_bytes),
                static_cast<unsigned long long>(o.online_bytes), o.location.c_str());
  }
  if (any_inside) std::printf("inside them:\n");
  for (const OperationCost& o : operations)
    if (o.inside)
      std::printf("  %-18s %-16s %8llu %12llu %16s %16s  %s\n", o.name.c_str(), o.variant.c_str(),
                  static_cast<unsigned long long>(o.times), static_cast<unsigned long long>(o.elements), "",
                  "", o.location.c_str());
}

void print_phases(const Plan& plan, const PlanCost& cost, const Report* measured) {
  const std::uint64_t all = total(cost.bytes_sent), offline = total(cost.offline_bytes_sent);
  std::printf("%-34s %8s %16s\n", "phase", "rounds", "bytes, all");
  std::printf("%-34s %8u %16llu\n", "offline (depends on no input)", cost.offline_rounds,
              static_cast<unsigned long long>(offline));
  std::printf("%-34s %8u %16llu\n", "online", cost.online_rounds,
              static_cast<unsigned long long>(all - offline));
  std::printf("%-34s %8u %16llu\n",
              plan.offline_first ? "one after the other" : "both at once (--offline-first: apart)",
              cost.rounds, static_cast<unsigned long long>(all));
  if (measured != nullptr && plan.offline_first) {
    std::uint32_t rounds = 0;
    std::uint64_t bytes = 0;
    double seconds = 0;
    for (const auto& r : measured->results) {
      rounds = std::max(rounds, r.stats.offline_rounds), bytes += r.stats.offline_bytes;
      seconds = std::max(seconds, r.stats.offline_seconds);
    }
    std::printf("%-34s %8u %16llu  in %s\n", "offline, measured", rounds,
                static_cast<unsigned long long>(bytes), seconds_text(seconds).c_str());
  }
  std::printf("\n");
}

void print_table(const Job& job, const PlanCost& cost, const Report* measured) {
  const Plan& plan = *job.plan;
  std::printf("%u nodes in %zu steps, %u rounds, n = %u, t = %u, %s\n\n", plan.graph.size(),
              plan.steps.size(), cost.rounds, plan.setting.n, plan.setting.t(),
              std::string(to_string(plan.setting.scheme)).c_str());
  for (const Waves& w : plan.waves)
    std::printf("%u waves from round %u on, each of %u rounds; one begins every %u rounds\n", w.count,
                w.first_round + 1, w.rounds, w.skew);
  if (!plan.waves.empty()) std::printf("\n");
  print_operations(plan);
  std::printf("\n");
  print_phases(plan, cost, measured);
  constexpr std::size_t kRounds = 40;
  std::printf("%8s %16s  %s\n", "round", "bytes, all", "what is exchanged");
  for (std::uint32_t r = 0; r < std::min<std::size_t>(cost.rounds, kRounds); ++r) {
    std::map<std::string, std::uint64_t> ops;
    for (const Step& step : plan.steps)
      if (step.round == r && step.flow_count != 0)
        ops[std::string(op_row(step.op).name)] += step.range.size();
    std::string what;
    for (const auto& [name, elements] : ops)
      what += (what.empty() ? "" : ", ") + std::to_string(elements) + " x " + name;
    std::printf("%8u %16llu  %s\n", r + 1, static_cast<unsigned long long>(cost.round_bytes[r]),
                what.c_str());
  }
  if (cost.rounds > kRounds) std::printf("%8s %16s  %zu more rounds\n", "...", "", cost.rounds - kRounds);
  std::printf("\n%-20s %14s %14s %14s", "endpoint", "bytes sent", "received", "peak memory");
  if (measured != nullptr) std::printf(" | %14s %14s %14s", "sent", "on the wire", "peak memory");
  std::printf("\n");
  for (std::uint32_t e = 0; e < plan.setting.endpoints(); ++e) {
    std::printf("%-20s %14llu %14llu %14llu", endpoint_label(plan, e).c_str(),
                static_cast<unsigned long long>(cost.bytes_sent[e]),
                static_cast<unsigned long long>(cost.bytes_received[e]),
                static_cast<unsigned long long>(cost.peak_memory_bytes[e]));
    if (measured != nullptr) {
      const actors::Stats& s = measured->results[e].stats;
      std::printf(" | %14llu %14llu %14llu", static_cast<unsigned long long>(s.bytes_sent),
                  static_cast<unsigned long long>(s.wire_bytes),
                  static_cast<unsigned long long>(s.peak_memory_bytes));
    }
    std::printf("\n");
  }
  if (measured != nullptr) {
    std::uint32_t rounds = 0;
    double online = 0;
    for (const auto& r : measured->results)
      rounds = std::max(rounds, r.stats.rounds), online = std::max(online, r.stats.online_seconds);
    std::printf("\nright of the bar: measured. Rounds measured: %u of %u predicted. Online %s.\n", rounds,
                cost.rounds, seconds_text(online).c_str());
  }
}

}  // namespace

int explain_verb(const Program& program, const Program::Build& build, const Options& options) {
  const Job job = prepare(program, build, options, options.parties, parse_scheme(options.scheme));
  if (options.analyze) check_run(job, options);
  return explain_job(job, options, [&] { return run_here(program, job, options); });
}

int explain_job(const Job& job, const Options& options, const std::function<Report()>& run) {
  const PlanCost cost = cost_of(*job.plan);
  Report report;
  if (options.analyze) {
    report = run();
    for (const actors::JobResult& result : report.results) {
      if (!result.abort) continue;
      print_abort(result, options.json);
      return 1;
    }
  }
  const Report* measured = options.analyze ? &report : nullptr;
  if (options.json) {
    print_json(job, cost, measured);
  } else {
    print_table(job, cost, measured);
  }
  return 0;
}

}  // namespace tacet::apps
