#pragma once

// Every composite operation on operands of all kinds, as one computation, and the ways to compute it.

#include <algorithm>
#include <memory>
#include <set>

#include "graph/evaluate.hpp"
#include "graph/functions.hpp"
#include "graph/lowering.hpp"
#include "support.hpp"

namespace tacet::actors::testing {

/// What a row's computation is applied to.
struct Operands {
  Builder& b;
  unsigned k;
  Value x, y, z;     ///< in Z_2^k, any values
  Value fx, fy, fz;  ///< in Z_2^k, in [-2^(k-2), 2^(k-2))
  Value p, q;        ///< strings of k bits
  Value c;           ///< a bit

  unsigned half() const { return (k + 1) / 2; }
  unsigned more() const { return std::min(kMaxRingBits, k + 5); }
};

inline Value constant(const Operands& o, u128 value) {
  return o.b.constant(Tensor(ring(o.k), {}, {&value, 1}));
}

using Results = std::vector<Value>;
struct Row {
  const char* name;
  Results (*build)(const Operands&);
};

inline constexpr Order kFull[] = {Order::signed_full, Order::unsigned_full};

template <class F>
Results for_orders(F f) {
  return {f(Order::signed_full), f(Order::unsigned_full), f(Order::fits)};
}

/// One line for each operation; several results where attributes matter.
inline constexpr Row kRows[] = {
    {"to_ring of bits",
     [](const Operands& o) {
       return Results{to_ring(o.c, o.k), to_ring(o.c, 1), to_ring(o.c, o.more())};
     }},
    {"to_ring of words",
     [](const Operands& o) {
       return Results{to_ring(o.p, o.k), to_ring(o.p, 1), to_ring(o.p, o.half()), to_ring(o.p, o.more())};
     }},
    {"rand_bit",
     [](const Operands& o) {
       const Value r = rand_bit(o.b, o.k, o.x.shape());
       return Results{r * r - r};  // 0 for bits alone
     }},
    {"eda_bit",
     [](const Operands& o) {
       Results out;
       for (const unsigned m : {1u, o.half(), o.k}) {
         const RandomWord r = eda_bit(o.b, m, o.k, o.x.shape());
         out.push_back(r.value - to_ring(r.digits, o.k));
       }
       return out;
     }},
    {"inject", [](const Operands& o) { return Results{inject(o.c, o.x)}; }},
    {"to_bits",
     [](const Operands& o) {
       return Results{to_bits(o.x), to_bits(o.x, 1), to_bits(o.x, o.half())};
     }},
    {"bit_add", [](const Operands& o) { return Results{bit_add(o.p, o.q)}; }},
    {"bit_sub", [](const Operands& o) { return Results{bit_sub(o.p, o.q)}; }},
    {"bit_less", [](const Operands& o) { return Results{bit_less(o.p, o.q)}; }},
    {"all_bits_of_each",
     [](const Operands& o) {
       if (o.k == 1) return Results{};
       return Results{all_bits_of_each(o.p), all_bits_of_each(o.p | o.q)};
     }},
    {"any_bit_of_each",
     [](const Operands& o) {
       if (o.k == 1) return Results{};
       return Results{any_bit_of_each(o.p), any_bit_of_each(o.p & o.q)};
     }},
    {"any, all",
     [](const Operands& o) {
       const Shape& shape = o.p.shape();
       if (shape.elements() == 0) return Results{};
       Results out{any(o.p & o.q), all(o.p | o.q)};
       if (shape.rank() != 0) out.insert(out.end(), {any(o.p & o.q, 0), all(o.p | o.q, -1)});
       return out;
     }},
    {"bit_prefix_all", [](const Operands& o) { return Results{bit_prefix_all(o.p | o.q)}; }},
    {"bit_prefix_any", [](const Operands& o) { return Results{bit_prefix_any(o.p & o.q)}; }},
    {"msb", [](const Operands& o) { return Results{msb(o.x)}; }},
    {"eqz",
     [](const Operands& o) {
       return Results{eqz(o.x), eqz(o.x - o.x)};
     }},
    {"lt", [](const Operands& o) { return for_orders([&](Order r) { return lt(o.x, o.y, r); }); }},
    {"le", [](const Operands& o) { return for_orders([&](Order r) { return le(o.fx, o.fy, r); }); }},
    {"gt, ge, eq, ne",
     [](const Operands& o) {
       return Results{gt(o.x, o.y), ge(o.x, o.y), eq(o.x, o.y), ne(o.x, o.y), eq(o.p, o.q)};
     }},
    {"select",
     [](const Operands& o) {
       return Results{select(o.c, o.x, o.y), select(o.c, o.p, o.q)};
     }},
    {"max", [](const Operands& o) { return for_orders([&](Order r) { return max(o.x, o.y, r); }); }},
    {"min", [](const Operands& o) { return for_orders([&](Order r) { return min(o.fx, o.fy, r); }); }},
    {"relu", [](const Operands& o) { return Results{relu(o.x)}; }},
    {"abs", [](const Operands& o) { return Results{abs(o.x)}; }},
    {"sign", [](const Operands& o) { return Results{sign(o.x)}; }},
    {"select_either",
     [](const Operands& o) {
       const Value below = lt(o.x, o.y), above = lt(o.y, o.x);
       return Results{select_either(below, o.y, above, o.z, o.x), select_either(o.c, o.z, ~o.c, o.x, o.y)};
     }},
    {"clamp",
     [](const Operands& o) {
       Results out;
       for (const Order r : kFull) out.push_back(clamp(o.x, min(o.y, o.z, r), max(o.y, o.z, r), r));
       out.push_back(clamp(o.fx, min(o.fy, o.fz), max(o.fy, o.fz), Order::fits));
       return out;
     }},
    {"trunc",
     [](const Operands& o) {
       Results out;
       for (const Rounding rounding : {Rounding::down, Rounding::half_up, Rounding::ties_even})
         for (const bool is_signed : {false, true})
           for (const unsigned m : {0u, 1u, o.half(), o.k - 1})
             if (m < o.k) out.push_back(trunc(o.x, m, {rounding, is_signed}));
       return out;
     }},
    {"trunc to fewer bits",
     [](const Operands& o) {
       Results out;
       for (const Rounding rounding : {Rounding::down, Rounding::half_up, Rounding::ties_even})
         for (const bool is_signed : {false, true})
           for (const auto& [m, width] : {std::pair{1u, 1u}, {o.half(), o.k - o.half()}, {o.k - 1, o.k - 1}})
             if (m < o.k && width != 0) out.push_back(trunc(o.x, m, {rounding, is_signed, false, width}));
       if (o.k > 4) out.push_back(trunc(o.fx, 2, {Rounding::down, true, true, o.k - 1}));
       return out;
     }},
    {"trunc of what fits",
     [](const Operands& o) {
       Results out;
       for (const Rounding rounding : {Rounding::down, Rounding::ties_even})
         for (const unsigned m : {1u, o.half(), o.k - 1})
           if (m < o.k) out.push_back(trunc(o.fx, m, {rounding, true, true}));
       return out;
     }},
    {"trunc_pr, mul_trunc_pr",
     [](const Operands& o) {  // of multiples of 2^m, which leave nothing to chance
       if (o.k < 4) return Results{};
       const unsigned m = (o.k - 2) / 2;
       const auto few = [&](const Value& x) {
         return to_ring(to_bits(x, m), o.k) - constant(o, u128{1} << (m - 1));
       };
       const Value multiple = shift_left(few(o.x), m), one = to_ring(o.c, o.k);
       return Results{trunc_pr(multiple, m), mul_trunc_pr(multiple, one, m)};
     }},
    {"convert",
     [](const Operands& o) {
       Results out;
       for (const unsigned to : {1u, o.half(), o.k, o.more(), kMaxRingBits})
         for (const bool is_signed : {false, true}) out.push_back(convert(o.x, to, {is_signed}));
       out.push_back(convert(o.fx, o.more(), {true, true}));
       return out;
     }},
    {"pow2, shifts",
     [](const Operands& o) {
       Results out;
       for (const unsigned s : {1u, 3u, 5u}) {
         if (s > o.k) continue;
         out.insert(out.end(), {pow2(o.x, s), pow2(o.x, s, 7), shift_left(o.y, o.x, s)});
         for (const bool is_signed : {false, true}) out.push_back(shift_right(o.y, o.x, s, {is_signed}));
       }
       if (o.k >= 4) out.push_back(shift_right(to_ring(o.c, o.k), o.x, 2, {false, true}));
       return out;
     }},
    {"division by numbers",
     [](const Operands& o) {
       Results out;
       if (o.k > 72) return out;
       for (const std::int64_t d : {1L, 2L, 7L, 64L, 641L, (1L << 62) - 1})
         for (const bool is_signed : {false, true})
           if (o.k <= 64 || (d == 7 && is_signed)) out.push_back(div(o.x, d, {is_signed}));
       if (o.k <= 64) out.insert(out.end(), {mod(o.x, -7), mod(o.x, 100, {false})});
       return out;
     }},
    {"division",
     [](const Operands& o) {  // digit by digit takes long in wide rings
       if (o.k > 8)
         return Results{div(to_ring(to_bits(o.x, 3), o.k), to_ring(to_bits(o.y, 3), o.k), {false, 3})};
       return Results{div(o.x, o.y), mod(o.x, o.y), div(o.x, o.y, {false}), mod(o.y, o.z, {false})};
     }},
    {"largest, smallest",
     [](const Operands& o) {
       if (o.x.shape().rank() == 0 || o.x.shape()[0] == 0 || (o.k < 8 && o.x.shape()[0] > 2))
         return Results{};
       const Value all = slice(o.x, 0, 0, std::min<std::int64_t>(o.x.shape()[0], 7));
       const Extreme a = largest(all), b = smallest(all, 0, Order::unsigned_full);
       return Results{a.value, a.index, b.value, b.index, argmax(all, 0, Order::fits), argmin(all)};
     }},
};

/// Shapes of the operands, and which of them are public.
struct OperandShapes {
  const char* name;
  Shape x, y, z, c;
  bool x_public = false, y_public = false, c_public = false;
};

inline std::vector<u128> edges(unsigned k) {
  const u128 all = low_mask<u128>(k), top = u128{1} << (k - 1);
  std::set<u128> out{0, 1 & all, 2 & all, all, (all - 1) & all, top, (top + 1) & all, (top - 1) & all};
  return {out.begin(), out.end()};
}

/// All pairs of edge values and an odd number in all; then public operands and other shapes, if wanted.
inline std::vector<OperandShapes> operand_shapes(unsigned k, bool variety) {
  const auto pairs = static_cast<std::int64_t>(edges(k).size() * edges(k).size());
  const Shape all{pairs + 3 + pairs % 2};
  std::vector<OperandShapes> out{{"edges", all, all, all, all}};
  if (!variety) return out;
  const OperandShapes more[] = {
      {"public left", all, all, all, all, true, false, true},
      {"public right", all, all, all, all, false, true, false},
      {"scalar", {}, {}, {}, {}},
      {"empty", {0, 3}, {1, 3}, {3}, {0, 1}},
      {"broadcast", {2, 1, 3}, {5, 1}, {3}, {1}},
      {"broadcast public", {3}, {4, 1}, {1}, {4, 3}, false, true, true},
      {"one operand of one element", {1}, {7}, {}, {7}},
  };
  out.insert(out.end(), std::begin(more), std::end(more));
  return out;
}

/// Values of a case: pairs of edges first, in as far as there is room, then random ones.
inline Tensor values(ElementType element, const Shape& shape, bool second, std::mt19937_64& rng) {
  const std::vector<u128> e = edges(element.width);
  std::vector<u128> out(shape.elements());
  for (std::size_t i = 0; i < out.size(); ++i)
    out[i] = i < e.size() * e.size() ? e[second ? i % e.size() : i / e.size()]
                                     : static_cast<u128>(rng()) << 64 | rng();
  return Tensor(element, shape, out);
}

/// The same in [-2^(k-2), 2^(k-2)): the second highest bit becomes the sign.
inline Tensor small(const Tensor& from) {
  const unsigned k = from.element().width;
  std::vector<u128> out = from.values();
  for (u128& v : out) v = k < 2 ? 0 : (v & low_mask<u128>(k - 1)) | (v >> (k - 2) & 1) << (k - 1);
  return Tensor(from.element(), from.shape(), out);
}

struct Program {
  Builder b;
  std::vector<Tensor> inputs, expected;
  std::vector<std::string> names;  ///< of the outputs
};

inline std::unique_ptr<Program> program(unsigned k, bool variety, std::mt19937_64& rng) {
  auto out = std::make_unique<Program>();
  Builder& b = out->b;
  const auto bring = [&](Tensor value, bool is_public) {
    if (is_public) return b.constant(std::move(value));
    const Value v =
        b.input("in" + std::to_string(out->inputs.size()), Builder::party(1), value.element(), value.shape());
    out->inputs.push_back(std::move(value));
    return v;
  };
  for (const OperandShapes& c : operand_shapes(k, variety)) {
    const Tensor x = values(ring(k), c.x, false, rng), y = values(ring(k), c.y, true, rng),
                 z = values(ring(k), c.z, false, rng);
    std::vector<u128> turned = z.values();
    std::rotate(turned.begin(), turned.begin() + static_cast<std::ptrdiff_t>(turned.size() / 3),
                turned.end());
    const Tensor third(ring(k), c.z, turned);
    const Operands o{b,
                     k,
                     bring(x, c.x_public),
                     bring(y, c.y_public),
                     bring(third, false),
                     bring(small(x), c.x_public),
                     bring(small(y), c.y_public),
                     bring(small(third), false),
                     bring(Tensor(bits(k), c.x, x.values()), c.x_public),
                     bring(Tensor(bits(k), c.y, y.values()), c.y_public),
                     bring(values(bits(1), c.c, true, rng), c.c_public)};
    for (const Row& row : kRows)
      for (const Value& v : row.build(o)) {
        out->names.push_back(std::string(row.name) + ", " + c.name);
        b.output("out" + std::to_string(out->names.size()), v, Builder::party(0));
      }
  }
  out->expected = evaluate(b.graph(), out->inputs, [&](const ValueType& type) {
    return random_tensor(type.element, type.shape, rng);
  });
  return out;
}

/// Way number `round` of each operation.
inline Policy forcing(std::size_t round) {
  Policy policy;
  for (const OpRow& row : op_table())
    if (!row.variants.empty())
      policy.prefer[std::string(row.name)] = row.variants[round % row.variants.size()].name;
  return policy;
}

inline std::size_t most_variants() {
  std::size_t out = 1;
  for (const OpRow& row : op_table()) out = std::max(out, row.variants.size());
  return out;
}

}  // namespace tacet::actors::testing
