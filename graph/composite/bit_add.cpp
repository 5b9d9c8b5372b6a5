#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  return infer_strings(in);
}

Value lower(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  const words::Word a = c.input(in[0]), b = c.input(in[1]);
  return c.build(words::add(c, a, b));
}

/// One conjunction a bit, one after another: for batches so large that only traffic counts.
Value ripple(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  const words::Word a = c.input(in[0]), b = c.input(in[1]);
  words::Word sum;
  words::Wire carry = Circuit::zero();
  for (std::size_t i = 0; i < a.size(); ++i) {
    sum.push_back(c.exclusive_or(c.exclusive_or(a[i], b[i]), carry));
    carry = c.exclusive_or(c.conjunction(c.exclusive_or(a[i], carry), c.exclusive_or(b[i], carry)), carry);
  }
  return c.build(sum);
}

constexpr Variant kVariants[] = {{"prefix", "a prefix tree of carries", lower},
                                 {"ripple", "a chain of carries", ripple}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  map_values(in, out, range, [](const auto& x) { return x[0] + x[1]; });
}

}  // namespace

OpRow bit_add_row() {
  OpRow row = composite_row("bit_add", 2);
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Sum of bit strings as integers mod 2^w.";
  row.shapes = "a: bits(w) [...] b: bits(w) [...] -> bits(w) broadcast";
  row.reveals = "nothing";
  row.source = "[Sklansky60] prefix adder; ripple carry";
  return row;
}

}  // namespace ops

Value bit_add(const Value& a, const Value& b, std::source_location where) {
  return ops::apply(Op::bit_add, {a, b}, {}, where);
}

}  // namespace tacet
