#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: part (0 the value, 1 where it stands), the axis, the order, whether the largest is wanted.

ValueType infer(Types in, Attributes a) {
  need_ring(*in[0]);
  std::vector<std::int64_t> dims = in[0]->shape.dims();
  if (a[1] < 0 || a[1] >= static_cast<std::int64_t>(dims.size()) || dims[static_cast<std::size_t>(a[1])] == 0)
    throw Error(Errc::shape_mismatch, "axis " + std::to_string(a[1]) + " of shape " +
                                          in[0]->shape.to_string() + ": expected an axis with an element");
  const std::int64_t extent = dims[static_cast<std::size_t>(a[1])];
  if (in[0]->element.width < 62 && extent > std::int64_t{1} << in[0]->element.width)
    throw Error(Errc::bad_width,
                "positions below " + std::to_string(extent) + " do not fit " + in[0]->element.to_string());
  dims.erase(dims.begin() + a[1]);
  return {result_visibility(in), a[0] == 0 ? in[0]->element : ring(in[0]->element.width),
          Shape(std::move(dims))};
}

/// A tree over neighbours. Of equal ones the first stays.
std::vector<Value> tree(const Value& x, Attributes a) {
  const auto axis = static_cast<std::size_t>(a[1]);
  const auto order = static_cast<Order>(a[2]);
  const ElementType element = x.type().element;
  // Value and position side by side: a bit that chooses multiplies both.
  std::vector<std::int64_t> pair_dims = x.shape().dims(), line(x.shape().rank(), 1);
  pair_dims.insert(pair_dims.begin(), 1);
  line[axis] = x.shape()[axis];
  std::vector<u128> positions(static_cast<std::size_t>(line[axis]));
  for (std::size_t i = 0; i < positions.size(); ++i) positions[i] = i;
  const Value where = stretch(x.builder().constant(Tensor(element, Shape(line), positions)), x.shape());
  Value pairs = concat({reshape(x, pair_dims), reshape(where, pair_dims)}, 0);
  const auto at_axis = static_cast<std::int64_t>(axis) + 1;
  for (std::int64_t count = x.shape()[axis]; count > 1; count = (count + 1) / 2) {
    const std::int64_t even = count / 2 * 2;
    const Value first = slice(pairs, at_axis, 0, even, 2), second = slice(pairs, at_axis, 1, even, 2);
    const Value u = at(first, 0, 0), v = at(second, 0, 0);
    const Value later = a[3] != 0 ? lt(u, v, order) : lt(v, u, order);
    Value better = first + inject(later, second - first);
    if (even != count) better = concat({better, slice(pairs, at_axis, even, count)}, at_axis);
    pairs = better;
  }
  const Value found = at(pairs, at_axis, 0);
  return {at(found, 0, 0), at(found, 0, 1)};
}

Value lower(Lowering& l, Values in, Attributes a) {
  const std::vector<std::int64_t> key{static_cast<std::int64_t>(Op::extreme), in[0].node().value, a[1], a[2],
                                      a[3]};
  return l.once(key, [&] { return tree(in[0], a); })[static_cast<std::size_t>(a[0])];
}

constexpr Variant kVariants[] = {{"tree", "a tree over neighbours", lower}};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range range, bool) {
  const View& x = in[0];
  const auto axis = static_cast<std::size_t>(a[1]);
  const auto order = static_cast<Order>(a[2]);
  const unsigned k = x.element.width;
  const std::uint64_t extent = static_cast<std::uint64_t>((*x.shape)[axis]), count = x.shape->elements();
  std::uint64_t inner = 1;
  for (std::size_t i = axis + 1; i < x.shape->rank(); ++i) inner *= static_cast<std::uint64_t>((*x.shape)[i]);
  for (std::uint64_t i = range.begin; i < range.end; ++i) {
    const auto element = [&](std::uint64_t j) {
      return load_element(x.data, x.element, count, (i / inner * extent + j) * inner + i % inner) &
             low_mask<u128>(k);
    };
    // In the order of the protocol's tree, which matters where differences do not fit.
    std::vector<std::pair<u128, u128>> level;
    for (std::uint64_t j = 0; j < extent; ++j) level.emplace_back(element(j), j);
    while (level.size() > 1) {
      std::vector<std::pair<u128, u128>> next;
      for (std::size_t j = 0; j + 1 < level.size(); j += 2) {
        const auto &u = level[j], &v = level[j + 1];
        next.push_back(
            (a[3] != 0 ? is_less(u.first, v.first, order, k) : is_less(v.first, u.first, order, k)) ? v : u);
      }
      if (level.size() % 2 == 1) next.push_back(level.back());
      level = std::move(next);
    }
    store_element(out.data, out.element, out.shape->elements(), i,
                  a[0] == 0 ? level[0].first : level[0].second);
  }
}

}  // namespace

OpRow extreme_row() {
  OpRow row = composite_row("extreme", 1);
  row.elementwise = false;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "The largest or smallest along an axis, or the first place where it stands.";
  row.shapes = "a:[.., m, ..] -> [.., ..]; attributes: part, axis, order, whether the largest";
  row.reveals = "nothing";
  row.source = "[PICCO] tree of comparisons";
  return row;
}

Extreme extreme(const Value& x, std::int64_t axis, Order order, bool largest,
                const std::source_location& where) {
  if (axis < 0) axis += static_cast<std::int64_t>(x.shape().rank());
  const auto part = [&](std::int64_t which) {
    return apply(Op::extreme, {x}, {which, axis, static_cast<std::int64_t>(order), largest}, where);
  };
  return {part(0), part(1)};
}

}  // namespace ops

Extreme largest(const Value& x, std::int64_t axis, Order order, std::source_location where) {
  return ops::extreme(x, axis, order, true, where);
}
Extreme smallest(const Value& x, std::int64_t axis, Order order, std::source_location where) {
  return ops::extreme(x, axis, order, false, where);
}
Value argmax(const Value& x, std::int64_t axis, Order order, std::source_location where) {
  return largest(x, axis, order, where).index;
}
Value argmin(const Value& x, std::int64_t axis, Order order, std::source_location where) {
  return smallest(x, axis, order, where).index;
}

}  // namespace tacet
