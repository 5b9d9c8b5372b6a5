// Declared numbers: what inputs take, what results can be, which are signed, and what is refused with a line.
#include "graph/ranges.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <random>

#include "graph/data.hpp"
#include "graph/evaluate.hpp"
#include "graph/functions.hpp"
#include "graph/plan.hpp"

namespace tacet {
namespace {

using Int = __int128;

Tensor tensor(ElementType element, std::vector<std::int64_t> values) {
  std::vector<u128> words;
  for (const std::int64_t v : values) words.push_back(static_cast<u128>(static_cast<Int>(v)));
  return Tensor(element, {static_cast<std::int64_t>(values.size())}, words);
}

/// What it throws, or nothing.
std::string refusal(const std::function<void()>& f) {
  try {
    f();
  } catch (const Error& e) {
    return e.what();
  }
  return "";
}

bool has(const std::string& text, const std::vector<std::string>& parts) {
  return std::all_of(parts.begin(), parts.end(),
                     [&](const std::string& p) { return text.find(p) != std::string::npos; });
}

/// Inputs of every kind of declaration.
struct Program {
  Builder b;
  Role p = Builder::party(0);
  Value few = b.input("few", p, ring(32), {4}, range(0, 7));
  Value both = b.input("both", p, ring(32), {4}, range(-100, 100));
  Value below = b.input("below", p, ring(32), {4}, range(-9, -2));
  Value positive = b.input("positive", p, ring(32), {4}, range(3, 1000));
  Value any = b.input("any", p, ring(32), {4}, any_signed());
  Value large = b.input("large", p, ring(32), {4}, any_unsigned());
  Value words = b.input("words", p, ring(32), {4});
  Value real = b.input("real", p, fixed(32, 8), {4});
  Value unit = b.input("unit", p, fixed(32, 8), {4}, range(-1.0, 1.5));
  Value bit = b.input("bit", p, bits(1), {4});

  bool is_signed(const Value& v) {
    b.output("o" + std::to_string(b.graph().outputs().size()), v, p);
    return b.graph().outputs().back().format.is_signed;
  }
};

}  // namespace

BOOST_AUTO_TEST_SUITE(ranges)

BOOST_AUTO_TEST_CASE(outputs_are_signed_if_what_they_come_from_can_be_negative) {
  Program q;
  const std::vector<std::pair<const char*, Value>> is_signed{
      {"both", q.both},
      {"any", q.any},
      {"few - 8", q.few - 8},
      {"few - few", q.few - q.few},
      {"-few", -q.few},
      {"few * both", q.few * q.both},
      {"any * any", q.any * q.any},
      {"any + words", q.any + q.words},
      {"sum", sum(q.both)},
      {"dot", dot(q.few, q.both)},
      {"select", select(q.bit, q.few, q.both)},
      {"sign", sign(q.words)},
      {"large - large", q.large - q.large},
      {"max", max(q.below, q.both)},
      {"constant", q.b.constant(ring(32), -5)},
      {"few times -1", q.few * -1},
      {"bits", to_ring(q.bit, 8) - to_ring(lt(q.few, q.both), 8)},
      {"convert", convert(q.words, 64, {.is_signed = true})},
      {"trunc", trunc(q.both, 2)},
      {"largest", largest(q.both).value},
      {"read", read(q.both, q.few)},
      {"sort", sort(q.any)},
      {"histogram", histogram(q.few, 8, q.both)},
      {"units", with_fraction(q.real, 0)}};
  for (const auto& [what, value] : is_signed) BOOST_TEST(q.is_signed(value), what);
  const std::vector<std::pair<const char*, Value>> is_unsigned{{"few", q.few},
                                                               {"large", q.large},
                                                               {"words", q.words},
                                                               {"words - 1", q.words - 1},
                                                               {"words * -1", q.words * -1},
                                                               {"few + large", q.few + q.large},
                                                               {"abs", abs(q.both)},
                                                               {"relu", relu(q.both)},
                                                               {"8 - few", 8 - q.few},
                                                               {"below * below", q.below * q.below},
                                                               {"largest's place", largest(q.both).index},
                                                               {"histogram", histogram(q.few, 8)},
                                                               {"rank", rank(q.both)},
                                                               {"max", max(q.positive, q.both)},
                                                               {"lt", lt(q.both, q.few)},
                                                               {"large * large", q.large * q.large},
                                                               {"convert", convert(q.words, 64)}};
  for (const auto& [what, value] : is_unsigned) BOOST_TEST(!q.is_signed(value), what);
}

BOOST_AUTO_TEST_CASE(a_format_that_is_given_wins) {
  Program q;
  q.b.output("a", q.both, q.p, {.is_signed = false});
  q.b.output("b", q.words, q.p, {.is_signed = true, .frac_bits = 3});
  q.b.output("c", q.both, q.p, Format{});
  const auto& outputs = q.b.graph().outputs();
  BOOST_TEST((outputs[0].format == Format{false, 0}));
  BOOST_TEST((outputs[1].format == Format{true, 3}));
  BOOST_TEST((outputs[2].format == Format{false, 0}));
}

// What is said of every node holds for every value: random programs on random inputs.
BOOST_AUTO_TEST_CASE(no_value_is_outside_what_is_known) {
  std::mt19937_64 rng(20261130);
  std::uint64_t looked_at = 0;
  for (int round = 0; round < 300; ++round) {
    Program q;
    std::vector<Value> pool{q.few, q.both, q.below, q.positive, q.any, q.large, q.words};
    const auto pick = [&]() -> const Value& { return pool[rng() % pool.size()]; };
    for (int i = 0; i < 12; ++i) {
      const Value &x = pick(), &y = pick();
      const Order order = rng() % 2 == 0 ? Order::signed_full : Order::unsigned_full;
      const bool s = rng() % 2 == 0;
      const auto narrow = static_cast<unsigned>(1 + rng() % 32);
      const std::function<Value()> makers[] = {
          [&] { return x + y; },
          [&] { return x - y; },
          [&] { return -x; },
          [&] { return x * y; },
          [&] { return x * static_cast<std::int64_t>(rng() % 41) - 20; },
          [&] { return relu(x); },
          [&] { return abs(x); },
          [&] { return max(x, y, order); },
          [&] { return min(x, y, order); },
          [&] { return clamp(x, min(y, q.both), max(y, q.both)); },
          [&] { return select(q.bit, x, y); },
          [&] { return inject(q.bit, x); },
          [&] {
            return trunc(x, rng() % 32, {static_cast<Rounding>(rng() % 3), s});
          },
          [&] { return trunc_pr(x, rng() % 31); },
          [&] { return mul_trunc_pr(x, y, rng() % 31); },
          [&] { return shift_left(x, rng() % 32); },
          [&] { return shift_right(x, q.few, 3, {s}); },
          [&] { return div(x, y, {s}); },
          [&] { return div(x, 1 + rng() % 100, {s}); },
          [&] { return convert(convert(x, 32 + rng() % 60, {s}), 32); },
          [&] { return convert(convert(x, narrow), 32, {s}); },
          [&] { return prefix_sum(x); },
          [&] { return x * 0 + sum(y); },
          [&] { return x * 0 + dot(x, y); },
          [&] { return read(x, q.few); },
          [&] { return place(x, rank(y)); },
          [&] { return place(x, y); },
          [&] { return histogram(q.few, 4, x); },
          [&] { return to_ring(to_bits(x, narrow), 32); },
          [&] { return pow2(x, 1 + rng() % 6, 32); },
          [&] { return with_fraction(with_fraction(x, 4) * with_fraction(y, 4), 0); },
      };
      pool.push_back(makers[rng() % std::size(makers)]());
    }
    for (std::size_t i = 7; i < pool.size(); ++i) q.b.output("o" + std::to_string(i), pool[i], q.p);
    std::vector<Tensor> inputs;
    for (const InputInfo& in : q.b.graph().inputs()) {
      const ValueType& type = q.b.graph().type(in.node);
      Tensor t(type.element, type.shape);
      const Interval all = in.declared.value_or(all_numbers(type.element.width, false));
      for (std::uint64_t i = 0; i < t.elements(); ++i) {
        const u128 width = all.high - all.low;
        const u128 by = rng() % 4 == 0   ? 0
                        : rng() % 3 == 0 ? width
                                         : rng() % (static_cast<std::uint64_t>(width) + 1);
        t.set(i, (all.low + by) & low_mask<u128>(type.element.width));
      }
      inputs.push_back(t);
    }
    Ranges known;
    const auto holds = [&](std::uint64_t i, const Tensor& value) {
      const NodeId node = pool[7 + i].node();
      const Known& k = known.of(q.b.graph(), node);
      if (k.kind == Known::Kind::words) return;
      for (std::uint64_t e = 0; e < value.elements(); ++e, ++looked_at) {
        const Int v =
            k.low < 0 ? as_signed(value.get(e), value.element().width) : static_cast<Int>(value.get(e));
        BOOST_TEST_REQUIRE((v >= k.low && v <= k.high),
                           "round " << round << ", " << op_row(q.b.graph().node(node).op).name);
      }
    };
    const std::vector<Tensor> out = evaluate(q.b.graph(), inputs);
    for (std::uint64_t i = 0; i < out.size(); ++i) holds(i, out[i]);
  }
  BOOST_TEST(looked_at > 5000u);
}

BOOST_AUTO_TEST_CASE(inputs_take_what_is_declared_alone) {
  Builder b;
  const Role p = Builder::party(0);
  const Value x = b.input("x", p, ring(32), {3}, range(-3, 7));
  const int line = __LINE__ - 1;
  b.output("y", x, p);
  const auto run = [&](std::vector<std::int64_t> v) {
    return refusal([&] { static_cast<void>(evaluate(b.graph(), std::vector{tensor(ring(32), v)})); });
  };
  BOOST_TEST(run({-3, 0, 7}) == "");
  for (const std::int64_t bad : {-4L, 8L, 1234567L, std::int64_t{1} << 31}) {
    const std::string text = run({0, 1, bad});
    BOOST_TEST(has(text, {"input \"x\"", "element 2", "ranges_test.cpp:" + std::to_string(line)}), text);
    BOOST_TEST(text.find("234567") == std::string::npos, "a private value: " << text);
  }
  Builder c;
  c.output("y", c.input("x", p, fixed(32, 8), {2}, range(-1.5, 0.25)), p);
  const auto real = [&](std::vector<std::int64_t> v) {
    return refusal([&] { static_cast<void>(evaluate(c.graph(), std::vector{tensor(ring(32), v)})); });
  };
  BOOST_TEST(real({-384, 64}) == "");
  BOOST_TEST(has(real({-385, 64}), {"element 0"}));
  BOOST_TEST(has(real({-384, 65}), {"element 1"}));
}

BOOST_AUTO_TEST_CASE(types_hold_what_inputs_declare) {
  Builder b;
  const Role p = Builder::party(0);
  const auto declared = [&](ElementType element, const Numbers& numbers) {
    return refusal([&] { static_cast<void>(b.input("x", p, element, {}, numbers)); });
  };
  BOOST_TEST(declared(ring(8), range(0, 255)) == "");
  BOOST_TEST(declared(ring(8), range(-128, 127)) == "");
  BOOST_TEST(declared(ring(128), range(-1, 1)) == "");
  BOOST_TEST(declared(ring(128), any_unsigned()) == "");
  BOOST_TEST(declared(bits(3), range(0, 7)) == "");
  BOOST_TEST(declared(fixed(16, 8), range(-128, 127.99609375)) == "");
  const std::pair<std::string, std::string> refused[] = {
      {declared(ring(8), range(0, 256)), "256 does not fit ring(8)"},
      {declared(ring(8), range(-1, 128)), "2^7 or more, which ring(8) does not hold"},
      {declared(ring(8), range(-129, 0)), "-129 does not fit ring(8)"},
      {declared(ring(8), range(7, 0)), "first end is above its second"},
      {declared(ring(8), range(-1, -2)), "first end is above its second"},
      {declared(ring(8), range(0, 0.5)), "an integer"},
      {declared(bits(3), range(-1, 1)), "negative numbers, which bits(3) does not hold"},
      {declared(bits(3), any_signed()), "signed numbers, which bits(3)"},
      {declared(fixed(16, 8), any_unsigned()), "unsigned numbers, which fixed(16, 8)"},
      {declared(fixed(16, 8), range(0, 128)), "numbers of 2^7 or more, which fixed(16, 8)"}};
  for (const auto& [text, part] : refused)
    BOOST_TEST(has(text, {"ranges_test.cpp:", "input \"x\"", part}), text << " lacks " << part);
}

// A fraction would be lost, and the program's line says where.
BOOST_AUTO_TEST_CASE(fractions_are_refused_where_integers_count) {
  Program q;
  const Value real = q.real, one = at(real, 0, 0);
  const std::pair<const char*, std::function<void()>> refused[] = {
      {"one_hot", [&] { one_hot(real, 4, ring(32)); }},
      {"one_hot", [&] { one_hot(q.few, 4, fixed(32, 8)); }},
      {"read", [&] { read(q.few, real); }},
      {"write", [&] { write(q.few, one, at(q.few, 0, 0)); }},
      {"histogram", [&] { histogram(real, 4); }},
      {"histogram", [&] { histogram(real, 4, q.few); }},
      {"place", [&] { place(q.few, real); }},
      {"pow2", [&] { pow2(real, 3); }},
      {"shift_left", [&] { shift_left(q.few, real, 3); }},
      {"shift_right", [&] { shift_right(q.few, real, 3); }},
      {"mod", [&] { mod(real, 3); }},
      {"mod", [&] { mod(real, real); }},
      {"convert", [&] { convert(real, 8); }},
  };
  for (const auto& [name, f] : refused) {
    const std::string text = refusal(f);
    BOOST_TEST(has(text, {"ranges_test.cpp:", name, "fixed(32, 8)"}), name << ": " << text);
  }
  // Where it is not lost, it is kept.
  BOOST_TEST(histogram(q.few, 4, real).type().element.frac == 8);
  BOOST_TEST(shift_left(real, 2).type().element.frac == 8);
  BOOST_TEST(read(real, q.few).type().element.frac == 8);
  BOOST_TEST(place(real, rank(q.few)).type().element.frac == 8);
  BOOST_TEST(convert(real, 16).type().element.frac == 8);
  BOOST_TEST(group_by_sum(q.few, std::vector{real}).columns[1].type().element.frac == 8);
}

BOOST_AUTO_TEST_CASE(what_operations_do_past_the_end) {
  Program q;
  const Value codes = q.words;
  q.b.output("histogram", histogram(codes, 6), q.p);
  q.b.output("read", read(q.positive, codes), q.p);
  q.b.output("one_hot", one_hot(codes, 6, ring(8)), q.p);
  q.b.output("pow2", pow2(codes, 3, 6), q.p);
  q.b.output("shift_left", shift_left(q.few, codes, 6), q.p);
  q.b.output("shift_right", shift_right(q.both, codes, 6), q.p);
  std::vector<Tensor> inputs;
  while (inputs.size() < q.b.graph().inputs().size()) inputs.push_back(tensor(ring(32), {3, 3, 3, 3}));
  inputs[1] = tensor(ring(32), {-5, 5, -5, 5});
  inputs[2] = tensor(ring(32), {-9, -9, -9, -9});
  inputs[3] = tensor(ring(32), {10, 20, 30, 40});
  inputs[6] =
      tensor(ring(32), {99, 5, 6, 40});  // with 3 bits: 3, 5, 6, 0; with 2: 3, 1, 2, 0; with 6: 35, 5, 6, 40
  inputs[8] = tensor(ring(32), {0, 0, 0, 0});
  inputs[9] = Tensor(bits(1), {4});
  const std::vector<Tensor> out = evaluate(q.b.graph(), inputs);
  BOOST_TEST((out[0].values() == std::vector<u128>{1, 0, 0, 1, 0, 1}));
  BOOST_TEST((out[1].values() == std::vector<u128>{40, 20, 30, 10}));
  BOOST_TEST((out[2].get(3) == 1u && out[2].get(6 + 5) == 1u && out[2].get(18) == 1u));
  for (std::uint64_t i = 12; i < 18; ++i) BOOST_TEST((out[2].get(i) == 0u));
  BOOST_TEST((out[3].values() == std::vector<u128>{8, 32, 0, 1}));
  BOOST_TEST((out[4].values() == std::vector<u128>{0, 96, 192, 0}));
  const u128 minus_one = low_mask<u128>(32);
  BOOST_TEST((out[5].values() == std::vector<u128>{minus_one, 0, minus_one, 0}));
}

BOOST_AUTO_TEST_CASE(what_is_declared_belongs_to_the_plan) {
  const auto bytes = [](auto... numbers) {
    Builder b;
    b.output("y", b.input("x", Builder::party(0), ring(32), {}, numbers...), Builder::party(0), Format{});
    return make_plan(b.graph(), {Scheme::rss, 3, 0}).canonical_bytes();
  };
  const auto plain = bytes();
  BOOST_TEST((plain == bytes()));
  const std::vector<std::vector<std::byte>> all{plain,
                                                bytes(range(0, 7)),
                                                bytes(range(0, 8)),
                                                bytes(range(1, 7)),
                                                bytes(any_signed()),
                                                bytes(any_unsigned())};
  for (std::size_t i = 0; i < all.size(); ++i)
    for (std::size_t j = 0; j < i; ++j) BOOST_TEST((all[i] != all[j]), i << " and " << j);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
