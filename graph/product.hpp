#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>

namespace tacet {

/// The rows of a matrix, which may be put together only when they are needed. `row` tells where words
/// [first, first + count) of one row lie: anywhere, or in `room`, which has space for them.
struct RowSource {
  const void* context = nullptr;
  const std::byte* (*row)(const void* context, std::int64_t row, std::int64_t first, std::int64_t count,
                          std::byte* room) = nullptr;
};

/// A matrix in memory: rows of words that are `stride` words apart.
struct Matrix {
  const std::byte* data = nullptr;
  std::int64_t stride = 0;
};

/// c += a * b for a:[m, k], b:[k, n], c:[m, n], on words of one ring.
struct MatrixProduct {
  RowSource a = {};
  Matrix b = {};
  bool b_transposed = false;  ///< b lies as [n, k]
  std::byte* c = nullptr;
  std::int64_t c_stride = 0;
  std::int64_t m = 0, k = 0, n = 0;
};

/// Any extent may be zero. Words are those of a ring of `ring_bits`; what stands above the width counts in
/// nothing below it.
void multiply_add(unsigned ring_bits, const MatrixProduct& product);

/// The same with the left factor in memory.
void multiply_add(unsigned ring_bits, const Matrix& a, MatrixProduct product);

/// Two lines of words.
struct Lines {
  const std::byte *x, *y;
};
/// z[i] += x[i] * y[i] for every pair of lines and every i < `count`.
void multiply_add(unsigned ring_bits, std::span<const Lines> pairs, std::byte* z, std::size_t count);

/// Which vector instructions products use here, as "AVX3".
std::string_view product_instructions();

}  // namespace tacet
