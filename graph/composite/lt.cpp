#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  check_pair(*in[0], *in[1], Domain::ring);
  return {result_visibility(in), bits(1), broadcast(in[0]->shape, in[1]->shape)};
}

/// The sign of the difference where it fits; else the operands' signs decide where they differ.
Value lower(Lowering& l, Values in, Attributes a) {
  const Value difference = msb(in[0] - in[1]);
  const auto order = static_cast<Order>(a[0]);
  if (order == Order::fits) return difference;
  Circuit c(l.builder());
  const auto x = c.input(msb(in[0]))[0], y = c.input(msb(in[1]))[0], d = c.input(difference)[0];
  return c.build({c.choose(c.exclusive_or(x, y), order == Order::signed_full ? x : y, d)});
}

constexpr Variant kVariants[] = {{"msb", "the sign of the difference, and the operands' signs", lower}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned k = in[0].element.width;
  const auto order = static_cast<Order>(a[0]);
  map_values(in, out, range, [&](const auto& x) { return is_less(x[0], x[1], order, k); });
}

}  // namespace

OpRow lt_row() {
  OpRow row = composite_row("lt", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Whether a is less than b.";
  row.shapes = "a:[...] b:[...] -> bits(1) broadcast; attribute: the order";
  row.reveals = "nothing";
  row.source = "[BBY23]";
  return row;
}

}  // namespace ops

Value lt(const Value& a, const Value& b, Order order, std::source_location where) {
  if (a.type().element.domain == Domain::bits) return bit_less(a, b, where);
  return ops::apply(Op::lt, {a, b}, {static_cast<std::int64_t>(order)}, where);
}
Value le(const Value& a, const Value& b, Order order, std::source_location where) {
  return ~Located(lt(b, a, order, where), where);
}
Value gt(const Value& a, const Value& b, Order order, std::source_location where) {
  return lt(b, a, order, where);
}
Value ge(const Value& a, const Value& b, Order order, std::source_location where) {
  return ~Located(lt(a, b, order, where), where);
}
Value eq(const Value& a, const Value& b, std::source_location where) {
  if (a.type().element.domain == Domain::bits)
    return ops::apply(Op::all_bits_of_each, {~Located(Located(a, where) ^ Located(b, where), where)}, {},
                      where);
  return eqz(Located(a, where) - Located(b, where), where);
}
Value ne(const Value& a, const Value& b, std::source_location where) {
  return ~Located(eq(a, b, where), where);
}

}  // namespace tacet
