#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <vector>

namespace tacet {

/// The extents of a tensor, outermost first. A scalar has no extents and one element.
class Shape {
 public:
  Shape() = default;
  Shape(std::initializer_list<std::int64_t> dims) : Shape(std::vector<std::int64_t>(dims)) {}
  /// Fails: Errc::shape_mismatch for a negative extent or more than 2^48 elements.
  explicit Shape(std::vector<std::int64_t> dims);

  std::size_t rank() const { return dims_.size(); }
  std::int64_t operator[](std::size_t axis) const { return dims_[axis]; }
  const std::vector<std::int64_t>& dims() const { return dims_; }
  std::uint64_t elements() const { return elements_; }
  /// Elements between neighbours along each axis, row major.
  std::vector<std::int64_t> strides() const;
  /// As "[2, 3]"; a scalar is "[]".
  std::string to_string() const;

  bool operator==(const Shape& other) const { return dims_ == other.dims_; }

 private:
  std::vector<std::int64_t> dims_;
  std::uint64_t elements_ = 1;
};

/// The shape of an elementwise result by NumPy's rule: aligned at the last axis, an extent of 1 stretches.
/// Fails: Errc::shape_mismatch naming both shapes.
Shape broadcast(const Shape& a, const Shape& b);

/// Strides with which `from` is read as if it had the shape `to`: 0 along stretched axes.
std::vector<std::int64_t> broadcast_strides(const Shape& from, const Shape& to);

}  // namespace tacet
