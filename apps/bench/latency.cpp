#include <chrono>

#include "apps/bench/bench.hpp"
#include "graph/functions.hpp"
#include "transport/ceiling.hpp"

namespace tacet::bench {
namespace {

constexpr std::size_t kPings = 2000;

double round_trip_seconds(const BenchOptions& options) {
  if (options.shape) return 2 * std::chrono::duration<double>(options.shape->delay).count();
  const auto medium =
      options.transport == actors::TransportKind::tls ? transport::Medium::tls : transport::Medium::memory;
  Result<double> us = transport::ping_pong_us(medium, kPings);
  if (!us) throw Error(Errc::aborted, us.fault().detail);
  return *us * 1e-6;
}

/// Chains of multiplications, chain i behind `comparisons(i)` comparisons, each of the one before.
Row chains(const std::string& name, const BenchOptions& given, std::uint64_t count,
           std::uint64_t (*comparisons)(std::uint64_t)) {
  BenchOptions options = given;
  options.elements = count * options.depth;
  const auto started = std::chrono::steady_clock::now();
  const auto plan = plan_of(options, [&](Builder& b) {
    std::vector<Value> ends;
    for (std::uint64_t i = 0; i < count; ++i) {
      Value x = b.input("x" + std::to_string(i), Builder::party(0), ring(options.k));
      const Value y = b.input("y" + std::to_string(i), Builder::party(1), ring(options.k));
      for (std::uint64_t c = 0; c < comparisons(i); ++c) x = to_ring(lt(x, y), options.k);
      for (std::uint64_t d = 0; d < options.depth; ++d) x = x * y;
      ends.push_back(reshape(x, {1}));
    }
    b.output("ends", concat(ends, 0), Builder::party(0));
  });
  const std::chrono::duration<double> planning = std::chrono::steady_clock::now() - started;
  Row row = make_row(name, options, measure(options, plan));
  row.unit = "multiplications";
  row.bounds.push_back({"round trips", static_cast<double>(row.rounds), 1 / round_trip_seconds(options)});
  row.more["plan_seconds"] = planning.count();
  row.more["microseconds_per_round"] = 1e6 * row.seconds / row.rounds;
  row.more["microseconds_per_round_trip"] = 1e6 / row.bounds.back().per_second;
  row.more["microseconds_per_multiplication_with_planning"] =
      1e6 * (row.seconds + planning.count()) / static_cast<double>(options.elements);
  return row;
}

std::uint64_t none(std::uint64_t) {
  return 0;
}
std::uint64_t up_to_four(std::uint64_t chain) {
  return chain % 5;
}

}  // namespace

std::vector<Row> bench_latency(const BenchOptions& options) {
  return {chains("latency", options, 1, none)};
}

std::vector<Row> bench_branches(const BenchOptions& options) {
  return {chains("branches", options, options.chains, none)};
}

std::vector<Row> bench_out_of_step(const BenchOptions& options) {
  Row row = chains("out_of_step", options, options.chains, up_to_four);
  // The longest branch alone.
  BenchOptions longest = options;
  longest.repeat = 1;
  row.more["rounds_of_the_longest_branch"] =
      chains("longest", longest, 1, [](std::uint64_t) -> std::uint64_t { return 4; }).rounds;
  return {row};
}

}  // namespace tacet::bench
