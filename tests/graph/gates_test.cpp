// Sums that only conjunctions read are not computed by themselves.

#include "graph/gates.hpp"

#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>
#include <random>

#include "graph/builder.hpp"
#include "graph/evaluate.hpp"
#include "graph/flows.hpp"
#include "graph/functions.hpp"
#include "tests/graph/count.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
namespace {

/// Random sums of the planes of `sources`, as many bits as asked for.
Value sums(Builder& b, std::span<const Value> sources, unsigned width, std::mt19937_64& random) {
  std::int64_t planes = 0;
  for (const Value& v : sources) planes += v.type().element.width;
  std::vector<std::int64_t> attributes{1};
  for (unsigned i = 0; i < width; ++i) {
    const auto terms = static_cast<std::int64_t>(random() % 5);
    attributes.push_back(terms);
    for (std::int64_t j = 0; j < terms; ++j)
      attributes.push_back(static_cast<std::int64_t>(random() % static_cast<std::uint64_t>(planes + 1)) - 1);
  }
  return b.apply(Op::wires, sources, attributes, {});
}

}  // namespace

BOOST_AUTO_TEST_SUITE(gates)

RC_BOOST_PROP(fused_programs_mean_the_same, ()) {
  std::mt19937_64 random(*rc::gen::arbitrary<std::uint64_t>());
  const Shape shape = random() % 4 == 0 ? Shape{1} : Shape{static_cast<std::int64_t>(1 + random() % 200)};
  Builder b;
  std::vector<Value> known;
  for (int i = 0; i < 3; ++i)
    known.push_back(b.input("x" + std::to_string(i), Builder::party(0),
                            bits(1 + static_cast<unsigned>(random() % 9)),
                            random() % 4 == 0 ? Shape{1} : shape));
  known.push_back(reveal(known[0]));
  for (int i = 0; i < 8; ++i) {
    std::vector<Value> left, right;
    for (int j = 0; j < 3; ++j) left.push_back(known[random() % known.size()]);
    for (int j = 0; j < 2; ++j) right.push_back(known[random() % known.size()]);
    const auto width = 1 + static_cast<unsigned>(random() % 7);
    const Value x = sums(b, left, width, random), y = sums(b, right, width, random);
    known.push_back(x & y);
    if (random() % 5 == 0) known.push_back(x);
  }
  for (std::size_t i = 0; i < known.size(); ++i)
    b.output("o" + std::to_string(i), known[i], Builder::party(0));
  const Graph fused = fuse_gates(b.graph());
  std::vector<Tensor> inputs;
  for (const InputInfo& in : b.graph().inputs()) {
    const ValueType& type = b.graph().type(in.node);
    inputs.push_back(
        naive::tensor(type.element, naive::random_array(random, type.shape.dims(), type.element.width)));
  }
  RC_ASSERT((evaluate(fused, inputs) == evaluate(b.graph(), inputs)));
  for (std::uint32_t i = 0; i < fused.size(); ++i)
    RC_ASSERT((fused.node(NodeId{i}).op != Op::gates || exchange_of(fused, NodeId{i}) == Exchange::reshare));
}

BOOST_AUTO_TEST_CASE(what_others_read_too_is_computed) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), bits(4), {100}),
              y = b.input("y", Builder::party(1), bits(4), {100});
  const Value low = bit_slice(x, 0, 2), high = bit_slice(y, 2, 4);
  b.output("both", low & high, Builder::party(0));
  BOOST_TEST(count(fuse_gates(b.graph()), Op::wires) == 0u);
  BOOST_TEST(count(fuse_gates(b.graph()), Op::gates) == 1u);
  BOOST_TEST(count(fuse_gates(b.graph()), Op::bit_and) == 0u);
  b.output("low", low, Builder::party(0));
  BOOST_TEST(count(fuse_gates(b.graph()), Op::wires) == 1u);
  BOOST_TEST(count(fuse_gates(b.graph()), Op::gates) == 1u);
  b.output("high", high, Builder::party(0));
  BOOST_TEST(count(fuse_gates(b.graph()), Op::wires) == 2u);
  BOOST_TEST(count(fuse_gates(b.graph()), Op::bit_and) == 1u);
}

BOOST_AUTO_TEST_CASE(what_is_free_and_what_spreads_stays_as_it_is) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), bits(4), {3, 100}),
              y = b.input("y", Builder::party(1), bits(4), {100});
  b.output("public", bit_slice(x, 0, 2) & bit_slice(reveal(y), 0, 2), Builder::party(0));
  b.output("spread", bit_slice(x, 1, 3) & bit_slice(y, 1, 3), Builder::party(0));
  BOOST_TEST(count(fuse_gates(b.graph()), Op::gates) == 0u);
  BOOST_TEST(count(fuse_gates(b.graph()), Op::wires) == 4u);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
