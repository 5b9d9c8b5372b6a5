#pragma once

// Arithmetic and indexing done the slow and obvious way, to compare the engine with. Nothing here calls the
// code under test except to build tensors.

#include <cstdint>
#include <random>
#include <string>
#include <vector>

#include "graph/op.hpp"
#include "graph/tensor.hpp"

namespace tacet::naive {

using Dims = std::vector<std::int64_t>;
using Values = std::vector<u128>;

/// Elements in row-major order.
struct Array {
  Dims dims;
  Values values;
};

inline u128 mod(u128 value, unsigned width) {
  return width >= 128 ? value : value % (u128{1} << width);
}

inline std::uint64_t count(const Dims& dims) {
  std::uint64_t n = 1;
  for (const std::int64_t d : dims) n *= static_cast<std::uint64_t>(d);
  return n;
}

/// Every index of an array of that shape, the last axis fastest.
inline std::vector<Dims> indices(const Dims& dims) {
  std::vector<Dims> out{{}};
  for (const std::int64_t d : dims) {
    std::vector<Dims> longer;
    for (const Dims& index : out)
      for (std::int64_t i = 0; i < d; ++i) {
        longer.push_back(index);
        longer.back().push_back(i);
      }
    out = std::move(longer);
  }
  return out;
}

/// The element at `index`, read as NumPy stretches: aligned at the last axis, extents of 1 repeat.
inline u128 at(const Array& a, const Dims& index) {
  std::uint64_t offset = 0;
  for (std::size_t i = 0; i < a.dims.size(); ++i) {
    const std::int64_t coordinate = index[index.size() - a.dims.size() + i];
    offset = offset * static_cast<std::uint64_t>(a.dims[i]) +
             (a.dims[i] == 1 ? 0 : static_cast<std::uint64_t>(coordinate));
  }
  return a.values[offset];
}

/// The common shape of two that are known to broadcast.
inline Dims common(Dims a, Dims b) {
  while (a.size() < b.size()) a.insert(a.begin(), 1);
  while (b.size() < a.size()) b.insert(b.begin(), 1);
  for (std::size_t i = 0; i < a.size(); ++i)
    if (a[i] == 1) a[i] = b[i];
  return a;
}

template <class F>
Array zip(const Array& a, const Array& b, unsigned width, F f) {
  Array out{common(a.dims, b.dims), {}};
  for (const Dims& index : indices(out.dims)) out.values.push_back(mod(f(at(a, index), at(b, index)), width));
  return out;
}

inline u128 random_word(std::mt19937_64& rng, unsigned width) {
  const u128 word = (u128{rng()} << 64) | rng();
  const u128 top = u128{1} << (width - 1);
  switch (rng() % 8) {  // the edges of the ring come up often
    case 0:
      return 0;
    case 1:
      return mod(~u128{0}, width);
    case 2:
      return top;
    case 3:
      return top - 1;
    default:
      return mod(word, width);
  }
}

inline Array random_array(std::mt19937_64& rng, Dims dims, unsigned width) {
  Array out{std::move(dims), {}};
  const std::uint64_t n = count(out.dims);
  for (std::uint64_t i = 0; i < n; ++i) out.values.push_back(random_word(rng, width));
  return out;
}

inline Tensor tensor(ElementType element, const Array& a) {
  return Tensor(element, Shape(a.dims), a.values);
}

inline std::string hex(u128 value) {
  std::string out;
  do out.insert(out.begin(), "0123456789abcdef"[static_cast<int>(value & 15)]);
  while ((value >>= 4) != 0);
  return "0x" + out;
}

/// Empty if `seen` is `expected`; else the first difference. Reads single elements through the public
/// accessor.
inline std::string difference(const Tensor& seen, const Array& expected) {
  if (seen.shape().dims() != expected.dims)
    return "shape " + seen.shape().to_string() + ", expected " + Shape(expected.dims).to_string();
  for (std::uint64_t i = 0; i < expected.values.size(); ++i)
    if (seen.get(i) != expected.values[i])
      return "element " + std::to_string(i) + " is " + hex(seen.get(i)) + ", expected " +
             hex(expected.values[i]);
  return "";
}

/// One kernel on whole tensors or a range of the result; `start` is what lies in the result before.
inline Tensor run(Op op, const Dims& attributes, const std::vector<Tensor>& operands, const Tensor& start,
                  Range range, bool accumulate) {
  Tensor out = start;
  std::vector<View> views;
  for (const Tensor& t : operands) views.push_back({t.data(), t.element(), &t.shape()});
  op_row(op).kernel(attributes, views, {out.data(), out.element(), &out.shape()}, range, accumulate);
  return out;
}

inline Tensor run(Op op, const Dims& attributes, const std::vector<Tensor>& operands, ElementType element,
                  const Dims& result) {
  const Tensor start(element, Shape(result));
  return run(op, attributes, operands, start, {0, start.elements()}, false);
}

inline constexpr unsigned kWidths[] = {1, 7, 8, 16, 31, 32, 60, 64, 72, 128};

}  // namespace tacet::naive
