#include <boost/test/unit_test.hpp>

#include <random>

#include "protocols/product_form.hpp"

using namespace tacet;
using namespace tacet::protocols;

namespace {

constexpr std::uint64_t kSeed = 20240611;

struct Shares {
  std::vector<u128> a, b;  // by share
  u128 product = 0;
};

Shares random_shares(const Layout& layout, std::mt19937_64& random) {
  Shares s;
  u128 x = 0, y = 0;
  for (std::uint32_t i = 0; i < layout.shares(); ++i) {
    s.a.push_back(static_cast<u128>(random()) << 64 | random());
    s.b.push_back(static_cast<u128>(random()) << 64 | random());
    x += s.a.back(), y += s.b.back();
  }
  s.product = x * y;
  return s;
}

u128 weigh(const Layout& layout, std::uint32_t party, const std::vector<Weight>& weights,
           const std::vector<u128>& x, u128 mask) {
  u128 sum = 0;
  for (const Weight& w : weights) sum += (w.factor & mask) * (x[layout.share_at(party, w.slot)] & mask);
  return sum & mask;
}

/// The sum of the parties' local products, computed in Z_2^k only.
template <class MakeForm>
u128 product(const Layout& layout, const Shares& s, unsigned k, MakeForm form_of) {
  const u128 mask = low_mask<u128>(k);
  u128 sum = 0;
  for (std::uint32_t p = 0; p < layout.n(); ++p)
    for (const ProductTerm& term : form_of(p))
      sum += weigh(layout, p, term.a, s.a, mask) * weigh(layout, p, term.b, s.b, mask);
  return sum & mask;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(product_form)

BOOST_AUTO_TEST_CASE(all_forms_give_the_product) {
  BOOST_TEST_MESSAGE("seed " << kSeed);
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u, 7u, 9u, 11u}) {
    const Layout layout(n);
    const ProductForm pairs = n <= 9 ? pair_form(layout) : ProductForm{};
    std::vector<ProductForm> galois;
    for (std::uint32_t p = 0; p < n; ++p) galois.push_back(galois_form(layout, p));
    for (const unsigned k : {1u, 8u, 31u, 64u, 72u, 128u}) {
      for (int i = 0; i < (n == 11 ? 2 : 10); ++i) {
        const Shares s = random_shares(layout, random);
        const u128 expected = s.product & low_mask<u128>(k);
        BOOST_REQUIRE((product(layout, s, k, [&](std::uint32_t p) { return galois[p]; }) == expected));
        if (n <= 9) BOOST_REQUIRE((product(layout, s, k, [&](std::uint32_t) { return pairs; }) == expected));
        if (n == 5)
          BOOST_REQUIRE(
              (product(layout, s, k, [&](std::uint32_t) { return five_party_form(); }) == expected));
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(all_forms_give_the_product_mod_2) {
  std::mt19937_64 random(kSeed);
  for (const std::uint32_t n : {3u, 5u, 7u, 9u, 11u}) {
    const Layout layout(n);
    const ProductForm pairs = reduce_mod_2(pair_form(layout));
    std::vector<ProductForm> galois, chosen;
    for (std::uint32_t p = 0; p < n; ++p) {
      galois.push_back(reduce_mod_2(galois_form(layout, p)));
      chosen.push_back(choose_product_forms(layout, p).elementwise_bits);
      for (const ProductTerm& term : galois.back())
        for (const Weight& w : term.a) BOOST_REQUIRE((w.factor == 1));
    }
    for (int i = 0; i < 20; ++i) {
      const Shares s = random_shares(layout, random);
      const u128 expected = s.product & 1;
      BOOST_REQUIRE((product(layout, s, 1, [&](std::uint32_t) { return pairs; }) == expected));
      BOOST_REQUIRE((product(layout, s, 1, [&](std::uint32_t p) { return galois[p]; }) == expected));
      BOOST_REQUIRE((product(layout, s, 1, [&](std::uint32_t p) { return chosen[p]; }) == expected));
    }
  }
}

BOOST_AUTO_TEST_CASE(sizes) {
  const auto products = [](const ProductForm& form) {
    std::size_t sum = 0;
    for (const ProductTerm& term : form) sum += term.a.size() * term.b.size();
    return sum;
  };
  BOOST_TEST(products(pair_form(Layout(3))) == 3u);
  BOOST_TEST(products(pair_form(Layout(5))) == 20u);
  BOOST_TEST(products(pair_form(Layout(7))) == 175u);
  BOOST_TEST(products(pair_form(Layout(9))) == 1764u);
  const std::pair<std::uint32_t, std::size_t> terms[] = {{3, 2}, {5, 3}, {7, 3}, {9, 4}, {13, 4}};
  for (const auto& [n, count] : terms) BOOST_TEST(galois_form(Layout(n), n - 1).size() == count);
}

BOOST_AUTO_TEST_CASE(three_parties_use_the_known_formula) {
  const ProductForm form = pair_form(Layout(3));
  BOOST_REQUIRE(form.size() == 2u);
  BOOST_TEST(form[0].a.size() == 1u);
  BOOST_TEST(form[0].a[0].slot == 0u);
  BOOST_TEST(form[0].b.size() == 2u);
  BOOST_TEST(form[1].a[0].slot == 1u);
  BOOST_REQUIRE(form[1].b.size() == 1u);
  BOOST_TEST(form[1].b[0].slot == 0u);
}

BOOST_AUTO_TEST_SUITE_END()
