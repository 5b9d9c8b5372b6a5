#include "apps/trace/trace.hpp"

#include <spdlog/fmt/fmt.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "apps/draw/text.hpp"

namespace tacet::apps {
namespace {

using Json = nlohmann::ordered_json;

/// Lanes of what waits beside each other stand behind the threads.
constexpr std::uint32_t kFirstLane = 1000;

double microseconds(std::int64_t nanoseconds) {
  return static_cast<double>(nanoseconds) / 1000;
}

}  // namespace

TraceRecorder::TraceRecorder(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)) {
  for (std::uint32_t e = 0; e < plan_->setting.endpoints(); ++e)
    endpoints_.push_back(std::make_unique<Endpoint>());
}

TraceRecorder::Nanoseconds TraceRecorder::now() const {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::steady_clock::now() - epoch_)
      .count();
}

actors::Hooks TraceRecorder::hooks(EndpointId endpoint) {
  Endpoint& e = *endpoints_[endpoint.value];
  actors::Hooks hooks;
  hooks.step = [this, &e](std::uint32_t step, bool begins, std::uint64_t live_bytes) {
    thread_local Nanoseconds begin = 0;  // a thread runs one phase at a time
    if (begins) {
      begin = now();
      return;
    }
    if (plan_->steps[step].join) return;
    const Nanoseconds end = now();
    const std::lock_guard lock(e.mutex);
    const auto thread = std::find(e.threads.begin(), e.threads.end(), std::this_thread::get_id());
    const auto number = static_cast<std::uint32_t>(thread - e.threads.begin());
    if (thread == e.threads.end()) e.threads.push_back(std::this_thread::get_id());
    e.phases.push_back({step, number, begin, end, live_bytes});
  };
  hooks.arrival = [this, &e](std::uint32_t step, EndpointId from) {
    const Nanoseconds at = now();
    const std::lock_guard lock(e.mutex);
    e.arrivals.push_back({step, from, at});
  };
  return hooks;
}

std::vector<TraceRecorder::Span> TraceRecorder::spans(const Endpoint& e) const {
  std::vector<Span> spans(plan_->steps.size());
  for (const Phase& p : e.phases) {
    Span& s = spans[p.step];
    if (s.begin < 0) s.begin = p.begin, s.sent = p.end;
    s.end = p.end;
  }
  for (const Arrival& a : e.arrivals)
    if (Span& s = spans[a.step]; a.at > s.arrived) s.arrived = a.at, s.last = a.from;
  return spans;
}

std::string TraceRecorder::to_json(const std::string& program, const transport::Digest& digest) const {
  const Plan& plan = *plan_;
  std::string out = "{\"traceEvents\":[";
  auto at = std::back_inserter(out);
  const auto separate = [&] { out += out.back() == '[' ? "\n" : ",\n"; };
  std::vector<double> zeros(endpoints_.size(), 0);
  std::vector<std::string> names;
  for (std::uint32_t endpoint = 0; endpoint < endpoints_.size(); ++endpoint) {
    const Endpoint& e = *endpoints_[endpoint];
    const std::lock_guard lock(e.mutex);
    names.push_back(endpoint_label(plan, endpoint));
    const auto name = [&](std::uint32_t thread, const char* what, const std::string& text) {
      separate();
      out += Json{{"ph", "M"}, {"name", what}, {"pid", endpoint}, {"tid", thread}, {"args", {{"name", text}}}}
                 .dump(-1, ' ', false, Json::error_handler_t::replace);
    };
    name(0, "process_name", names.back());
    for (std::uint32_t t = 0; t < e.threads.size(); ++t)
      name(t, "thread_name", "worker " + std::to_string(t));

    for (const Phase& p : e.phases) {
      const Step& step = plan.steps[p.step];
      std::uint64_t sent = 0;
      for (const Flow& f : plan.step_flows(step))
        if (f.from.value == endpoint) sent += f.bytes;
      separate();
      fmt::format_to(at,
                     R"({{"ph":"X","cat":"compute","name":"{}","pid":{},"tid":{},"ts":{:.3f},"dur":{:.3f},)"
                     R"("args":{{"step":{},"node":{},"nodes":{},"round":{},"bytes":{},"memory":{}}}}})",
                     op_row(step.op).name, endpoint, p.thread, microseconds(p.begin),
                     microseconds(p.end - p.begin), p.step, plan.nodes(step)[0].value, step.node_count,
                     step.round, sent, p.live_bytes);
    }

    const std::vector<Span> all = spans(e);
    std::vector<std::uint32_t> waiting;
    for (std::uint32_t s = 0; s < all.size(); ++s)
      if (all[s].begin >= 0 && all[s].waited() > 0) waiting.push_back(s);
    std::sort(waiting.begin(), waiting.end(),
              [&](std::uint32_t a, std::uint32_t b) { return all[a].sent < all[b].sent; });
    std::vector<Nanoseconds> lanes;  // until when each is taken
    for (const std::uint32_t s : waiting) {
      const Span& span = all[s];
      auto lane = std::find_if(lanes.begin(), lanes.end(), [&](Nanoseconds end) { return end <= span.sent; });
      if (lane == lanes.end()) lane = lanes.insert(lane, 0);
      *lane = span.arrived;
      const Step& step = plan.steps[s];
      // A name may hold what JSON escapes.
      const std::string quoted =
          Json(endpoint_label(plan, span.last.value)).dump(-1, ' ', false, Json::error_handler_t::replace);
      const std::string waited_for = quoted.substr(1, quoted.size() - 2);
      separate();
      fmt::format_to(at,
                     R"({{"ph":"X","cat":"wait","name":"wait for {}","pid":{},"tid":{},"ts":{:.3f},)"
                     R"("dur":{:.3f},"args":{{"from":{},"step":{},"node":{},"round":{}}}}})",
                     waited_for, endpoint, kFirstLane + (lane - lanes.begin()), microseconds(span.sent),
                     microseconds(span.waited()), span.last.value, s, plan.nodes(step)[0].value, step.round);
    }
    for (std::uint32_t lane = 0; lane < lanes.size(); ++lane)
      name(kFirstLane + lane, "thread_name", "waits " + std::to_string(lane));
  }
  std::string hex;
  for (const auto byte : digest)
    fmt::format_to(std::back_inserter(hex), "{:02x}", static_cast<unsigned>(byte));
  Json other{{"format", 1},
             {"program", program},
             {"plan", hex},
             {"endpoints", names},
             {"clock", "one clock: all endpoints ran in one process"},
             {"offsets_us", zeros},
             {"offset_errors_us", zeros}};
  if (const auto warning = warning_of(plan.setting.scheme); !warning.empty()) other["warning"] = warning;
  out += "\n],\"displayTimeUnit\":\"ms\",\"otherData\":" +
         other.dump(-1, ' ', false, Json::error_handler_t::replace) + "}\n";
  return out;
}

std::vector<TraceRecorder::Times> TraceRecorder::by_scope(const ScopeTree& tree) const {
  std::vector<Times> out(tree.scopes.size());
  for (const auto& endpoint : endpoints_) {
    const std::lock_guard lock(endpoint->mutex);
    std::vector<Times> here(tree.scopes.size());
    const auto for_each_around = [&](std::uint32_t step, const auto& f) {
      for (std::uint32_t s = tree.of_node[plan_->nodes(plan_->steps[step])[0].value];;
           s = tree.scopes[s].parent) {
        f(s);
        if (s == 0) break;
      }
    };
    constexpr double kSecond = 1e9;
    for (const Phase& p : endpoint->phases)
      for_each_around(
          p.step, [&](std::uint32_t s) { here[s].busy += static_cast<double>(p.end - p.begin) / kSecond; });
    const std::vector<Span> all = spans(*endpoint);
    std::vector<std::uint32_t> order;
    for (std::uint32_t s = 0; s < all.size(); ++s)
      if (all[s].begin >= 0) order.push_back(s);
    std::sort(order.begin(), order.end(),
              [&](std::uint32_t a, std::uint32_t b) { return all[a].begin < all[b].begin; });
    std::vector<Nanoseconds> until(tree.scopes.size(), 0);
    for (const std::uint32_t step : order)
      for_each_around(step, [&](std::uint32_t s) {
        const Span& span = all[step];
        const Nanoseconds from = std::max(span.begin, until[s]);
        if (span.end > from) here[s].seconds += static_cast<double>(span.end - from) / kSecond;
        until[s] = std::max(until[s], span.end);
        here[s].waited += static_cast<double>(span.waited()) / kSecond;
      });
    for (std::size_t s = 0; s < out.size(); ++s) {
      out[s].seconds = std::max(out[s].seconds, here[s].seconds);
      out[s].busy = std::max(out[s].busy, here[s].busy);
      out[s].waited = std::max(out[s].waited, here[s].waited);
    }
  }
  return out;
}

}  // namespace tacet::apps
