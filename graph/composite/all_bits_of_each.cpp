#include "graph/composite/bit_of_each.hpp"

namespace tacet {
namespace ops {
namespace {

Value lower(Lowering& l, Values in, Attributes) {
  Circuit c(l.builder());
  return c.build({words::all(c, c.input(in[0]))});
}

constexpr Variant kVariants[] = {{"prefix", "a prefix tree", lower}};

void run(Attributes, std::span<const View> in, const MutableView& out, Range range, bool) {
  const unsigned w = in[0].element.width;
  map_values(in, out, range, [w](const auto& x) { return u128{x[0] == low_mask<u128>(w)}; });
}

}  // namespace

OpRow all_bits_of_each_row() {
  OpRow row = bit_of_each_row("all_bits_of_each");
  row.kernel = run, row.variants = kVariants;
  row.doc = "Whether all bits of a string are 1, for each string.";
  row.source = "a tree of conjunctions";
  return row;
}

}  // namespace ops

Value all_bits_of_each(const Value& a, std::source_location where) {
  return ops::bit_of_each(Op::all_bits_of_each, a, "all(x)", where);
}

}  // namespace tacet
