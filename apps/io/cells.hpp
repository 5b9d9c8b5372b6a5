#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "graph/word.hpp"

namespace tacet::apps {

/// An integer as people write it: a sign and a size.
struct Cell {
  u128 magnitude = 0;
  bool negative = false;
  bool operator==(const Cell&) const = default;
};

/// Integers in order. A column of ten million takes eight bytes each as long as all of them fit one 64-bit
/// type; only then do they move to sign and 128-bit size.
class Cells {
 public:
  Cells() = default;
  /// The words as they are, read as two's complement or not.
  Cells(std::vector<std::uint64_t> words, bool is_signed);

  void push(const Cell& cell);
  void push(std::int64_t value) {
    if (wide_.empty() && (value >= 0 || !has_big_)) {
      has_negative_ |= value < 0;
      words_.push_back(static_cast<std::uint64_t>(value));
    } else {
      push(to_cell(value));
    }
  }

  std::size_t size() const { return wide_.empty() ? words_.size() : wide_.size(); }
  Cell operator[](std::size_t index) const;

  /// Calls `f` with the cells as a span of int64, uint64 or Cell: whichever holds them now.
  template <class F>
  decltype(auto) visit(F&& f) const {
    if (!wide_.empty()) return f(std::span<const Cell>(wide_));
    if (has_big_) return f(std::span<const std::uint64_t>(words_));
    return f(std::span(reinterpret_cast<const std::int64_t*>(words_.data()), words_.size()));
  }

  static Cell to_cell(std::int64_t value) {
    const bool negative = value < 0;
    return {
        negative ? ~static_cast<std::uint64_t>(value) + std::uint64_t{1} : static_cast<std::uint64_t>(value),
        negative};
  }
  static Cell to_cell(std::uint64_t value) { return {value, false}; }
  static Cell to_cell(const Cell& value) { return value; }

 private:
  void widen();

  std::vector<std::uint64_t> words_;
  std::vector<Cell> wide_;
  bool has_negative_ = false;
  bool has_big_ = false;  // a word of at least 2^63 that is not negative
};

}  // namespace tacet::apps
