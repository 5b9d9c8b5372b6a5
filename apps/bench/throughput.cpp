#include "apps/bench/bench.hpp"
#include "graph/functions.hpp"

namespace tacet::bench {
namespace {

/// One product of two random vectors, of which one element is opened so that none of it is dead.
std::vector<Row> product(const std::string& name, ElementType element, Op op, const BenchOptions& given) {
  BenchOptions options = given;
  options.k = element.width;
  const auto plan = plan_of(options, [&](Builder& b) {
    const auto elements = static_cast<std::int64_t>(options.elements);
    const Value x = operand(b, element, elements), y = operand(b, element, elements);
    const Value z = element.domain == Domain::ring ? x * y : (x & y);
    b.output("first", slice(z, 0, 0, 1), Builder::party(0));
  });
  if (const std::string why = why_too_large(*plan); !why.empty()) return {skipped_row(name, options, why)};
  Row row = make_row(name, options, measure(options, plan, [op](const Step& step) { return step.op == op; }));
  if (element.domain == Domain::bits) row.unit = "bits";
  return {row};
}

}  // namespace

std::vector<Row> bench_mul(const BenchOptions& options) {
  return product("mul", ring(options.k), Op::mul, options);
}

std::vector<Row> bench_and(const BenchOptions& options) {
  return product("and", bits(1), Op::bit_and, options);
}

std::vector<Row> bench_lt(const BenchOptions& options) {
  const auto plan = plan_of(options, [&](Builder& b) {
    const Shape shape{static_cast<std::int64_t>(options.elements)};
    const Value less = lt(b.random(ring(options.k), shape), b.random(ring(options.k), shape), Order::fits);
    b.output("first", slice(less, 0, 0, 1), Builder::party(0));
  });
  if (const std::string why = why_too_large(*plan); !why.empty()) return {skipped_row("lt", options, why)};
  return {make_row("lt", options, measure(options, plan))};
}

}  // namespace tacet::bench
