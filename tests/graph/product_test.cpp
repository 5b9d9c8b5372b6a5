// Blocked products against three loops in u128.
#include "graph/product.hpp"

#include <boost/test/unit_test.hpp>
#include <cstring>

#include "graph/word.hpp"
#include "tests/graph/naive.hpp"
#include "tests/targets.hpp"

namespace tacet {
namespace {

struct Case {
  std::int64_t m, k, n;
  std::int64_t a_gap = 0, b_gap = 0, c_gap = 0;  // words between rows
  bool transposed = false;
};

/// Rows that lie anywhere are written where they are asked for.
struct Copied {
  const std::byte* data;
  std::size_t stride, word;
};
const std::byte* copy_row(const void* context, std::int64_t row, std::int64_t first, std::int64_t count,
                          std::byte* room) {
  const auto& from = *static_cast<const Copied*>(context);
  std::memcpy(
      room,
      from.data + (static_cast<std::size_t>(row) * from.stride + static_cast<std::size_t>(first)) * from.word,
      static_cast<std::size_t>(count) * from.word);
  return room;
}

template <class Word>
void check(const Case& c, unsigned k, std::mt19937_64& rng) {
  const auto words = [&](std::int64_t rows, std::int64_t stride) {
    std::vector<Word> out(static_cast<std::size_t>(rows * stride));
    for (Word& w : out) w = static_cast<Word>(naive::random_word(rng, 8 * sizeof(Word)));
    return out;
  };
  const std::int64_t lda = c.k + c.a_gap, ldc = c.n + c.c_gap;
  const std::int64_t b_rows = c.transposed ? c.n : c.k, ldb = (c.transposed ? c.k : c.n) + c.b_gap;
  const std::vector<Word> a = words(c.m, lda), b = words(b_rows, ldb), before = words(c.m, ldc);
  std::vector<Word> expected = before, seen = before, copied = before;
  for (std::int64_t i = 0; i < c.m; ++i)
    for (std::int64_t j = 0; j < c.n; ++j) {
      u128 sum = 0;
      for (std::int64_t t = 0; t < c.k; ++t)
        sum += u128{a[static_cast<std::size_t>(i * lda + t)]} *
               b[static_cast<std::size_t>(c.transposed ? j * ldb + t : t * ldb + j)];
      Word& out = expected[static_cast<std::size_t>(i * ldc + j)];
      out = static_cast<Word>(out + sum);
    }
  const auto bytes = [](const std::vector<Word>& v) { return reinterpret_cast<const std::byte*>(v.data()); };
  MatrixProduct p{.b = {bytes(b), ldb},
                  .b_transposed = c.transposed,
                  .c = reinterpret_cast<std::byte*>(seen.data()),
                  .c_stride = ldc,
                  .m = c.m,
                  .k = c.k,
                  .n = c.n};
  multiply_add(k, Matrix{bytes(a), lda}, p);
  BOOST_TEST((seen == expected));  // what lies between the rows too
  const Copied context{bytes(a), static_cast<std::size_t>(lda), sizeof(Word)};
  p.a = {&context, copy_row};
  p.c = reinterpret_cast<std::byte*>(copied.data());
  multiply_add(k, p);
  BOOST_TEST((copied == expected));
}

void check_all_words(const Case& c, std::mt19937_64& rng) {
  for (const unsigned k : {3u, 8u, 13u, 16u, 32u, 47u, 64u, 100u, 128u})
    BOOST_TEST_CONTEXT("Z_2^" << k << " " << c.m << "x" << c.k << "x" << c.n << " gaps " << c.a_gap << " "
                              << c.b_gap << " " << c.c_gap << (c.transposed ? " transposed" : ""))
  with_word(k, [&]<class Word>(std::type_identity<Word>) { check<Word>(c, k, rng); });
}

}  // namespace

BOOST_AUTO_TEST_SUITE(product)

BOOST_AUTO_TEST_CASE(products_of_any_shape) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  const auto extent = [&](std::int64_t most) {
    return static_cast<std::int64_t>(rng() % static_cast<std::uint64_t>(most));
  };
  test::for_each_target([&] {
    for (int i = 0; i < 30; ++i) {
      Case c{extent(30), extent(60), extent(90)};
      if (rng() % 2 != 0) c.a_gap = extent(5), c.b_gap = extent(5), c.c_gap = extent(5);
      c.transposed = rng() % 2 != 0;
      check_all_words(c, rng);
    }
  });
}

BOOST_AUTO_TEST_CASE(products_longer_than_a_block) {
  std::mt19937_64 rng(31);
  test::for_each_target([&] {
    for (const bool transposed : {false, true})
      for (Case c : {Case{13, 515, 37}, Case{197, 3, 33}, Case{5, 2, 4133}, Case{2, 131, 1100},
                     Case{7, 256, 3}, Case{96, 256, 64}, Case{97, 257, 1}}) {
        c.transposed = transposed;
        check_all_words(c, rng);
      }
  });
}

BOOST_AUTO_TEST_CASE(large_factors_do_not_overflow_the_sums) {
  const std::vector<std::uint64_t> ones(10 * 700, ~std::uint64_t{0});
  test::for_each_target([&] {
    std::vector<std::uint64_t> c(100, 0);
    multiply_add(64, Matrix{reinterpret_cast<const std::byte*>(ones.data()), 700},
                 {.b = {reinterpret_cast<const std::byte*>(ones.data()), 10},
                  .c = reinterpret_cast<std::byte*>(c.data()),
                  .c_stride = 10,
                  .m = 10,
                  .k = 700,
                  .n = 10});
    for (const std::uint64_t v : c) BOOST_TEST(v == 700u);  // (-1)^2, 700 times
  });
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet
