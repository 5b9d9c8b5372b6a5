// What computations send, against the figures of the reference implementation: never more rounds, never more
// bits.

#include <bit>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <iomanip>
#include <map>
#include <set>
#include <sstream>

#include "graph/flows.hpp"
#include "graph/functions.hpp"
#include "graph/lowering.hpp"
#include "graph/optimize.hpp"
#include "reference_counts.hpp"

namespace tacet {
namespace {

constexpr std::int64_t kValues = 64;  // so that bits fill bytes
constexpr unsigned kWidths[] = {8, 16, 32, 64};
constexpr std::uint32_t kParties[] = {3, 5, 7};

/// Which part of a computation counts.
enum class Part { all, offline, online, input, output };

using Values = std::vector<Value>;
using Ways = std::map<std::string, std::string, std::less<>>;

struct Row {
  const char* name;  ///< as in the reference
  std::function<std::vector<Value>(Builder&, unsigned k, std::uint32_t t)> build;
  Ways prefer = {};
  Part part = Part::all;
};

Value in(Builder& b, ElementType element, Shape shape = {kValues}) {
  return b.input("in" + std::to_string(b.fresh()), Builder::party(0), element, std::move(shape));
}
Value apply(Op op, std::initializer_list<Value> operands,
            std::initializer_list<std::int64_t> attributes = {}) {
  return operands.begin()->builder().apply(op, std::span(operands.begin(), operands.size()),
                                           std::span(attributes.begin(), attributes.size()), {});
}

Values both(const RandomWord& r) {
  return {r.value, r.digits};
}

Row converting_word(const char* name, unsigned width) {
  return {name,
          [width](Builder& b, unsigned k, std::uint32_t) { return Values{to_ring(in(b, bits(width)), k)}; },
          {{"to_ring", "edabit"}},
          Part::online};
}

/// One line for each figure that is compared. Those of the reference that have none are listed by the test.
std::vector<Row> rows() {
  using B = Builder&;
  using T = std::uint32_t;
  const auto r = [](B b, unsigned k) { return in(b, ring(k)); };
  const Ways random_bits{{"to_ring", "random_bit"}};
  const Ways direct{{"trunc", "summands"},   {"convert", "summands"},  {"to_bits", "summands"},
                    {"to_ring", "summands"}, {"shift_right", "scale"}, {"div", "newton"},
                    {"msb", "summands"},     {"inject", "summands"},   {"div_public", "reciprocal"}};
  const Ways made_before{{"trunc", "edabit"}, {"to_ring", "random_bit"}};
  const auto log2 = [](unsigned k) { return static_cast<unsigned>(std::bit_width(k)) - 1; };
  return {
      {"Input (one owner)", [=](B b, unsigned k, T) { return Values{r(b, k)}; }, {}, Part::input},
      {"Open to all", [=](B b, unsigned k, T) { return Values{reveal(r(b, k))}; }},
      {"Open to one", [=](B b, unsigned k, T) { return Values{r(b, k)}; }, {}, Part::output},
      {"Open to all, king",
       [=](B b, unsigned k, T) {
         return Values{apply(Op::open_from_king, {apply(Op::open_to_king, {r(b, k)}, {0})}, {0})};
       }},
      {"Mult", [=](B b, unsigned k, T) { return Values{r(b, k) * r(b, k)}; }},
      {"Dot product (length 8)",
       [](B b, unsigned k, T) {
         return Values{dot(in(b, ring(k), {kValues, 8}), in(b, ring(k), {kValues, 8}))};
       }},
      {"Mult, king",
       [=](B b, unsigned k, T) {
         const Value mask = b.random(ring(k), {kValues});
         return Values{
             apply(Op::share_from_king, {apply(Op::mul_to_king, {r(b, k), r(b, k), -mask}, {0}), mask}, {0})};
       }},
      {"MultOpen",
       [=](B b, unsigned k, T) {
         return Values{apply(Op::mul_open, {r(b, k), r(b, k)})};
       }},
      {"MultOpen, king",
       [=](B b, unsigned k, T) {
         return Values{apply(Op::open_from_king, {apply(Op::mul_to_king, {r(b, k), r(b, k)}, {0})}, {0})};
       }},
      {"MultSparse",
       [=](B b, unsigned k, T t) {
         return Values{r(b, k) * apply(Op::part, {r(b, k)}, {t, 1})};
       }},
      {"RandBit",
       [](B b, unsigned k, T) { return Values{rand_bit(b, k, {kValues})}; },
       {{"rand_bit", "summands"}}},
      {"RandBit sqrt [Dam+19], king",
       [](B b, unsigned k, T) { return Values{rand_bit(b, k, {kValues})}; },
       {{"rand_bit", "root_king"}}},
      {"B2A (one bit)",
       [](B b, unsigned k, T) { return Values{to_ring(in(b, bits(1)), k)}; },
       {{"to_ring", "summands"}}},
      {"B2A online with RandBit", [](B b, unsigned k, T) { return Values{to_ring(in(b, bits(1)), k)}; },
       random_bits, Part::online},
      {"edaBit(m=5)",
       [](B b, unsigned k, T) { return both(eda_bit(b, 5, k, {kValues})); },
       {{"to_ring", "summands"}}},
      {"edaBit(m=k)", [](B b, unsigned k, T) { return both(eda_bit(b, k, k, {kValues})); }},
      {"edaBit(k) as BBY23/PICCO", [](B b, unsigned k, T) { return both(eda_bit(b, k, k, {kValues})); }},
      {"A2B direct", [=](B b, unsigned k, T) { return Values{to_bits(r(b, k))}; }, {{"to_bits", "summands"}}},
      {"A2B online with edaBit",
       [=](B b, unsigned k, T) { return Values{to_bits(r(b, k))}; },
       {{"to_bits", "edabit"}},
       Part::online},
      {"MSB direct -> Z_2", [=](B b, unsigned k, T) { return Values{msb(r(b, k))}; }, {{"msb", "summands"}}},
      {"MSB online with edaBit -> Z_2",
       [=](B b, unsigned k, T) { return Values{msb(r(b, k))}; },
       {{"msb", "edabit"}},
       Part::online},
      {"MSB online [BBY23] -> Z_2^k",
       [=](B b, unsigned k, T) { return Values{to_ring(msb(r(b, k)), k)}; },
       {{"msb", "edabit"}, {"to_ring", "random_bit"}},
       Part::online},
      {"EQZ direct -> Z_2", [=](B b, unsigned k, T) { return Values{eqz(r(b, k))}; }, {{"eqz", "summands"}}},
      {"EQZ online with edaBit -> Z_2",
       [=](B b, unsigned k, T) { return Values{eqz(r(b, k))}; },
       {{"eqz", "edabit"}},
       Part::online},
      {"LT full range direct -> Z_2",
       [=](B b, unsigned k, T) { return Values{lt(r(b, k), r(b, k))}; },
       {{"msb", "summands"}}},
      {"ReLU (direct MSB + bit injection)",
       [=](B b, unsigned k, T) { return Values{relu(r(b, k))}; },
       {{"msb", "summands"}, {"inject", "summands"}}},
      {"Clamp with secret bounds (direct)",
       [=](B b, unsigned k, T) { return Values{clamp(r(b, k), r(b, k), r(b, k), Order::fits)}; },
       {{"msb", "summands"}, {"inject", "summands"}}},
      converting_word("B2A of a 6-bit word, online", 6),
      converting_word("B2A of a 14-bit word, online", 14),
      converting_word("B2A of a 24-bit word, online", 24),
      {"Trunc exact direct (m=k/2)",
       [=](B b, unsigned k, T) { return Values{trunc(r(b, k), k / 2, {.is_signed = false})}; }, direct},
      {"RNTE exact direct (m=k/2)",
       [=](B b, unsigned k, T) {
         return Values{trunc(r(b, k), k / 2, {Rounding::ties_even, false})};
       },
       direct},
      {"edaBit for Trunc (m=k/2)",
       [=](B b, unsigned k, T) { return Values{trunc(r(b, k), k / 2, {.is_signed = false, .fits = true})}; },
       {{"trunc", "edabit"}, {"to_ring", "summands"}},
       Part::offline},
      {"Trunc exact online (x<2^{k-1})",
       [=](B b, unsigned k, T) { return Values{trunc(r(b, k), k / 2, {.is_signed = false, .fits = true})}; },
       made_before, Part::online},
      {"Trunc exact online (any x)",
       [=](B b, unsigned k, T) { return Values{trunc(r(b, k), k / 2, {.is_signed = false})}; }, made_before,
       Part::online},
      {"TruncPr online (x<2^{k-1})", [=](B b, unsigned k, T) { return Values{trunc_pr(r(b, k), k / 2)}; },
       made_before, Part::online},
      {"Mult+TruncPr fused, king",
       [=](B b, unsigned k, T) { return Values{mul_trunc_pr(r(b, k), r(b, k), k / 2)}; },
       {{"mul_trunc_pr", "king"}},
       Part::online},
      {"Convert 2^k -> 2^{2k}",
       [=](B b, unsigned k, T) { return Values{convert(r(b, k), std::min(2 * k, kMaxRingBits))}; }, direct},
      {"TruncS (secret m <= k/2-1)",
       [=](B b, unsigned k, T) {
         return Values{shift_right(r(b, k), r(b, k), log2(k) - 1, {.is_signed = false, .fits = true})};
       },
       direct},
      {"Div by public 7 (l=(k-1)/2)",
       [=](B b, unsigned k, T) { return Values{div(r(b, k), 7, {.is_signed = false, .bits = (k - 1) / 2})}; },
       direct},
      {"Div secret (l=(k-8)/2)",
       [=](B b, unsigned k, T) {
         return Values{div(r(b, k), r(b, k), {.is_signed = false, .bits = std::max(1u, (k - 8) / 2)})};
       },
       direct},
      {"Pow2 (exponent of log2 k bits)", [=](B b, unsigned k, T) { return Values{pow2(r(b, k), log2(k))}; },
       direct},
      {"argmax of 5 (direct LT)",
       [](B b, unsigned k, T) {
         const Extreme e = largest(in(b, ring(k), {5, kValues}));
         return Values{e.value, e.index};
       },
       {{"msb", "summands"}, {"to_ring", "summands"}, {"inject", "to_ring"}}},
  };
}

/// Rounds along the lowered graph, and bits by sender for one value. Payloads round up to bytes; here every
/// ring counts with its width, as in the reference.
Figures measure(const Graph& graph, const Setting& setting, Part part) {
  const std::vector<bool> offline = offline_nodes(graph);
  std::vector<std::uint32_t> ready(graph.size(), 0);
  std::vector<std::uint64_t> sent(setting.endpoints(), 0);
  Figures out;
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const NodeId id{i};
    const Op op = graph.node(id).op;
    if (part == (offline[i] ? Part::online : Part::offline)) continue;
    for (const NodeId operand : graph.operands(id)) ready[i] = std::max(ready[i], ready[operand.value]);
    const bool end = (op == Op::input && part != Part::input) || (op == Op::output && part != Part::output);
    const Exchange exchange = exchange_of(graph, id);
    if (exchange != Exchange::none && !end) {
      const std::uint32_t king = has_king(exchange) ? static_cast<std::uint32_t>(graph.attributes(id)[0]) : 0;
      const ValueType& type = graph.type(id);
      const auto flows = flows_of(graph, id, setting, king % setting.n);
      for (const FlowPattern& f : flows)
        sent[f.from.value] += f.copies * type.elements() * type.element.width;
      ready[i] += !flows.empty();
    }
    out.rounds = std::max(out.rounds, ready[i]);
  }
  for (const std::uint64_t s : sent) {
    BOOST_TEST(s % kValues == 0u);
    out.busiest = std::max(out.busiest, s / kValues);
    out.total += s / kValues;
  }
  return out;
}

Graph lowered(const Row& row, const Setting& setting, unsigned k) {
  Builder b;
  std::size_t number = 0;
  for (const Value& v : row.build(b, k, setting.t()))
    b.output("out" + std::to_string(number++), v, Builder::party(0));
  Policy policy;
  policy.offline_first = row.part == Part::online;
  policy.prefer = row.prefer;
  return optimize(lower(optimize(b.graph()), setting, policy));
}

std::string text(const Figures& f) {
  return std::to_string(f.rounds) + " / " + std::to_string(f.busiest) + " / " + std::to_string(f.total);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(counts)

BOOST_AUTO_TEST_CASE(nothing_costs_more_than_in_the_reference) {
  std::ostringstream table;
  std::set<std::string_view> compared;
  for (const Row& row : rows()) {
    const auto reference =
        std::find_if(std::begin(kReference), std::end(kReference),
                     [&](const ReferenceRow& r) { return r.name == std::string_view(row.name); });
    BOOST_TEST_REQUIRE((reference != std::end(kReference)), row.name << " is not in the reference");
    compared.insert(row.name);
    for (std::size_t p = 0; p < std::size(kParties); ++p)
      for (std::size_t w = 0; w < std::size(kWidths); ++w) {
        const Figures& theirs = reference->figures[p][w];
        if (theirs.total == 0) continue;
        const Setting setting{Scheme::rss, kParties[p], 0};
        const Figures ours = measure(lowered(row, setting, kWidths[w]), setting, row.part);
        const bool same = text(ours) == text(theirs);
        const bool worse =
            ours.rounds > theirs.rounds || ours.busiest > theirs.busiest || ours.total > theirs.total;
        table << std::left << std::setw(36) << row.name << " n " << kParties[p] << " k " << std::setw(3)
              << kWidths[w] << std::setw(22) << text(ours) << std::setw(22) << text(theirs)
              << (worse  ? "WORSE"
                  : same ? ""
                         : "better")
              << '\n';
        BOOST_TEST(!worse, row.name << ", n " << kParties[p] << ", k " << kWidths[w] << ": " << text(ours)
                                    << ", reference " << text(theirs));
      }
  }
  table << "not compared:";
  for (const ReferenceRow& r : kReference)
    if (!compared.contains(r.name)) table << "\n  " << r.name;
  BOOST_TEST_MESSAGE("rounds / bits of the busiest party / bits in all: ours, then the reference\n"
                     << table.str());
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
