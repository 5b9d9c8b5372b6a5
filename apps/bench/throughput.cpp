#include "apps/bench/bench.hpp"
#include "transport/ceiling.hpp"

namespace tacet::bench {
namespace {

/// One product of two random vectors, of which one element is opened so that none of it is dead.
std::vector<Row> product(const std::string& name, ElementType element, Op op, const BenchOptions& options) {
  const Measured m = measure(
      options,
      [&](Builder& b) {
        const Shape shape{static_cast<std::int64_t>(options.elements)};
        const Value x = b.random(element, shape), y = b.random(element, shape);
        const Value z = element.domain == Domain::ring ? x * y : (x & y);
        b.output("first", slice(z, 0, 0, 1), Builder::party(0));
      },
      [op](const Step& step) { return step.op == op; });
  Row row;
  row.name = name;
  row.n = options.parties;
  row.k = element.width;
  row.elements = options.elements;
  row.seconds = m.seconds;
  row.per_second = static_cast<double>(options.elements) / m.seconds;
  row.bytes_sent = m.stats.bytes_sent;
  row.rounds = m.stats.rounds;
  const bool tls = options.transport == actors::TransportKind::tls;
  const std::uint64_t per_stream = element.payload_bytes(options.elements);
  std::vector<double> rates;
  for (unsigned i = 0; i < options.repeat; ++i) {
    Result<transport::Ceiling> c =
        transport::measure_ceiling(tls ? transport::Medium::tls : transport::Medium::memory, options.parties,
                                   (options.parties - 1) / 2, per_stream);
    if (!c) throw Error(Errc::aborted, c.fault().detail);
    rates.push_back(static_cast<double>(options.elements) / c->seconds);
  }
  row.ceiling = tls ? "raw TLS streams" : "raw in-memory streams";
  row.ceiling_per_second = median(rates);
  row.share_of_ceiling = row.per_second / row.ceiling_per_second;
  row.more["wire_bytes_per_element"] =
      static_cast<double>(m.stats.wire_bytes) / static_cast<double>(options.elements);
  row.more["peak_memory_bytes"] = static_cast<double>(m.stats.peak_memory_bytes);
  return {row};
}

}  // namespace

std::vector<Row> bench_mul(const BenchOptions& options) {
  return product("mul", ring(options.k), Op::mul, options);
}

std::vector<Row> bench_and(const BenchOptions& options) {
  return product("and", bits(1), Op::bit_and, options);
}

}  // namespace tacet::bench
