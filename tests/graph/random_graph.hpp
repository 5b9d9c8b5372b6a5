#pragma once

// Random computations for property tests: a list of small numbers, so that RapidCheck can shrink it, read as
// a program.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "graph/builder.hpp"

namespace tacet::random_graph {

/// Kind of operation, two operands (counted back from the newest value) and a parameter.
using Instruction = std::array<std::uint8_t, 4>;

inline Value pick(const std::vector<Value>& values, std::uint8_t back) {
  return values[values.size() - 1 - back % values.size()];
}

/// Appends one value, or nothing if the operands do not fit: Error says so and leaves the graph as it was.
inline void step(Builder& b, std::vector<Value>& values, const Instruction& in) {
  const Value x = pick(values, in[1]), y = pick(values, in[2]);
  const auto axis = static_cast<std::int64_t>(in[3] % 3);
  const bool bit = x.type().element.domain == Domain::bits;
  const auto constant = [&](u128 v) { return b.constant(Tensor(x.type().element, {}, {&v, 1})); };
  switch (in[0] % 19) {
    case 0:
      return values.push_back(bit ? x ^ y : x + y);
    case 1:
      return values.push_back(bit ? x & y : x * y);
    case 2:
      return values.push_back(bit ? x | y : x - y);
    case 3:
      return values.push_back(bit ? ~x : -x);
    case 4:
      return values.push_back(bit ? x ^ 0 : x + 0);
    case 5:
      return values.push_back(bit ? x & constant(~u128{0}) : 1 * x);
    case 6:
      return values.push_back(bit ? x & 0 : x * 0);
    case 7:
      return values.push_back(bit ? x ^ constant(in[3]) : x * constant(in[3]));
    case 8:
      return values.push_back(sum(x, axis));
    case 9:
      return values.push_back(dot(x, y));
    case 10:
      return values.push_back(matmul(x, transpose(y)));
    case 11:
      return values.push_back(reshape(x, {-1, 1 + axis}));
    case 12:
      return values.push_back(slice(x, axis, 0, -1, 1 + in[3] % 2));
    case 13:
      return values.push_back(concat({x, y, x}, axis));
    case 14:
      return values.push_back(transpose(x));
    case 15:
      return values.push_back(reveal(x));
    case 16:
      return values.push_back(bit ? constant(in[3]) ^ constant(in[2]) : constant(in[3]) + constant(in[2]));
    case 17:
      if (x.type().elements() * y.type().elements() > 10'000) return;
      return values.push_back(conv2d(reshape(x, {1, -1, 1 + axis, 1}), reshape(y, {-1, 1, 1, 1}),
                                     {.strides = {1, 1 + in[3] % 2}, .padding = {0, 0, in[3] % 2, 0}}));
    default:
      return values.push_back(b.random(x.type().element, x.shape()));
  }
}

/// Inputs of several shapes in a ring and in bits, the instructions, and outputs of the last few values.
inline void build(Builder& b, const std::vector<Instruction>& program, unsigned k = 31, unsigned w = 5) {
  std::vector<Value> values;
  int count = 0;
  for (const ElementType element : {ring(k), bits(w)})
    for (const Shape& shape : {Shape{}, Shape{3}, Shape{2, 3}, Shape{2, 1}})
      values.push_back(b.input("in" + std::to_string(count++), Builder::party(0), element, shape));
  for (const Instruction& in : program) {
    if (pick(values, in[1]).type().elements() > 1000) continue;
    try {
      step(b, values, in);
    } catch (const Error&) {
    }
  }
  for (std::size_t i = 0; i < std::min<std::size_t>(values.size(), 4); ++i)
    b.output("out" + std::to_string(i), values[values.size() - 1 - i],
             Builder::party(static_cast<std::uint32_t>(i) % 3));
}

}  // namespace tacet::random_graph
