#include "graph/functions.hpp"

namespace tacet {
namespace {

/// Halves of an axis against each other, until one element is left.
template <class F>
Value folded(const Value& x, std::int64_t axis, const char* function, const std::source_location& where,
             F both) {
  const auto rank = static_cast<std::int64_t>(x.shape().rank());
  if (axis < 0) axis += rank;
  if (x.type().element.domain != Domain::bits)
    throw Error(Errc::type_mismatch, place_text(where) + ": " + function + ": the operand is " +
                                         x.type().to_string() + "; this needs bits");
  if (axis < 0 || axis >= rank || x.shape()[static_cast<std::size_t>(axis)] == 0)
    throw Error(Errc::shape_mismatch, place_text(where) + ": " + function + ": along axis " +
                                          std::to_string(axis) + " of shape " + x.shape().to_string() +
                                          ": expected an axis with an element");
  Value left = x;
  for (std::int64_t m = x.shape()[static_cast<std::size_t>(axis)]; m > 1; m = (m + 1) / 2) {
    const std::int64_t half = m / 2;
    const Value folded = both(Located(slice(left, axis, 0, half, 1, where), where),
                              Located(slice(left, axis, half, 2 * half, 1, where), where));
    left = m % 2 == 0 ? folded : concat({folded, slice(left, axis, m - 1, m, 1, where)}, axis, where);
  }
  return at(left, axis, 0, where);
}

}  // namespace

Value any(const Value& x, std::int64_t axis, std::source_location where) {
  return folded(x, axis, "any", where, [](const Located& a, const Located& b) { return a | b; });
}
Value all(const Value& x, std::int64_t axis, std::source_location where) {
  return folded(x, axis, "all", where, [](const Located& a, const Located& b) { return a & b; });
}
Value any(const Value& x, std::source_location where) {
  return any(reshape(x, {-1}, where), 0, where);
}
Value all(const Value& x, std::source_location where) {
  return all(reshape(x, {-1}, where), 0, where);
}

}  // namespace tacet
