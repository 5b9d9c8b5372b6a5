#include "graph/composite/common.hpp"

namespace tacet {
namespace ops {
namespace {

/// Attributes: number, which part, m, k, shape.
Value lower(Lowering& l, Values, Attributes a) {
  const Shape shape(std::vector<std::int64_t>(a.begin() + 4, a.end()));
  const auto& parts = l.once({static_cast<std::int64_t>(Op::eda_bit), a[0]}, [&] {
    const EdaBit made = make_eda_bit(l, static_cast<unsigned>(a[2]), static_cast<unsigned>(a[3]), shape);
    return std::vector<Value>{made.value, made.digits};
  });
  return parts[static_cast<std::size_t>(a[1])];
}

constexpr Variant kVariants[] = {
    {"summands", "the summands of one random word, added in both domains", lower}};

}  // namespace

OpRow eda_bit_row() {
  OpRow row = composite_row("eda_bit", 0);
  row.variants = kVariants;
  row.doc = "A uniform secret integer below 2^m: part 0 in Z_2^k, part 1 its digits.";
  row.shapes =
      "-> ring(k) or bits(m) [...]; attributes: a number that tells draws apart, part, m, k, the shape";
  row.reveals = "nothing";
  row.source = "[EGKRS20]; the contributors' words are the summands of one common draw";
  return row;
}

}  // namespace ops

RandomWord eda_bit(Builder& b, unsigned m, unsigned k, Shape shape, std::source_location where) {
  if (m > k)
    throw Error(Errc::bad_width,
                "eda_bit: a word of " + std::to_string(m) + " bits does not fit Z_2^" + std::to_string(k));
  std::vector<std::int64_t> attributes{b.fresh(), 0, m, k};
  attributes.insert(attributes.end(), shape.dims().begin(), shape.dims().end());
  const Value value = b.draw(Op::eda_bit, {Visibility::secret, ring(k), shape}, attributes, where);
  attributes[1] = 1;
  return {value, b.draw(Op::eda_bit, {Visibility::secret, bits(m), std::move(shape)}, attributes, where)};
}

}  // namespace tacet
