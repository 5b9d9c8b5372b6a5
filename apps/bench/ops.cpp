#include <algorithm>
#include <set>

#include "apps/bench/bench.hpp"
#include "graph/data.hpp"
#include "graph/evaluate.hpp"
#include "graph/functions.hpp"

namespace tacet::bench {
namespace {

/// How many elements of each vector are opened to see whether the result is right.
constexpr std::int64_t kChecked = 64;

using Values = std::vector<Value>;
using Tensors = std::vector<Tensor>;

/// One operation, on uniform vectors.
struct Case {
  std::string_view name;
  std::map<std::string, std::string> prefer;
  ElementType (*operand)(unsigned k);  ///< of its operands
  std::size_t operands;
  Values (*compute)(Builder& b, const Values& in, unsigned k, const Shape& shape);
  /// Whether opened results are right; null: what the clear run gives on the same operands.
  bool (*right)(const Tensors& in, const Tensors& out, unsigned k) = nullptr;
  /// Counted operations per element; null: one.
  unsigned (*per_element)(unsigned k) = nullptr;
  std::string_view unit = "elements";
  std::uint64_t most = 0;  ///< elements at most, if not 0
};

ElementType ring_of(unsigned k) {
  return ring(k);
}
ElementType bits_of(unsigned k) {
  return bits(k);
}
ElementType one_bit(unsigned) {
  return bits(1);
}

Values random_bits(Builder& b, const Values&, unsigned k, const Shape& shape) {
  return {rand_bit(b, k, shape)};
}

/// Bits that are not all the same: of so many, a wrong protocol's would be neither.
bool are_bits(const Tensors&, const Tensors& out, unsigned) {
  std::set<u128> seen;
  for (std::uint64_t i = 0; i < out[0].elements(); ++i) seen.insert(out[0].get(i));
  return seen == std::set<u128>{0, 1} || (out[0].elements() < kChecked && *seen.rbegin() <= 1);
}

bool are_words(const Tensors&, const Tensors& out, unsigned) {
  std::set<u128> seen;
  for (std::uint64_t i = 0; i < out[0].elements(); ++i) {
    if (out[0].get(i) != out[1].get(i)) return false;
    seen.insert(out[0].get(i));
  }
  return out[0].elements() < kChecked || seen.size() > 2;
}

ElementType index_of(unsigned) {
  return ring(16);
}

__int128 as_integer(u128 value, unsigned k) {
  return static_cast<__int128>(value << (128 - k)) >> (128 - k);
}

/// Rounded down or up; outside [-2^(k-2), 2^(k-2)) nothing is promised.
bool are_truncated(const Tensors& in, const Tensors& out, unsigned k) {
  for (std::uint64_t i = 0; i < in[0].elements(); ++i) {
    const __int128 x = as_integer(in[0].get(i), k), bound = __int128{1} << (k - 2);
    const __int128 error = as_integer(out[0].get(i), k) - (x >> (k / 2));
    if (x >= -bound && x < bound && error != 0 && error != 1) return false;
  }
  return true;
}

/// The second result is what the first one lacks of the operands' sum.
bool are_ascending(const Tensors&, const Tensors& out, unsigned k) {
  for (std::uint64_t i = 1; i < out[0].elements(); ++i)
    if (as_integer(out[0].get(i - 1), k) > as_integer(out[0].get(i), k)) return false;
  return out[1].get(0) == 0;
}
bool are_moved(const Tensors& in, const Tensors& out, unsigned) {
  return out[1].get(0) == 0 && (in[0].elements() < kChecked || in[0] != out[0]);
}
Values with_rest(const Value& from, const Value& to) {
  return {to, reshape(sum(from) - sum(to), {1})};
}

constexpr std::int64_t kEntries = std::int64_t{1} << 16;
/// Reads of an array whose entry i is a secret plus i, less that secret.
Values read_entries(Builder& b, const Values& in, unsigned k, const Shape&) {
  std::vector<u128> numbers(kEntries);
  for (std::size_t i = 0; i < numbers.size(); ++i) numbers[i] = i;
  const Value secret = b.random(ring(k), {1});
  const Value array = secret + b.constant(Tensor(ring(k), {kEntries}, numbers));
  return {read(array, in[0]) - secret};
}
bool are_indices(const Tensors& in, const Tensors& out, unsigned k) {
  for (std::uint64_t i = 0; i < in[0].elements(); ++i)
    if (out[0].get(i) != (in[0].get(i) & low_mask<u128>(k))) return false;
  return true;
}

const std::vector<Case>& cases() {
  static const std::vector<Case> list{
      {"mul",
       {},
       ring_of,
       2,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values { return {in[0] * in[1]}; }},
      {"and",
       {},
       bits_of,
       2,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values { return {in[0] & in[1]}; },
       nullptr,
       [](unsigned k) { return k; },
       "bits"},
      {"b2a",
       {},
       one_bit,
       1,
       [](Builder&, const Values& in, unsigned k, const Shape&) -> Values { return {to_ring(in[0], k)}; }},
      {"randbit/summands", {{"rand_bit", "summands"}}, ring_of, 0, random_bits, are_bits},
      {"randbit/root", {{"rand_bit", "root"}}, ring_of, 0, random_bits, are_bits},
      {"randbit/root_king", {{"rand_bit", "root_king"}}, ring_of, 0, random_bits, are_bits},
      {"edabit",
       {},
       ring_of,
       0,
       [](Builder& b, const Values&, unsigned k, const Shape& shape) -> Values {
         const RandomWord word = eda_bit(b, k, k, shape);
         return {word.value, word.digits};
       },
       are_words},
      {"msb",
       {},
       ring_of,
       1,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values { return {msb(in[0])}; }},
      {"eqz",
       {},
       ring_of,
       1,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values { return {eqz(in[0])}; }},
      {"lt",
       {},
       ring_of,
       2,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values { return {lt(in[0], in[1])}; }},
      {"trunc",
       {},
       ring_of,
       1,
       [](Builder&, const Values& in, unsigned k, const Shape&) -> Values { return {trunc(in[0], k / 2)}; }},
      {"trunc_pr",
       {},
       ring_of,
       1,
       [](Builder&, const Values& in, unsigned k, const Shape&) -> Values {
         return {trunc_pr(in[0], k / 2)};
       },
       are_truncated},
      {"div",
       {},
       ring_of,
       2,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values { return {div(in[0], in[1])}; }},
      {"sort",
       {},
       ring_of,
       1,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values {
         return with_rest(in[0], sort(in[0]));
       },
       are_ascending,
       nullptr,
       "keys",
       100000},
      {"shuffle",
       {},
       ring_of,
       1,
       [](Builder&, const Values& in, unsigned, const Shape&) -> Values {
         return with_rest(in[0], shuffle(in[0]));
       },
       are_moved},
      {"read", {}, index_of, 1, read_entries, are_indices, nullptr, "reads of 2^16 entries", 8},
  };
  return list;
}

std::string numbered(const char* name, std::size_t i) {
  return name + std::to_string(i);
}

/// Operands nobody knows, the operation, and a few elements of all of them opened to party 0.
void describe(Builder& b, const Case& c, unsigned k, std::int64_t elements) {
  const Shape shape{elements};
  const auto open = [&](const std::string& name, const Value& v) {
    b.output(name, slice(v, 0, 0, std::min(v.shape()[0], kChecked)), Builder::party(0));
  };
  Values in;
  for (std::size_t i = 0; i < c.operands; ++i) in.push_back(operand(b, c.operand(k), elements));
  const Values out = c.compute(b, in, k, shape);
  for (std::size_t i = 0; i < in.size(); ++i) open(numbered("in", i), in[i]);
  for (std::size_t i = 0; i < out.size(); ++i) open(numbered("out", i), out[i]);
}

bool is_right(const Case& c, unsigned k, const std::map<std::string, Tensor>& opened) {
  Tensors in, out;
  for (std::size_t i = 0; opened.contains(numbered("in", i)); ++i) in.push_back(opened.at(numbered("in", i)));
  for (std::size_t i = 0; opened.contains(numbered("out", i)); ++i)
    out.push_back(opened.at(numbered("out", i)));
  if (c.right != nullptr) return c.right(in, out, k);
  Builder b;
  Values operands;
  for (std::size_t i = 0; i < in.size(); ++i)
    operands.push_back(b.input(numbered("in", i), Builder::party(0), in[i].element(), in[i].shape()));
  const Values results = c.compute(b, operands, k, in.empty() ? Shape{} : in[0].shape());
  for (std::size_t i = 0; i < results.size(); ++i)
    b.output(numbered("out", i), results[i], Builder::party(0));
  return evaluate(b.graph(), in) == out;
}

/// Steps that are the operation itself: those of the program's other lines make operands and open elements.
std::set<std::uint32_t> lines_around(const Plan& plan) {
  std::set<std::uint32_t> lines;
  for (const Choice& choice : plan.choices)
    if (!choice.inside && (choice.op == Op::random || choice.op == Op::slice || choice.op == Op::output))
      lines.insert(choice.location);
  return lines;
}

Row measure_case(const Case& c, const BenchOptions& given) {
  BenchOptions options = given;
  for (const auto& [op, variant] : c.prefer) options.policy.prefer.insert_or_assign(op, variant);
  if (c.most != 0) options.elements = std::min(options.elements, c.most);
  const auto plan = plan_of(
      options, [&](Builder& b) { describe(b, c, options.k, static_cast<std::int64_t>(options.elements)); });
  if (const std::string why = why_too_large(*plan); !why.empty())
    return skipped_row(std::string(c.name), options, why);
  const std::set<std::uint32_t> around = lines_around(*plan);
  const Measured m = measure(options, plan, [&](const Step& step) {
    return !around.contains(plan->graph.node(plan->nodes(step)[0]).location);
  });
  Row row = make_row(std::string(c.name), options, m);
  if (!is_right(c, options.k, m.parties[0].outputs))
    throw Error(Errc::aborted, "bench ops: " + row.name + " with n = " + std::to_string(row.n) +
                                   " and k = " + std::to_string(row.k) + " gives wrong results");
  if (c.per_element != nullptr) row.per_second *= c.per_element(options.k);
  row.unit = c.unit;
  return row;
}

}  // namespace

std::vector<Row> bench_ops(const BenchOptions& options, const std::vector<std::string>& ops) {
  std::string known;
  for (const Case& c : cases()) known += (known.empty() ? "" : ", ") + std::string(c.name);
  for (const std::string& name : ops)
    if (std::none_of(cases().begin(), cases().end(), [&](const Case& c) { return c.name == name; }))
      throw Error(Errc::unknown_name, "--ops " + name + ": expected some of " + known);
  std::vector<Row> rows;
  for (const Case& c : cases())
    if (ops.empty() || std::find(ops.begin(), ops.end(), c.name) != ops.end())
      rows.push_back(measure_case(c, options));
  return rows;
}

std::vector<Row> bench_randbit(const BenchOptions& options) {
  std::vector<Row> rows = bench_ops(options, {"randbit/summands", "randbit/root", "randbit/root_king"});
  if (!rows[0].skipped.empty()) return rows;
  for (std::size_t i = 1; i < rows.size(); ++i) {
    if (!rows[i].skipped.empty()) continue;
    const std::string name = i == 1 ? "root" : "root_king";
    rows[0].more["times_as_fast_as_" + name] = rows[i].seconds / rows[0].seconds;
    rows[0].more["part_of_the_bytes_of_" + name] =
        static_cast<double>(rows[0].wire_bytes) / static_cast<double>(rows[i].wire_bytes);
  }
  return rows;
}

}  // namespace tacet::bench
