// What a coalition of t parties sees in whole computations, whichever way they are lowered, does not depend
// on the secrets. Exact: every assignment of the masks it does not know is run (views.hpp), and the
// distributions of all it receives are compared between secrets. Statistical, where there are too many:
// samples under real masks.

#include "views.hpp"

#include <boost/test/unit_test.hpp>
#include <cmath>

namespace tacet::actors {
namespace {

using testing::Coalition;
using testing::Computation;
using testing::Flaw;
using testing::Sketch;
using testing::View;

using Values = std::vector<Value>;
using Types = std::vector<ElementType>;
using Ways = std::map<std::string, std::string, std::less<>>;
/// What a computation opens on purpose: secrets that give the same must look alike.
using Shown = std::function<u128(std::span<const u128>)>;

struct Case {
  Computation computation;
  Types types;  ///< of the secrets
  Shown shown;
};

Value apply(Op op, std::initializer_list<Value> operands,
            std::initializer_list<std::int64_t> attributes = {}) {
  return operands.begin()->builder().apply(op, std::span(operands.begin(), operands.size()),
                                           std::span(attributes.begin(), attributes.size()), {});
}
/// Summand j of a value, in another domain.
Value leaf(const Value& x, std::uint32_t j, std::uint32_t t, ElementType to) {
  return apply(Op::leaf, {x}, {j, 0, static_cast<std::int64_t>(to.domain), to.width, j == t});
}
Value through_king(Sketch& s, const Value& x, const Value& y, std::int64_t king) {
  const Value r = s.b.random(x.type().element, s.shape());
  return apply(Op::share_from_king, {apply(Op::mul_to_king, {x, y, -r}, {king}), r}, {king});
}
/// A word added before it is opened, and its digits, which stay secret.
Values opened_under_word(Sketch& s, const Value& x, unsigned m, unsigned k) {
  const RandomWord r = eda_bit(s.b, m, k, s.shape());
  return {reveal(x + r.value), r.digits};
}

/// One line for each computation, of which t parties see the messages. Rings are Z_2^k.
std::vector<Case> computations(std::uint32_t t, unsigned k) {
  const ElementType r = ring(k), w = bits(k), b = bits(1);
  const Ways any;
  std::vector<Case> out;
  const auto add = [&](std::string name, const Types& types, auto f, const Ways& ways = {},
                       const Shown& shown = {}) {
    name += " (k = " + std::to_string(k);
    for (const auto& [op, variant] : ways) name += ", " + op + " by " + variant;
    out.push_back({{name + ")",
                    [=](Sketch& s) {
                      Values secrets;
                      for (const ElementType type : types) secrets.push_back(s.secret(type));
                      return Values(f(s, secrets));
                    },
                    ways},
                   types,
                   shown});
  };
  using X = const Values&;
  const auto by = [](const char* op, const char* variant) { return Ways{{op, variant}}; };

  add("input", {r}, [](Sketch&, X x) { return x; });
  add("product", {r, r}, [](Sketch&, X x) { return Values{x[0] * x[1]}; });
  add("conjunction", {w, w}, [](Sketch&, X x) { return Values{x[0] & x[1]}; });
  add("product of three", {r, r}, [](Sketch&, X x) { return Values{x[0] * x[1] * x[0]}; });
  add("sparse product", {r, r}, [=](Sketch&, X x) { return Values{x[0] * leaf(x[1], t, t, r)}; });
  add("summands in both domains", {r}, [=](Sketch&, X x) {
    Values leaves;
    for (std::uint32_t j = 0; j <= t; ++j)
      leaves.push_back(leaf(x[0], j, t, w)), leaves.push_back(leaf(x[0], j, t, r));
    return leaves;
  });
  for (const std::int64_t king : {0, 1, 2})
    add("product through king " + std::to_string(king), {r, r},
        [=](Sketch& s, X x) { return Values{through_king(s, x[0], x[1], king)}; });
  const Shown product = [=](auto x) { return x[0] * x[1] & low_mask<u128>(k); };
  add(
      "opened product", {r, r},
      [](Sketch&, X x) {
        return Values{apply(Op::mul_open, {x[0], x[1]})};
      },
      any, product);
  add(
      "product that is opened", {r, r}, [](Sketch&, X x) { return Values{reveal(x[0] * x[1])}; }, any,
      product);
  add(
      "product opened by a king", {r, r},
      [](Sketch&, X x) {
        return Values{apply(Op::open_from_king, {apply(Op::mul_to_king, {x[0], x[1]}, {1})}, {1})};
      },
      any, product);
  add("product opened under a mask", {r, r}, [](Sketch& s, X x) {
    return Values{apply(Op::mul_open, {x[0], x[1], s.b.random(x[0].type().element, s.shape())})};
  });
  add(
      "sum that is opened", {r, r}, [](Sketch&, X x) { return Values{reveal(x[0] + x[1])}; }, any,
      [=](auto x) { return (x[0] + x[1]) & low_mask<u128>(k); });
  add("opened under a random value", {r},
      [](Sketch& s, X x) { return Values{reveal(x[0] + s.b.random(x[0].type().element, s.shape()))}; });
  add("opened under a random word", {r}, [=](Sketch& s, X x) { return opened_under_word(s, x[0], k, k); });
  if (k > 1)
    add("reduced, then opened under a short word", {r}, [=](Sketch& s, X x) {
      const RandomWord word = eda_bit(s.b, k - 1, k, s.shape());
      return Values{reveal(apply(Op::lift, {x[0] + word.value}, {k - 1, 0})), word.digits};
    });
  for (const char* way : {"summands", "root", "root_king"})
    add(
        "opened under a random bit", {b},
        [=](Sketch& s, X x) {
          const Value random = rand_bit(s.b, k, s.shape());
          return Values{reveal(x[0] ^ apply(Op::low_bit, {random}, {})), random};
        },
        by("rand_bit", way));
  add(
      "random word opened beside its digits", {r},
      [=](Sketch& s, X x) {
        const RandomWord word = eda_bit(s.b, k, k, s.shape());
        return Values{reveal(to_bits(x[0]) ^ word.digits), word.value};
      },
      by("to_bits", "summands"));
  for (const char* way : {"summands", "random_bit"})
    add(
        "to_ring", {b}, [=](Sketch&, X x) { return Values{to_ring(x[0], k)}; }, by("to_ring", way));
  for (const char* way : {"bits", "edabit"})
    add(
        "to_ring", {w}, [=](Sketch&, X x) { return Values{to_ring(x[0], k)}; }, by("to_ring", way));
  for (const char* way : {"summands", "edabit"}) {
    add(
        "to_bits", {r}, [](Sketch&, X x) { return Values{to_bits(x[0])}; }, by("to_bits", way));
    add(
        "msb", {r}, [](Sketch&, X x) { return Values{msb(x[0])}; }, by("msb", way));
    add(
        "eqz", {r}, [](Sketch&, X x) { return Values{eqz(x[0])}; }, by("eqz", way));
  }
  for (const char* way : {"summands", "to_ring"})
    add(
        "inject", {b, r}, [](Sketch&, X x) { return Values{inject(x[0], x[1])}; }, by("inject", way));
  if (k > 1)
    for (const char* way : {"summands", "edabit"}) {
      add(
          "trunc", {r}, [](Sketch&, X x) { return Values{trunc(x[0], 1)}; }, by("trunc", way));
      add(
          "trunc to even", {r}, [](Sketch&, X x) { return Values{trunc(x[0], 1, {Rounding::ties_even})}; },
          by("trunc", way));
    }
  for (const char* way : {"summands", "edabit"})
    add(
        "convert", {r}, [k](Sketch&, X x) { return Values{convert(x[0], k + 2)}; }, by("convert", way));
  if (k > 2) add("trunc_pr", {r}, [](Sketch&, X x) { return Values{trunc_pr(x[0], 1)}; });
  add(
      "lt", {r, r}, [](Sketch&, X x) { return Values{lt(x[0], x[1])}; }, by("msb", "summands"));
  add(
      "relu", {r}, [](Sketch&, X x) { return Values{relu(x[0])}; }, by("msb", "summands"));
  add(
      "clamp", {r, r, r}, [](Sketch&, X x) { return Values{clamp(x[0], x[1], x[2], Order::fits)}; },
      by("msb", "summands"));
  add("sign", {r}, [](Sketch&, X x) { return Values{sign(x[0])}; });
  add("bit_add", {w, w}, [](Sketch&, X x) { return Values{bit_add(x[0], x[1])}; });
  return out;
}

/// All values of the secrets, in groups of which the coalition may tell one from another.
std::map<u128, std::vector<std::vector<u128>>> groups(const Case& c) {
  unsigned width = 0;
  for (const ElementType type : c.types) width += type.width;
  std::map<u128, std::vector<std::vector<u128>>> out;
  for (u128 all = 0; all >> width == 0; ++all) {
    std::vector<u128> secrets;
    u128 rest = all;
    for (const ElementType type : c.types) {
      secrets.push_back(rest & low_mask<u128>(type.width));
      rest >>= type.width;
    }
    out[c.shown ? c.shown(secrets) : 0].push_back(secrets);
  }
  return out;
}

/// How a coalition was looked at.
struct Finding {
  bool leaks = false;
  bool exact = true;
  unsigned bits = 6;  ///< unknown ones that were enumerated
};

/// Compares the distributions of what a coalition sees. Nothing if there are too many assignments.
std::optional<bool> differ(const Case& c, std::uint32_t n, const Coalition& coalition, Flaw flaw,
                           std::uint64_t known, unsigned& bits, unsigned limit) {
  for (const auto& [shown, secrets] : groups(c)) {
    std::vector<View> first;
    for (const auto& s : secrets) {
      auto views = distribution(c.computation, n, coalition, flaw, known, s, bits, limit);
      if (!views) return std::nullopt;
      if (first.empty()) first = std::move(*views);
      // The first run of all finds how many assignments there are.
      else if (views->size() != first.size())
        return differ(c, n, coalition, flaw, known, bits, limit);
      else if (*views != first)
        return true;
    }
  }
  return false;
}

/// Compares samples: how often each of many sums mod 2 of bits of the view is 1. Of equal distributions, one
/// of the 300 differences exceeds its bound with probability below 1e-9.
bool samples_differ(const Case& c, std::uint32_t n, const Coalition& coalition, Flaw flaw,
                    std::uint64_t known) {
  constexpr std::uint64_t kCount = 1 << 14;
  constexpr std::size_t kSums = 300;
  std::vector<View> sums;
  std::size_t words = 0;  // of a view that are in use
  const auto ones = [&](std::span<const u128> secrets, std::uint64_t sample) {
    const auto seen = watch(c.computation, n, coalition, flaw, known, secrets, kCount, sample);
    if (sums.empty()) {
      View used{};
      for (const View& v : seen.views)
        for (std::size_t i = 0; i < v.size(); ++i) used[i] |= v[i];
      std::vector<unsigned> bits;
      for (unsigned i = 0; i < 64 * used.size(); ++i)
        if ((used[i / 64] >> i % 64 & 1) != 0) bits.push_back(i), words = i / 64 + 1;
      std::mt19937_64 rng(known);
      for (std::size_t s = 0; s < kSums && !bits.empty(); ++s) {
        View sum{};  // of few bits, and of about half
        for (std::size_t b = 0; b < (s % 2 == 0 ? 1 + s / 2 % 4 : bits.size() / 2 + 1); ++b) {
          const unsigned bit = bits[rng() % bits.size()];
          sum[bit / 64] |= std::uint64_t{1} << bit % 64;
        }
        sums.push_back(sum);
      }
    }
    std::vector<double> out(sums.size(), 0);
    for (std::size_t s = 0; s < sums.size(); ++s)
      for (const View& v : seen.views) {
        std::uint64_t parity = 0;
        for (std::size_t i = 0; i < words; ++i) parity ^= v[i] & sums[s][i];
        out[s] += std::popcount(parity) % 2;
      }
    return out;
  };
  std::size_t compared = 0;
  for (const auto& [shown, secrets] : groups(c)) {
    if (++compared > 3) break;
    std::vector<double> first;
    for (std::size_t i = 0; i < secrets.size(); i += 1 + secrets.size() / 5) {
      const std::vector<double> now = ones(secrets[i], 1 + i);
      if (first.empty()) first = now;
      for (std::size_t s = 0; s < now.size(); ++s)
        if (std::abs(now[s] - first[s]) > 7 * std::sqrt(kCount / 2.0)) return true;
    }
  }
  return false;
}

Finding look(const Case& c, std::uint32_t n, const Coalition& coalition, Flaw flaw, unsigned limit) {
  Finding out;
  // Masks that are known may have any values: some of them, where that takes little time.
  for (std::uint64_t known = 1;
       known <= 2 && !out.leaks && out.exact && (known == 1 || n == 3 || out.bits <= 12); ++known) {
    const auto exact = differ(c, n, coalition, flaw, known, out.bits, limit);
    out.exact = exact.has_value();
    out.leaks = exact ? *exact : samples_differ(c, n, coalition, flaw, known);
  }
  return out;
}

/// How many coalitions of a size see more than they should.
std::size_t leaking(const Case& c, std::uint32_t n, std::uint32_t size, unsigned limit,
                    Flaw flaw = Flaw::none, bool* all_exact = nullptr) {
  std::size_t count = 0, exact = 0, all = 0;
  unsigned most = 0;
  for (const Coalition& coalition : testing::coalitions(n, size)) {
    const Finding finding = look(c, n, coalition, flaw, limit);
    count += finding.leaks, exact += finding.exact, ++all;
    if (finding.exact) most = std::max(most, finding.bits);
  }
  std::string how = std::to_string(exact) + " of " + std::to_string(all) + " coalitions exactly";
  if (exact != 0) how += ", up to 2^" + std::to_string(most) + " assignments";
  BOOST_TEST_MESSAGE("n " << n << ", " << c.computation.name << ": " << how << (count != 0 ? ", LEAKS" : ""));
  if (all_exact != nullptr) *all_exact = exact == all;
  return count;
}

/// No coalition of that size learns anything. Returns how many computations were enumerated.
std::size_t check(std::uint32_t n, std::uint32_t size, unsigned k, unsigned limit) {
  std::size_t exact = 0;
  for (const Case& c : computations((n - 1) / 2, k)) {
    bool all_exact = false;
    const std::size_t count = leaking(c, n, size, limit, Flaw::none, &all_exact);
    BOOST_TEST(count == 0u,
               "n " << n << ", " << c.computation.name << " leaks to " << count << " coalitions");
    exact += all_exact;
  }
  return exact;
}

Case find(std::uint32_t t, unsigned k, std::string_view name) {
  for (Case& c : computations(t, k))
    if (c.computation.name.starts_with(name)) return std::move(c);
  throw std::logic_error("no computation " + std::string(name));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(views)

BOOST_AUTO_TEST_CASE(of_one_of_three_parties_do_not_depend_on_secrets) {
  BOOST_TEST(check(3, 1, 1, 18) >= 33u);
  BOOST_TEST(check(3, 1, 2, 18) >= 33u);
  BOOST_TEST(check(3, 1, 3, 18) >= 33u);
}

BOOST_AUTO_TEST_CASE(of_two_of_five_parties_do_not_depend_on_secrets) {
  BOOST_TEST(check(5, 2, 1, 17) >= 20u);
  BOOST_TEST(check(5, 2, 2, 17) >= 20u);
}

BOOST_AUTO_TEST_CASE(of_one_of_five_parties_do_not_depend_on_secrets) {
  check(5, 1, 2, 10);
}

BOOST_AUTO_TEST_CASE(of_three_of_seven_parties_do_not_depend_on_secrets) {
  check(7, 3, 1, 12);
}

BOOST_AUTO_TEST_CASE(of_wider_rings_do_not_depend_on_secrets) {
  check(3, 1, 6, 0);
}

BOOST_AUTO_TEST_CASE(the_test_notices_masks_that_several_senders_share) {
  for (const char* name : {"product", "conjunction"})
    BOOST_TEST(leaking(find(2, 1, name), 5, 2, 17, Flaw::one_lane) != 0u);
}

BOOST_AUTO_TEST_CASE(the_test_notices_masks_that_are_used_twice) {
  BOOST_TEST(leaking(find(1, 2, "product of three"), 3, 1, 17, Flaw::one_address) != 0u);
  BOOST_TEST(leaking(find(1, 2, "to_bits"), 3, 1, 17, Flaw::one_address) != 0u);
}

BOOST_AUTO_TEST_CASE(the_test_notices_one_mask_in_two_domains) {
  for (const unsigned k : {2u, 3u}) {
    BOOST_TEST(leaking(find(1, k, "summands in both domains"), 3, 1, 17, Flaw::one_domain) != 0u);
    BOOST_TEST(leaking(find(1, k, "summands in both domains"), 3, 1, 17) == 0u);
  }
}

BOOST_AUTO_TEST_CASE(the_test_notices_a_mask_from_a_key_that_the_receiver_holds) {
  for (const char* name : {"product", "sparse product", "summands", "opened under a random value"})
    BOOST_TEST(leaking(find(1, 2, name), 3, 1, 17, Flaw::known_key) != 0u, name);
}

BOOST_AUTO_TEST_CASE(the_test_notices_an_opening_wider_than_its_mask) {
  for (const unsigned k : {2u, 3u}) {
    const Case c{{"opened in a ring larger than the word",
                  [k](Sketch& s) { return opened_under_word(s, s.secret(ring(k)), k - 1, k); }},
                 {ring(k)},
                 {}};
    BOOST_TEST(leaking(c, 3, 1, 17) == 3u);
  }
}

BOOST_AUTO_TEST_CASE(samples_notice_them_too) {
  BOOST_TEST(leaking(find(2, 1, "product"), 5, 2, 0, Flaw::one_lane) != 0u);
  BOOST_TEST(leaking(find(2, 2, "product"), 5, 1, 0, Flaw::known_key) != 0u);
  BOOST_TEST(leaking(find(2, 2, "sum that is opened"), 5, 1, 0, Flaw::none) == 0u);
  Case c = find(2, 2, "sum that is opened");
  c.shown = {};
  BOOST_TEST(leaking(c, 5, 1, 0) == 5u);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
