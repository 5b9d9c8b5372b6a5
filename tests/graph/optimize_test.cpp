#include "graph/optimize.hpp"

#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>

#include "graph/evaluate.hpp"
#include "tests/graph/count.hpp"
#include "tests/graph/naive.hpp"
#include "tests/graph/random_graph.hpp"

namespace tacet {
namespace {

Value input(Builder& b, const std::string& name, ElementType element = ring(32), Shape shape = {}) {
  return b.input(name, Builder::party(0), element, std::move(shape));
}

/// Data for the inputs of `g` by name, so that it does not matter which of them are still there.
std::vector<Tensor> data_for(const Graph& g) {
  std::vector<Tensor> out;
  for (const InputInfo& in : g.inputs()) {
    const ValueType& type = g.type(in.node);
    std::mt19937_64 rng(std::hash<std::string>{}(in.name));
    out.push_back(
        naive::tensor(type.element, naive::random_array(rng, type.shape.dims(), type.element.width)));
  }
  return out;
}

/// A draw that depends on its type only: the order of draws may change.
Tensor draw(const ValueType& type) {
  std::mt19937_64 rng(type.elements() + type.element.width);
  return naive::tensor(type.element, naive::random_array(rng, type.shape.dims(), type.element.width));
}

}  // namespace

BOOST_AUTO_TEST_SUITE(optimize_suite)

BOOST_AUTO_TEST_CASE(equal_nodes_become_one) {
  Builder b;
  const Value x = input(b, "x"), y = input(b, "y");
  b.output("a", (x + y) * (x + y), Builder::party(0));
  b.output("b", (x + y) * (x + y) + 7, Builder::party(0));
  b.output("c", (x + y) + b.constant(ring(32), 7), Builder::party(0));
  const Graph g = optimize(b.graph());
  BOOST_TEST(count(g, Op::mul) == 1u);
  BOOST_TEST(count(g, Op::constant) == 1u);
  BOOST_TEST(count(g, Op::add) == 3u);  // x + y, product + 7, sum + 7
  BOOST_TEST(g.outputs().size() == 3u);
}

BOOST_AUTO_TEST_CASE(nodes_that_differ_in_operands_attributes_or_type_stay_apart) {
  Builder b;
  const Value x = input(b, "x", ring(32), {4}), y = input(b, "y", ring(32), {4});
  b.output("a", concat({slice(x, 0, 0, 2), slice(x, 0, 2, 4), slice(y, 0, 0, 2)}, 0), Builder::party(0));
  b.output("b", (x - y) + (y - x), Builder::party(0));
  b.output("c", x + b.constant(ring(32), 5), Builder::party(0));
  b.output("d", input(b, "z", ring(64)) + b.constant(ring(64), 5), Builder::party(0));
  b.output("e", input(b, "v", bits(32)) ^ b.constant(bits(32), 5), Builder::party(0));
  const Graph g = optimize(b.graph());
  BOOST_TEST(count(g, Op::slice) == 3u);
  BOOST_TEST(count(g, Op::sub) == 2u);
  BOOST_TEST(count(g, Op::constant) == 3u);
}

BOOST_AUTO_TEST_CASE(two_draws_and_two_inputs_are_never_one) {
  Builder b;
  const Value r = b.random(ring(32)), s = b.random(ring(32));
  const Value x = input(b, "x"), y = input(b, "y");
  b.output("a", (r - s) * (x - y), Builder::party(0));
  const Graph g = optimize(b.graph());
  BOOST_TEST(count(g, Op::random) == 2u);
  BOOST_TEST(count(g, Op::input) == 2u);
  BOOST_TEST(count(g, Op::sub) == 2u);
}

BOOST_AUTO_TEST_CASE(what_no_output_needs_is_dropped) {
  Builder b;
  const Value x = input(b, "x"), unused = input(b, "unused"), r = b.random(ring(32));
  const Value dead = unused * r + 12345;
  (void)reveal(dead);
  b.output("a", x + 1, Builder::party(0));
  const Graph g = optimize(b.graph());
  BOOST_TEST(g.size() == 4u);
  BOOST_REQUIRE(g.inputs().size() == 1u);
  BOOST_TEST(g.inputs()[0].name == "x");
  BOOST_TEST(g.constants().size() == 1u);
}

BOOST_AUTO_TEST_CASE(constants_are_folded_also_through_layout_and_reveal) {
  Builder b;
  const std::int64_t numbers[] = {1, 2, 3, 4, 5, 6};
  const Value c = b.constant(ring(8), {2, 3}, numbers);
  const Value folded =
      reveal(sum(matmul(c, transpose(c)) - 1) * 3);  // [[14,32],[32,77]] - 1 -> 151, * 3 = 453
  const Value x = input(b, "x", ring(8));
  b.output("a", x * folded, Builder::party(0));
  const Graph g = optimize(b.graph());
  BOOST_REQUIRE(g.constants().size() == 1u);
  BOOST_TEST((g.constants()[0].get(0) == 453 % 256));
  BOOST_TEST(g.size() == 4u);
}

BOOST_AUTO_TEST_CASE(operations_that_change_nothing_disappear) {
  Builder b;
  const Value x = input(b, "x", ring(32), {2, 3}), v = input(b, "v", bits(5), {3});
  const std::int64_t zeros[6] = {}, ones[] = {1, 1, 1, 1, 1, 1};
  const Value same = reshape(
      1 * (0 + x - 0) * b.constant(ring(32), {2, 3}, ones) + b.constant(ring(32), {2, 3}, zeros), {2, 3});
  b.output("a", same, Builder::party(0));
  b.output("b", 0 ^ (v ^ 0), Builder::party(0));
  const Graph g = optimize(b.graph());
  BOOST_TEST(g.size() == 4u);
}

BOOST_AUTO_TEST_CASE(operations_that_only_look_as_if_they_changed_nothing_stay) {
  Builder b;
  const Value x = input(b, "x"), v = input(b, "v", bits(5));
  const std::int64_t zeros[3] = {}, ones[] = {1, 1, 1}, mixed[] = {0, 1, 0};
  const auto vector = [&](std::span<const std::int64_t> n) { return b.constant(ring(32), {3}, n); };
  b.output("stretch", x + vector(zeros), Builder::party(0));  // becomes a vector
  b.output("stretch too", x * vector(ones), Builder::party(0));
  b.output("mixed", x + vector(mixed), Builder::party(0));
  b.output("negated", 0 - x, Builder::party(0));
  b.output("times zero", x * 0, Builder::party(0));
  b.output("one", v ^ 1, Builder::party(0));
  b.output("shape", reshape(x, {1}), Builder::party(0));
  b.output("revealed", reveal(x), Builder::party(0));
  const Graph g = optimize(b.graph());
  BOOST_TEST(count(g, Op::add) == 2u);
  BOOST_TEST(count(g, Op::sub) == 1u);
  BOOST_TEST(count(g, Op::mul) == 2u);
  BOOST_TEST(count(g, Op::bit_xor) == 1u);
  BOOST_TEST(count(g, Op::reshape) == 1u);
  BOOST_TEST(count(g, Op::reveal) == 1u);
}

BOOST_AUTO_TEST_CASE(a_large_constant_expression_is_not_unfolded_into_the_program) {
  Builder b;
  const Value x = input(b, "x", ring(8), {1 << 20});
  b.output("a", x + reshape(b.constant(ring(8), 1) + b.constant(Tensor(ring(8), Shape{1 << 20})), {1 << 20}),
           Builder::party(0));
  std::uint64_t bytes = 0;
  const Graph g = optimize(b.graph());
  for (const Tensor& t : g.constants()) bytes += t.size_bytes();
  BOOST_TEST(bytes == (1u << 20) + 1);
}

BOOST_AUTO_TEST_CASE(locations_names_clients_and_formats_survive) {
  Builder b;
  const Role alice = b.client("alice");
  const Value x = b.input("x", alice, ring(32));
  const int line = __LINE__ + 1;
  b.output("y", x * x, {alice, Builder::party(2)}, {true, 7});
  const Graph g = optimize(b.graph());
  BOOST_TEST(g.role_name(g.inputs()[0].owner) == "alice");
  BOOST_TEST((g.outputs()[0].receivers == std::vector<Role>{alice, Builder::party(2)}));
  BOOST_TEST((g.outputs()[0].format == Format{true, 7}));
  BOOST_TEST(g.location(g.outputs()[0].node) == "optimize_test.cpp:" + std::to_string(line));
}

RC_BOOST_PROP(random_programs_mean_the_same_afterwards,
              (const std::vector<random_graph::Instruction>& program)) {
  for (const auto& [k, w] : {std::pair{31u, 5u}, {8u, 64u}, {72u, 1u}, {1u, 8u}}) {
    Builder b;
    random_graph::build(b, program, k, w);
    const Graph before = b.graph(), after = optimize(before), twice = optimize(after);
    RC_ASSERT(after.size() <= before.size());
    RC_ASSERT(twice.size() == after.size());
    const std::vector<Tensor> expected = evaluate(before, data_for(before), draw);
    const std::vector<Tensor> seen = evaluate(after, data_for(after), draw);
    RC_ASSERT(seen.size() == expected.size());
    for (std::size_t i = 0; i < seen.size(); ++i) {
      RC_ASSERT(after.outputs()[i].name == before.outputs()[i].name);
      RC_ASSERT(seen[i] == expected[i]);
    }
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
