// A million nodes are an ordinary program: they are described and planned in seconds.
#include <sys/resource.h>

#include <boost/test/unit_test.hpp>
#include <chrono>

#include "graph/builder.hpp"
#include "graph/cost.hpp"
#include "graph/plan.hpp"

namespace tacet {
namespace {

constexpr Setting kThree{Scheme::rss, 3, 0};
Role party(std::uint32_t i) {
  return Builder::party(i);
}

/// Describes, plans and reports. The bound is generous and holds for optimised builds only.
template <class Program>
Plan timed(const char* what, Program program) {
  using Clock = std::chrono::steady_clock;
  const auto seconds = [](Clock::duration d) { return std::chrono::duration<double>(d).count(); };
  const auto start = Clock::now();
  Builder b;
  program(b);
  const auto built = Clock::now();
  Plan plan = make_plan(b.graph(), kThree);
  const auto planned = Clock::now();
  const std::size_t bytes = plan.canonical_bytes().size();
  const auto encoded = Clock::now();
  rusage usage{};
  getrusage(RUSAGE_SELF, &usage);
  BOOST_TEST_MESSAGE(what << ": " << b.graph().size() << " nodes, " << plan.steps.size() << " steps, "
                          << plan.rounds << " rounds; described in " << seconds(built - start)
                          << " s, planned in " << seconds(planned - built) << " s, " << bytes
                          << " canonical bytes in " << seconds(encoded - planned) << " s; process peak "
                          << usage.ru_maxrss / 1024 << " MiB");
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
  BOOST_TEST(seconds(planned - start) < 10);
  BOOST_TEST(usage.ru_maxrss < 1024 * 1024);
#endif
  return plan;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan_scale)

BOOST_AUTO_TEST_CASE(ten_thousand_chains_of_a_hundred_products) {
  const Plan plan = timed("10,000 chains of 100 products", [](Builder& b) {
    std::vector<Value> x, y;
    for (int i = 0; i < 10000; ++i) x.push_back(b.input("x" + std::to_string(i), party(0), ring(64)));
    y = x;
    for (int d = 0; d < 100; ++d)
      for (std::size_t i = 0; i < y.size(); ++i) y[i] = y[i] * x[i];
    for (std::size_t i = 0; i < y.size(); ++i) b.output("y" + std::to_string(i), y[i], party(0));
  });
  BOOST_TEST(plan.rounds == 102u);
  BOOST_TEST(plan.steps.size() == 102u);  // 10,000 words fit into a tile
  const PlanCost cost = cost_of(plan);
  // Each party sends one element per product (t = 1); party 0 also shares its inputs, party 1 opens the
  // outputs to it.
  BOOST_TEST(cost.bytes_sent[0] == 8u * (10000 * 100 + 10000));
  BOOST_TEST(cost.bytes_sent[1] == 8u * (10000 * 100 + 10000));
  BOOST_TEST(cost.bytes_sent[2] == 8u * 10000 * 100);
}

BOOST_AUTO_TEST_CASE(one_chain_of_a_million_additions) {
  const Plan plan = timed("one chain of 1,000,000 additions", [](Builder& b) {
    Value x = b.input("x", party(0), ring(64));
    const Value y = b.input("y", party(1), ring(64));
    for (int i = 0; i < 1000000; ++i) x = x + y;
    b.output("z", x, party(0));
  });
  BOOST_TEST(plan.rounds == 2u);
}

BOOST_AUTO_TEST_CASE(a_million_independent_additions) {
  const Plan plan = timed("1,000,000 independent additions", [](Builder& b) {
    const Value x = b.input("x", party(0), ring(64), {1000}), y = b.input("y", party(1), ring(64), {1000});
    std::vector<Value> left, right, sums;
    for (int i = 0; i < 1000; ++i)
      left.push_back(slice(x, 0, i, i + 1)), right.push_back(slice(y, 0, i, i + 1));
    for (const Value& l : left)
      for (const Value& r : right) sums.push_back(l + r);
    b.output("z", concat(sums, 0), party(0));
  });
  BOOST_TEST(plan.rounds == 2u);
  std::uint64_t additions = 0, steps = 0;
  for (const Step& s : plan.steps)
    if (s.op == Op::add) additions += s.node_count, ++steps;
  BOOST_TEST(additions == 1000000u);
  BOOST_TEST(steps == (1000000 + 32767) / 32768u);
}

BOOST_AUTO_TEST_CASE(a_million_times_the_same_two_literals) {
  const Plan plan = timed("1,000,000 times x * 3 + 1", [](Builder& b) {
    Value x = b.input("x", party(0), ring(64));
    for (int i = 0; i < 1000000; ++i) x = x * 3 + 1;
    b.output("z", x, party(0));
  });
  BOOST_TEST(plan.graph.constants().size() == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
