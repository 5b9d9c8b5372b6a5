#include "graph/shape.hpp"

#include <algorithm>
#include <stdexcept>

#include "graph/error.hpp"
#include "graph/limits.hpp"

namespace tacet {

Shape::Shape(std::vector<std::int64_t> dims) : dims_(std::move(dims)) {
  std::uint64_t span =
      1;  // without the extents of 0, so that the strides of an empty tensor cannot overflow either
  for (const std::int64_t d : dims_) {
    if (d < 0) throw Error(Errc::shape_mismatch, "shape " + to_string() + " has a negative extent");
    if (d != 0 && span > kMaxElements / static_cast<std::uint64_t>(d))
      throw Error(Errc::shape_mismatch, "shape " + to_string() + " has more than 2^48 elements");
    if (d != 0) span *= static_cast<std::uint64_t>(d);
    elements_ *= static_cast<std::uint64_t>(d);
  }
}

std::vector<std::int64_t> Shape::strides() const {
  std::vector<std::int64_t> out(dims_.size());
  std::int64_t step = 1;
  for (std::size_t i = dims_.size(); i-- > 0;) {
    out[i] = step;
    step *= dims_[i];
  }
  return out;
}

std::string Shape::to_string() const {
  std::string out = "[";
  for (std::size_t i = 0; i < dims_.size(); ++i) out += (i ? ", " : "") + std::to_string(dims_[i]);
  return out + "]";
}

Shape broadcast(const Shape& a, const Shape& b) {
  const std::size_t rank = std::max(a.rank(), b.rank());
  std::vector<std::int64_t> dims(rank);
  for (std::size_t i = 0; i < rank; ++i) {
    const std::int64_t x = i < a.rank() ? a[a.rank() - 1 - i] : 1;
    const std::int64_t y = i < b.rank() ? b[b.rank() - 1 - i] : 1;
    if (x != y && x != 1 && y != 1)
      throw Error(Errc::shape_mismatch, "shapes " + a.to_string() + " and " + b.to_string() +
                                            " do not broadcast: " + std::to_string(x) + " against " +
                                            std::to_string(y) + " at axis -" + std::to_string(i + 1));
    dims[rank - 1 - i] = x == 1 ? y : x;
  }
  return Shape(std::move(dims));
}

std::vector<std::int64_t> broadcast_strides(const Shape& from, const Shape& to) {
  if (from.rank() > to.rank())
    throw std::logic_error("a value of shape " + from.to_string() + " is stretched to " + to.to_string());
  const std::vector<std::int64_t> own = from.strides();
  std::vector<std::int64_t> out(to.rank(), 0);
  const std::size_t shift = to.rank() - from.rank();
  for (std::size_t i = 0; i < from.rank(); ++i) out[i + shift] = from[i] == 1 ? 0 : own[i];
  return out;
}

}  // namespace tacet
