#include <chrono>

#include "apps/bench/bench.hpp"
#include "transport/ceiling.hpp"

namespace tacet::bench {
namespace {

constexpr std::size_t kPings = 2000;

double round_trip_seconds(const BenchOptions& options) {
  const auto medium =
      options.transport == actors::TransportKind::tls ? transport::Medium::tls : transport::Medium::memory;
  Result<double> us = transport::ping_pong_us(medium, kPings);
  if (!us) throw Error(Errc::aborted, us.fault().detail);
  return *us * 1e-6;
}

Row chains(const std::string& name, const BenchOptions& options, std::uint64_t count) {
  const auto started = std::chrono::steady_clock::now();
  const auto plan = plan_of(options, [&](Builder& b) {
    std::vector<Value> ends;
    for (std::uint64_t i = 0; i < count; ++i) {
      Value x = b.input("x" + std::to_string(i), Builder::party(0), ring(options.k));
      const Value y = b.input("y" + std::to_string(i), Builder::party(1), ring(options.k));
      for (std::uint64_t d = 0; d < options.depth; ++d) x = x * y;
      ends.push_back(reshape(x, {1}));
    }
    b.output("ends", concat(ends, 0), Builder::party(0));
  });
  const std::chrono::duration<double> planning = std::chrono::steady_clock::now() - started;
  const Measured m = measure(options, plan);
  const double pings = round_trip_seconds(options);
  Row row;
  row.name = name;
  row.n = options.parties;
  row.k = options.k;
  row.elements = count * options.depth;
  row.seconds = m.seconds;
  row.bytes_sent = m.stats.bytes_sent;
  row.rounds = m.stats.rounds;
  row.per_second = m.stats.rounds / m.seconds;
  row.ceiling = "one-byte round trips";
  row.ceiling_per_second = 1 / pings;
  row.share_of_ceiling = row.per_second / row.ceiling_per_second;
  row.more["plan_seconds"] = planning.count();
  row.more["microseconds_per_round"] = 1e6 * m.seconds / m.stats.rounds;
  row.more["microseconds_per_round_trip"] = 1e6 * pings;
  row.more["nanoseconds_per_multiplication"] = 1e9 * m.seconds / static_cast<double>(row.elements);
  row.more["wire_bytes_per_multiplication"] =
      static_cast<double>(m.stats.wire_bytes) / static_cast<double>(row.elements);
  row.more["frames"] = static_cast<double>(m.stats.frames);
  return row;
}

}  // namespace

std::vector<Row> bench_branches(const BenchOptions& options) {
  return {chains("branches", options, options.chains)};
}
std::vector<Row> bench_latency(const BenchOptions& options) {
  return {chains("latency", options, 1)};
}

}  // namespace tacet::bench
