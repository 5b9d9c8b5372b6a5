#pragma once

// Random computations over every operation, for comparing a run on shares with the clear run. A list of small
// numbers, so that RapidCheck can shrink it, is read as a program.

#include <array>
#include <cstdint>
#include <string>
#include <vector>

#include "graph/data.hpp"

namespace tacet::actors::testing {

/// Kind of operation, two operands (counted back from the newest value), two parameters.
using Instruction = std::array<std::uint8_t, 5>;

class RandomProgram {
 public:
  RandomProgram(Builder& b, std::uint32_t n, unsigned k, unsigned other_k, unsigned w) : b_(b), n_(n) {
    const Role roles[] = {Builder::party(0), b.client("alice"), Builder::party(n - 1), b.client("bob")};
    std::size_t next = 0;
    const std::vector<Shape> shapes{{}, {3}, {2, 3}, {2, 1}, {0, 3}, {67}, {1, 130}};
    for (const ElementType element : {ring(k), ring(other_k), bits(w)})
      for (const Shape& shape : shapes)
        values_.push_back(b.input("in" + std::to_string(next), roles[next % 4], element, shape)), ++next;
  }

  /// Appends one value, or nothing if the operands do not fit: Error says so and leaves the graph as it was.
  void add(const Instruction& in) {
    const Value x = pick(in[1]);
    if (x.type().elements() > 500) return;
    try {
      step(in, x, alike(x, in[2]));
    } catch (const Error&) {
    }
  }

  void finish() {
    const Role receivers[] = {Builder::party(1), b_.client("bob"), b_.client("alice"),
                              Builder::party(n_ - 1)};
    for (std::size_t i = 0; i < std::min<std::size_t>(values_.size(), 6); ++i) {
      std::vector<Role> to{receivers[i % 4]};
      if (i % 3 == 0) to.push_back(receivers[(i + 1) % 4]);
      b_.output("out" + std::to_string(i), values_[values_.size() - 1 - i], to);
    }
  }

 private:
  Value pick(std::uint8_t back) const { return values_[values_.size() - 1 - back % values_.size()]; }
  /// A value of the same element type, the first one from there on.
  Value alike(const Value& x, std::uint8_t back) const {
    for (std::size_t i = 0; i < values_.size(); ++i) {
      const Value y = values_[values_.size() - 1 - (back + i) % values_.size()];
      if (y.type().element == x.type().element) return y;
    }
    return x;
  }
  Value scalar(const Value& x, std::uint8_t v) {
    const u128 value = static_cast<u128>(v) * 0x0101010101010101 | static_cast<u128>(v) << 120;
    return b_.constant(Tensor(x.type().element, {}, {&value, 1}));
  }
  Value full(const Value& x, std::uint8_t v) {
    std::vector<u128> values(x.type().elements());
    for (std::size_t i = 0; i < values.size(); ++i) values[i] = static_cast<u128>(v + i) << (i % 121);
    return b_.constant(Tensor(x.type().element, x.shape(), values));
  }

  void step(const Instruction& in, const Value& x, const Value& y) {
    const bool bit = x.type().element.domain == Domain::bits;
    const std::int64_t axis = in[3] % 3;
    const auto keep = [&](const Value& v) { values_.push_back(v); };
    if (in[4] % 8 == 7 && x.shape().rank() > 0 && x.type().elements() <= 70) return rows(in, x, y);
    switch (in[0] % 56) {
      case 0:
        return keep(bit ? x ^ y : x + y);
      case 1:
      case 2:
        return keep(bit ? x & y : x * y);
      case 3:
        return keep(bit ? x | y : x - y);
      case 4:
        return keep(bit ? ~x : -x);
      case 5:
        return keep(bit ? x & full(x, in[4]) : x * full(x, in[4]));
      case 6:
        return keep(bit ? scalar(x, in[3]) ^ x : scalar(x, in[3]) - x);
      case 7:
        return keep(bit ? x | scalar(x, in[3]) : x * scalar(x, in[3]));
      case 8:
        return keep(bit ? full(x, in[4]) & scalar(x, in[3]) : full(x, in[4]) + scalar(x, in[3]));
      case 9:
        return keep(sum(x, axis));
      case 10:
        return keep(sum(x));
      case 11:
        return keep(dot(x, y));
      case 12:
        return keep(matmul(x, transpose(y)));
      case 13:
        return keep(matmul(full(x, in[4]), transpose(y)));
      case 14:
        return keep(reshape(x, {-1, 1 + axis}));
      case 15:
        return keep(slice(x, axis, in[4] % 3, -1, 1 + in[3] % 2));
      case 16:
        return keep(concat({x, y, x}, axis));
      case 17:
        return keep(transpose(x));
      case 18:
        return keep(reveal(x));
      case 19:
        return keep(at(x, axis, in[4] % 3));
      case 20: {  // a random value that goes in and out again
        const Value r = b_.random(x.type().element, x.shape());
        return keep(bit ? (x ^ r) ^ r : (x + r) - r);
      }
      case 21: {  // one that everyone gets to see on its way
        const Value r = b_.random(x.type().element, x.shape());
        return keep(bit ? (reveal(x ^ r) & y) ^ (r & y) : (reveal(x + r) - r) * y);
      }
      case 22: {  // images of one row, all values of a kind of filters
        if (x.type().elements() * y.type().elements() > 50'000) return;
        const Value filter = reshape(y, {-1, 1, 1 + in[3] % 3, 1});
        const Value image = reshape(in[4] % 4 == 0 ? full(x, in[4]) : x, {1, -1, 1 + axis, 1});
        return keep(conv2d(image, filter, {.strides = {1 + in[4] % 2, 1}, .padding = {0, 1, 2, in[4] % 3}}));
      }
      case 23: {  // as many groups as channels
        const Value image = reshape(x, {1, 1, -1, 1 + axis});
        const Value filter = reshape(y, {1 + axis, 1, -1, 1});
        return keep(conv2d(
            image, filter,
            {.dilations = {1, 1 + in[4] % 2}, .padding = {0, 0, in[3] % 5, in[3] % 7}, .groups = 1 + axis}));
      }
      default:
        if (x.type().elements() > 70) return;
        return bit ? words(in, x, y) : in[0] % 2 == 0 ? integers(in, x, y) : quotients(in, x, y);
    }
  }

  /// Operations on rows.
  void rows(const Instruction& in, const Value& x, const Value& y) {
    const auto keep = [&](const Value& v) { values_.push_back(v); };
    const ElementType element = x.type().element;
    const Value flat = reshape(x, {-1});
    const SortOptions options{static_cast<Order>(in[3] % 3), in[3] % 2 == 1};
    switch (in[0] % 8) {
      case 0: {
        const Value p = permutation(b_, x.shape()[0]);
        return keep(unshuffle(shuffle(x, p), p));
      }
      case 1:
        return keep(sort(flat, options));
      case 2:
        return keep(rank(flat, options));
      case 3:
        return keep(one_hot(slice(flat, 0, 0, -1, 5), 1 + in[3] % 9,
                            element.domain == Domain::ring ? element : bits(1)));
      case 4:
        return keep(read(x, slice(reshape(y, {-1}), 0, 0, -1, 5)));
      case 5:
        return keep(write(x, at(reshape(y, {-1}), 0, -1), at(x, 0, 0)));
      case 6:
        return keep(histogram(flat, 1 + in[3] % 5, element.width));
      default:
        return keep(prefix_sum(x, in[3] % 2 == 1 ? -1 : 0));
    }
  }

  /// Operations on strings of bits, and those that leave them.
  void words(const Instruction& in, const Value& x, const Value& y) {
    const auto keep = [&](const Value& v) { values_.push_back(v); };
    const unsigned w = x.type().element.width;
    switch (in[0] % 11) {
      case 0:
        return keep(bit_add(x, y));
      case 1:
        return keep(bit_sub(x, y));
      case 2:
        return keep(lt(x, y) ^ eq(x, y));
      case 3:
        return keep(w == 1 ? any(x) ^ all(y) : all_bits_of_each(x) ^ any_bit_of_each(y));
      case 4:
        return keep(bit_prefix_all(x));
      case 5:
        return keep(bit_prefix_any(x));
      case 6:
        return keep(bit_concat(std::vector{bit_slice(x, in[3] % w, w), bit_slice(x, 0, in[3] % w)}));
      case 7:
        return keep(to_ring(x, 1 + in[3] % 128));
      case 8: {
        const Value r = rand_bit(b_, 1 + in[3] % 128, x.shape());
        return keep(r * r - r + to_ring(x, r.type().element.width));
      }
      case 9: {
        const unsigned k = w + in[3] % (129 - w);
        const RandomWord r = eda_bit(b_, w, k, x.shape());
        return keep(r.value + to_ring(x, k) - to_ring(r.digits, k));
      }
      default:
        return keep(select(bit_slice(x, 0, 1), y, x));
    }
  }

  void integers(const Instruction& in, const Value& x, const Value& y) {
    const auto keep = [&](const Value& v) { values_.push_back(v); };
    const auto order = static_cast<Order>(in[4] % 3);
    const unsigned k = x.type().element.width;
    switch (in[0] % 11) {
      case 0:
        return keep(to_bits(x, 1 + in[3] % k));
      case 1:
        return keep(msb(x) ^ eqz(y));
      case 2:
        return keep(lt(x, y, order));
      case 3:
        return keep(inject(ne(x, y), y));
      case 4:
        return keep(inject(ge(x, scalar(x, in[3]), order), y));
      case 5:
        return keep(select(le(x, y, order), x, y));
      case 6:
        return keep(min(x, y, order) + max(x, scalar(x, in[3]), order));
      case 7:
        return keep(relu(x) - abs(y));
      case 8:
        return keep(sign(x) * y);
      case 9:
        if (order == Order::fits) return;
        if (in[4] / 3 % 2 == 0)
          return keep(select_either(lt(x, y, order), y, lt(y, x, order), x, scalar(x, in[3])));
        return keep(clamp(scalar(x, in[3]) + x, min(x, y, order), max(x, y, order), order));
      default:
        return keep(inject(msb(y), x));
    }
  }

  /// What the lowest bits of x say, without a sign.
  Value small(const Value& x, unsigned width) {
    const unsigned k = x.type().element.width;
    return to_ring(to_bits(x, std::min(width, k)), k);
  }

  void quotients(const Instruction& in, const Value& x, const Value& y) {
    const auto keep = [&](const Value& v) { values_.push_back(v); };
    const unsigned k = x.type().element.width, m = in[3] % k;
    const bool is_signed = in[4] % 2 == 0, fits = in[4] % 4 < 2 && k >= 6;
    switch (in[0] / 2 % 10) {
      case 0:
        return keep(trunc(x, m, {static_cast<Rounding>(in[4] / 2 % 3), is_signed}));
      case 1:
        return keep(trunc(small(y, k / 2), m / 2, {Rounding::down, is_signed, fits}));
      case 2: {  // multiples of 2^m have nothing to round
        if (k < 4) return;
        const Value multiple = shift_left(small(x, (k - 2) / 2), (k - 2) / 2);
        return keep(trunc_pr(multiple, (k - 2) / 2) + mul_trunc_pr(multiple, small(y, 1), (k - 2) / 2));
      }
      case 3:
        return keep(convert(x, 1 + in[3] % 128, {is_signed}));
      case 4:
        return keep(convert(small(x, k / 2), 1 + in[3] % 128, {is_signed, fits}));
      case 5: {
        const unsigned s = 1 + in[3] % std::min(k, 7u);
        return keep(shift_left(x, y, s) + shift_right(y, x, s, {is_signed}) + pow2(x, s));
      }
      case 6:
        if (k > 64) return;
        return keep(div(x, 1 + in[3] * std::int64_t{37}, {is_signed}) - mod(y, 3 + in[3], {is_signed}));
      case 7:
        if (k + m > kMaxRingBits) return;  // products need that much room
        return keep(with_fraction(with_fraction(x, m) * with_fraction(y, m) - with_fraction(y, m), 0));
      case 8:
        if (k > 40) return;
        return keep(div(x, y, {is_signed}) - mod(y, scalar(x, in[3]), {is_signed}));
      default: {
        const Extreme e = in[4] % 8 < 4 ? largest(x, -1, static_cast<Order>(in[3] % 3)) : smallest(x, 0);
        return keep(e.value + e.index);
      }
    }
  }

  Builder& b_;
  std::uint32_t n_;
  std::vector<Value> values_;
};

}  // namespace tacet::actors::testing
