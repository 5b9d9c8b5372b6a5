#include "apps/cli/report.hpp"

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <nlohmann/json.hpp>
#include <sstream>

#include "apps/io/refusal.hpp"
#include "apps/io/write.hpp"

namespace tacet::apps {
namespace {

using Json = nlohmann::ordered_json;

template <class F>
Json per_endpoint(const Report& report, F field) {
  Json list = Json::array();
  for (std::size_t i = 0; i < report.results.size(); ++i)
    // Clients are reported where they are the only endpoint of this process.
    if (report.job->plan->setting.is_party(report.endpoints[i]) || report.results.size() == 1)
      list.push_back(field(report.results[i].stats));
  return list;
}

double most(const Report& report, double actors::Stats::*field) {
  double value = 0;
  for (const auto& r : report.results) value = std::max(value, r.stats.*field);
  return value;
}

std::uint32_t rounds(const Report& report) {
  std::uint32_t value = 0;
  for (const auto& r : report.results) value = std::max(value, r.stats.rounds);
  return value;
}

std::uint32_t offline_rounds(const Report& report) {
  std::uint32_t value = 0;
  for (const auto& r : report.results) value = std::max(value, r.stats.offline_rounds);
  return value;
}

}  // namespace

std::map<std::string, Tensor> Report::outputs() const {
  std::map<std::string, Tensor> out;
  for (const auto& result : results)
    for (const auto& [name, value] : result.outputs) out.emplace(name, value);
  return out;
}

std::string json_text(const Report& report) {
  // A JSON library would round results to doubles.
  const auto outputs = report.outputs();
  std::string text;
  for (const OutputInfo& info : report.job->plan->graph.outputs())
    if (const auto it = outputs.find(info.name); it != outputs.end())
      text +=
          (text.empty() ? "" : ",") + Json(info.name).dump() + ":" + to_json_text(it->second, info.format);
  std::erase(text, '\n');  // between rows
  return "{\"outputs\":{" + text + "}," + figures_json(report).dump().substr(1) + "\n";
}

Json figures_json(const Report& report) {
  Json out;
  out["rounds"] = rounds(report);
  out["offline_rounds"] = offline_rounds(report);
  out["bytes_sent"] = per_endpoint(report, [](const actors::Stats& s) { return s.bytes_sent; });
  out["offline_bytes_sent"] = per_endpoint(report, [](const actors::Stats& s) { return s.offline_bytes; });
  out["wire_bytes"] = per_endpoint(report, [](const actors::Stats& s) { return s.wire_bytes; });
  out["seconds"] = {{"plan", report.job->plan_seconds},
                    {"setup", most(report, &actors::Stats::setup_seconds)},
                    {"offline", most(report, &actors::Stats::offline_seconds)},
                    {"online", most(report, &actors::Stats::online_seconds)},
                    {"total", report.total_seconds}};
  out["peak_memory_bytes"] = per_endpoint(report, [](const actors::Stats& s) { return s.peak_memory_bytes; });
  add_warning(out, report.job->plan->setting);
  return out;
}

std::string to_text(const Report& report, const Program& program, const Written& written) {
  constexpr std::size_t kRows = 20;
  const Job& job = *report.job;
  const auto outputs = report.outputs();
  std::string text;
  for (const OutputInfo& info : job.plan->graph.outputs()) {
    const auto it = outputs.find(info.name);
    if (it == outputs.end()) continue;
    text += info.name + "  (" + learnt_by(*job.plan, info) + ")\n";
    const auto file = written.find(info.name);
    if (file != written.end()) {
      text += "in " + file->second + "\n\n";
    } else if (job.output_files.contains(info.name)) {
      // No file has taken it: it stands here as a whole.
      text += to_json_text(it->second, info.format) + "\n\n";
    } else {
      text += table(it->second, info.format, kRows) + "\n\n";
    }
  }
  if (!program.note_text().empty()) text += program.note_text() + "\n\n";
  return text + figures_text(report);
}

std::string learnt_by(const Plan& plan, const OutputInfo& info) {
  std::string receivers;
  for (const Role role : info.receivers)
    receivers += (receivers.empty() ? "" : ", ") + plan.graph.role_name(role);
  return warning_of(plan.setting.scheme).empty() ? "learnt by " + receivers + " alone"
                                                 : "meant for " + receivers + ", seen by every party";
}

std::string figures_text(const Report& report) {
  std::uint64_t sent = 0, wire = 0, memory = 0, offline = 0;
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const actors::Stats& s = report.results[i].stats;
    sent = std::max(sent, s.bytes_sent), wire = std::max(wire, s.wire_bytes);
    memory = std::max(memory, s.peak_memory_bytes);
    offline = std::max(offline, s.offline_bytes);
  }
  std::ostringstream text;
  if (const auto warning = warning_of(report.job->plan->setting.scheme); !warning.empty())
    text << warning << "\n";
  text << count_text(rounds(report), "round") << "; "
       << (report.results.size() == 1 ? "this endpoint" : "busiest endpoint") << " sent " << bytes_text(sent)
       << " (" << bytes_text(wire) << " on the wire), held " << bytes_text(memory) << "\n";
  if (report.job->plan->offline_first)
    text << "of that offline, before any input was read: " << count_text(offline_rounds(report), "round")
         << " and " << bytes_text(offline) << " in "
         << seconds_text(most(report, &actors::Stats::offline_seconds)) << "\n";
  text << "plan " << seconds_text(report.job->plan_seconds) << ", setup "
       << seconds_text(most(report, &actors::Stats::setup_seconds)) << ", online "
       << seconds_text(most(report, &actors::Stats::online_seconds)) << ", total "
       << seconds_text(report.total_seconds) << "\n";
  return text.str();
}

std::string abort_json(const Setting& setting, const actors::Abort& abort) {
  Json said_by = Json::array();
  for (const actors::Abort::Witness& witness : abort.said_by)
    said_by.push_back({{"endpoint", witness.id.value}, {"name", witness.name}});
  Json out{{"aborted",
            {{"culprit", abort.culprit.value},
             {"name", abort.name},
             {"reason", abort.reason},
             {"said_by", said_by}}}};
  add_warning(out, setting);
  return out.dump() + "\n";
}

void add_warning(Json& json, const Setting& setting) {
  if (const auto warning = warning_of(setting.scheme); !warning.empty()) json["warning"] = warning;
}

std::string bytes_text(std::uint64_t bytes) {
  const char* units[] = {"B", "kB", "MB", "GB", "TB"};
  double value = static_cast<double>(bytes);
  std::size_t unit = 0;
  while (value >= 1000 && unit < 4) value /= 1000, ++unit;
  char text[32];
  std::snprintf(text, sizeof text, unit == 0 ? "%.0f %s" : "%.3g %s", value, units[unit]);
  return text;
}

std::string seconds_text(double seconds) {
  char text[32];
  if (seconds < 1) {
    std::snprintf(text, sizeof text, seconds < 0.01 ? "%.2g ms" : "%.0f ms", seconds * 1000);
  } else {
    std::snprintf(text, sizeof text, "%.2f s", seconds);
  }
  return text;
}

}  // namespace tacet::apps
