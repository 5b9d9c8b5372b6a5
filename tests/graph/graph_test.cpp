// What verify refuses, with the message a user reads.
#include "graph/graph.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>

#include "graph/builder.hpp"
#include "graph/plan.hpp"

namespace tacet {
namespace {

void expect(const std::function<void(Builder&)>& program, Setting setting, Errc code,
            std::vector<std::string> parts) {
  Builder b;
  program(b);
  BOOST_CHECK_EXCEPTION(verify(b.graph(), setting), Error, [&](const Error& e) {
    bool all = e.code() == code;
    for (const std::string& part : parts) all = all && std::string(e.what()).find(part) != std::string::npos;
    if (!all) BOOST_TEST_MESSAGE("the message was: " << e.what());
    return all;
  });
  BOOST_CHECK_THROW(make_plan(b.graph(), setting), Error);
}

constexpr Setting kThree{Scheme::rss, 3, 0};
Role party(std::uint32_t i) {
  return Builder::party(i);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(graph)

BOOST_AUTO_TEST_CASE(a_good_program_passes) {
  Builder b;
  const Role alice = b.client("alice");
  b.output("y", b.input("x", alice, ring(8)) + b.input("y", party(2), ring(8)), {alice, party(0), party(1)});
  BOOST_CHECK_NO_THROW(verify(b.graph(), {Scheme::rss, 3, 1}));
}

BOOST_AUTO_TEST_CASE(names_are_given_once) {
  int line = 0;
  const auto twice = [&](Builder& b) {
    b.output("o", b.input("x", party(0), ring(8)), party(0));
    line = __LINE__ + 1;
    (void)b.input("x", party(1), ring(8));
  };
  Builder scratch;
  twice(scratch);  // to learn the line
  expect(twice, kThree, Errc::bad_argument,
         {"graph_test.cpp:" + std::to_string(line) + ":", "\"x\"", "twice"});
  const auto outputs = [](Builder& b) {
    const Value x = b.input("x", party(0), ring(8));
    b.output("o", x, party(0));
    b.output("o", x, party(1));
  };
  expect(outputs, kThree, Errc::bad_argument, {"graph_test.cpp:", "\"o\"", "twice"});
}

BOOST_AUTO_TEST_CASE(an_input_and_an_output_may_have_one_name) {
  Builder b;
  b.output("x", b.input("x", party(0), ring(8)), party(0));
  BOOST_CHECK_NO_THROW(verify(b.graph(), kThree));
}

BOOST_AUTO_TEST_CASE(owners_and_receivers_exist) {
  expect([](Builder& b) { b.output("o", b.input("x", party(3), ring(8)), party(0)); }, kThree,
         Errc::bad_argument, {"\"x\"", "party 3", "0 to 2"});
  expect([](Builder& b) { b.output("o", b.input("x", party(0), ring(8)), party(7)); }, kThree,
         Errc::bad_argument, {"\"o\"", "party 7", "0 to 2"});
  expect(
      [](Builder& b) {
        b.output("o", b.input("x", Role{true, 2}, ring(8)), b.client("a"));
      },
      {Scheme::rss, 3, 1}, Errc::bad_argument, {"\"x\"", "client 2", "1 clients"});
}

BOOST_AUTO_TEST_CASE(a_receiver_is_named_once_and_there_is_one) {
  expect(
      [](Builder& b) {
        b.output("o", b.input("x", party(0), ring(8)), {party(1), party(0), party(1)});
      },
      kThree, Errc::bad_argument, {"\"o\"", "party 1", "twice"});
  expect([](Builder& b) { b.output("o", b.input("x", party(0), ring(8)), std::vector<Role>{}); }, kThree,
         Errc::bad_argument, {"\"o\"", "no receiver"});
}

BOOST_AUTO_TEST_CASE(a_program_has_an_output_and_the_setting_its_clients) {
  expect([](Builder& b) { (void)b.input("x", party(0), ring(8)); }, kThree, Errc::bad_argument,
         {"no output"});
  expect([](Builder& b) { b.output("o", b.input("x", b.client("a"), ring(8)), party(0)); }, kThree,
         Errc::bad_argument, {"1 clients", "0"});
}

BOOST_AUTO_TEST_CASE(the_number_of_parties_is_odd_and_replicated_sharing_can_bear_it) {
  for (const std::uint32_t n : {0u, 1u, 2u, 4u, 12u, 15u, 101u})
    BOOST_CHECK_EXCEPTION(check_setting({Scheme::rss, n, 0}), Error, [&](const Error& e) {
      return e.code() == Errc::unsupported &&
             std::string(e.what()).find(std::to_string(n)) != std::string::npos;
    });
  for (const std::uint32_t n : {3u, 5u, 7u, 9u, 11u, 13u})
    BOOST_CHECK_NO_THROW(check_setting({Scheme::rss, n, 0}));
}

BOOST_AUTO_TEST_CASE(components_count_the_sets_of_t_others) {
  for (std::uint32_t n = 3; n <= 13; n += 2) {
    const Setting setting{Scheme::rss, n, 0};
    std::uint32_t sets = 0;
    for (std::uint32_t others = 0; others < 1u << (n - 1); ++others)
      sets += static_cast<std::uint32_t>(__builtin_popcount(others)) == (n - 1) / 2;
    BOOST_TEST(setting.components() == sets);
  }
}

BOOST_AUTO_TEST_CASE(clients_are_numbered_as_the_program_names_them) {
  Builder b;
  BOOST_TEST((b.client("a") == Role{true, 0}));
  BOOST_TEST((b.client("b") == Role{true, 1}));
  BOOST_TEST((b.client("a") == Role{true, 0}));
  BOOST_TEST(b.graph().role_name({true, 1}) == "b");
  BOOST_TEST(b.graph().role_name({false, 4}) == "party 4");
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
