// The language: operators, literals, errors with their source line, and what must not compile.
#include "graph/builder.hpp"

#include <boost/test/unit_test.hpp>
#include <ostream>

#include "graph/evaluate.hpp"
#include "graph/functions.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
namespace {

template <class T>
concept Testable = requires(const T& x) {
  x ? 1 : 0;
};
template <class T>
concept Printable = requires(std::ostream& out, const T& x) {
  out << x;
};
template <class A, class B>
concept Addable = requires(const A& a, const B& b) {
  a + b;
};
template <class A, class B>
concept Comparable = requires(const A& a, const B& b) {
  a == b;
};

static_assert(Testable<int> && Printable<int>, "the checks below must be able to fail");
static_assert(!Testable<Value>, "`if (secret)` must not compile");
static_assert(!Printable<Value>, "`std::cout << secret` must not compile");
static_assert(!Comparable<Value, Value> && !Comparable<Value, int>, "a comparison of secrets is no C++ bool");
static_assert(!std::is_default_constructible_v<Value>, "a value belongs to a builder");
static_assert(Addable<Value, Value> && Addable<Value, int> && Addable<long, Value> &&
              Addable<std::uint64_t, Value>);
static_assert(Addable<Value, double> && !Addable<Value, bool>, "numbers are literals, truth values are not");

/// The value of `x` in the clear when the only input is `data`.
u128 value_of(const Builder& builder, NodeId node, const Tensor& data) {
  Graph graph = builder.graph();
  graph.add_output({"result", {{false, 0}}, {}, {}}, node, 0);
  return evaluate(graph, {&data, 1}).back().get(0);
}

Tensor scalar(ElementType element, u128 value) {
  return Tensor(element, {}, {&value, 1});
}

auto says(Errc code, std::vector<std::string> parts) {
  return [=](const Error& e) {
    bool all = e.code() == code;
    for (const std::string& part : parts) all = all && std::string(e.what()).find(part) != std::string::npos;
    if (!all) BOOST_TEST_MESSAGE("the message was: " << e.what());
    return all;
  };
}
std::string here(int line) {
  return "builder_test.cpp:" + std::to_string(line) + ":";
}

}  // namespace

BOOST_AUTO_TEST_SUITE(builder)

BOOST_AUTO_TEST_CASE(operators_take_integers_on_both_sides) {
  for (const unsigned k : naive::kWidths) {
    if (k < 7) continue;  // the literals must fit
    Builder b;
    const Value x = b.input("x", Builder::party(0), ring(k));
    const u128 v = naive::mod((u128{0x0123456789abcdef} << 64) | 0xfedcba9876543210, k);
    const auto check = [&](const Value& result, u128 expected, const char* what) {
      BOOST_TEST((value_of(b, result.node(), scalar(ring(k), v)) == naive::mod(expected, k)),
                 what << " in Z_2^" << k);
    };
    check(x + 3, v + 3, "x + 3");
    check(3 + x, v + 3, "3 + x");
    check(x - 5, v - 5, "x - 5");
    check(5 - x, 5 - v, "5 - x");
    check(x * 7, v * 7, "x * 7");
    check(7 * x, v * 7, "7 * x");
    check(x + -3, v - 3, "x + -3");
    check(-64 * x, u128{0} - 64 * v, "-64 * x");
    check(-x, u128{0} - v, "-x");
    check(x * x - x, v * v - v, "x * x - x");
    check(x + 127u, v + 127, "x + 127u");
    check(std::int8_t{-1} + x, v - 1, "int8 -1 + x");
  }
}

BOOST_AUTO_TEST_CASE(bit_operators_work_on_every_bit) {
  for (const unsigned w : {1u, 5u, 64u, 128u}) {
    Builder b;
    const Value x = b.input("x", Builder::party(0), bits(w));
    const u128 v = naive::mod((u128{0x0123456789abcdef} << 64) | 0xfedcba9876543211, w);
    const auto check = [&](const Value& result, u128 expected, const char* what) {
      BOOST_TEST((value_of(b, result.node(), scalar(bits(w), v)) == naive::mod(expected, w)),
                 what << " on bits " << w);
    };
    check(x ^ 1, v ^ 1, "x ^ 1");
    check(1 & x, v & 1, "1 & x");
    check(x | 1, v | 1, "x | 1");
    check(1 | x, v | 1, "1 | x");
    check(~x, ~v, "~x");
    check(x ^ -1, ~v, "x ^ -1");
    check(x | ~x, ~u128{0}, "x | ~x");
  }
}

BOOST_AUTO_TEST_CASE(messages_speak_of_what_programs_write) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {3}),
              s = b.input("s", Builder::party(0), bits(8));
  const auto says = [](const std::string& name, const auto& call) {
    BOOST_CHECK_EXCEPTION((void)call(), Error, [&](const Error& e) {
      const bool found = std::string(e.what()).find(": " + name + ": ") != std::string::npos;
      BOOST_TEST(found, name << " is not in: " << e.what());
      return found;
    });
  };
  says("largest or smallest", [&] { return largest(x, 1).value; });
  says("largest or smallest", [&] { return argmin(s, 0); });
  says("max or min", [&] { return max(x, s); });
  says("div", [&] { return div(s, 3); });
  says("all_bits_of_each", [&] { return all_bits_of_each(lt(x, x)); });
  says("any_bit_of_each", [&] { return any_bit_of_each(x); });
}

BOOST_AUTO_TEST_CASE(the_limits_of_literals_are_those_of_the_ring) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(8)), bit = b.input("b", Builder::party(0), ring(1));
  const Value wide = b.input("w", Builder::party(0), ring(128)),
              word = b.input("v", Builder::party(0), ring(64));
  BOOST_CHECK_NO_THROW(((void)(x + 255), (void)(x + -128)));
  BOOST_CHECK_NO_THROW(((void)(bit + 1), (void)(bit + -1)));
  BOOST_CHECK_NO_THROW(((void)(wide + INT64_MIN), (void)(wide + UINT64_MAX)));
  BOOST_CHECK_NO_THROW(((void)(word + INT64_MIN), (void)(word + UINT64_MAX)));
  int line = 0;
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(x + 256)), Error,
                        says(Errc::value_out_of_range, {here(line), "256", "ring(8)", "-2^7", "2^8 - 1"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(-129 * x)), Error,
                        says(Errc::value_out_of_range, {here(line), "-129", "ring(8)"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(bit - 2)), Error,
                        says(Errc::value_out_of_range, {here(line), "2"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(INT64_MIN + x)), Error,
                        says(Errc::value_out_of_range, {here(line), "-9223372036854775808"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)b.constant(ring(8), -129)), Error,
                        says(Errc::value_out_of_range, {here(line), "-129"}));
}

BOOST_AUTO_TEST_CASE(literals_used_again_and_again_keep_their_values) {
  // More different ones than the builder remembers, of two types, each several times.
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32)), y = b.input("y", Builder::party(0), ring(64));
  Value sum = x, other = y;
  u128 expected = 0, expected_other = 0;
  for (int round = 0; round < 3; ++round)
    for (int i = 0; i < 20; ++i) {
      sum = sum + i, other = other * 3 + (i % 7);
      expected += static_cast<u128>(i), expected_other = expected_other * 3 + static_cast<u128>(i % 7);
    }
  b.output("a", sum, Builder::party(0));
  b.output("b", other, Builder::party(0));
  const Tensor inputs[] = {scalar(ring(32), 0), scalar(ring(64), 0)};
  const std::vector<Tensor> out = evaluate(b.graph(), inputs);
  BOOST_TEST((out[0].get(0) == expected));
  BOOST_TEST((out[1].get(0) == naive::mod(expected_other, 64)));
}

BOOST_AUTO_TEST_CASE(constants_are_twos_complement) {
  Builder b;
  const std::int64_t values[] = {-1, 0, 127, -128, 255};
  const Value c = b.constant(ring(8), {5}, values);
  const Tensor& t = b.graph().constants().back();
  BOOST_TEST((t.values() == std::vector<u128>{255, 0, 127, 128, 255}));
  BOOST_TEST(!c.type().secret());
  int line = 0;
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)b.constant(ring(8), {4}, values)), Error,
                        says(Errc::shape_mismatch, {here(line), "[4]", "5"}));
}

BOOST_AUTO_TEST_CASE(errors_name_the_line_the_operation_and_both_types) {
  Builder b, other;
  const Value x = b.input("x", Builder::party(0), ring(32), {3});
  const Value y = b.input("y", Builder::party(0), ring(64), {3});
  const Value z = b.input("z", Builder::party(0), ring(32), {4});
  const Value bit = b.input("bit", Builder::party(0), bits(), {3});
  const Value foreign = other.input("x", Builder::party(0), ring(32), {3});
  int line = 0;
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(x + y)), Error,
                        says(Errc::type_mismatch, {here(line), "add", "ring(32)", "ring(64)"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(x * z)), Error,
                        says(Errc::shape_mismatch, {here(line), "mul", "[3]", "[4]"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(x ^ x)), Error,
                        says(Errc::type_mismatch, {here(line), "ring(32)", "bits"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(bit * bit)), Error,
                        says(Errc::type_mismatch, {here(line), "bits(1)"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(x + foreign)), Error,
                        says(Errc::bad_argument, {here(line), "another builder"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, b.output("o", foreign, Builder::party(0))), Error,
                        says(Errc::bad_argument, {here(line), "\"o\"", "another builder"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)dot(x, z)), Error,
                        says(Errc::shape_mismatch, {here(line), "dot"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)sum(x, 1)), Error,
                        says(Errc::bad_argument, {here(line), "sum", "axis 1"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)reshape(x, {2, -1})), Error,
                        says(Errc::shape_mismatch, {here(line)}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)reshape(x, {-1, -1})), Error,
                        says(Errc::shape_mismatch, {here(line)}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)reshape(x, {-1, INT64_MAX, 2})), Error,
                        says(Errc::shape_mismatch, {here(line)}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)concat({}, 0)), Error,
                        says(Errc::bad_argument, {here(line), "concat"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)b.input("", Builder::party(0), ring(8))), Error,
                        says(Errc::bad_argument, {here(line), "name"}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(-bit)), Error, says(Errc::type_mismatch, {here(line)}));
  BOOST_CHECK_EXCEPTION((line = __LINE__, (void)(~x)), Error, says(Errc::type_mismatch, {here(line), "not"}));
}

BOOST_AUTO_TEST_CASE(indices_count_from_the_end_once) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {3}),
              one = b.input("y", Builder::party(0), ring(32), {1});
  const u128 numbers[] = {10, 20, 30};
  const Tensor data(ring(32), Shape{3}, numbers);
  const auto pick = [&](const Value& v) {
    Graph g = b.graph();
    g.add_output({"o", {{false, 0}}, {}, {}}, v.node(), 0);
    const Tensor inputs[] = {data, Tensor(ring(32), Shape{1})};
    return evaluate(g, inputs).back();
  };
  for (std::int64_t i = -3; i < 3; ++i) {
    BOOST_TEST((pick(at(x, 0, i)).get(0) == numbers[(i + 3) % 3]), "index " << i);
    BOOST_TEST(at(x, -1, i).shape().rank() == 0u);
  }
  BOOST_TEST((pick(slice(x, 0, -2, 3)).values() == std::vector<u128>{20, 30}));
  BOOST_TEST((pick(slice(x, -1, 0, -1)).values() == std::vector<u128>{10, 20}));
  for (const std::int64_t bad : {std::int64_t{3}, std::int64_t{-4}, INT64_MAX, INT64_MIN}) {
    int line = 0;
    BOOST_CHECK_EXCEPTION((line = __LINE__, (void)at(x, 0, bad)), Error,
                          says(Errc::bad_argument, {here(line)}));
    BOOST_CHECK_EXCEPTION((line = __LINE__, (void)at(one, 0, bad)), Error,
                          says(Errc::bad_argument, {here(line)}));
  }
  BOOST_CHECK_EXCEPTION((void)at(x, 1, 0), Error, says(Errc::bad_argument, {}));
}

BOOST_AUTO_TEST_CASE(every_node_knows_the_line_that_made_it) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {2, 3});
  const auto expect = [&](const Value& v, int line) {
    BOOST_TEST(b.graph().location(v.node()) == "builder_test.cpp:" + std::to_string(line));
  };
  expect(x + x, __LINE__);
  expect(x - 1, __LINE__);
  expect(-x, __LINE__);
  expect(sum(x), __LINE__);
  expect(sum(x, 0), __LINE__);
  expect(matmul(x, transpose(x)), __LINE__);
  expect(conv2d(reshape(x, {1, 2, 3, 1}), reshape(x, {1, 2, 3, 1})), __LINE__);
  expect(concat({x, x}, 0), __LINE__);
  expect(at(x, 0, 1), __LINE__);
  expect(reveal(x), __LINE__);
  expect(b.random(ring(8)), __LINE__);
  expect(b.constant(ring(8), 3), __LINE__);
}

BOOST_AUTO_TEST_CASE(visibility_spreads_and_only_reveal_ends_it) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {4}), c = b.constant(ring(32), 3);
  BOOST_TEST((x + c).type().secret());
  BOOST_TEST((c * x).type().secret());
  BOOST_TEST(!(c + c).type().secret());
  BOOST_TEST(dot(x, x).type().secret());
  BOOST_TEST(slice(x, 0, 0, 2).type().secret());
  BOOST_TEST(!reveal(x).type().secret());
  BOOST_TEST((reveal(x) + x).type().secret());
  BOOST_TEST(b.random(ring(8)).type().secret());
}

BOOST_AUTO_TEST_CASE(shapes_of_the_free_functions) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {2, 3, 4});
  BOOST_TEST((sum(x).shape() == Shape{}));
  BOOST_TEST((sum(x, -1).shape() == Shape{2, 3}));
  BOOST_TEST((reshape(x, {-1, 6}).shape() == Shape{4, 6}));
  BOOST_TEST((transpose(x).shape() == Shape{4, 3, 2}));
  BOOST_TEST((transpose(x, {1, 0, 2}).shape() == Shape{3, 2, 4}));
  BOOST_TEST((at(x, 1, 0).shape() == Shape{2, 4}));
  BOOST_TEST((concat({x, x}, -1).shape() == Shape{2, 3, 8}));
  BOOST_TEST((matmul(x, transpose(x, {0, 2, 1})).shape() == Shape{2, 3, 3}));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
