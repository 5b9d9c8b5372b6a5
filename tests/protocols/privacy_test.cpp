// What a coalition sees. Exact: everything a coalition of t parties does not know (masks, shares) is
// enumerated, one assignment per element of a vector, and the distributions of the messages it receives are
// compared between secrets. Statistical: real masks, and the bytes each party receives.

#include <boost/test/unit_test.hpp>

#include <map>
#include <set>
#include <string>
#include <tuple>

#include "simulator.hpp"

using namespace tacet;
using namespace tacet::protocols;
using namespace tacet::protocols::testing;

namespace {

enum class Flaw { none, one_lane, known_key, no_masks };

/// The unknowns of one coalition and the bits of the element number that give their values.
struct Unknowns {
  Setting setting;
  std::set<std::uint32_t> coalition;  // endpoints
  unsigned width = 1;
  Flaw flaw = Flaw::none;
  unsigned bits = 0;
  using Name = std::tuple<int, std::uint32_t, std::uint32_t, std::uint64_t, std::uint16_t>;
  std::map<Name, unsigned> offsets;

  unsigned offset(const Name& name) {
    const auto [it, added] = offsets.try_emplace(name, bits);
    if (added) bits += width;
    return it->second;
  }
};

std::uint64_t mix(std::uint64_t x) {
  x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15;
  return x ^ (x >> 29);
}

/// Draws of unknown masks run through all values with the element number; the others are arbitrary but fixed.
class EnumeratedSource final : public MaskSource {
 public:
  EnumeratedSource(Unknowns& unknowns, std::uint32_t self, bool is_bits)
      : unknowns_(unknowns), layout_(unknowns.setting.n), self_(self), is_bits_(is_bits) {}

  void fill(const Draw& draw, std::uint64_t first_byte, std::span<std::byte> out) override {
    const KeyRef& key = draw.key;
    std::uint32_t a = key.which, b = key.client;
    if (key.kind == KeyRef::Kind::pair) a = std::min(self_, key.which), b = std::max(self_, key.which);
    const std::uint16_t lane = unknowns_.flaw == Flaw::one_lane ? std::uint16_t{0} : draw.lane;
    const Unknowns::Name name{static_cast<int>(key.kind), a, b, draw.address, lane};
    const bool is_secret = unknown(key.kind, a, b);
    const unsigned offset = is_secret ? unknowns_.offset(name) : 0;
    const std::uint64_t fixed =
        mix(mix(mix(static_cast<std::uint64_t>(key.kind) * 64 + a) + b * 977 + lane) + draw.address);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t at = first_byte + i;
      if (unknowns_.flaw == Flaw::no_masks) {
        out[i] = std::byte{0};
      } else if (!is_bits_) {  // rings of at most 8 bits: one byte each
        out[i] = static_cast<std::byte>(is_secret ? at >> offset : fixed);
      } else {
        unsigned byte = 0;
        for (unsigned bit = 0; bit < 8; ++bit)
          byte |= static_cast<unsigned>((is_secret ? (at * 8 + bit) >> offset : fixed) & 1) << bit;
        out[i] = static_cast<std::byte>(byte);
      }
    }
  }

 private:
  bool unknown(KeyRef::Kind kind, std::uint32_t a, std::uint32_t b) const {
    const auto in = [&](std::uint32_t e) { return unknowns_.coalition.count(e) != 0; };
    if (kind == KeyRef::Kind::pair) return !in(a) && !in(b);
    if (kind == KeyRef::Kind::client && in(unknowns_.setting.n + b)) return false;
    // The flaw: masks of this kind are drawn from a key some party of every coalition holds.
    if (kind == KeyRef::Kind::share && unknowns_.flaw == Flaw::known_key) return false;
    for (std::uint32_t p = 0; p < unknowns_.setting.n; ++p)
      if (layout_.holds(p, a) && in(p)) return false;
    return true;
  }
  Unknowns& unknowns_;
  Layout layout_;
  std::uint32_t self_;
  bool is_bits_;
};

class EnumeratedMasks final : public Masks {
 public:
  EnumeratedMasks(Unknowns& unknowns, std::uint32_t self, bool is_bits)
      : unknowns_(unknowns), self_(self), is_bits_(is_bits) {}
  std::unique_ptr<MaskSource> make_source() const override {
    return std::make_unique<EnumeratedSource>(unknowns_, self_, is_bits_);
  }

 private:
  Unknowns& unknowns_;
  std::uint32_t self_;
  bool is_bits_;
};

/// A protocol on clear inputs: makes its sharings with the help of `Run` and runs steps.
struct Run {
  Simulator& sim;
  Unknowns& unknowns;
  ElementType element;
  std::uint64_t count;

  Shape shape() const { return {static_cast<std::int64_t>(count)}; }
  Tensor same(u128 value) const { return Tensor(element, shape(), std::vector<u128>(count, value)); }
  /// A sharing of `value` whose shares unknown to the coalition run through all values, all but one, which
  /// makes up for the others. `number` tells sharings apart.
  Spread shared(u128 value, std::uint32_t number) const {
    const Layout& layout = sim.layout();
    std::vector<Tensor> shares(layout.shares());
    std::vector<u128> rest(count, value);
    std::uint32_t last = ~std::uint32_t{0};
    const auto take = [&](std::uint32_t share, auto value_at) {
      std::vector<u128> v(count);
      for (std::uint64_t j = 0; j < count; ++j) {
        v[j] = value_at(j) & low_mask<u128>(element.width);
        rest[j] = element.domain == Domain::ring ? rest[j] - v[j] : rest[j] ^ v[j];
      }
      shares[share] = Tensor(element, shape(), v);
    };
    for (std::uint32_t share = 0; share < layout.shares(); ++share) {
      bool known = false;
      for (const std::uint32_t e : unknowns.coalition)
        known = known || (e < sim.setting().n && layout.holds(e, share));
      if (known) {
        take(share, [&](std::uint64_t) { return mix(share * 31 + number); });
      } else if (last == ~std::uint32_t{0}) {
        last = share;
      } else {
        const unsigned offset = unknowns.offset({-1, share, number, 0, 0});
        take(share, [&](std::uint64_t j) { return j >> offset; });
      }
    }
    shares[last] = Tensor(element, shape(), rest);
    return sim.spread(element, shape(), shares);
  }
};

using Program = std::function<void(Run&, const std::vector<u128>& secrets)>;
using Distribution = std::map<std::vector<unsigned>, std::uint64_t>;

/// What the coalition receives, as often as assignments of the unknowns give it.
Distribution view_of(const Setting& setting, std::set<std::uint32_t> coalition, ElementType element,
                     Flaw flaw, const Program& program, const std::vector<u128>& secrets) {
  Unknowns unknowns{setting, std::move(coalition), element.width, flaw, 0, {}};
  const bool is_bits = element.domain == Domain::bits;
  const auto run = [&](std::uint64_t count) {
    Simulator sim(
        setting, [&](EndpointId e) { return std::make_unique<EnumeratedMasks>(unknowns, e.value, is_bits); });
    Run r{sim, unknowns, element, count};
    program(r, secrets);
    return sim.received;
  };
  run(1);  // finds the unknowns
  BOOST_REQUIRE(unknowns.bits <= 18);
  const std::uint64_t count = std::uint64_t{1} << unknowns.bits;
  const unsigned bits = unknowns.bits;
  const auto received = run(count);
  BOOST_REQUIRE(unknowns.bits == bits);
  Distribution out;
  const std::uint64_t copy = element.payload_bytes(count);
  for (std::uint64_t j = 0; j < count; ++j) {
    std::vector<unsigned> view;
    for (const std::uint32_t e : unknowns.coalition)
      for (const Message& m : received[e])
        for (std::size_t at = 0; at < m.bytes.size(); at += copy)
          view.push_back(is_bits ? static_cast<unsigned>(m.bytes[at + j / 8]) >> (j % 8) & 1
                                 : static_cast<unsigned>(m.bytes[at + j]));
    ++out[view];
  }
  return out;
}

/// Whether all secrets look the same to the coalition.
bool alike(const Setting& setting, const std::set<std::uint32_t>& coalition, ElementType element, Flaw flaw,
           const Program& program, const std::vector<std::vector<u128>>& secrets) {
  const Distribution first = view_of(setting, coalition, element, flaw, program, secrets[0]);
  for (std::size_t i = 1; i < secrets.size(); ++i)
    if (view_of(setting, coalition, element, flaw, program, secrets[i]) != first) return false;
  return true;
}

std::vector<std::set<std::uint32_t>> coalitions(std::uint32_t n) {
  std::vector<std::set<std::uint32_t>> out;
  const Layout layout(n);
  for (std::uint32_t share = 0; share < layout.shares(); ++share) {
    std::set<std::uint32_t> members;
    for (std::uint32_t p = 0; p < n; ++p)
      if (!layout.holds(p, share)) members.insert(p);
    out.push_back(members);
  }
  return out;
}

std::vector<std::vector<u128>> all_pairs(unsigned width) {
  std::vector<std::vector<u128>> out;
  for (u128 a = 0; a >> width == 0; ++a)
    for (u128 b = 0; b >> width == 0; ++b) out.push_back({a, b});
  return out;
}

std::vector<std::vector<u128>> all_values(unsigned width) {
  std::vector<std::vector<u128>> out;
  for (u128 a = 0; a >> width == 0; ++a) out.push_back({a});
  return out;
}

void multiply(Run& run, const std::vector<u128>& secrets) {
  Spread x = run.shared(secrets[0], 1), y = run.shared(secrets[1], 2);
  run.sim.apply(run.element.domain == Domain::ring ? Op::mul : Op::bit_and, {&x, &y});
}

Program multiply_and_open(std::vector<Role> receivers) {
  return [=](Run& run, const std::vector<u128>& secrets) {
    Spread x = run.shared(secrets[0], 1), y = run.shared(secrets[1], 2);
    Spread z = run.sim.apply(run.element.domain == Domain::ring ? Op::mul : Op::bit_and, {&x, &y});
    run.sim.open(z, receivers);
  };
}

Program input_by(Role owner) {
  return [=](Run& run, const std::vector<u128>& secrets) { run.sim.input(owner, run.same(secrets[0])); };
}

const ElementType kSmall[] = {ring(1), ring(2), bits(1)};

/// How many coalitions can tell the secrets apart.
std::size_t leaks(const Setting& setting, ElementType element, Flaw flaw, const Program& program,
                  const std::vector<std::vector<u128>>& secrets) {
  std::size_t count = 0;
  for (const auto& coalition : coalitions(setting.n))
    count += !alike(setting, coalition, element, flaw, program, secrets);
  return count;
}

/// Of the bytes that an endpoint received. For uniform bytes above 420 with a probability below 1e-7 (255
/// degrees of freedom).
double chi_square(const std::vector<Message>& messages) {
  std::vector<double> seen(256, 0);
  double total = 0;
  for (const Message& m : messages)
    for (const std::byte b : m.bytes) ++seen[static_cast<std::size_t>(b)], ++total;
  double sum = 0;
  for (const double s : seen) sum += (s - total / 256) * (s - total / 256) / (total / 256);
  return sum;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(privacy)

BOOST_AUTO_TEST_CASE(products_look_the_same) {
  for (const ElementType element : kSmall) {
    BOOST_TEST(leaks({Scheme::rss, 3, 0}, element, Flaw::none, multiply, all_pairs(element.width)) == 0u);
    if (element.width == 1)
      for (const std::uint32_t n : {5u, 7u})
        BOOST_TEST(leaks({Scheme::rss, n, 0}, element, Flaw::none, multiply, all_pairs(1)) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(products_look_the_same_to_one_of_five) {
  // Fewer than t: several shares of each input are unknown too.
  BOOST_TEST(alike({Scheme::rss, 5, 0}, {0}, bits(1), Flaw::none, multiply, {{0, 0}, {1, 1}}));
}

BOOST_AUTO_TEST_CASE(inputs_look_the_same) {
  for (const std::uint32_t n : {3u, 5u})
    for (const ElementType element : kSmall)
      for (const auto& coalition : coalitions(n)) {
        const auto secrets = all_values(element.width);
        for (std::uint32_t p = 0; p < n; ++p)
          if (coalition.count(p) == 0)
            BOOST_TEST(
                alike({Scheme::rss, n, 1}, coalition, element, Flaw::none, input_by({false, p}), secrets));
        BOOST_TEST(alike({Scheme::rss, n, 1}, coalition, element, Flaw::none, input_by({true, 0}), secrets));
      }
}

BOOST_AUTO_TEST_CASE(an_opened_product_shows_only_itself) {
  const std::vector<std::vector<u128>> zero_products = {{0, 1}, {0, 0}, {1, 0}};
  for (const ElementType element : kSmall)
    BOOST_TEST(leaks({Scheme::rss, 3, 0}, element, Flaw::none, multiply_and_open({}), zero_products) == 0u);
  BOOST_TEST(
      leaks({Scheme::rss, 3, 0}, ring(2), Flaw::none, multiply_and_open({}), {{2, 1}, {2, 3}, {3, 2}}) == 0u);
  BOOST_TEST(
      leaks({Scheme::rss, 5, 0}, bits(1), Flaw::none, multiply_and_open({{false, 1}}), zero_products) == 0u);
  BOOST_TEST(leaks({Scheme::rss, 3, 0}, bits(1), Flaw::none, multiply_and_open({}), {{0, 1}, {1, 1}}) == 3u);
}

/// Opens a sharing that was never masked: the shares are the secrets, whose sum is the value.
Program open_bare(std::vector<Role> receivers) {
  return [=](Run& run, const std::vector<u128>& shares) {
    std::vector<Tensor> tensors;
    for (const u128 s : shares) tensors.push_back(run.same(s));
    Spread x = run.sim.spread(run.element, run.shape(), tensors);
    run.sim.open(x, receivers);
  };
}

BOOST_AUTO_TEST_CASE(an_output_shows_a_client_only_the_value) {
  // Sharings of 1 that differ: the client must not see which.
  for (const ElementType element : kSmall) {
    const std::vector<std::vector<u128>> three = {{1, 0, 0}, {0, 1, 0}, {0, 0, 1}, {1, 1, 1}};
    std::vector<std::vector<u128>> secrets(three.begin(), three.begin() + (element == ring(2) ? 3 : 4));
    BOOST_TEST(alike({Scheme::rss, 3, 1}, {3}, element, Flaw::none, open_bare({{true, 0}}), secrets));
    BOOST_TEST(!alike({Scheme::rss, 3, 1}, {3}, element, Flaw::no_masks, open_bare({{true, 0}}), secrets));
  }
  std::vector<std::vector<u128>> five(4, std::vector<u128>(10, 0));
  five[0][0] = five[1][9] = five[2][4] = five[3][1] = five[3][5] = five[3][6] = 1;
  BOOST_TEST(alike({Scheme::rss, 5, 1}, {5}, bits(1), Flaw::none, open_bare({{true, 0}}), five));
  BOOST_TEST(!alike({Scheme::rss, 5, 1}, {5}, bits(1), Flaw::no_masks, open_bare({{true, 0}}), five));
}

BOOST_AUTO_TEST_CASE(an_output_shows_one_of_five_parties_only_the_value) {
  // Party 0 lacks the shares of sets that contain it, 0 to 3: their sum is all it may learn, to all and to
  // itself.
  std::vector<std::vector<u128>> secrets(4, std::vector<u128>(10, 0));
  secrets[0][0] = secrets[1][1] = secrets[2][3] = secrets[3][0] = secrets[3][1] = secrets[3][2] = 1;
  for (const std::vector<Role>& receivers : {std::vector<Role>{{false, 0}}, std::vector<Role>{}}) {
    BOOST_TEST(alike({Scheme::rss, 5, 0}, {0}, bits(1), Flaw::none, open_bare(receivers), secrets));
    BOOST_TEST(!alike({Scheme::rss, 5, 0}, {0}, bits(1), Flaw::no_masks, open_bare(receivers), secrets));
  }
}

BOOST_AUTO_TEST_CASE(controls_that_must_leak) {
  // One mask for two senders: their difference is one of raw local products.
  BOOST_TEST(leaks({Scheme::rss, 5, 0}, bits(1), Flaw::one_lane, multiply, all_pairs(1)) != 0u);
  BOOST_TEST(leaks({Scheme::rss, 5, 0}, ring(1), Flaw::one_lane, multiply, all_pairs(1)) != 0u);
  // A mask from a key that the receiver holds.
  for (const ElementType element : kSmall) {
    BOOST_TEST(leaks({Scheme::rss, 3, 0}, element, Flaw::known_key, multiply, all_pairs(element.width)) ==
               3u);
    BOOST_TEST(leaks({Scheme::rss, 3, 0}, element, Flaw::known_key, input_by({false, 0}),
                     all_values(element.width)) != 0u);
  }
  // No masks at all, as in the plain scheme.
  for (const ElementType element : kSmall) {
    BOOST_TEST(leaks({Scheme::rss, 3, 0}, element, Flaw::no_masks, multiply, all_pairs(element.width)) == 3u);
    BOOST_TEST(leaks({Scheme::rss, 3, 1}, element, Flaw::no_masks, input_by({true, 0}),
                     all_values(element.width)) == 2u);
  }
}

BOOST_AUTO_TEST_CASE(received_bytes_are_uniform) {
  constexpr std::uint64_t kSeed = 99;
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937_64 random(kSeed);
  for (const Scheme scheme : {Scheme::rss, Scheme::plain})
    for (const std::uint32_t n : {3u, 5u})
      for (const ElementType element : {ring(32), ring(64), bits(8)}) {
        const Setting setting{scheme, n, 1};
        const auto check = [&](const Simulator& sim, const char* what) {
          for (std::uint32_t p = 0; p < n; ++p) {
            if (sim.received[p].empty()) continue;
            BOOST_TEST_CONTEXT(what << " " << element.to_string() << " n=" << n << " party " << p) {
              if (scheme == Scheme::rss) BOOST_TEST(chi_square(sim.received[p]) < 420);
              if (scheme == Scheme::plain) BOOST_TEST(chi_square(sim.received[p]) > 420);
            }
          }
        };
        std::vector<u128> small(30000);
        for (u128& v : small) v = random() % 100;
        const Tensor value(element, {30000}, small);
        Simulator by_party(setting, test_masks(setting, 1)), by_client(setting, test_masks(setting, 2));
        Spread x = by_party.input({false, 0}, value), y = by_client.input({true, 0}, value);
        check(by_party, "input by a party");
        check(by_client, "input by a client");
        Simulator product(setting, test_masks(setting, 3));
        product.apply(element.domain == Domain::ring ? Op::mul : Op::bit_and, {&x, &y});
        if (scheme == Scheme::rss || n == 3) check(product, "product");
      }
}

BOOST_AUTO_TEST_SUITE_END()
