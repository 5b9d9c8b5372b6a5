#include <boost/test/unit_test.hpp>

#include "simulator.hpp"

using namespace tacet;
using namespace tacet::protocols;
using namespace tacet::protocols::testing;

namespace {

constexpr std::uint64_t kSeed = 777;

std::string text(std::uint32_t p) {
  return "party " + std::to_string(p);
}

/// The parties named after the colon.
std::string named(const Fault& fault) {
  return fault.detail.substr(fault.detail.rfind("it is ") + 6);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(open)

BOOST_AUTO_TEST_CASE(to_all_to_some_and_to_clients) {
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u, 7u, 9u})
    for (const ElementType element : tested_elements()) {
      Simulator sim({Scheme::rss, n, 2});
      const Tensor value = edge_pairs(element, 65, random).first;
      const Tensor* expected = &value;
      Spread x = sim.share(value, random);
      const std::vector<std::vector<Role>> receivers = {
          {}, {{false, 0}}, {{false, n - 1}, {false, 1}}, {{true, 1}}, {{true, 1}, {false, 2}, {true, 0}}};
      for (const auto& roles : receivers) {
        const auto opened = sim.open(x, roles);
        BOOST_TEST(sim.sizes_match);
        for (std::uint32_t e = 0; e < n + 2; ++e) {
          bool hears = roles.empty() && e < n;
          for (const Role role : roles) hears = hears || endpoint_of(role, sim.setting()).value == e;
          BOOST_REQUIRE(!sim.faults[e].has_value());
          BOOST_REQUIRE((opened[e] == (hears ? *expected : Tensor())));
        }
      }
    }
}

BOOST_AUTO_TEST_CASE(public_values_reach_parties_and_clients) {
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u})
    for (const ElementType element : tested_elements()) {
      Simulator sim({Scheme::rss, n, 1});
      const Tensor value = edge_pairs(element, 3, random).first;
      Spread x = sim.constant(value);
      const auto opened = sim.open(x, {{false, 1}, {true, 0}});
      BOOST_TEST((opened[1] == value));
      BOOST_TEST((opened[n] == value));
      BOOST_TEST(!sim.faults[n].has_value());
      for (std::uint32_t p = 0; p < n; ++p) BOOST_TEST(sim.received[p].empty());
    }
}

BOOST_AUTO_TEST_CASE(empty_values) {
  Simulator sim({Scheme::rss, 3, 1});
  const Tensor nothing(ring(32), Shape{0});
  Spread x = sim.input({true, 0}, nothing), y = sim.input({false, 1}, nothing);
  Spread z = sim.apply(Op::mul, {&x, &y});
  BOOST_TEST((sim.open(z, {{true, 0}, {false, 0}})[3] == nothing));
  BOOST_TEST((sim.open(z)[2] == nothing));
}

BOOST_AUTO_TEST_CASE(a_client_notices_any_one_wrong_party_and_names_it) {
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const ElementType element : {ring(1), ring(31), ring(128), bits(1)})
      for (std::uint32_t wrong = 0; wrong < n; ++wrong) {
        Simulator sim({Scheme::rss, n, 1});
        const Tensor value = random_tensor(element, {100}, random);
        Spread x = sim.share(value, random);
        for (const bool everywhere : {false, true}) {
          // A wrong byte on the wire, in the first copy or in all copies.
          sim.tamper = [&](EndpointId from, EndpointId, std::span<std::byte> payload) {
            const std::size_t bytes = element.payload_bytes(100);
            if (from.value == wrong)
              for (std::size_t at = 0; at < payload.size(); at += everywhere ? bytes : payload.size())
                payload[at + 2] ^= std::byte{1};
          };
          sim.open(x, {{true, 0}});
          const Status& fault = sim.faults[n];
          BOOST_REQUIRE(fault.has_value());
          BOOST_TEST((fault->kind == Fault::Kind::malformed));
          BOOST_TEST((fault->detail + " ").find(text(wrong)) != std::string::npos);
        }
        // A wrong share in the party's memory, unless it is one that others send.
        sim.tamper = {};
        std::size_t noticed = 0;
        for (AlignedBytes& c : x.components[wrong]) {
          c.data()[0] ^= std::byte{1};
          const auto opened = sim.open(x, {{true, 0}});
          if (sim.faults[n]) {
            BOOST_TEST(sim.faults[n]->detail.find(text(wrong)) != std::string::npos);
            ++noticed;
          } else {
            BOOST_TEST((opened[n] == value));
          }
          c.data()[0] ^= std::byte{1};
        }
        BOOST_TEST(noticed != 0);
      }
}

BOOST_AUTO_TEST_CASE(suspects_are_those_who_alone_explain_it) {
  std::mt19937_64 random(kSeed);
  Simulator sim({Scheme::rss, 5, 1});
  Spread x = sim.share(random_tensor(ring(32), {4}, random), random);
  const auto suspects = [&](std::uint32_t wrong, std::size_t copies) {
    sim.tamper = [=](EndpointId from, EndpointId, std::span<std::byte> payload) {
      if (from.value == wrong)
        for (std::size_t at = 0; at < payload.size() && at < 16 * copies; at += 16)
          payload[at] ^= std::byte{1};
    };
    sim.open(x, {{true, 0}});
    return named(*sim.faults[5]);
  };
  // Rows 0 1 2, 2 3 4 and 4 0 1. If the first is the odd one, party 3 could not have done it alone; if the
  // second is, any one could: parties 0 and 1 stand in both others.
  BOOST_TEST(suspects(2, 1) == "party 0 or party 1 or party 2 or party 4");
  BOOST_TEST(suspects(1, 1) == "party 0 or party 1 or party 2 or party 4");
  BOOST_TEST(suspects(3, 1) == "party 0 or party 1 or party 2 or party 3 or party 4");
}

BOOST_AUTO_TEST_CASE(a_wrong_public_value_is_noticed) {
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u})
    for (std::uint32_t wrong = 0; wrong <= n / 2; ++wrong) {
      Simulator sim({Scheme::rss, n, 1});
      Spread x = sim.constant(random_tensor(ring(31), {9}, random));
      sim.tamper = [&](EndpointId from, EndpointId, std::span<std::byte> p) {
        if (from.value == wrong) p[8] ^= std::byte{4};
      };
      sim.open(x, {{true, 0}});
      BOOST_REQUIRE(sim.faults[n].has_value());
      BOOST_TEST(named(*sim.faults[n]) == (n == 3 ? "party 0 or party 1" : text(wrong)));
    }
}

BOOST_AUTO_TEST_CASE(bits_above_the_width_on_the_wire_change_nothing) {
  std::mt19937_64 random(kSeed);
  for (const ElementType element : {ring(7), ring(20), ring(72), bits(3)}) {
    Simulator sim({Scheme::rss, 3, 1});
    const Tensor value = random_tensor(element, {13}, random);
    Spread x = sim.share(value, random);
    const bool is_ring = element.domain == Domain::ring;
    sim.tamper = [&](EndpointId, EndpointId, std::span<std::byte> p) {
      const std::size_t step = is_ring ? wire_bytes(element.width) : 2;
      for (std::size_t at = step - 1; at < p.size() && (!is_ring || element.width % 8 != 0); at += step) {
        const auto above = static_cast<std::byte>(is_ring ? 0xFF << element.width % 8 & 0xFF : 0xE0);
        BOOST_TEST(((p[at] & above) == std::byte{0}));
        p[at] |= above;
      }
    };
    const auto opened = sim.open(x, {{true, 0}, {false, 1}});
    BOOST_TEST((opened[3] == value));
    BOOST_TEST((opened[1] == value));
    BOOST_TEST(!sim.faults[3].has_value());
  }
}

BOOST_AUTO_TEST_SUITE_END()
