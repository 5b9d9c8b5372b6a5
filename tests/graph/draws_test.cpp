// No two draws of a computation are taken for one.

#include <boost/test/unit_test.hpp>
#include <set>

#include "graph/data.hpp"
#include "graph/lowering.hpp"
#include "graph/optimize.hpp"

namespace tacet {

BOOST_AUTO_TEST_SUITE(draws)

BOOST_AUTO_TEST_CASE(what_lowerings_draw_is_none_of_the_programs_own_draws) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {5});
  std::vector<Value> tests;
  for (int i = 0; i < 10; ++i) tests.push_back(eqz(x + i));
  constexpr std::size_t kOwn = 300;
  Value own = b.random(bits(32), {5});
  for (std::size_t i = 1; i < kOwn; ++i) own = own ^ b.random(bits(32), {5});
  b.output("tests", concat(tests, 0), Builder::party(0));
  b.output("own", own, Builder::party(0));
  Policy policy;
  policy.prefer["eqz"] = "edabit";
  const Graph lowered = optimize(lower(optimize(b.graph()), {Scheme::rss, 3, 0}, policy));
  std::set<std::int64_t> numbers;
  std::size_t count = 0;
  for (std::uint32_t i = 0; i < lowered.size(); ++i)
    if (lowered.node(NodeId{i}).op == Op::random) ++count, numbers.insert(lowered.attributes(NodeId{i})[0]);
  BOOST_TEST(count == kOwn + 10);
  BOOST_TEST(numbers.size() == count);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
