#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

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
  out["seconds"] = {{"plan", job.plan_seconds}};
  out["peak_memory_bytes"] = parties(cost.peak_memory_bytes);
  Json links = Json::array();
  for (const LinkPlan& l : job.plan->links)
    links.push_back({{"from", l.from.value}, {"to", l.to.value}, {"bytes", l.bytes}});
  out["links"] = links;
  if (measured != nullptr) {
    std::vector<std::uint64_t> sent, wire, memory;
    std::uint32_t rounds = 0;
    for (std::uint32_t p = 0; p < n; ++p) {
      const actors::Stats& s = measured->results[p].stats;
      sent.push_back(s.bytes_sent), wire.push_back(s.wire_bytes), memory.push_back(s.peak_memory_bytes);
    }
    for (const auto& r : measured->results) rounds = std::max(rounds, r.stats.rounds);
    out["measured"] = {
        {"rounds", rounds}, {"bytes_sent", sent}, {"wire_bytes", wire}, {"peak_memory_bytes", memory}};
  }
  std::cout << out.dump() << std::endl;
}

void print_table(const Job& job, const PlanCost& cost, const Report* measured) {
  const Plan& plan = *job.plan;
  std::printf("%u nodes in %zu steps, %u rounds, n = %u, t = %u, %s\n\n", plan.graph.size(),
              plan.steps.size(), cost.rounds, plan.setting.n, plan.setting.t(),
              std::string(to_string(plan.setting.scheme)).c_str());
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
  const PlanCost cost = cost_of(*job.plan);
  Report report;
  if (options.analyze) {
    check_run(job, options);
    report = run_here(job, options);
    for (const actors::JobResult& result : report.results) {
      if (!result.abort) continue;
      print_abort(*result.abort, options.json);
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
