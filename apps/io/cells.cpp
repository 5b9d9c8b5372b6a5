#include "apps/io/cells.hpp"

namespace tacet::apps {

namespace {
constexpr u128 kBig = u128{1} << 63;
}

Cells::Cells(std::vector<std::uint64_t> words, bool is_signed) : words_(std::move(words)) {
  std::uint64_t any = 0;
  for (const std::uint64_t word : words_) any |= word;
  if (any >> 63) (is_signed ? has_negative_ : has_big_) = true;
}

void Cells::push(const Cell& cell) {
  if (wide_.empty()) {
    const bool fits_signed = cell.negative ? cell.magnitude <= kBig : cell.magnitude < kBig;
    const bool fits_unsigned = !cell.negative && (cell.magnitude >> 64) == 0;
    const bool below_zero = cell.negative && cell.magnitude != 0;
    if (below_zero ? fits_signed && !has_big_ : fits_signed || (fits_unsigned && !has_negative_)) {
      has_negative_ |= below_zero;
      has_big_ |= !below_zero && !fits_signed;
      const auto low = static_cast<std::uint64_t>(cell.magnitude);
      words_.push_back(below_zero ? ~low + 1 : low);
      return;
    }
    widen();
  }
  wide_.push_back(cell);
}

void Cells::widen() {
  wide_.reserve(words_.size() + 1);
  visit([&]<class T>(std::span<const T> cells) {
    for (const T& cell : cells) wide_.push_back(to_cell(cell));
  });
  words_ = {};
}

Cell Cells::operator[](std::size_t index) const {
  TACET_ASSERT(index < size());
  return visit([&](auto cells) { return to_cell(cells[index]); });
}

}  // namespace tacet::apps
