// The canonical bytes: equal for the same program, different after any change.
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>

#include "graph/builder.hpp"
#include "graph/plan.hpp"

namespace tacet {
namespace {

/// Every choice a program makes, so that each can be changed alone.
struct Choices {
  Scheme scheme = Scheme::rss;
  std::uint32_t n = 3;
  std::uint64_t tile = 64;
  unsigned width = 32;
  std::int64_t extent = 4;
  std::int64_t constant = 5;
  std::int64_t begin = 0;
  std::uint32_t owner = 0;
  std::string input = "x", output = "y", client = "alice";
  std::vector<std::uint32_t> receivers{0, 1};
  bool to_client = true;
  Format format{};
  bool swap = false, extra_input = false, bits_instead = false, reveal_first = false, other_op = false;
};

std::string bytes_of(const Choices& c) {
  Builder b;
  const Role alice = b.client(c.client);
  const ElementType element = c.bits_instead ? bits(c.width) : ring(c.width);
  Value x = b.input(c.input, Builder::party(c.owner), element, {c.extent});
  const Value z = b.input("z", alice, element, {c.extent});
  if (c.reveal_first) x = reveal(x);
  const Value k = b.constant(element, c.constant);
  Value y = c.bits_instead ? (c.swap ? z & x : x & z) ^ k : (c.swap ? z - x : x - z) * k;
  if (c.other_op) y = c.bits_instead ? y & k : y + k;
  if (c.extra_input) y = concat({y, b.input("more", alice, element, {c.extent})}, 0);
  std::vector<Role> receivers;
  for (const std::uint32_t r : c.receivers) receivers.push_back(Builder::party(r));
  if (c.to_client) receivers.push_back(alice);
  b.output(c.output, slice(y, 0, c.begin, 3), receivers, c.format);
  const std::vector<std::byte> bytes = make_plan(b.graph(), {c.scheme, c.n, 1}, {c.tile}).canonical_bytes();
  return {reinterpret_cast<const char*>(bytes.data()), bytes.size()};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(plan_bytes)

BOOST_AUTO_TEST_CASE(the_same_program_gives_the_same_bytes) {
  BOOST_TEST((bytes_of({}) == bytes_of({})));
  Choices c;
  c.bits_instead = true;
  BOOST_TEST((bytes_of(c) == bytes_of(c)));
}

BOOST_AUTO_TEST_CASE(source_lines_and_dead_code_do_not_matter) {
  const auto build = [](bool dead) {
    Builder b;
    const Value x = b.input("x", Builder::party(0), ring(8));
    if (dead) (void)(x * x + 3);
    b.output("y", x * 5, Builder::party(0));
    return make_plan(b.graph(), {}).canonical_bytes();
  };
  Builder elsewhere;
  const Value x = elsewhere.input("x", Builder::party(0), ring(8));
  elsewhere.output("y", x * 5, Builder::party(0));
  BOOST_TEST((build(false) == make_plan(elsewhere.graph(), {}).canonical_bytes()));
  BOOST_TEST((build(true) == build(false)));
}

BOOST_AUTO_TEST_CASE(any_change_gives_other_bytes) {
  const std::map<std::string, std::function<void(Choices&)>> changes{
      {"scheme", [](Choices& c) { c.scheme = Scheme::plain; }},
      {"parties", [](Choices& c) { c.n = 5; }},
      {"tile", [](Choices& c) { c.tile = 128; }},
      {"width", [](Choices& c) { c.width = 33; }},
      {"extent", [](Choices& c) { c.extent = 5; }},
      {"constant", [](Choices& c) { c.constant = 6; }},
      {"slice", [](Choices& c) { c.begin = 1; }},
      {"owner", [](Choices& c) { c.owner = 1; }},
      {"input name", [](Choices& c) { c.input = "xx"; }},
      {"output name", [](Choices& c) { c.output = "x"; }},
      {"client name", [](Choices& c) { c.client = "bob"; }},
      {"receivers",
       [](Choices& c) {
         c.receivers = {0, 2};
       }},
      {"fewer receivers", [](Choices& c) { c.receivers = {0}; }},
      {"no client", [](Choices& c) { c.to_client = false; }},
      {"sign", [](Choices& c) { c.format.is_signed = true; }},
      {"fraction", [](Choices& c) { c.format.frac_bits = 1; }},
      {"operands swapped", [](Choices& c) { c.swap = true; }},
      {"another input", [](Choices& c) { c.extra_input = true; }},
      {"bits", [](Choices& c) { c.bits_instead = true; }},
      {"reveal", [](Choices& c) { c.reveal_first = true; }},
      {"operation", [](Choices& c) { c.other_op = true; }},
  };
  std::map<std::string, std::string> seen{{bytes_of({}), "nothing"}};
  for (const auto& [name, change] : changes) {
    Choices c;
    change(c);
    const auto [it, fresh] = seen.emplace(bytes_of(c), name);
    BOOST_TEST(fresh, "changing " << name << " gives the bytes of changing " << it->second);
  }
}

BOOST_AUTO_TEST_CASE(the_domain_alone_gives_other_bytes) {
  const auto build = [](ElementType element) {
    Builder b;
    b.output("y", b.input("x", Builder::party(0), element), Builder::party(1));
    return make_plan(b.graph(), {}).canonical_bytes();
  };
  BOOST_TEST((build(ring(8)) != build(bits(8))));
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
