#include "apps/bench/bench.hpp"

#include <malloc.h>

#include <algorithm>
#include <cstdio>
#include <iostream>
#include <nlohmann/json.hpp>

#include "apps/cli/command.hpp"
#include "apps/cli/deliver.hpp"
#include "apps/cli/report.hpp"
#include "graph/product.hpp"
#include "protocols/aes.hpp"
#include "protocols/rss/word_ops.hpp"

namespace tacet::bench {
namespace {

using Json = nlohmann::ordered_json;

/// What a benchmark measures where the command line leaves it open.
struct Bench {
  const char* name;
  const char* doc;
  std::vector<Row> (*measure)(const BenchOptions& options, const Request& request);
  std::vector<std::uint32_t> parties = {3};
  std::vector<unsigned> widths = {64};
  std::uint64_t elements = 10'000'000;
  std::uint64_t depth = 20;
};

template <std::vector<Row> (*kMeasure)(const BenchOptions&)>
std::vector<Row> plain(const BenchOptions& options, const Request&) {
  return kMeasure(options);
}

std::vector<Row> chosen_ops(const BenchOptions& options, const Request& request) {
  return bench_ops(options, request.ops);
}

const std::vector<Bench>& benches() {
  static const std::vector<Bench> list{
      {"mul", "one multiplication of --elements ring elements", plain<bench_mul>, {3, 5, 7}, {32, 64}},
      {"and", "one conjunction of --elements packed bits", plain<bench_and>, {3}, {1}, 1'000'000'000},
      {"lt",
       "--elements comparisons whose difference fits, of operands drawn on the way",
       plain<bench_lt>,
       {3},
       {32, 64}},
      {"matmul",
       "one product of square matrices of --elements: the kernel alone, and among the parties",
       plain<bench_matmul>,
       {3, 5, 7},
       {32, 64},
       1024 * 1024},
      {"ops",
       "operations on vectors of --elements (or those in --ops), each checked",
       chosen_ops,
       {3, 5, 7},
       {32, 64},
       1'000'000},
      {"randbit",
       "random bits without and with square roots",
       plain<bench_randbit>,
       {3, 5},
       {8, 16, 32, 64},
       1'000'000},
      {"latency", "one chain of --depth scalar multiplications", plain<bench_latency>, {3}, {64}, 0, 10'000},
      {"branches", "--chains independent chains of --depth scalar multiplications", plain<bench_branches>},
      {"out_of_step", "the same, where chain i begins with i mod 5 comparisons", plain<bench_out_of_step>},
  };
  return list;
}

Json to_json(const std::vector<Row>& rows) {
  Json list = Json::array();
  for (const Row& r : rows) {
    Json row{{"name", r.name}, {"n", r.n}, {"k", r.k}, {"elements", r.elements}};
    if (!r.skipped.empty()) {
      row["skipped"] = r.skipped;
    } else {
      row.update({{"seconds", r.seconds},
                  {"least_seconds", r.least_seconds},
                  {"most_seconds", r.most_seconds},
                  {"per_second", r.per_second},
                  {"unit", r.unit},
                  {"bytes_sent", r.bytes_sent},
                  {"wire_bytes", r.wire_bytes},
                  {"rounds", r.rounds},
                  {"peak_memory_bytes", r.peak_memory_bytes},
                  {"ceiling", r.tightest() == nullptr ? "" : r.tightest()->name},
                  {"share_of_ceiling", r.share()},
                  {"share_of_tls_masks_and_memory", r.share_together()}});
      Json& bounds = row["bounds"] = Json::object();
      for (const Bound& b : r.bounds)
        bounds[b.name] = {{"amount", b.amount},
                          {"per_second", b.per_second},
                          {"seconds", b.seconds()},
                          {"share", b.seconds() / r.seconds}};
      for (const auto& [key, value] : r.more) row[key] = value;
    }
    list.push_back(std::move(row));
  }
  return list;
}

void print_head() {
  const auto text = [](std::string_view name) { return std::string(name); };
  std::printf("instructions: masks %s, words %s, products %s\n", text(protocols::aes_instructions()).c_str(),
              text(protocols::rss::word_instructions()).c_str(), text(product_instructions()).c_str());
  std::printf("%-18s %2s %3s %12s %-24s %-22s %7s %10s %10s  %s\n", "name", "n", "k", "elements",
              "seconds: median, range", "per second", "rounds", "sent", "memory",
              "share of what bounds it, and of the others");
}

void print_row(const Row& r) {
  std::printf("%-18s %2u %3u %12llu ", r.name.c_str(), r.n, r.k, static_cast<unsigned long long>(r.elements));
  if (!r.skipped.empty()) {
    std::printf("%s\n", r.skipped.c_str());
    return;
  }
  char speed[64];
  std::snprintf(speed, sizeof speed, "%.3g %s", r.per_second, r.unit.c_str());
  char times[64];
  std::snprintf(times, sizeof times, "%.4f, %.4f-%.4f", r.seconds, r.least_seconds, r.most_seconds);
  std::printf("%-24s %-22s %7u %10s %10s ", times, speed, r.rounds, apps::bytes_text(r.bytes_sent).c_str(),
              apps::bytes_text(r.peak_memory_bytes).c_str());
  std::vector<Bound> bounds = r.bounds;
  std::sort(bounds.begin(), bounds.end(),
            [](const Bound& a, const Bound& b) { return a.seconds() > b.seconds(); });
  for (const Bound& b : bounds) std::printf(" %.0f %% %s", 100 * b.seconds() / r.seconds, b.name.c_str());
  if (r.share_together() != 0)
    std::printf("; what takes the cores, together %.0f %%", 100 * r.share_together());
  std::printf("\n");
  for (const auto& [key, value] : r.more) std::printf("%22s %s = %.6g\n", "", key.c_str(), value);
}

void print_ceilings(std::uint32_t n, const Ceilings& c) {
  std::printf(
      "n = %u; all cores at once: TLS %.3g GB/s, TCP %.3g GB/s, masks %.3g GB/s (OpenSSL's AES-128-CTR %.3g "
      "GB/s), "
      "memory %.3g GB/s by a plain copy\n",
      n, c.tls_bytes_per_second / 1e9, c.tcp_bytes_per_second / 1e9, c.masks_bytes_per_second / 1e9,
      c.library_bytes_per_second / 1e9, c.memory_bytes_per_second / 1e9);
}

}  // namespace

const std::vector<std::pair<std::string, std::string>>& names() {
  static const std::vector<std::pair<std::string, std::string>> list = [] {
    std::vector<std::pair<std::string, std::string>> all;
    for (const Bench& b : benches()) all.emplace_back(b.name, b.doc);
    return all;
  }();
  return list;
}

int run(const Request& request, const BenchOptions& given) {
  // Memory stays with a process from one run to the next, as in a service: fresh pages cost most in the first
  // run, which is not the median, and more on some virtual machines than all that is measured.
  mallopt(M_MMAP_MAX, 0);
  mallopt(M_TRIM_THRESHOLD, -1);
  mallopt(M_ARENA_MAX, 1);
  std::vector<const Bench*> chosen;
  std::string known;
  for (const Bench& b : benches()) {
    known += (known.empty() ? "" : ", ") + std::string(b.name);
    if (request.name == b.name || request.name.empty()) chosen.push_back(&b);
  }
  if (chosen.empty()) throw Error(Errc::unknown_name, "bench " + request.name + ": expected one of " + known);
  if (!request.json_file.empty()) apps::check_writable(request.json_file);
  std::map<std::uint32_t, Ceilings> ceilings;
  std::vector<Row> rows;
  if (!request.json) print_head();
  for (const Bench* b : chosen)
    for (const std::uint32_t n : request.parties.empty() ? b->parties : request.parties)
      for (const unsigned k : request.widths.empty() ? b->widths : request.widths) {
        BenchOptions options = given;
        options.parties = n, options.k = k;
        options.elements = request.elements.value_or(b->elements);
        options.depth = request.depth.value_or(b->depth);
        if (!ceilings.contains(n)) {
          ceilings[n] = measure_ceilings(n, options.repeat);
          if (!request.json) print_ceilings(n, ceilings[n]);
        }
        options.ceilings = ceilings[n];
        for (Row& row : b->measure(options, request)) {
          if (!request.json) print_row(row), std::fflush(stdout);
          rows.push_back(std::move(row));
        }
      }
  const std::string json = to_json(rows).dump() + "\n";
  if (request.json) apps::print(json);
  if (request.json_file.empty()) return apps::kDone;
  try {
    apps::write_text(request.json_file, json);
    return apps::kDone;
  } catch (const Error& e) {  // the table, which standard output has, does not tell everything
    std::cerr << e.what() << "\n";
    apps::print(json);
    return apps::kNotWritten;
  }
}

}  // namespace tacet::bench
