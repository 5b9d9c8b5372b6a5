#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <fstream>
#include <mutex>

#include "apps/bench/run.hpp"
#include "apps/cli/report.hpp"
#include "graph/cost.hpp"
#include "graph/flows.hpp"
#include "protocols/plan_digest.hpp"

namespace tacet::bench {
namespace {

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

/// The same plan; what counted steps need counts as offline, so that parties can wait for each other when it
/// is done.
std::shared_ptr<const Plan> with_operands_first(const Plan& plan, const Counts& counts) {
  auto out = std::make_shared<Plan>(plan);
  std::vector<bool> follows(plan.steps.size(), false);
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    Step& step = out->steps[s];
    const bool counted = !step.join && counts(step);
    // Streams are in plan order: a message that is gated must not stand before one that is not.
    step.offline = !follows[s] && !counted && step.flow_count == 0;
    if (step.offline) continue;
    for (const std::uint32_t next : plan.step_successors(step)) follows[next] = true;
  }
  return out;
}

bool takes_a_part(Op op) {
  return op == Op::slice || op == Op::unstack || op == Op::take;
}

/// Bytes that counted steps must read and write of values too large for a cache, and of what is sent of them,
/// at all parties.
double touched_bytes(const Plan& plan, const Counts& counts) {
  const std::uint64_t cached = PlanOptions{}.cache_bytes;
  double bytes = 0, sent = 0;
  for (const Step& step : plan.steps) {
    if (step.join || (counts && !counts(step))) continue;
    const double before = bytes;
    const bool is_tile = plan.is_tile(step);
    for (const NodeId id : plan.nodes(step)) {
      const std::uint64_t computed = is_tile ? step.range.size() : plan.graph.type(id).elements();
      const auto touch = [&](NodeId value) {
        const Place& place = plan.places[value.value];
        const ValueType& type = plan.graph.type(value);
        if (place.tile != 0 || type.element.memory_bytes(plan.buffers[place.buffer].elements) <= cached)
          return;
        std::uint64_t elements = type.elements();
        if (takes_a_part(step.op) || (is_tile && elements != 1)) elements = computed;
        bytes += static_cast<double>(type.secret() ? plan.setting.components() : 1) *
                 static_cast<double>(type.element.memory_bytes(elements));
      };
      for (const NodeId from : plan.graph.operands(id)) touch(from);
      touch(id);
    }
    if (bytes != before)
      for (const Flow& flow : plan.step_flows(step)) sent += static_cast<double>(flow.bytes);
  }
  return plan.setting.n * bytes + 2 * sent;
}

/// All parties in this process.
std::vector<std::vector<PartyRun>> run_inside(const BenchOptions& options,
                                              const std::shared_ptr<const Plan>& plan,
                                              const std::map<std::string, Tensor>& inputs,
                                              const Counts& counts) {
  const transport::Digest digest = protocols::plan_digest(*plan);
  std::vector<std::vector<PartyRun>> runs;
  for (unsigned i = 0; i < options.repeat; ++i) {
    Stopwatch watch;
    std::mutex mutex;
    std::condition_variable changed;
    std::uint32_t ready = 0;
    actors::EmbeddedOptions embedded;
    embedded.transport = options.transport;
    embedded.shape = options.shape;
    embedded.workers = options.threads;
    embedded.timeouts.silence = kSilence;
    embedded.hooks = [&](EndpointId) { return watch.hooks(*plan, counts); };
    embedded.provide = [&](EndpointId self, const std::function<bool()>& cancelled) {
      std::unique_lock lock(mutex);
      ++ready;
      changed.notify_all();
      while (ready < plan->setting.n && !cancelled()) changed.wait_for(lock, kGatePoll);
      watch.begin();
      return inputs_of(*plan, inputs, self);
    };
    std::vector<PartyRun> parties;
    for (actors::JobResult& r : actors::run_embedded(plan, digest, inputs, embedded)) {
      if (r.abort) throw Error(Errc::aborted, r.abort->text());
      parties.push_back({watch.first(), watch.last(r.stats), r.stats, std::move(r.outputs)});
    }
    runs.push_back(std::move(parties));
  }
  return runs;
}

}  // namespace

double median(std::vector<double> values) {
  std::sort(values.begin(), values.end());
  return values.empty() ? 0 : values[values.size() / 2];
}

std::map<std::string, Tensor> inputs_of(const Plan& plan, const std::map<std::string, Tensor>& inputs,
                                        EndpointId self) {
  std::map<std::string, Tensor> mine;
  for (const InputInfo& in : plan.graph.inputs())
    if (endpoint_of(in.owner, plan.setting) == self) mine.emplace(in.name, inputs.at(in.name));
  return mine;
}

Value operand(Builder& b, ElementType element, std::int64_t elements) {
  return slice(b.random(element, {elements + 64}), 0, 0, elements);
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

Measured measure(const BenchOptions& options, const std::shared_ptr<const Plan>& given,
                 const Counts& counts) {
  const std::shared_ptr<const Plan> plan = counts ? with_operands_first(*given, counts) : given;
  const auto inputs = inputs_for(plan->graph);
  const bool inside = options.transport == actors::TransportKind::memory;
  // The first touch of memory is dear, on virtual machines above all: one run more, which does not count.
  BenchOptions warm = options;
  ++warm.repeat;
  auto runs = inside ? run_inside(warm, plan, inputs, counts) : run_processes(warm, plan, inputs, counts);
  runs.erase(runs.begin());
  Measured out;
  for (const std::vector<PartyRun>& parties : runs) {
    double first = parties[0].first, last = parties[0].last;
    for (const PartyRun& p : parties) first = std::min(first, p.first), last = std::max(last, p.last);
    out.seconds.push_back(last - first);
  }
  out.parties = runs.back();

  double sent = 0, drawn = 0, busiest = 0;
  for (const PartyRun& p : out.parties) {
    const auto counted = static_cast<double>(p.stats.bytes_sent - p.stats.offline_bytes);
    sent += counted, busiest = std::max(busiest, counted);
    drawn += static_cast<double>(p.stats.drawn_bytes - p.stats.offline_drawn_bytes);
  }
  const Ceilings& most = options.ceilings;
  if (options.shape) {
    std::uint64_t link = 0;
    for (const LinkPlan& l : plan->links) link = std::max(link, l.bytes);
    const double delays =
        std::chrono::duration<double>(options.shape->delay).count() * out.parties[0].stats.rounds;
    const double seconds = static_cast<double>(link) / static_cast<double>(options.shape->bytes_per_second);
    out.bounds.push_back(
        {"network", static_cast<double>(link), static_cast<double>(link) / (seconds + delays)});
  } else if (!inside) {
    out.bounds.push_back({"TLS", sent, most.tls_bytes_per_second});
    out.bounds.push_back({"TCP", sent, most.tcp_bytes_per_second});
  }
  out.bounds.push_back({"masks", drawn, most.masks_bytes_per_second});
  out.bounds.push_back({"OpenSSL's AES", drawn, most.library_bytes_per_second});
  out.bounds.push_back({"memory", touched_bytes(*plan, counts), most.memory_bytes_per_second});
  return out;
}

void set_seconds(Row& row, const std::vector<double>& times) {
  row.seconds = median(times);
  row.least_seconds = *std::min_element(times.begin(), times.end());
  row.most_seconds = *std::max_element(times.begin(), times.end());
}

const Bound* Row::tightest() const {
  const auto at = std::max_element(bounds.begin(), bounds.end(),
                                   [](const Bound& a, const Bound& b) { return a.seconds() < b.seconds(); });
  return at == bounds.end() ? nullptr : &*at;
}

double Row::share() const {
  const Bound* bound = tightest();
  return bound == nullptr || seconds == 0 ? 0 : bound->seconds() / seconds;
}

double Row::share_together() const {
  double sum = 0;
  for (const Bound& b : bounds) {
    if (b.name == "network") return 0;
    if (b.name == "TLS" || b.name == "masks" || b.name == "memory") sum += b.seconds();
  }
  return seconds == 0 ? 0 : sum / seconds;
}

Row skipped_row(const std::string& name, const BenchOptions& options, const std::string& why) {
  Row row;
  row.name = name;
  row.n = options.parties;
  row.k = options.k;
  row.elements = options.elements;
  row.skipped = why;
  return row;
}

Row make_row(const std::string& name, const BenchOptions& options, const Measured& measured) {
  Row row = skipped_row(name, options, "");
  set_seconds(row, measured.seconds);
  row.per_second = static_cast<double>(options.elements) / row.seconds;
  row.bounds = measured.bounds;
  for (const PartyRun& p : measured.parties) {
    row.bytes_sent = std::max(row.bytes_sent, p.stats.bytes_sent);
    row.wire_bytes += p.stats.wire_bytes;
    row.rounds = std::max(row.rounds, p.stats.rounds);
    row.peak_memory_bytes = std::max(row.peak_memory_bytes, p.stats.peak_memory_bytes);
  }
  return row;
}

}  // namespace tacet::bench
