#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

#include "graph/value_type.hpp"

namespace tacet {

/// Bytes aligned to a cache line, zeroed on construction.
class AlignedBytes {
 public:
  AlignedBytes() = default;
  explicit AlignedBytes(std::size_t size);
  AlignedBytes(const AlignedBytes& other);
  AlignedBytes& operator=(const AlignedBytes& other);
  AlignedBytes(AlignedBytes&&) noexcept = default;
  AlignedBytes& operator=(AlignedBytes&&) noexcept = default;

  std::byte* data() { return data_.get(); }
  const std::byte* data() const { return data_.get(); }
  std::size_t size() const { return size_; }

 private:
  struct Free {
    void operator()(std::byte* p) const;
  };
  std::unique_ptr<std::byte[], Free> data_;
  std::size_t size_ = 0;
};

/// A value in the clear: elements of one type in a shape. Ring elements are words reduced mod 2^width; bit
/// strings are packed planes whose unused high bits are zero.
class Tensor {
 public:
  Tensor() = default;
  Tensor(ElementType element, Shape shape);
  /// Elements in row-major order, each reduced mod 2^width.
  Tensor(ElementType element, Shape shape, std::span<const u128> values);

  const ElementType& element() const { return element_; }
  const Shape& shape() const { return shape_; }
  std::uint64_t elements() const { return shape_.elements(); }

  u128 get(std::uint64_t index) const;
  void set(std::uint64_t index, u128 value);
  std::vector<u128> values() const;

  std::byte* data() { return bytes_.data(); }
  const std::byte* data() const { return bytes_.data(); }
  std::uint64_t size_bytes() const { return element_.memory_bytes(elements()); }
  template <class Word>
  std::span<Word> words() {
    return {reinterpret_cast<Word*>(bytes_.data()), static_cast<std::size_t>(size_bytes() / sizeof(Word))};
  }
  template <class Word>
  std::span<const Word> words() const {
    return {reinterpret_cast<const Word*>(bytes_.data()),
            static_cast<std::size_t>(size_bytes() / sizeof(Word))};
  }

  bool operator==(const Tensor& other) const;

 private:
  ElementType element_;
  Shape shape_{0};  // no tensor holds no element, not one
  AlignedBytes bytes_;
};

/// One element of a component in memory (`data` as Tensor lays it out for `elements` elements).
u128 load_element(const std::byte* data, ElementType element, std::uint64_t elements, std::uint64_t index);
void store_element(std::byte* data, ElementType element, std::uint64_t elements, std::uint64_t index,
                   u128 value);

}  // namespace tacet
