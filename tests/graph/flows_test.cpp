// Who sends what: the declared cost of every operation against the messages of the plan, for each number of
// parties.
#include "graph/flows.hpp"

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <set>

#include "graph/functions.hpp"
#include "graph/plan.hpp"

namespace tacet {
namespace {

using Program = std::function<Value(Builder&)>;

struct Sent {
  std::vector<std::uint64_t> sent, received;
  std::uint64_t total = 0;
};

/// Bytes of all steps of one operation.
Sent traffic(const Plan& plan, Op op) {
  Sent out{std::vector<std::uint64_t>(plan.setting.endpoints()),
           std::vector<std::uint64_t>(plan.setting.endpoints())};
  for (const Step& step : plan.steps) {
    if (step.op != op) continue;
    for (const Flow& f : plan.step_flows(step)) {
      out.sent[f.from.value] += f.bytes;
      out.received[f.to.value] += f.bytes;
      out.total += f.bytes;
    }
  }
  return out;
}

Plan plan_of(std::uint32_t n, const Program& program, std::vector<Role> receivers = {Builder::party(0)}) {
  Builder b;
  const Value v = program(b);
  b.output("o", v, std::move(receivers));
  return make_plan(b.graph(), {Scheme::rss, n, static_cast<std::uint32_t>(b.graph().clients().size())});
}

constexpr std::uint32_t kParties[] = {3, 5, 7, 9};

}  // namespace

BOOST_AUTO_TEST_SUITE(flows)

BOOST_AUTO_TEST_CASE(a_product_costs_t_elements_per_party_and_element_of_the_result) {
  for (const std::uint32_t n : kParties) {
    const std::uint64_t t = (n - 1) / 2;
    struct Case {
      Op op;
      std::uint64_t bytes;  // of the result on the wire
      Program program;
    };
    const auto in = [](Builder& b, const char* name, ElementType e, Shape s) {
      return b.input(name, Builder::party(0), e, s);
    };
    for (const Case& c : std::vector<Case>{
             {Op::mul, 6 * 9,
              [&](Builder& b) {
                return in(b, "x", ring(72), {2, 3}) * in(b, "y", ring(72), {3});
              }},
             {Op::mul, 5, [&](Builder& b) { return in(b, "x", ring(1), {5}) * in(b, "y", ring(1), {5}); }},
             {Op::dot, 4,
              [&](Builder& b) { return dot(in(b, "x", ring(31), {1000}), in(b, "y", ring(31), {1000})); }},
             {Op::matmul, 8 * 15,
              [&](Builder& b) {
                return matmul(in(b, "x", ring(60), {3, 70}), in(b, "y", ring(60), {70, 5}));
              }},
             {Op::conv2d, 4 * 2 * 3 * 4 * 5,
              [&](Builder& b) {
                return conv2d(in(b, "x", ring(31), {2, 5, 4, 6}), in(b, "y", ring(31), {5, 3, 1, 6}));
              }},
             {Op::bit_and, 5 * 9,
              [&](Builder& b) { return in(b, "x", bits(5), {70}) & in(b, "y", bits(5), {70}); }},
             {Op::gates, 2 * 9, [&](Builder& b) {
                return bit_slice(in(b, "x", bits(5), {70}), 1, 3) &
                       bit_slice(in(b, "y", bits(5), {70}), 3, 5);
              }}}) {
      BOOST_TEST_CONTEXT(op_row(c.op).name << " among " << n) {
        const Plan plan = plan_of(n, c.program);
        const Sent seen = traffic(plan, c.op);
        for (std::uint32_t p = 0; p < n; ++p) {
          BOOST_TEST(seen.sent[p] == t * c.bytes);
          BOOST_TEST(seen.received[p] == t * c.bytes);
        }
        const Cost declared = op_row(c.op).cost(plan.setting);
        BOOST_TEST(declared.rounds == 1u);
        BOOST_TEST(declared.elements_busiest * c.bytes ==
                   *std::max_element(seen.sent.begin(), seen.sent.end()));
        BOOST_TEST(declared.elements_total * c.bytes == seen.total);
        BOOST_TEST(plan.rounds == 3u);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_product_with_a_public_operand_is_free) {
  const Plan plan = plan_of(5, [](Builder& b) {
    const Value x = b.input("x", Builder::party(0), ring(32), {4}),
                v = b.input("v", Builder::party(0), bits(32), {4});
    (void)v;
    return 3 * x + dot(x, b.constant(Tensor(ring(32), Shape{4}))) + matmul(reveal(x), x);
  });
  for (const Op op : {Op::mul, Op::dot, Op::matmul, Op::add}) BOOST_TEST(traffic(plan, op).total == 0u);
  BOOST_TEST(plan.rounds == 3u);
}

BOOST_AUTO_TEST_CASE(declared_costs_of_input_output_and_reveal_are_those_of_the_plan) {
  for (const std::uint32_t n : kParties) {
    const Plan plan = plan_of(n,
                              [](Builder& b) {
                                const Value x = b.input("x", Builder::party(1), ring(64), {3});
                                return x * x + reveal(x);
                              },
                              {Builder::party(2)});
    for (const Op op : {Op::input, Op::reveal, Op::output}) {
      const Sent seen = traffic(plan, op);
      const Cost declared = op_row(op).cost(plan.setting);
      BOOST_TEST(declared.rounds == 1u);
      BOOST_TEST(declared.elements_busiest * 24 == *std::max_element(seen.sent.begin(), seen.sent.end()),
                 op_row(op).name << " among " << n);
      BOOST_TEST(declared.elements_total * 24 == seen.total, op_row(op).name << " among " << n);
    }
    BOOST_TEST(traffic(plan, Op::input).sent[1] == (n - 1) / 2 * 24);
    BOOST_TEST(traffic(plan, Op::output).received[2] == (n - 1) / 2 * 24);
  }
}

BOOST_AUTO_TEST_CASE(input_by_a_party_goes_to_the_t_parties_before_it) {
  for (const std::uint32_t n : kParties) {
    const Setting s{Scheme::rss, n, 0};
    for (std::uint32_t p = 0; p < n; ++p) {
      std::set<std::uint32_t> to, expected;
      for (const FlowPattern& f : input_flows(Builder::party(p), s)) {
        BOOST_TEST(f.from.value == p);
        BOOST_TEST(f.copies == 1u);
        BOOST_TEST(to.insert(f.to.value).second);
      }
      for (std::uint32_t j = 1; j <= (n - 1) / 2; ++j) expected.insert((p + n - j) % n);
      BOOST_TEST(to == expected, boost::test_tools::per_element());
    }
  }
}

BOOST_AUTO_TEST_CASE(input_by_a_client_goes_to_t_plus_1_parties) {
  for (const std::uint32_t n : kParties) {
    const auto flows = input_flows({true, 1}, {Scheme::rss, n, 2});
    BOOST_TEST(flows.size() == (n - 1) / 2 + 1);
    std::set<std::uint32_t> to;
    for (const FlowPattern& f : flows) {
      BOOST_TEST(f.from.value == n + 1);
      BOOST_TEST(f.to.value < n);
      to.insert(f.to.value);
    }
    BOOST_TEST(to.size() == flows.size());
  }
}

BOOST_AUTO_TEST_CASE(a_receiving_party_hears_from_the_t_parties_after_it) {
  for (const std::uint32_t n : kParties) {
    const Setting s{Scheme::rss, n, 0};
    for (std::uint32_t r = 0; r < n; ++r) {
      const Role role = Builder::party(r);
      std::set<std::uint32_t> from, expected;
      for (const FlowPattern& f : open_flows({&role, 1}, true, s)) {
        BOOST_TEST(f.to.value == r);
        BOOST_TEST(from.insert(f.from.value).second);
      }
      for (std::uint32_t j = 1; j <= (n - 1) / 2; ++j) expected.insert((r + j) % n);
      BOOST_TEST(from == expected, boost::test_tools::per_element());
      BOOST_TEST(open_flows({&role, 1}, false, s).empty(), "a public value is known already");
    }
  }
}

BOOST_AUTO_TEST_CASE(opening_to_all_is_opening_to_each_with_payloads_of_their_own) {
  for (const std::uint32_t n : kParties) {
    const Setting s{Scheme::rss, n, 0};
    const auto flows = open_flows({}, true, s);
    BOOST_TEST(flows.size() == n * ((n - 1) / 2));
    std::set<std::pair<std::uint32_t, std::uint32_t>> payloads, ends;
    for (const FlowPattern& f : flows) {
      BOOST_TEST(payloads.insert({f.from.value, f.payload}).second);
      BOOST_TEST(ends.insert({f.from.value, f.to.value}).second);
      BOOST_TEST(f.payload < (n - 1) / 2);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_hears_each_rotation_of_t_plus_1_parties_whole) {
  for (const std::uint32_t n : kParties) {
    const std::uint32_t t = (n - 1) / 2;
    const Setting s{Scheme::rss, n, 1};
    const Role client{true, 0};
    std::map<std::uint32_t, std::uint32_t> copies, expected;
    for (const FlowPattern& f : open_flows({&client, 1}, true, s)) {
      BOOST_TEST(f.to.value == n);
      copies[f.from.value] += f.copies;
    }
    std::vector<std::uint32_t> in_all(n, 0);
    for (const std::uint32_t first : client_rotations(s))
      for (std::uint32_t j = 0; j <= t; ++j) {
        ++expected[(first + j) % n];
        ++in_all[(first + j) % n];
      }
    BOOST_TEST((copies == expected));
    // The point of three: no party stands in all of them, and each party is heard.
    BOOST_TEST(*std::max_element(in_all.begin(), in_all.end()) < 3u);
    BOOST_TEST(*std::min_element(in_all.begin(), in_all.end()) > 0u);
    BOOST_TEST(open_flows({&client, 1}, false, s).size() == t + 1);
  }
}

BOOST_AUTO_TEST_CASE(operations_on_shares_send_what_they_declare) {
  for (const std::uint32_t n : kParties) {
    const Setting s{Scheme::rss, n, 0};
    Builder b;
    const Value x = b.input("x", Builder::party(0), ring(16), {5});
    const ValueType drawn{Visibility::partial, ring(32), Shape{5}};
    const std::array same{x, x};
    const Value product = b.apply(Op::mul_to_king, same, {{2}}, {});
    const std::array completed{product, x};
    const std::array reordered{b.draw(Op::permutation, drawn, {{b.fresh()}}, {}), x};
    for (const Value& v :
         {b.apply(Op::leaf, {&x, 1}, {{0, 0, 1, 4, 0}}, {}), b.apply(Op::mul_open, same, {}, {}), product,
          b.apply(Op::open_to_king, {&x, 1}, {{1}}, {}), b.apply(Op::share_from_king, completed, {{2}}, {}),
          b.apply(Op::open_from_king, {&product, 1}, {{2}}, {}),
          b.apply(Op::shuffle_pass, reordered, {{1, 0}}, {})}) {
      const OpRow& row = op_row(b.graph().node(v.node()).op);
      const Cost declared = row.cost(s);
      std::map<std::uint32_t, std::uint64_t> sent;
      std::uint64_t total = 0;
      for (const FlowPattern& f : flows_of(b.graph(), v.node(), s, 2))
        sent[f.from.value] += f.copies, total += f.copies;
      std::uint64_t busiest = 0;
      for (const auto& [from, count] : sent) busiest = std::max(busiest, count);
      BOOST_TEST(declared.rounds == 1u);
      BOOST_TEST(declared.elements_busiest == busiest, row.name << " among " << n);
      BOOST_TEST(declared.elements_total == total, row.name << " among " << n);
    }
  }
}

BOOST_AUTO_TEST_CASE(every_bilinear_and_revealing_operation_is_measured_above) {
  const std::set<std::string_view> measured{
      "mul",         "dot",          "matmul",          "conv2d",         "and",         "gates",
      "reveal",      "output",       "input",           "random",         "leaf",        "mul_open",
      "mul_to_king", "open_to_king", "share_from_king", "open_from_king", "shuffle_pass"};
  for (const OpRow& row : op_table())
    if (row.cost != nullptr)
      BOOST_TEST(measured.count(row.name) == 1u, row.name << " declares a cost that no test measures");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
