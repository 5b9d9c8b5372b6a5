#include "apps/live/news.hpp"

#include <algorithm>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <set>

#include "apps/draw/text.hpp"

namespace tacet::apps {
namespace {

using Json = nlohmann::ordered_json;

double seconds(std::chrono::steady_clock::duration d) {
  return std::chrono::duration<double>(d).count();
}

}  // namespace

double News::Endpoint::share() const {
  return last.steps == 0 ? 1 : static_cast<double>(last.steps_done) / static_cast<double>(last.steps);
}

News::News(std::shared_ptr<const Plan> plan) : plan_(std::move(plan)), tree_(scopes_of(*plan_)) {}

void News::update(const actors::Progress& p) {
  constexpr double kWindow = 1;  // seconds
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  if (endpoints_.empty()) started_ = now;
  const auto [at, is_new] = endpoints_.try_emplace(p.endpoint.value);
  Endpoint& e = at->second;
  const double passed = is_new ? 0 : seconds(now - e.at);
  for (const auto& sent : p.sent) {
    Link& link = e.links[sent.to.value];
    if (passed > 0) {
      const double rate = static_cast<double>(sent.bytes - link.bytes) / passed;
      link.rate += (rate - link.rate) * std::min(1.0, passed / kWindow);
    }
    link.bytes = sent.bytes;
  }
  const std::uint32_t step = p.waits_for && !p.under_way.empty() ? p.under_way.front() : 0;
  if (!p.waits_for || p.waits_for != e.waits_for || step != e.waiting_step) e.waits_since = now;
  e.waits_for = p.waits_for, e.waiting_step = step;
  e.last = p, e.at = now;
}

std::string News::name(std::uint32_t endpoint) const {
  return endpoint_label(*plan_, endpoint);
}

std::uint32_t News::known_scope(std::uint32_t step) const {
  const std::uint32_t inner = tree_.of_node[plan_->nodes(plan_->steps[step])[0].value];
  std::uint32_t scope = inner;
  while (scope != 0 && tree_.scopes[scope].kind != ScopeKind::named) scope = tree_.scopes[scope].parent;
  return scope != 0 ? scope : inner;
}

std::string News::stall(const Endpoint& e, Clock::time_point now) const {
  char since[32];
  std::snprintf(since, sizeof since, "%.1f s", seconds(now - e.waits_since));
  std::string out = "waits for " + name(e.waits_for->value) + ": ";
  if (e.last.waiting_tiles > 1) out += std::to_string(e.last.waiting_tiles) + " tiles of ";
  return out + std::string(tree_.scopes[known_scope(e.waiting_step)].name) + ", " + since;
}

std::optional<double> News::seconds_left(Clock::time_point now) const {
  constexpr double kEnough = 0.03;  // of the steps, to guess from
  double share = 1;
  for (const auto& [number, e] : endpoints_) share = std::min(share, e.share());
  if (endpoints_.empty() || share < kEnough) return std::nullopt;
  return seconds(now - started_) * (1 - share) / share;
}

std::vector<std::string> News::lines(std::size_t width) const {
  constexpr double kStall = 0.5;  // seconds: shorter waits are what rounds are made of
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  const bool parties = !endpoints_.empty() && plan_->setting.is_party(EndpointId{endpoints_.begin()->first});
  const std::optional<double> left = seconds_left(now);
  std::vector<std::string> out;
  for (const auto& [number, e] : endpoints_) {
    if (parties && !plan_->setting.is_party(EndpointId{number})) continue;
    double rate = 0;
    for (const auto& [to, link] : e.links) rate += link.rate;
    char text[160];
    std::snprintf(text, sizeof text, "round %u of %u, %3.0f %%, %s/s, %.1f s", e.last.rounds_done,
                  e.last.rounds, 100 * e.share(), human_bytes(static_cast<std::uint64_t>(rate)).c_str(),
                  seconds(now - started_));
    std::string line = name(number) + ": " + text;
    if (left) {
      std::snprintf(text, sizeof text, ", %.0f s left", *left);
      line += text;
    }
    if (!e.last.under_way.empty())
      line += ", " + std::string(tree_.scopes[known_scope(e.last.under_way.front())].name);
    if (e.waits_for && seconds(now - e.waits_since) >= kStall) line += "; " + stall(e, now);
    if (line.size() > width) line.resize(width);
    out.push_back(std::move(line));
  }
  return out;
}

std::string News::to_json() const {
  const auto now = Clock::now();
  const std::lock_guard lock(mutex_);
  const std::optional<double> left = seconds_left(now);
  Json out;
  out["seconds"] = seconds(now - started_);
  out["left_seconds"] = left ? Json(*left) : Json();
  out["endpoints"] = Json::array();
  for (const auto& [number, e] : endpoints_) {
    std::set<std::uint32_t> scopes;
    for (const std::uint32_t step : e.last.under_way) scopes.insert(known_scope(step));
    Json one{{"endpoint", number},      {"rounds_done", e.last.rounds_done},
             {"rounds", e.last.rounds}, {"steps_done", e.last.steps_done},
             {"steps", e.last.steps},   {"memory_bytes", e.last.live_memory_bytes}};
    std::uint64_t bytes = 0;
    double rate = 0;
    Json links = Json::array();
    for (const auto& [to, link] : e.links) {
      bytes += link.bytes, rate += link.rate;
      links.push_back({{"to", to}, {"bytes", link.bytes}, {"bytes_per_second", link.rate}});
    }
    one["bytes_sent"] = bytes, one["bytes_per_second"] = rate;
    one["scopes"] = scopes;
    one["waits"] = Json();
    if (e.waits_for)
      one["waits"] = {{"endpoint", e.waits_for->value},
                      {"tiles", std::max(1u, e.last.waiting_tiles)},
                      {"scope", known_scope(e.waiting_step)},
                      {"seconds", seconds(now - e.waits_since)}};
    one["links"] = std::move(links);
    out["endpoints"].push_back(std::move(one));
  }
  return out.dump();
}

}  // namespace tacet::apps
