#include "apps/bench/bench.hpp"

namespace tacet::bench {
namespace {

/// One product of two random vectors, of which one element is opened so that none of it is dead.
std::vector<Row> product(const std::string& name, ElementType element, Op op, const BenchOptions& options) {
  const auto plan = plan_of(options, [&](Builder& b) {
    const auto elements = static_cast<std::int64_t>(options.elements);
    const Value x = operand(b, element, elements), y = operand(b, element, elements);
    const Value z = element.domain == Domain::ring ? x * y : (x & y);
    b.output("first", slice(z, 0, 0, 1), Builder::party(0));
  });
  Row row;
  row.name = name;
  row.n = options.parties;
  row.k = element.width;
  row.elements = options.elements;
  row.skipped = why_too_large(*plan);
  if (!row.skipped.empty()) return {row};
  const Measured m = measure(options, plan, [op](const Step& step) { return step.op == op; });
  row.seconds = m.seconds;
  row.per_second = static_cast<double>(options.elements) / m.seconds;
  row.bytes_sent = m.stats.bytes_sent;
  if (op == Op::bit_and) row.unit = "bits";
  row.rounds = m.stats.rounds;
  const std::uint64_t per_stream = element.payload_bytes(options.elements);
  const std::uint64_t bytes = per_stream * options.parties * ((options.parties - 1) / 2);
  row.ceiling = medium_name(options);
  row.ceiling_per_second = ceiling_bytes_per_second(options, per_stream) *
                           static_cast<double>(options.elements) / static_cast<double>(bytes);
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
