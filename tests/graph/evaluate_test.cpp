// Whole programs in the clear against the same arithmetic in plain C++.
#include "graph/evaluate.hpp"

#include <boost/test/unit_test.hpp>

#include "graph/builder.hpp"
#include "tests/graph/naive.hpp"

namespace tacet {
BOOST_AUTO_TEST_SUITE(evaluate_suite)

BOOST_AUTO_TEST_CASE(a_linear_model_over_rows) {
  std::mt19937_64 rng(41);
  const naive::Array w = naive::random_array(rng, {9}, 32), x = naive::random_array(rng, {20, 10}, 32);
  const u128 bias = 12345;
  Builder b;
  const Value weights = b.input("w", Builder::party(0), ring(32), {9});
  const Value records = b.input("x", Builder::party(1), ring(32), {20, 10});
  b.output("s", matmul(slice(records, 1, 0, 9), weights) + 12345, Builder::party(1));
  b.output("first", at(records, 0, 0), Builder::party(1));
  const Tensor inputs[] = {naive::tensor(ring(32), w), naive::tensor(ring(32), x)};
  const std::vector<Tensor> out = evaluate(b.graph(), inputs);
  for (std::uint64_t r = 0; r < 20; ++r) {
    u128 score = bias;
    for (std::uint64_t f = 0; f < 9; ++f) score += w.values[f] * x.values[10 * r + f];
    BOOST_TEST((out[0].get(r) == naive::mod(score, 32)));
  }
  BOOST_TEST((out[1].values() == naive::Values(x.values.begin(), x.values.begin() + 10)));
}

BOOST_AUTO_TEST_CASE(a_value_used_many_times_and_an_unused_one_are_fine) {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(16));
  (void)(x * 5);
  const Value square = x * x;
  b.output("a", square * square + x, Builder::party(0));
  b.output("b", square, Builder::party(0));
  const u128 v = 300;
  const Tensor in(ring(16), {}, {&v, 1});
  const std::vector<Tensor> out = evaluate(b.graph(), {&in, 1});
  BOOST_TEST((out[0].get(0) == (u128{300} * 300 * 300 * 300 + 300) % 65536));
  BOOST_TEST((out[1].get(0) == 90000 % 65536));
}

BOOST_AUTO_TEST_CASE(inputs_of_another_type_or_shape_are_refused_by_name) {
  Builder b;
  b.output("o", b.input("salary", Builder::party(0), ring(16), {2}), Builder::party(0));
  const auto refused = [&](const Tensor& t, Errc code) {
    BOOST_CHECK_EXCEPTION(evaluate(b.graph(), {&t, 1}), Error, [&](const Error& e) {
      return e.code() == code && std::string(e.what()).find("\"salary\"") != std::string::npos;
    });
  };
  refused(Tensor(ring(17), Shape{2}), Errc::type_mismatch);
  refused(Tensor(bits(16), Shape{2}), Errc::type_mismatch);
  refused(Tensor(ring(16), Shape{3}), Errc::shape_mismatch);
  refused(Tensor(ring(16), Shape{2, 1}), Errc::shape_mismatch);
  refused(Tensor(), Errc::type_mismatch);
}

BOOST_AUTO_TEST_CASE(random_values_come_from_the_source_given) {
  Builder b;
  const Value r = b.random(bits(5), {3});
  b.output("o", r ^ 1, Builder::party(0));
  const u128 draws[] = {7, 0, 31};
  const auto out =
      evaluate(b.graph(), {}, [&](const ValueType& type) { return Tensor(type.element, type.shape, draws); });
  BOOST_TEST((out[0].values() == naive::Values{6, 1, 30}));
  BOOST_CHECK_THROW(evaluate(b.graph(), {}), Error);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
