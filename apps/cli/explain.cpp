#include <algorithm>
#include <cstdio>
#include <functional>
#include <iostream>
#include <nlohmann/json.hpp>
#include <numeric>

#include "apps/cli/command.hpp"
#include "apps/cli/deliver.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/people.hpp"
#include "apps/cli/report.hpp"
#include "apps/cli/run_embedded.hpp"
#include "apps/draw/text.hpp"
#include "apps/io/refusal.hpp"
#include "apps/trace/trace.hpp"
#include "graph/cost.hpp"
#include "graph/scopes.hpp"

namespace tacet::apps {
namespace {

using Json = nlohmann::ordered_json;

std::uint64_t total(const std::vector<std::uint64_t>& values) {
  return std::accumulate(values.begin(), values.end(), std::uint64_t{0});
}

double seconds(const ScopeCost& cost, std::string_view network) {
  for (const Profile& p : profiles())
    if (p.name == network) return cost.seconds(p.round_seconds, p.bytes_per_second);
  return 0;
}

std::uint64_t busiest(const std::vector<std::uint64_t>& bytes, std::uint32_t parties) {
  return *std::max_element(bytes.begin(), bytes.begin() + parties);
}

/// The program by its scopes and operations: what each costs.
struct Parts {
  explicit Parts(const Plan& plan, const TraceRecorder* trace)
      : tree(scopes_of(plan)), costs(scope_costs(plan, tree)), critical(tree.scopes.size(), 0) {
    for (const NodeId node : critical_path(plan))
      for (std::uint32_t s = tree.of_node[node.value];; s = tree.scopes[s].parent) {
        ++critical[s];
        if (s == 0) break;
      }
    if (trace != nullptr) times = trace->by_scope(tree);
  }

  ScopeTree tree;
  std::vector<ScopeCost> costs;
  std::vector<std::uint32_t> critical;      ///< rounds of the critical path
  std::vector<TraceRecorder::Times> times;  ///< if measured
};

/// The costliest parts, those of one scope by their cost in a LAN.
void print_parts(const Plan& plan, const Parts& parts) {
  constexpr std::size_t kShown = 60;
  const auto cost = [&](std::uint32_t s) { return seconds(parts.costs[s], "lan"); };
  // No part costs more than the one around it, which has the smaller number or is named.
  std::vector<std::uint32_t> order;
  for (std::uint32_t s = 0; s < parts.tree.scopes.size(); ++s)
    if (s == 0 || cost(s) > 0) order.push_back(s);
  std::stable_sort(order.begin(), order.end(),
                   [&](std::uint32_t a, std::uint32_t b) { return cost(a) > cost(b); });
  const std::size_t all = order.size();
  order.resize(std::min(all, kShown));
  std::vector<std::vector<std::uint32_t>> inside(parts.tree.scopes.size());
  for (const std::uint32_t s : order)
    if (s != 0) inside[parts.tree.scopes[s].parent].push_back(s);

  const bool measured = !parts.times.empty();
  std::printf("%-32s %8s %8s %10s %10s %10s %9s %9s", "part (by cost)", "rounds", "critical", "offline",
              "online", "memory", "lan", "wan");
  if (measured) std::printf(" | %9s %9s %9s", "under way", "busy", "waiting");
  std::printf("  %s\n", "computed by, line");
  const std::function<void(std::uint32_t, std::size_t)> print = [&](std::uint32_t s, std::size_t depth) {
    const PlanScope& scope = parts.tree.scopes[s];
    const ScopeCost& c = parts.costs[s];
    std::string name = std::string(2 * depth, ' ') + (s == 0 ? "all" : std::string(scope.name));
    if (scope.times > 1) name += " x" + std::to_string(scope.times);
    std::printf("%-32s %8u %8u %10s %10s %10s %9s %9s", name.c_str(), c.rounds, parts.critical[s],
                human_bytes(busiest(c.offline_bytes, plan.setting.n)).c_str(),
                human_bytes(busiest(c.online_bytes, plan.setting.n)).c_str(),
                human_bytes(c.peak_memory_bytes).c_str(), seconds_text(cost(s)).c_str(),
                seconds_text(seconds(c, "wan")).c_str());
    if (measured)
      std::printf(" | %9s %9s %9s", seconds_text(parts.times[s].seconds).c_str(),
                  seconds_text(parts.times[s].busy).c_str(), seconds_text(parts.times[s].waited).c_str());
    std::string where(scope.variant);
    if (scope.kind == ScopeKind::operation)
      where += (where.empty() ? "" : ", ") + plan.graph.location_text(scope.location);
    std::printf("  %s\n", where.c_str());
    for (const std::uint32_t child : inside[s]) print(child, depth + 1);
  };
  print(0, 0);
  if (all > order.size())
    std::printf("%s of less cost: --json tells\n", count_text(all - order.size(), "part").c_str());
  std::printf(
      "rounds: in which it sends; critical: of them on one longest chain; offline, online: the busiest "
      "party's;\n"
      "lan, wan: by itself at 1 Gbit/s and 0.1 ms a round, 100 Mbit/s and 20 ms%s\n",
      measured ? ";\nunder way: any of its steps; busy: threads; waiting: steps for what others send, summed"
               : "");
}

Json parts_json(const Plan& plan, const Parts& parts) {
  Json list = Json::array();
  const std::uint32_t n = plan.setting.n;
  for (std::uint32_t s = 0; s < parts.tree.scopes.size(); ++s) {
    const PlanScope& scope = parts.tree.scopes[s];
    const ScopeCost& c = parts.costs[s];
    Json part{{"name", s == 0 ? "all" : std::string(scope.name)},
              {"parent", s == 0 ? Json() : Json(scope.parent)},
              {"operation", scope.kind == ScopeKind::operation},
              {"variant", scope.variant},
              {"location", plan.graph.location_text(scope.location)},
              {"times", scope.times},
              {"rounds", c.rounds},
              {"critical_rounds", parts.critical[s]},
              {"offline_bytes_sent", std::vector(c.offline_bytes.begin(), c.offline_bytes.begin() + n)},
              {"online_bytes_sent", std::vector(c.online_bytes.begin(), c.online_bytes.begin() + n)},
              {"peak_memory_bytes", c.peak_memory_bytes}};
    for (const Profile& p : profiles())
      part["seconds_" + std::string(p.name)] = c.seconds(p.round_seconds, p.bytes_per_second);
    if (!parts.times.empty())
      part["measured"] = {{"seconds", parts.times[s].seconds},
                          {"busy_seconds", parts.times[s].busy},
                          {"waiting_seconds", parts.times[s].waited}};
    list.push_back(std::move(part));
  }
  return list;
}

void print_json(const Job& job, const PlanCost& cost, const Parts& parts, const Report* measured) {
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
  add_people(out, *job.plan);
  out["parts"] = parts_json(*job.plan, parts);
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
  add_warning(out, job.plan->setting);
  std::cout << out.dump() << std::endl;
}

void print_choices_inside(const Plan& plan) {
  const std::vector<OperationCost> operations = operation_costs(plan);
  if (std::none_of(operations.begin(), operations.end(), [](const OperationCost& o) { return o.inside; }))
    return;
  std::printf("\n%-20s %-16s %8s %12s  %s\n", "inside operations", "computed by", "times", "elements",
              "line");
  for (const OperationCost& o : operations)
    if (o.inside)
      std::printf("%-20s %-16s %8llu %12llu  %s\n", o.name.c_str(), o.variant.c_str(),
                  static_cast<unsigned long long>(o.times), static_cast<unsigned long long>(o.elements),
                  o.location.c_str());
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

void print_table(const Job& job, const PlanCost& cost, const Parts& parts, const Report* measured) {
  const Plan& plan = *job.plan;
  std::printf("%s in %s, %s, n = %u, t = %u, %s\n\n", count_text(plan.graph.size(), "node").c_str(),
              count_text(plan.steps.size(), "step").c_str(), count_text(cost.rounds, "round").c_str(),
              plan.setting.n, plan.setting.t(), std::string(to_string(plan.setting.scheme)).c_str());
  if (const std::string warning(warning_of(plan.setting.scheme)); !warning.empty())
    std::printf("%s\n\n", warning.c_str());
  for (const Waves& w : plan.waves)
    std::printf("%s from round %u on, each of %s; one begins every %s\n", count_text(w.count, "wave").c_str(),
                w.first_round + 1, count_text(w.rounds, "round").c_str(),
                count_text(w.skew, "round").c_str());
  if (!plan.waves.empty()) std::printf("\n");
  print_people(plan);
  print_parts(plan, parts);
  print_choices_inside(plan);
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
  if (cost.rounds > kRounds)
    std::printf("%8s %16s  %s\n", "...", "", count_text(cost.rounds - kRounds, "more round").c_str());
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
  return explain_job(job, options,
                     [&](TraceRecorder& trace) { return run_here(program, job, options, &trace); });
}

int explain_job(const Job& job, const Options& options, const std::function<Report(TraceRecorder&)>& run) {
  const PlanCost cost = cost_of(*job.plan);
  TraceRecorder trace(job.plan);
  Report report;
  if (options.analyze) {
    report = run(trace);
    for (const actors::JobResult& result : report.results) {
      if (!result.abort) continue;
      print_abort(job.plan->setting, result, options.json);
      return kJobFailed;
    }
  }
  const Report* measured = options.analyze ? &report : nullptr;
  const Parts parts(*job.plan, options.analyze ? &trace : nullptr);
  if (options.json) {
    print_json(job, cost, parts, measured);
  } else {
    print_table(job, cost, parts, measured);
  }
  return 0;
}

}  // namespace tacet::apps
