#include "apps/cli/report.hpp"

#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cmath>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "apps/io/file.hpp"
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

void write_outputs(const Report& report) {
  const auto outputs = report.outputs();
  for (const auto& [name, file] : report.job->output_files) {
    const auto value = outputs.find(name);
    if (value == outputs.end()) {
      std::cerr << "output \"" << name << "\" is not learnt here: " << file << " is not written\n";
      continue;
    }
    for (const OutputInfo& info : report.job->plan->graph.outputs()) {
      if (info.name != name) continue;
      write_data(file, value->second, info.format);
      if (extension_of(file) != ".npy") continue;
      if (const std::uint64_t rounded = rounded_by_doubles(value->second, info.format); rounded > 0)
        std::cerr << "output \"" + name + "\": " + std::to_string(rounded) + " of " +
                         std::to_string(value->second.elements()) +
                         " numbers have more bits than the floats of " + file +
                         ", which hold the nearest; .csv and .json hold them exactly\n";
    }
  }
}

void print_json(const Report& report) {
  // A JSON library would round results to doubles.
  const auto outputs = report.outputs();
  std::string text;
  for (const OutputInfo& info : report.job->plan->graph.outputs())
    if (const auto it = outputs.find(info.name); it != outputs.end())
      text +=
          (text.empty() ? "" : ",") + Json(info.name).dump() + ":" + to_json_text(it->second, info.format);
  std::erase(text, '\n');  // between rows
  std::cout << "{\"outputs\":{" + text + "}," + figures_json(report).dump().substr(1) << std::endl;
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
  return out;
}

void print_text(const Report& report, const Program& program) {
  constexpr std::size_t kRows = 20;
  const Graph& graph = report.job->plan->graph;
  const auto outputs = report.outputs();
  for (const OutputInfo& info : graph.outputs()) {
    const auto it = outputs.find(info.name);
    if (it == outputs.end()) continue;
    std::string receivers;
    for (std::size_t i = 0; i < info.receivers.size(); ++i)
      receivers += (i == 0 ? "" : ", ") + graph.role_name(info.receivers[i]);
    std::cout << info.name << "  (learnt by " << receivers << " alone)\n"
              << table(it->second, info.format, kRows) << "\n\n";
  }
  if (!program.note_text().empty()) std::cout << program.note_text() << "\n\n";
  print_figures(report);
}

void print_figures(const Report& report) {
  std::uint64_t sent = 0, wire = 0, memory = 0, offline = 0;
  for (std::size_t i = 0; i < report.results.size(); ++i) {
    const actors::Stats& s = report.results[i].stats;
    sent = std::max(sent, s.bytes_sent), wire = std::max(wire, s.wire_bytes);
    memory = std::max(memory, s.peak_memory_bytes);
    offline = std::max(offline, s.offline_bytes);
  }
  std::cout << rounds(report) << " rounds; busiest endpoint sent " << bytes_text(sent) << " ("
            << bytes_text(wire) << " on the wire), held " << bytes_text(memory) << "\n";
  if (report.job->plan->offline_first)
    std::cout << "of that offline, before any input was read: " << offline_rounds(report) << " rounds and "
              << bytes_text(offline) << " in " << seconds_text(most(report, &actors::Stats::offline_seconds))
              << "\n";
  std::cout << "plan " << seconds_text(report.job->plan_seconds) << ", setup "
            << seconds_text(most(report, &actors::Stats::setup_seconds)) << ", online "
            << seconds_text(most(report, &actors::Stats::online_seconds)) << ", total "
            << seconds_text(report.total_seconds) << std::endl;
}

void print_abort(const actors::JobResult& result, bool json) {
  const actors::Abort& abort = *result.abort;
  std::cerr << "aborted: " << abort.name << " " << abort.reason << std::endl;
  if (!result.detail.empty()) std::cerr << result.detail << std::endl;
  if (json)
    std::cout << Json{{"aborted",
                       {{"culprit", abort.culprit.value}, {"name", abort.name}, {"reason", abort.reason}}}}
                     .dump()
              << std::endl;
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

ProgressLines::ProgressLines(bool wanted, const News& news)
    : enabled_(wanted && isatty(STDERR_FILENO) != 0), news_(news) {}

ProgressLines::~ProgressLines() {
  const std::lock_guard lock(mutex_);
  clear();
}

void ProgressLines::clear() {
  for (std::size_t i = 0; i < shown_; ++i) std::fprintf(stderr, i == 0 ? "\r\033[K" : "\033[A\033[K");
  shown_ = 0;
}

void ProgressLines::show() {
  constexpr std::chrono::milliseconds kQuiet{300};  // shorter jobs need no lines
  constexpr std::chrono::milliseconds kPause{100};
  const auto now = std::chrono::steady_clock::now();
  const std::lock_guard lock(mutex_);
  if (!enabled_ || now - started_ < kQuiet || now - last_ < kPause) return;
  last_ = now;
  winsize size{};
  const bool known = ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1;
  const std::vector<std::string> lines = news_.lines(known ? size.ws_col - 1u : 79u);
  clear();
  for (const std::string& line : lines) std::fprintf(stderr, "%s%s", shown_++ == 0 ? "" : "\n", line.c_str());
  std::fflush(stderr);
}

}  // namespace tacet::apps
