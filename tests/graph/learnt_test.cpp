// Who learns what of a plan, and what operations disclose beside their results.
#include "graph/learnt.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/data.hpp"
#include "graph/functions.hpp"

namespace tacet {

BOOST_AUTO_TEST_SUITE(what_is_learnt)

BOOST_AUTO_TEST_CASE(outputs_openings_and_disclosures_with_their_lines) {
  Builder b;
  const Role p = Builder::party(0), shop = b.client("shop");
  const Value x = b.input("x", p, ring(32), {4}), y = b.input("y", p, ring(32), {4});
  const int line = __LINE__ + 1;
  const Value rough = trunc_pr(x, 3) + trunc_pr(y, 3);
  const Value product = mul_trunc_pr(x, y, 3);
  const Value known = reveal(x + y);
  const Value sorted = sort(y);
  const Value placed = place(x, to_ring(to_bits(y, 2), 32));
  const Value exact = trunc(x, 3) + div(x, 7) + relu(y) + convert(convert(y, 64), 32);
  b.output("z", rough + product + known + sorted + placed + exact, {p, shop});
  const std::vector<Learnt> all = learnt(make_plan(b.graph(), {Scheme::rss, 3, 1}));
  const auto at = [&](int after) { return "learnt_test.cpp:" + std::to_string(line + after); };
  struct Expected {
    const char *operation, *part, *by;
    std::string location;
    std::uint64_t times;
  };
  const std::vector<Expected> expected{
      {"trunc_pr",
       "bits of the operand below 2^m, to whoever learns the result together with what any one party", "",
       at(0), 2},
      {"mul_trunc_pr", "bits of the product", "", at(1), 1},
      {"reveal", "the value", "all parties", at(2), 1},
      {"place", "which destinations occur how often", "", at(4), 1},
      {"output", "the value", "party 0, shop", at(6), 1}};
  BOOST_TEST_REQUIRE(all.size() == expected.size());
  for (std::size_t i = 0; i < all.size(); ++i) {
    BOOST_TEST(all[i].operation == expected[i].operation);
    BOOST_TEST(all[i].what.find(expected[i].part) == 0u, all[i].what);
    BOOST_TEST(all[i].by == expected[i].by);
    BOOST_TEST(all[i].location == expected[i].location);
    BOOST_TEST(all[i].times == expected[i].times);
  }
}

BOOST_AUTO_TEST_CASE(rows_that_disclose_say_so) {
  for (const OpRow& row : op_table()) {
    const bool discloses = row.name == "trunc_pr" || row.name == "mul_trunc_pr" || row.name == "place";
    BOOST_TEST(!row.discloses.empty() == discloses, row.name);
    if (discloses) BOOST_TEST(row.reveals != "nothing", row.name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
