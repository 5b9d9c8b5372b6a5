// The digest by which endpoints tell whether they run one plan: it sees every step, message and wave, stays
// the same from build to build, and takes little of the time that planning does.
#include "protocols/plan_digest.hpp"

#include <ctime>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <set>
#include <string>

#include "graph/build_identity.hpp"
#include "graph/builder.hpp"
#include "graph/data.hpp"
#include "graph/functions.hpp"

using namespace tacet;
using protocols::plan_digest;

namespace {

Role party(std::uint32_t p) {
  return Builder::party(p);
}

struct Sample {
  std::function<void(Builder&)> build;
  PlanOptions options = {};
};

/// Between them: scalars and tiles, waves, joins, both phases, clients, kings, words, bits and permutations.
const std::map<std::string, Sample>& samples() {
  static const std::map<std::string, Sample> all = [] {
    std::map<std::string, Sample> out;
    out["chain"] = {[](Builder& b) {
      Value x = b.input("x", b.client("alice"), ring(64), {3});
      const Value y = b.input("y", party(0), ring(64));
      for (int i = 0; i < 4; ++i) x = x * y + 1;
      b.output("z", x, b.client("bob"), {.is_signed = true});
    }};
    out["comparisons"] = {[](Builder& b) {
                            const Value x = b.input("x", party(0), ring(32), {40'000});
                            const Value y = b.input("y", party(1), ring(32), {40'000});
                            b.output("least", sum(min(x, y), 0), party(2));
                          },
                          {.tile_bytes = 4096, .cache_bytes = 65536}};
    out["product"] = {[](Builder& b) {
      const Value x = b.input("x", party(0), ring(16), {5, 7}), y = b.input("y", party(1), ring(16), {7, 2});
      b.output("z", matmul(x, y), {party(0), party(1)});
    }};
    out["sort"] = {
        [](Builder& b) { b.output("z", sort(b.input("x", b.client("alice"), ring(12), {9})), party(0)); }};
    Sample& kings = out["kings"];
    kings.build = [](Builder& b) {
      const Value x = b.input("x", party(0), ring(64), {3000});
      b.output("z", reveal(x * x) + 1, b.client("alice"));
    };
    kings.options.tile_bytes = 4096;
    kings.options.policy.prefer = {{"mul", "king"}, {"reveal", "king"}};
    Sample& fractions = out["fractions"];
    fractions.build = [](Builder& b) {
      const Value x = b.input("x", party(0), fixed(64, 16), {6}),
                  y = b.input("y", party(2), fixed(64, 16), {6});
      b.output("z", x * y, party(1), {.is_signed = true});
    };
    fractions.options.policy.offline_first = true;
    return out;
  }();
  return all;
}

Plan plan_of(const Sample& sample, Scheme scheme, std::uint32_t n) {
  Builder b;
  sample.build(b);
  const auto clients = static_cast<std::uint32_t>(b.graph().clients().size());
  return make_plan(b.graph(), {scheme, n, clients}, sample.options);
}

std::string text(const protocols::Digest& digest) {
  std::string out;
  for (const std::byte byte : std::span(digest).first(8)) {
    constexpr char kDigits[] = "0123456789abcdef";
    out += kDigits[std::to_integer<unsigned>(byte) >> 4];
    out += kDigits[std::to_integer<unsigned>(byte) & 15];
  }
  return out;
}

/// Processor time of this thread: what else the machine does does not count.
double seconds_now() {
  timespec t{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
  return static_cast<double>(t.tv_sec) + 1e-9 * static_cast<double>(t.tv_nsec);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan_digests)

BOOST_AUTO_TEST_CASE(they_are_those_of_other_builds) {
  // The first half of each. They change with whatever decides bytes or masks: a new operation, another
  // variant, another schedule. That is a new format or a new plan, and builds from before and after cannot
  // meet.
  const std::map<std::string, std::string> golden{
      {"chain rss 3", "0870f80a1a4e6566"},         {"chain rss 5", "7bf5faa7d15e55dd"},
      {"chain rss 7", "ab2cc4a1af309c3c"},         {"chain plain 3", "8fa8ed43a07bb9b4"},
      {"chain plain 5", "8c88a15c5da53d7a"},       {"chain plain 7", "9e34e0656ecb49d0"},
      {"comparisons rss 3", "6f016a99feba23b1"},   {"comparisons rss 5", "fd3ece5822cf2c75"},
      {"comparisons rss 7", "e5c84d3ed5e60aef"},   {"comparisons plain 3", "e63a11305c235618"},
      {"comparisons plain 5", "1af05c09f7c1d6d8"}, {"comparisons plain 7", "9a7fdbd8862312b1"},
      {"fractions rss 3", "19ff6f8081cb3a2d"},     {"fractions rss 5", "77473a34a53ff9da"},
      {"fractions rss 7", "9cf52b5d46677c9c"},     {"fractions plain 3", "563bddd0ab9b8a38"},
      {"fractions plain 5", "d513befca3e8a4db"},   {"fractions plain 7", "8f35d621ac367f3e"},
      {"kings rss 3", "ca7c1ed1dad5d75c"},         {"kings rss 5", "cb7ad13ebfc0f1f6"},
      {"kings rss 7", "a357f1b039f2a0eb"},         {"kings plain 3", "aa8e8edf36feaccf"},
      {"kings plain 5", "457ee7b01e04a36b"},       {"kings plain 7", "b89da07a77d020cb"},
      {"product rss 3", "3af2990da1152c20"},       {"product rss 5", "d68504fe14bf4a15"},
      {"product rss 7", "eab06f2dbb74c80b"},       {"product plain 3", "5a40aafece683fd2"},
      {"product plain 5", "53e019088e68306d"},     {"product plain 7", "c67b0e81f3c96386"},
      {"sort rss 3", "4582d57e48d870e7"},          {"sort rss 5", "d0e47c3ab211e5aa"},
      {"sort rss 7", "6cc0d64c839c81b1"},          {"sort plain 3", "722341fe0f0a19b1"},
      {"sort plain 5", "d5cdd4c43c2b80e6"},        {"sort plain 7", "58d0ca293407b2eb"}};
  for (const auto& [name, sample] : samples())
    for (const Scheme scheme : {Scheme::rss, Scheme::plain})
      for (const std::uint32_t n : {3u, 5u, 7u}) {
        const std::string key = name + " " + std::string(to_string(scheme)) + " " + std::to_string(n);
        const std::string digest = text(plan_digest(plan_of(sample, scheme, n)));
        const auto known = golden.find(key);
        BOOST_TEST((known != golden.end() && known->second == digest),
                   "      {\"" << key << "\", \"" << digest << "\"},");
      }
  BOOST_TEST(golden.size() == 6 * samples().size());
}

BOOST_AUTO_TEST_CASE(samples_have_what_digests_cover) {
  std::set<Exchange> exchanges;
  bool waves = false, joins = false, offline = false, many_nodes = false, many_tiles = false;
  for (const auto& [name, sample] : samples()) {
    const Plan plan = plan_of(sample, Scheme::rss, 3);
    waves = waves || !plan.waves.empty();
    for (const Step& s : plan.steps) {
      exchanges.insert(s.exchange);
      joins = joins || s.join, offline = offline || s.offline;
      many_nodes = many_nodes || s.node_count > 1, many_tiles = many_tiles || s.tile > 0;
    }
  }
  BOOST_TEST((waves && joins && offline && many_nodes && many_tiles));
  for (const Exchange e :
       {Exchange::input, Exchange::reshare, Exchange::reshare_sparse, Exchange::open, Exchange::leaf,
        Exchange::to_king, Exchange::share_from_king, Exchange::open_from_king, Exchange::shuffle})
    BOOST_TEST(exchanges.contains(e), "exchange " << static_cast<int>(e));
}

BOOST_AUTO_TEST_CASE(any_change_of_a_schedule_changes_them) {
  using Change = std::function<void(Plan&)>;
  for (const auto& [name, sample] : samples()) {
    const Plan plan = plan_of(sample, Scheme::rss, 3);
    std::map<std::string, std::string> seen{{text(plan_digest(plan)), "nothing"}};
    const auto changes = [&](const std::string& what, const Change& change) {
      Plan other = plan;
      change(other);
      const auto [it, fresh] = seen.emplace(text(plan_digest(other)), what);
      BOOST_TEST(fresh, name << ": changing " << what << " gives the digest of changing " << it->second);
    };
    // Each field of some steps: the first, the last, and one of each operation.
    std::set<std::size_t> steps{0, plan.steps.size() - 1};
    std::set<Op> ops;
    for (std::size_t i = 0; i < plan.steps.size(); ++i)
      if (ops.insert(plan.steps[i].op).second) steps.insert(i);
    for (const std::size_t i : steps) {
      const auto of_step = [&](const std::string& what, const std::function<void(Step&)>& change) {
        changes("the " + what + " of step " + std::to_string(i), [&](Plan& p) { change(p.steps[i]); });
      };
      of_step("operation", [](Step& s) { s.op = static_cast<Op>(static_cast<int>(s.op) ^ 1); });
      of_step("join", [](Step& s) { s.join = !s.join; });
      of_step("phase", [](Step& s) { s.offline = !s.offline; });
      of_step("round", [](Step& s) { ++s.round; });
      of_step("buffer", [](Step& s) { ++s.buffer; });
      of_step("begin", [](Step& s) { ++s.range.begin; });
      of_step("end", [](Step& s) { ++s.range.end; });
      if (plan.steps[i].node_count != 0)
        of_step("node", [](Step& s) { s.nodes_begin += s.nodes_begin == 0 ? 1 : -1; });
    }
    // A tie broken otherwise: neighbours change places; so do the nodes inside a step.
    for (std::size_t i = 0; i + 1 < plan.steps.size(); i += 1 + plan.steps.size() / 16)
      changes("the order of steps " + std::to_string(i) + " and the next",
              [&](Plan& p) { std::swap(p.steps[i], p.steps[i + 1]); });
    for (std::size_t i = 0; i + 1 < plan.step_nodes.size(); i += 1 + plan.step_nodes.size() / 16)
      if (plan.step_nodes[i] != plan.step_nodes[i + 1])
        changes("the order of nodes " + std::to_string(i) + " and the next",
                [&](Plan& p) { std::swap(p.step_nodes[i], p.step_nodes[i + 1]); });
    for (std::size_t f = 0; f < plan.flows.size(); f += 1 + plan.flows.size() / 8) {
      const std::string number = " of message " + std::to_string(f);
      changes("the sender" + number, [&](Plan& p) { ++p.flows[f].from.value; });
      changes("the receiver" + number, [&](Plan& p) { ++p.flows[f].to.value; });
      changes("the payload" + number, [&](Plan& p) { ++p.flows[f].payload; });
      changes("the size" + number, [&](Plan& p) { ++p.flows[f].bytes; });
    }
    for (std::size_t l = 0; l < plan.links.size(); ++l) {
      const std::string at = " of link " + std::to_string(l);
      changes("the sender" + at, [&](Plan& p) { ++p.links[l].from.value; });
      changes("the receiver" + at, [&](Plan& p) { ++p.links[l].to.value; });
      changes("the bytes" + at, [&](Plan& p) { ++p.links[l].bytes; });
      for (const std::size_t s : std::set<std::size_t>{0, plan.links[l].segments.size() - 1}) {
        const std::string segment = " of segment " + std::to_string(s) + at;
        changes("the step" + segment, [&](Plan& p) { ++p.links[l].segments[s].step; });
        changes("the message" + segment, [&](Plan& p) { ++p.links[l].segments[s].flow; });
        changes("the offset" + segment, [&](Plan& p) { ++p.links[l].segments[s].offset; });
      }
    }
    for (std::size_t w = 0; w < plan.waves.size(); ++w) {
      const std::string at = " of waves " + std::to_string(w);
      changes("the count" + at, [&](Plan& p) { ++p.waves[w].count; });
      changes("the tiles" + at, [&](Plan& p) { ++p.waves[w].tiles; });
      changes("the first round" + at, [&](Plan& p) { ++p.waves[w].first_round; });
      changes("the rounds" + at, [&](Plan& p) { ++p.waves[w].rounds; });
      changes("the skew" + at, [&](Plan& p) { ++p.waves[w].skew; });
    }
  }
}

BOOST_AUTO_TEST_CASE(waves_of_another_width_have_another_digest) {
  Sample sample = samples().at("comparisons");
  const Plan plan = plan_of(sample, Scheme::rss, 3);
  sample.options.policy.round_seconds /= 100;
  const Plan other = plan_of(sample, Scheme::rss, 3);
  BOOST_TEST_REQUIRE((!plan.waves.empty() && !other.waves.empty()));
  BOOST_TEST(plan.waves[0].count != other.waves[0].count);
  BOOST_TEST((plan_digest(plan) != plan_digest(other)));
}

BOOST_AUTO_TEST_CASE(builds_are_told_apart_by_version_and_sources) {
  const std::string_view identity = build_identity();
  const std::size_t dash = identity.find('-');
  BOOST_TEST_REQUIRE(dash != std::string_view::npos, identity);
  BOOST_TEST(std::count(identity.begin(), identity.begin() + static_cast<std::ptrdiff_t>(dash), '.') == 2);
  BOOST_TEST(identity.size() - dash - 1 == 12u);
  BOOST_TEST(identity.find_first_not_of("0123456789abcdef", dash + 1) == std::string_view::npos);
}

BOOST_AUTO_TEST_CASE(they_take_a_small_part_of_planning) {
  const auto chain = [](bool products) {
    return [products](Builder& b) {
      Value x = b.input("x", party(0), ring(64));
      const Value y = b.input("y", party(1), ring(64));
      for (int i = 0; i < 300'000; ++i) x = products ? x * y : x + y;
      b.output("z", x, party(0));
    };
  };
  const auto wide = [](Builder& b) {
    const Value x = b.input("x", party(0), ring(32), {50'000'000}),
                y = b.input("y", party(1), ring(32), {50'000'000});
    b.output("z", sum(min(x, y), 0), party(2));
  };
  for (const auto& [name, build] : std::map<std::string, std::function<void(Builder&)>>{
           {"sums", chain(false)}, {"products", chain(true)}, {"comparisons", wide}})
    for (const std::uint32_t n : {3u, 7u}) {
      Builder b;
      build(b);
      const double begin = seconds_now();
      const Plan plan = make_plan(b.graph(), {Scheme::rss, n, 0});
      const double planned = seconds_now();
      const protocols::Digest digest = plan_digest(plan);
      const double part = (seconds_now() - planned) / (planned - begin);
      BOOST_TEST_MESSAGE(name << ", n = " << n << ": " << plan.steps.size() << " steps, planned in "
                              << planned - begin << " s; digest " << text(digest) << " takes " << 100 * part
                              << " % of that");
#if defined(__OPTIMIZE__) && !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
      BOOST_TEST(part < 0.25);
#endif
    }
}

BOOST_AUTO_TEST_SUITE_END()
