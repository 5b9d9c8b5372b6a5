#include <bit>

#include "graph/composite/common.hpp"
#include "graph/data.hpp"

namespace tacet {
namespace ops {
namespace {

ValueType infer(Types in, Attributes) {
  const ValueType &to = *in[0], &value = *in[1];
  need_integers(to, "the destination");
  if (to.element.domain != Domain::ring || to.shape.rank() != 1 || value.shape.rank() == 0 ||
      value.shape[0] != to.shape[0] || to.element.width < index_bits(to.shape[0]))
    throw Error(Errc::type_mismatch,
                "operands " + describe(to, value) +
                    ": expected a destination for each row of the second, in a ring that "
                    "holds all numbers of rows");
  return {result_visibility(in), value.element, value.shape};
}

/// Opens the destinations of shuffled rows. A permutation shuffled by a uniform one is a uniform permutation,
/// and each is shuffled by one of its own. Columns of one call share it.
Value by_shuffle(Lowering& l, Values in, Attributes a) {
  const std::int64_t m = in[0].shape()[0];
  if (!in[0].type().secret()) return apply(Op::put, {reduce_to(in[0], index_bits(m)), in[1]}, {m});
  const auto& common = l.once({static_cast<std::int64_t>(Op::place), a[0]}, [&] {
    const Value order = permutation(l.builder(), m);
    return std::vector{order, reveal(shuffle(reduce_to(in[0], index_bits(m)), order))};
  });
  const Value moved = shuffle(in[1], common[0]);
  return apply(Op::put, {common[1], moved}, {m});
}

constexpr Variant kVariants[] = {{"shuffle", "destinations are opened once rows are shuffled", by_shuffle}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  if (out.shape->elements() == 0) return;
  // Of a destination only the bits that number rows count, as where they are opened.
  const std::int64_t m = (*out.shape)[0];
  Tensor to(ring(index_bits(m)), *in[0].shape);
  for (std::uint64_t i = 0; i < to.elements(); ++i)
    to.set(i, load_element(in[0].data, in[0].element, to.elements(), i) & low_mask<u128>(index_bits(m)));
  const std::array moved{View{to.data(), to.element(), &to.shape()}, in[1]};
  a = {&m, 1};
  op_row(Op::put).kernel(a, moved, out, range, false);
}

}  // namespace

OpRow place_row() {
  OpRow row = composite_row("place", 2);
  row.elementwise = false;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Rows moved to secret places.";
  row.shapes =
      "destinations:[m] a:[m, ...] -> [m, ...]; attribute: a number that columns moved together share";
  row.reveals = "nothing if the destinations are a permutation; else which of them occur how often";
  row.discloses = "which destinations occur how often, to all parties, unless they are a permutation";
  row.source = "[LWZ11] oblivious shuffling";
  return row;
}

}  // namespace ops

unsigned index_bits(std::int64_t m) {
  return m <= 2 ? 1 : static_cast<unsigned>(std::bit_width(static_cast<std::uint64_t>(m - 1)));
}

std::vector<Value> place(std::span<const Value> columns, const Value& destinations,
                         std::source_location where) {
  const std::int64_t number = destinations.builder().fresh();
  std::vector<Value> out;
  for (const Value& x : columns) out.push_back(ops::apply(Op::place, {destinations, x}, {number}, where));
  return out;
}

Value place(const Value& x, const Value& destinations, std::source_location where) {
  return place(std::span(&x, 1), destinations, where)[0];
}

}  // namespace tacet
