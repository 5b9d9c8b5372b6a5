#include <numeric>

#include "graph/composite/common.hpp"
#include "graph/data.hpp"

namespace tacet {
namespace ops {
namespace {

// Attributes: order, whether descending.

/// Lists of all pairs of more rows, and levels of networks, take more memory than radix sorting is worth
/// sparing.
constexpr std::int64_t kMostPaired = 512, kMostCompared = 4096;

ValueType infer(Types in, Attributes) {
  if (in[0]->shape.rank() != 1 || in[0]->elements() > std::uint64_t{1} << 32)
    throw Error(Errc::shape_mismatch,
                "keys of shape " + in[0]->shape.to_string() + ": expected a vector of at most 2^32 keys");
  return {result_visibility(in), ring(index_bits(in[0]->shape[0])), in[0]->shape};
}

Order order_of(Attributes a) {
  return static_cast<Order>(a[0]);
}

/// A public vector of numbers of rows.
Value rows(Builder& b, const std::vector<std::uint32_t>& numbers, unsigned q) {
  Tensor out(ring(q), {static_cast<std::int64_t>(numbers.size())});
  for (std::size_t i = 0; i < numbers.size(); ++i) out.set(i, numbers[i]);
  return b.constant(std::move(out));
}
Value all_rows(Builder& b, std::int64_t m) {
  std::vector<std::uint32_t> numbers(static_cast<std::size_t>(m));
  std::iota(numbers.begin(), numbers.end(), 0u);
  return rows(b, numbers, index_bits(m));
}

/// What to flip in a key so that strings compare as keys do.
u128 flips(const ElementType& element, Attributes a) {
  const bool is_signed = element.domain == Domain::ring && order_of(a) != Order::unsigned_full;
  const u128 sign = is_signed ? u128{1} << (element.width - 1) : 0;
  return a[1] != 0 ? low_mask<u128>(element.width) ^ sign : sign;
}
Value key_bits(const Value& keys, Attributes a) {
  const ElementType element = keys.type().element;
  const Value word = element.domain == Domain::ring ? to_bits(keys) : keys;
  return word ^ constant_like(word, word.type().element, flips(element, a));
}

/// Where rows go when they are sorted by digit alone: after all with smaller digits and those before with the
/// same.
Value destinations(const Value& digit, unsigned q) {
  const Value units = one_hot(digit, std::int64_t{1} << width_of(digit), ring(q));
  const Value counts = prefix_sum(units, 0), totals = at(counts, 0, -1);
  return dot(units, counts + (prefix_sum(totals, 0) - totals - 1));
}

/// Least significant digits first. Rows move by their destinations and take the rest of the key and their old
/// number along; both destinations and numbers are permutations, and opened only after a shuffle of their
/// own.
template <unsigned kDigit>
Value by_digits(Lowering& l, Values in, Attributes a) {
  Builder& b = l.builder();
  const std::int64_t m = in[0].shape()[0];
  const unsigned q = index_bits(m);
  Value old = all_rows(b, m);
  if (m < 2) return old;
  Value word = key_bits(in[0], a);
  for (bool first = true;; first = false) {
    const unsigned left = width_of(word), step = std::min(kDigit, left);
    const Value to = destinations(bit_slice(word, 0, step), q);
    if (left == step) return first ? to : place(to, old);
    const std::vector<Value> moved = place(std::vector{bit_slice(word, step, left), old}, to);
    word = moved[0], old = moved[1];
  }
}

/// The number of rows that stand before each: of two with equal keys the earlier one does.
Value by_pairs(Lowering& l, Values in, Attributes a) {
  Builder& b = l.builder();
  const std::int64_t m = in[0].shape()[0];
  const unsigned q = index_bits(m);
  if (m < 2) return all_rows(b, m);
  std::vector<std::uint32_t> earlier, later;
  for (std::uint32_t j = 1; j < m; ++j)
    for (std::uint32_t i = 0; i < j; ++i) earlier.push_back(i), later.push_back(j);
  const Value i = rows(b, earlier, q), j = rows(b, later, q);
  const Value x = apply(Op::take, {i, in[0]}, {}), y = apply(Op::take, {j, in[0]}, {});
  const Order order = order_of(a) == Order::fits ? Order::signed_full : order_of(a);
  const Value swapped = to_ring(a[1] != 0 ? lt(x, y, order) : lt(y, x, order), q);
  return apply(Op::put, {i, swapped}, {m}) + apply(Op::put, {j, 1 - swapped}, {m});
}

bool few_pairs(const Setting&, Types in, Attributes) {
  return in[0]->shape[0] <= kMostPaired;
}

/// Levels of comparisons that sort any order of m rows. Source: [Knuth3] 5.2.2M, after [Batcher68].
struct Level {
  std::vector<std::uint32_t> low, high;
};
std::vector<Level> network(std::uint32_t m) {
  std::vector<Level> out;
  const std::uint32_t top = std::uint32_t{1} << (index_bits(m) - 1);
  for (std::uint32_t p = top; p != 0; p /= 2)
    for (std::uint32_t q = top, r = 0, d = p;; d = q - p, q /= 2, r = p) {
      Level level;
      for (std::uint32_t i = 0; i + d < m; ++i)
        if ((i & p) == r) level.low.push_back(i), level.high.push_back(i + d);
      if (!level.low.empty()) out.push_back(std::move(level));
      if (q == p) break;
    }
  return out;
}

/// With their numbers as lowest digits keys are distinct. Once they are shuffled, what comparisons tell is
/// the order of a uniform permutation, whatever the keys are; so it is opened, and only public numbers of
/// rows move.
Value by_comparisons(Lowering& l, Values in, Attributes a) {
  Builder& b = l.builder();
  const std::int64_t m = in[0].shape()[0];
  const unsigned q = index_bits(m);
  Value at_place = all_rows(b, m);
  if (m < 2) return at_place;
  const Value order = permutation(b, m);
  const Value number = apply(Op::bits_of, {at_place}, {q, 0});
  const Value keys = shuffle(bit_concat(std::vector{number, key_bits(in[0], a)}), order);
  for (const Level& level : network(static_cast<std::uint32_t>(m))) {
    const Value i = rows(b, level.low, q), j = rows(b, level.high, q);
    const Value x = apply(Op::take, {i, at_place}, {}), y = apply(Op::take, {j, at_place}, {});
    const Value swap = reveal(lt(apply(Op::take, {y, keys}, {}), apply(Op::take, {x, keys}, {})));
    const Value change = apply(Op::ring_of, {swap}, {q, 0}) * (y - x);
    at_place = at_place + apply(Op::put, {i, change}, {m}) - apply(Op::put, {j, change}, {m});
  }
  return unshuffle(apply(Op::put, {at_place, all_rows(b, m)}, {m}), order);
}

bool has_room(const Setting&, Types in, Attributes) {
  const std::int64_t m = in[0]->shape[0];
  return m <= kMostCompared && in[0]->element.width + index_bits(m) <= kMaxRingBits;
}

constexpr Variant kVariants[] = {
    {"radix", "by digits of one bit", by_digits<1>},
    {"radix4", "by digits of two bits", by_digits<2>},
    {"radix16", "by digits of four bits", by_digits<4>},
    {"pairs", "all pairs compared", by_pairs, few_pairs},
    {"shuffle_compare", "a sorting network on shuffled rows, comparisons opened", by_comparisons, has_room},
};

void run(Attributes a, std::span<const View> in, const MutableView& out, Range, bool) {
  const std::uint64_t m = out.shape->elements();
  std::vector<u128> keys(m);
  for (std::uint64_t i = 0; i < m; ++i)
    keys[i] = (load_element(in[0].data, in[0].element, m, i) & low_mask<u128>(in[0].element.width)) ^
              flips(in[0].element, a);
  std::vector<std::uint64_t> sorted(m);
  std::iota(sorted.begin(), sorted.end(), std::uint64_t{0});
  std::stable_sort(sorted.begin(), sorted.end(), [&](auto i, auto j) { return keys[i] < keys[j]; });
  for (std::uint64_t i = 0; i < m; ++i) store_element(out.data, out.element, m, sorted[i], i);
}

}  // namespace

OpRow rank_row() {
  OpRow row = composite_row("rank", 1);
  row.elementwise = false;
  row.infer = infer, row.kernel = run, row.variants = kVariants;
  row.doc = "Where each row stands when rows are sorted by key, equal keys in their old order.";
  row.shapes = "keys:[m] -> ring(ceil(log2 m)) [m]; attributes: the order, whether descending";
  row.reveals = "nothing";
  row.source = "[PICCO], [LWZ11]; [Knuth3] for the network";
  return row;
}

}  // namespace ops

Value rank(const Value& keys, SortOptions options, std::source_location where) {
  return ops::apply(Op::rank, {keys}, {static_cast<std::int64_t>(options.order), options.descending}, where);
}

std::vector<Value> sort(const Value& keys, std::span<const Value> columns, SortOptions options,
                        std::source_location where) {
  return place(columns, rank(keys, options, where), where);
}

Value sort(const Value& keys, SortOptions options, std::source_location where) {
  return sort(keys, std::span(&keys, 1), options, where)[0];
}

}  // namespace tacet
