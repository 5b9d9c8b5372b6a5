#include <boost/test/unit_test.hpp>

#include <algorithm>
#include <set>
#include <string>

#include "protocols/keys.hpp"

using namespace tacet;
using namespace tacet::protocols;

namespace {

using Bytes = std::vector<std::byte>;

Bytes bytes_of(const Key* key) {
  return key == nullptr ? Bytes{} : Bytes(key->bytes().begin(), key->bytes().end());
}

std::string text(const Bytes& bytes) {
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

const Bytes kSession(16, std::byte{9});

std::vector<KeySetup> setups(const Setting& setting) {
  std::vector<KeySetup> out;
  for (std::uint32_t e = 0; e < setting.endpoints(); ++e) out.emplace_back(setting, EndpointId{e}, kSession);
  return out;
}

/// Clients have no stream to each other.
void exchange(std::vector<KeySetup>& all, std::uint32_t parties) {
  for (std::uint32_t from = 0; from < all.size(); ++from)
    for (std::uint32_t to = 0; to < all.size(); ++to) {
      if (from == to || (from >= parties && to >= parties)) continue;
      const Bytes message = all[from].message_to(EndpointId{to});
      BOOST_TEST(message.size() == all[to].message_bytes_from(EndpointId{from}));
      BOOST_TEST(!all[to].receive(EndpointId{from}, message).has_value());
    }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(keys)

BOOST_AUTO_TEST_CASE(holders_agree_and_nobody_else_has_it) {
  for (const std::uint32_t n : {3u, 5u, 7u}) {
    const Setting setting{Scheme::rss, n, 2};
    const Layout layout(n);
    auto all = setups(setting);
    BOOST_TEST(!all[0].complete());
    exchange(all, setting.n);
    std::vector<KeyRing> rings;
    for (const KeySetup& setup : all) {
      BOOST_TEST(setup.complete());
      rings.push_back(setup.finish());
    }
    std::set<std::string> distinct;
    std::size_t count = 0;
    const auto check = [&](const KeyRef& ref, auto holds) {
      Bytes seen;
      for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
        const Bytes mine = bytes_of(rings[e].find(ref));
        BOOST_REQUIRE(mine.empty() == !holds(e));
        if (mine.empty()) continue;
        if (seen.empty()) seen = mine;
        BOOST_REQUIRE((mine == seen));
      }
      BOOST_REQUIRE(!seen.empty());
      distinct.insert(text(seen));
      ++count;
    };
    for (std::uint32_t share = 0; share < layout.shares(); ++share) {
      check(KeyRef::share(share), [&](std::uint32_t e) { return e < n && layout.holds(e, share); });
      for (std::uint32_t c = 0; c < 2 && share != 0; ++c)
        check(KeyRef::of_client(c, share),
              [&](std::uint32_t e) { return e < n ? layout.holds(e, share) : e == n + c; });
    }
    for (std::uint32_t c = 0; c < 2; ++c)
      for (const KeyRing& ring : rings) BOOST_TEST(ring.find(KeyRef::of_client(c, 0)) == nullptr);
    for (std::uint32_t p = 0; p < n; ++p)
      for (std::uint32_t q = 0; q < p; ++q) {
        const Bytes mine = bytes_of(rings[p].find(KeyRef::pair(q)));
        BOOST_TEST((mine == bytes_of(rings[q].find(KeyRef::pair(p)))));
        distinct.insert(text(mine));
        ++count;
      }
    BOOST_TEST(distinct.size() == count);
  }
}

BOOST_AUTO_TEST_CASE(one_contribution_changes_the_key) {
  // The same party meets two instances of the same peer: what the peer adds must matter, and so must the
  // session.
  const Setting setting{Scheme::rss, 3, 0};
  auto all = setups(setting), more = setups(setting);
  exchange(all, setting.n);
  KeySetup mixed(setting, EndpointId{0}, kSession);
  KeySetup same_peers(setting, EndpointId{0}, kSession);
  for (const std::uint32_t q : {1u, 2u}) {
    BOOST_TEST(!mixed.receive(EndpointId{q}, all[q].message_to(EndpointId{0})).has_value());
    BOOST_TEST(!same_peers.receive(EndpointId{q}, all[q].message_to(EndpointId{0})).has_value());
  }
  const KeyRing a = mixed.finish(), b = same_peers.finish();
  BOOST_TEST((bytes_of(a.find(KeyRef::share(1))) != bytes_of(b.find(KeyRef::share(1)))));
  BOOST_TEST((bytes_of(a.find(KeyRef::pair(1))) != bytes_of(b.find(KeyRef::pair(1)))));
}

BOOST_AUTO_TEST_CASE(wrong_messages_are_faults) {
  const Setting setting{Scheme::rss, 3, 1};
  auto all = setups(setting);
  Bytes message = all[1].message_to(EndpointId{0});
  const auto malformed = [](const Status& s) { return s && s->kind == Fault::Kind::malformed; };
  message.pop_back();
  BOOST_TEST(malformed(all[0].receive(EndpointId{1}, message)));
  message.resize(message.size() + 2);
  BOOST_TEST(malformed(all[0].receive(EndpointId{1}, message)));
  BOOST_TEST(malformed(all[0].receive(EndpointId{1}, {})));
  BOOST_TEST(malformed(all[0].receive(EndpointId{0}, message)));
  BOOST_TEST(malformed(all[0].receive(EndpointId{9}, message)));
  BOOST_TEST(!all[0].receive(EndpointId{1}, all[1].message_to(EndpointId{0})).has_value());
  BOOST_TEST(malformed(all[0].receive(EndpointId{1}, all[1].message_to(EndpointId{0}))));
  BOOST_TEST(all[0].message_to(EndpointId{3}).empty());
  BOOST_TEST(malformed(all[3].receive(EndpointId{0}, Bytes(16))));
  BOOST_TEST(!all[3].receive(EndpointId{0}, {}).has_value());
  BOOST_TEST(!all[0].complete());
}

BOOST_AUTO_TEST_SUITE_END()
