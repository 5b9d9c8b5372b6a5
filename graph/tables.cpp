#include "graph/data.hpp"

namespace tacet {
namespace {

void need_vectors(const Value& keys, std::span<const Value> columns, const char* function,
                  const std::source_location& where) {
  const auto refuse = [&](const ValueType& type) {
    throw Error(Errc::type_mismatch, place_text(where) + ": " + function + ": a column is " +
                                         type.to_string() + ", beside keys " + keys.type().to_string() +
                                         "; expected ring vectors of one length");
  };
  if (keys.shape().rank() != 1 || keys.type().element.domain != Domain::ring) refuse(keys.type());
  for (const Value& x : columns)
    if (x.type().element.domain != Domain::ring || x.shape() != keys.shape()) refuse(x.type());
}

/// Entries i of x less entry i - 1.
Value differences(const Value& x, const std::source_location& where) {
  const std::int64_t nothing = 0;
  const Value zero = x.builder().constant(x.type().element, {1}, std::span(&nothing, 1), where);
  const Value earlier = concat({zero, slice(x, 0, 0, -1, 1, where)}, 0, where);
  return Located(x, where) - Located(earlier, where);
}

}  // namespace

Table group_by_sum(const Value& keys, std::span<const Value> values, Order order,
                   std::source_location where) {
  need_vectors(keys, values, "group_by_sum", where);
  Builder& b = keys.builder();
  if (keys.shape()[0] == 0) {
    Table empty{b.constant(Tensor(bits(1), {0}), where), {keys}};
    empty.columns.insert(empty.columns.end(), values.begin(), values.end());
    return empty;
  }
  std::vector<Value> rows{keys};
  rows.insert(rows.end(), values.begin(), values.end());
  rows = sort(keys, rows, {order, false}, where);
  // The last row of each group knows the sum of all groups up to its own. Brought together, these rows differ
  // from one to the next by their groups' sums.
  const u128 set = 1;
  const Value end = b.constant(Tensor(bits(1), {1}, {&set, 1}), where);
  const Value last = concat(
      {ne(slice(rows[0], 0, 1, keys.shape()[0], 1, where), slice(rows[0], 0, 0, -1, 1, where), where), end},
      0, where);
  for (std::size_t i = 1; i < rows.size(); ++i) rows[i] = prefix_sum(rows[i], 0, where);
  rows.push_back(last);
  rows = sort(last, rows, {Order::unsigned_full, true}, where);
  Table out{rows.back(), {}};
  rows.pop_back();
  for (std::size_t i = 0; i < rows.size(); ++i)
    out.columns.push_back(inject(out.valid, i == 0 ? rows[i] : differences(rows[i], where), where));
  return out;
}

Table inner_join(const Value& left_keys, std::span<const Value> left_columns, const Value& right_keys,
                 std::span<const Value> right_columns, std::source_location where) {
  need_vectors(left_keys, left_columns, "inner_join", where);
  need_vectors(right_keys, right_columns, "inner_join", where);
  const std::int64_t m = left_keys.shape()[0], r = right_keys.shape()[0];
  const Value equal = eq(reshape(left_keys, {m, 1}, where), reshape(right_keys, {1, r}, where), where);
  // One row at most is equal, so that its bits add up to one.
  const auto valid_in = [&](unsigned k) { return sum(to_ring(equal, k, where), 1, where); };
  const Value parity = valid_in(1);
  Table out{parity.builder().apply(Op::low_bit, {&parity, 1}, {}, where), {}};
  for (const Value& x : left_columns) {
    const Value valid = valid_in(x.type().element.width);
    out.columns.push_back(Builder::combine(Op::mul, Located(valid, where), Located(x, where)));
  }
  for (const Value& x : right_columns)
    out.columns.push_back(matmul(to_ring(equal, x.type().element.width, where), x, where));
  return out;
}

}  // namespace tacet
