#include <boost/test/unit_test.hpp>

#include <bit>
#include <set>

#include "graph/flows.hpp"
#include "protocols/layout.hpp"

using namespace tacet;
using namespace tacet::protocols;

BOOST_AUTO_TEST_SUITE(layout)

BOOST_AUTO_TEST_CASE(counts_are_binomial) {
  const std::uint32_t expected[][3] = {{3, 3, 2},    {5, 10, 6},     {7, 35, 20},
                                       {9, 126, 70}, {11, 462, 252}, {13, 1716, 924}};
  for (const auto& [n, shares, slots] : expected) {
    const Layout l(n);
    BOOST_TEST(l.shares() == shares);
    BOOST_TEST(l.slots() == slots);
    BOOST_TEST(l.set_of(0) == (1u << l.t()) - 1);
  }
}

BOOST_AUTO_TEST_CASE(five_party_slots_are_those_of_the_paper) {
  // The rows of parties 0 and 3 of the n = 5 table of [BBY23], as sets.
  const Layout l(5);
  const auto set = [](std::uint32_t a, std::uint32_t b) { return 1u << a | 1u << b; };
  const std::uint32_t party0[] = {set(1, 2), set(1, 3), set(1, 4), set(2, 3), set(2, 4), set(3, 4)};
  const std::uint32_t party3[] = {set(0, 4), set(1, 4), set(2, 4), set(0, 1), set(0, 2), set(1, 2)};
  for (std::uint32_t slot = 0; slot < 6; ++slot) {
    BOOST_TEST(l.set_of(l.share_at(0, slot)) == party0[slot]);
    BOOST_TEST(l.set_of(l.share_at(3, slot)) == party3[slot]);
  }
}

BOOST_AUTO_TEST_CASE(slots_and_shares_agree) {
  for (const std::uint32_t n : {3u, 5u, 7u, 9u, 13u}) {
    const Layout l(n);
    for (std::uint32_t p = 0; p < n; ++p) {
      std::set<std::uint32_t> seen;
      for (std::uint32_t slot = 0; slot < l.slots(); ++slot) {
        const std::uint32_t share = l.share_at(p, slot);
        BOOST_REQUIRE(l.holds(p, share));
        BOOST_REQUIRE(l.slot_of(p, share) == slot);
        BOOST_REQUIRE(l.share_of_set(l.set_of(share)) == share);
        seen.insert(share);
      }
      BOOST_TEST(seen.size() == l.slots());
      for (std::uint32_t share = 0; share < l.shares(); ++share)
        BOOST_REQUIRE(l.slot_of(p, share).has_value() == l.holds(p, share));
      std::uint32_t chi = 0;
      for (std::uint32_t j = 1; j <= l.t(); ++j) chi |= 1u << (p + j) % n;
      BOOST_TEST(l.set_of(l.chi(p)) == chi);
    }
  }
}

BOOST_AUTO_TEST_CASE(five_party_dealers_are_those_of_the_table) {
  const Layout l(5);
  const std::vector<std::set<std::uint32_t>> expected = {{3, 4}, {0, 2, 4}, {0, 2, 3},
                                                         {0, 4}, {0, 1, 3}, {0, 1}};
  for (std::uint32_t p = 0; p < 5; ++p)
    for (std::uint32_t slot = 0; slot < 6; ++slot) {
      std::set<std::uint32_t> places;  // relative to p
      for (const std::uint32_t dealer : l.dealers(l.share_at(p, slot))) places.insert((dealer + 5 - p) % 5);
      BOOST_TEST((places == expected[slot]));
    }
  BOOST_TEST(l.received_slot(1) == 3u);
  BOOST_TEST(l.received_slot(2) == 5u);
}

BOOST_AUTO_TEST_CASE(those_who_do_not_fill_a_share_deal_masks_for_it) {
  for (const std::uint32_t n : {3u, 5u, 7u, 9u}) {
    const Layout l(n);
    std::vector<std::uint32_t> times_last(n, 0);
    for (std::uint32_t share = 0; share < l.shares(); ++share) {
      std::set<std::uint32_t> expected;  // by definition
      for (std::uint32_t p = 0; p < n; ++p)
        if (l.holds(p, share) && l.chi(p) != share) expected.insert(p);
      const std::vector<std::uint32_t>& dealers = l.dealers(share);
      BOOST_REQUIRE((std::set(dealers.begin(), dealers.end()) == expected));
      BOOST_REQUIRE(dealers.size() == expected.size());
      ++times_last[dealers.back()];
    }
    // The last draws most; sets of all sizes here have no rotation of their own.
    for (const std::uint32_t times : times_last) BOOST_TEST(times == l.shares() / n);
    for (std::uint32_t p = 0; p < n; ++p)
      for (std::uint32_t j = 0; j <= l.t(); ++j)
        BOOST_TEST(l.share_at(p, l.received_slot(j)) == l.chi((p + j) % n));
  }
}

BOOST_AUTO_TEST_CASE(every_row_sends_every_share_once) {
  for (const std::uint32_t n : {3u, 5u, 7u, 9u}) {
    const Layout l(n);
    for (std::uint32_t first = 0; first < n; ++first) {
      std::multiset<std::uint32_t> sent;
      for (std::uint32_t j = 0; j <= l.t(); ++j)
        for (const std::uint32_t slot : l.open_slots(j)) {
          const std::uint32_t share = l.share_at((first + j) % n, slot);
          sent.insert(share);
          // The sender is the first in the row who holds it.
          for (std::uint32_t i = 0; i < j; ++i) BOOST_REQUIRE(!l.holds((first + i) % n, share));
        }
      BOOST_TEST(sent.size() == l.shares());
      BOOST_TEST(std::set(sent.begin(), sent.end()).size() == l.shares());
    }
  }
}

BOOST_AUTO_TEST_CASE(no_party_stands_in_all_rows_of_a_client) {
  for (const std::uint32_t n : {3u, 5u, 7u, 13u}) {
    const Setting s{Scheme::rss, n, 1};
    std::vector<int> rows(n, 0);
    for (const std::uint32_t first : client_rotations(s))
      for (std::uint32_t j = 0; j <= s.t(); ++j) ++rows[(first + j) % n];
    for (const int count : rows) BOOST_TEST((count >= 1 && count <= 2));
  }
}

BOOST_AUTO_TEST_SUITE_END()
