// What --check-ranges finds: the first result that its type does not hold, with the line, without a value.
#include "graph/check_ranges.hpp"

#include <boost/test/unit_test.hpp>
#include <functional>
#include <random>

#include "graph/data.hpp"
#include "graph/functions.hpp"

namespace tacet {
namespace {

using Int = __int128;
using Make = std::function<Value(Builder&, const Value& x, const Value& y)>;

struct Kind {
  ElementType element = ring(16);
  std::optional<Numbers> numbers = any_signed();
};

/// What is found for x and y, in units.
std::optional<std::string> found(const Make& make, std::vector<Int> x, std::vector<Int> y,
                                 const Kind& kind = {}) {
  Builder b;
  const Shape shape{static_cast<std::int64_t>(x.size())};
  const auto input = [&](const char* name) {
    return kind.numbers ? b.input(name, Builder::party(0), kind.element, shape, *kind.numbers)
                        : b.input(name, Builder::party(0), kind.element, shape);
  };
  const Value a = input("x"), c = input("y");
  b.output("z", make(b, a, c), Builder::party(0));
  const auto tensor = [&](const std::vector<Int>& v) {
    return Tensor(kind.element, shape, std::vector<u128>(v.begin(), v.end()));
  };
  return first_overflow(b.graph(), std::vector{tensor(x), tensor(y)});
}

constexpr Int kMost = (1 << 15) - 1, kLeast = -(1 << 15);

void right(const char* what, const Make& make, std::vector<Int> x, std::vector<Int> y,
           const Kind& kind = {}) {
  const auto text = found(make, x, y, kind);
  BOOST_TEST(!text, what << ": " << text.value_or(""));
}
void wrong(const char* what, const char* part, const Make& make, std::vector<Int> x, std::vector<Int> y,
           const Kind& kind = {}) {
  const std::string text = found(make, x, y, kind).value_or("nothing");
  BOOST_TEST((text.find(part) != std::string::npos && text.find("check_ranges_test.cpp:") == 0),
             what << ": " << text);
  for (const Int v : x)
    if (v > 1000 || v < -1000)
      BOOST_TEST(text.find(std::to_string(static_cast<std::int64_t>(v))) == std::string::npos,
                 "a value: " << text);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(checked_ranges)

BOOST_AUTO_TEST_CASE(sums_and_products_of_declared_integers) {
  const Make add = [](Builder&, const Value& x, const Value& y) { return x + y; };
  right("a sum", add, {kMost - 1, kLeast + 1}, {1, -1});
  wrong("a sum", "add: element 1 of the result, which is ring(16) [2], is not a number of ring(16)", add,
        {0, kMost}, {0, 1});
  wrong("a sum", "element 0", add, {kLeast, 0}, {-1, 0});
  right("words", add, {0, kMost}, {0, 1}, {ring(16), std::nullopt});
  right("without a sign", add, {40000, 0}, {25535, 0}, {ring(16), any_unsigned()});
  wrong("without a sign", "without a sign", add, {40000, 0}, {25536, 0}, {ring(16), any_unsigned()});
  const Make sub = [](Builder&, const Value& x, const Value& y) { return x - y; };
  wrong("a difference", "sub: element 0", sub, {kLeast, 0}, {1, 0});
  const Make mul = [](Builder&, const Value& x, const Value& y) { return x * y; };
  right("a product", mul, {kMost, 181}, {-1, 181});
  wrong("a product", "mul: element 1", mul, {0, 182}, {0, 182});
  wrong("a product", "mul: element 0", mul, {kLeast, 0}, {-1, 0});
  const Make dots = [](Builder&, const Value& x, const Value& y) { return dot(x, y); };
  right("what cancels out", dots, {kMost, kMost}, {2, -2});
  wrong("a scalar product", "dot: element 0", dots, {kMost, 1}, {1, 1});
  const Make sums = [](Builder&, const Value& x, const Value&) { return sum(x); };
  wrong("a sum", "sum: element 0", sums, {kMost, 1}, {0, 0});
  const Make prefix = [](Builder&, const Value& x, const Value&) { return prefix_sum(x); };
  wrong("a prefix sum", "prefix_sum: element 1", prefix, {kMost, 1, -1}, {0, 0, 0});
  const Make negated = [](Builder&, const Value& x, const Value&) { return -x; };
  wrong("a negative", "neg: element 1", negated, {0, kLeast}, {0, 0});
  const Make products = [](Builder&, const Value& x, const Value& y) {
    return matmul(reshape(x, {2, 1}), reshape(y, {1, 2}));
  };
  wrong("a matrix product", "matmul: element 3", products, {1, 300}, {1, 300});
  const Make convolution = [](Builder&, const Value& x, const Value& y) {
    return conv2d(reshape(x, {1, 1, 2, 1}), reshape(y, {1, 1, 2, 1}));
  };
  wrong("a convolution", "conv2d: element 0", convolution, {200, 200}, {100, 100});
}

// Exactly the results that a loop over longer integers finds, for widths whose products take any number of
// words.
BOOST_AUTO_TEST_CASE(products_are_checked_exactly) {
  std::mt19937_64 rng(20261130);
  const Make mul = [](Builder&, const Value& x, const Value& y) { return x * y; };
  for (const unsigned k : {2u, 3u, 8u, 31u, 43u, 44u, 63u, 64u}) {
    const Int most = (Int{1} << (k - 1)) - 1;
    int outside = 0;
    for (int i = 0; i < 200; ++i) {
      const auto number = [&] { return as_signed(rng() >> (rng() % 64), k); };
      const Int x = number(),
                y = i % 4 == 0 || x == 0 ? number() : most / x + static_cast<Int>(rng() % 3) - 1;
      if (y > most || y < -most - 1) continue;
      const bool fits = x * y <= most && x * y >= -most - 1;
      outside += !fits;
      BOOST_TEST(found(mul, {x}, {y}, {ring(k), any_signed()}).has_value() == !fits, k << " bits");
    }
    BOOST_TEST(outside > 0, k << " bits");
  }
  // Of 128 bits: powers of two, and what is one less.
  const Int top = Int{1} << 126;
  BOOST_TEST(!found(mul, {top}, {-2}, {ring(128), any_signed()}));
  BOOST_TEST(found(mul, {top}, {2}, {ring(128), any_signed()}).has_value());
  BOOST_TEST(found(mul, {top - 1}, {4}, {ring(128), any_signed()}).has_value());
  BOOST_TEST(found(mul, {-top * 2}, {-top * 2}, {ring(128), any_signed()}).has_value());
  BOOST_TEST(!found(mul, {(Int{1} << 63) + 12345}, {(Int{1} << 63) - 12346}, {ring(128), any_signed()}));
}

BOOST_AUTO_TEST_CASE(fixed_point_numbers) {
  const Kind real{fixed(16, 4), std::nullopt};
  const Make mul = [](Builder&, const Value& x, const Value& y) { return x * y; };
  right("-2048 x 1, 45 x 45", mul, {kLeast, 45 * 16}, {16, 45 * 16}, real);
  wrong("46 x 46", "mul: element 1 of the result, which is fixed(16, 4) [2], is not a number of fixed(16, 4)",
        mul, {0, 46 * 16}, {0, 46 * 16}, real);
  const Make sums = [](Builder&, const Value& x, const Value& y) { return x * y + y; };
  wrong("45 x 45 + 45", "add: element 0", sums, {45 * 16, 0}, {45 * 16 + 8, 0}, real);
  const Make quotient = [](Builder&, const Value& x, const Value& y) { return div(x, y); };
  right("1 / 2", quotient, {16, 0}, {32, 16}, real);
  wrong("1 / 0", "div: element 1", quotient, {16, 16}, {32, 0}, real);
  wrong("2000 / 0.5", "fixed(16, 4)", quotient, {2000 * 16, 0}, {8, 16}, real);
}

BOOST_AUTO_TEST_CASE(conversions_divisions_indices_and_promises) {
  const Make narrow = [](Builder&, const Value& x, const Value&) { return convert(x, 8); };
  right("to 8 bits", narrow, {127, -128}, {0, 0});
  wrong("to 8 bits", "shift or conversion: element 1", narrow, {127, 128}, {0, 0});
  const Make negative = [](Builder&, const Value& x, const Value&) { return convert(x, 32); };
  wrong("of a negative number", "convert: element 1", negative, {1, -1}, {0, 0});
  const Make shift = [](Builder&, const Value& x, const Value&) { return shift_left(x, 3); };
  right("a shift", shift, {4095, -4096}, {0, 0});
  wrong("a shift", "element 1", shift, {4095, 4096}, {0, 0});
  const Make quotient = [](Builder&, const Value& x, const Value& y) { return div(x, y); };
  wrong("a divisor of zero", "div: element 1 of the result, which is ring(16) [2], is divided by zero",
        quotient, {7, 7}, {1, 0});
  wrong("the least by -1", "div: element 0", quotient, {kLeast, 0}, {-1, 1});
  const Make promised = [](Builder&, const Value& x, const Value& y) { return div(x, y, {.bits = 4}); };
  right("below 2^4", promised, {15, -15}, {1, 1});
  wrong("below 2^4", "beyond the bits promised", promised, {15, 16}, {1, 1});
  const Make counts = [](Builder&, const Value& x, const Value&) { return histogram(x, 6); };
  right("codes", counts, {0, 5}, {0, 0});
  wrong("a code past the end", "histogram: the number in element 1 is past the end: expected 0 to 5", counts,
        {0, 6}, {0, 0});
  const Make reads = [](Builder&, const Value& x, const Value& y) { return read(y, x); };
  wrong("an index past the end", "read: the number in element 1", reads, {0, 2}, {0, 0});
  wrong("a negative index", "read: the number in element 0", reads, {-1, 1}, {0, 0});
  const Make places = [](Builder&, const Value& x, const Value& y) { return place(y, x); };
  right("a permutation", places, {1, 0}, {7, 8});
  wrong("no permutation", "no permutation", places, {1, 1}, {7, 8});
  const Make power = [](Builder&, const Value& x, const Value&) { return pow2(x, 5); };
  right("a power", power, {15, 0}, {0, 0});
  wrong("a power", "pow2: element 0", power, {16, 0}, {0, 0});
  const Make moved = [](Builder&, const Value& x, const Value& y) { return shift_right(y, x, 3); };
  wrong("a shift", "shift_right: element 1", moved, {7, 8}, {0, 0});
  const Make less = [](Builder&, const Value& x, const Value& y) { return lt(x, y, Order::fits); };
  right("differences", less, {kMost, kLeast}, {0, -1});
  wrong("a difference", "lt: element 1", less, {0, kLeast}, {0, 1});
  const Make fits = [](Builder&, const Value& x, const Value&) { return trunc(x, 2, {.fits = true}); };
  right("a quarter", fits, {(1 << 14) - 1, -(1 << 14)}, {0, 0});
  wrong("more than a quarter", "trunc: element 0", fits, {1 << 14, 0}, {0, 0});
  const Make rounded = [](Builder&, const Value& x, const Value&) {
    return trunc(x, 2, {.rounding = Rounding::half_up, .fits = true});
  };
  right("a quarter, less what rounding adds", rounded, {(1 << 14) - 3, -(1 << 14)}, {0, 0});
  wrong("a quarter", "`fits` promises", rounded, {(1 << 14) - 2, 0}, {0, 0});
  const Make shorter = [](Builder&, const Value& x, const Value&) { return trunc(x, 4, {.width = 8}); };
  right("eight bits of a quotient", shorter, {127 * 16 + 15, -128 * 16}, {0, 0});
  wrong("nine bits of a quotient", "trunc: element 1", shorter, {0, 128 * 16}, {0, 0});
  const Make rough = [](Builder&, const Value& x, const Value& y) { return mul_trunc_pr(x, y, 4); };
  right("a product", rough, {127, -128}, {128, 128});
  wrong("a product", "mul_trunc_pr: element 1", rough, {0, 128}, {0, 128});
  const Make fit_shift = [](Builder&, const Value& x, const Value& y) {
    return shift_right(y, x, 3, {.fits = true});
  };
  right("seven places", fit_shift, {7, 0}, {255, -256});
  wrong("seven places", "shift_right: element 1", fit_shift, {0, 0}, {0, 256});
  const Make first = [](Builder&, const Value& x, const Value&) { return largest(x, 0, Order::fits).value; };
  right("neighbours", first, {kMost, 0, 5}, {0, 0, 0});
  wrong("neighbours", "largest or smallest: element 0", first, {kLeast, 1}, {0, 0});
  const Make clamped = [](Builder&, const Value& x, const Value& y) { return clamp(x, y, -y); };
  wrong("ends the wrong way round", "clamp: element 1", clamped, {0, 0}, {-1, 1});
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
