#include <algorithm>
#include <limits>

#include "apps/io/data.hpp"
#include "apps/io/number.hpp"
#include "apps/io/refusal.hpp"
#include "apps/io/write.hpp"

namespace tacet::apps {

namespace {

/// The least and the greatest integer an element stands for.
struct Range {
  Cell least, greatest;
};

Cell cell_of(u128 number, bool is_signed) {
  const bool negative = is_signed && number >> 127 != 0;
  return {negative ? u128{0} - number : number, negative};
}

Range range_of(ElementType element, const std::optional<Interval>& declared) {
  if (declared)
    return {cell_of(declared->low, declared->is_signed), cell_of(declared->high, declared->is_signed)};
  const bool is_ring = element.domain == Domain::ring;
  return {{is_ring ? u128{1} << (element.width - 1) : 0, is_ring}, {low_mask<u128>(element.width), false}};
}

bool is_less(const Cell& a, const Cell& b) {
  if (a.negative != b.negative) return a.negative && (a.magnitude | b.magnitude) != 0;
  return a.negative ? a.magnitude > b.magnitude : a.magnitude < b.magnitude;
}

bool fits(const Cell& cell, const Range& range) {
  return !is_less(cell, range.least) && !is_less(range.greatest, cell);
}

// Ends are brought into the cells' own type first. `Cell` never comes here.
template <class Int>
bool all_fit(std::span<const Int> cells, const Range& range) {
  using Limits = std::numeric_limits<Int>;
  const Cell fewest = Cells::to_cell(Limits::min()), most = Cells::to_cell(Limits::max());
  if (is_less(range.greatest, fewest) || is_less(most, range.least)) return cells.empty();
  const auto end = [](const Cell& c) {
    return static_cast<Int>(c.negative ? u128{0} - c.magnitude : c.magnitude);
  };
  const Int least = is_less(range.least, fewest) ? Limits::min() : end(range.least);
  const Int greatest = is_less(most, range.greatest) ? Limits::max() : end(range.greatest);
  bool fit = true;
  for (const Int cell : cells) fit &= cell >= least && cell <= greatest;
  return fit;
}

template <>
bool all_fit(std::span<const Cell> cells, const Range& range) {
  return std::all_of(cells.begin(), cells.end(), [&](const Cell& cell) { return fits(cell, range); });
}

u128 reduced(const Cell& cell) {
  return cell.negative ? ~cell.magnitude + 1 : cell.magnitude;
}
u128 reduced(std::int64_t cell) {
  return static_cast<u128>(static_cast<__int128>(cell));
}
u128 reduced(std::uint64_t cell) {
  return cell;
}

template <class T>
void store_ring(std::span<const T> cells, Tensor& tensor) {
  const unsigned width = tensor.element().width;
  with_word(width, [&]<class Word>(std::type_identity<Word>) {
    const std::span<Word> words = tensor.words<Word>();
    const Word mask = low_mask<Word>(width);
    for (std::size_t i = 0; i < cells.size(); ++i) words[i] = static_cast<Word>(reduced(cells[i])) & mask;
  });
}

// Plane by plane would read all cells `width` times; here 64 elements meet all their planes while in cache.
template <class T>
void store_bits(std::span<const T> cells, Tensor& tensor) {
  const unsigned width = tensor.element().width;
  const std::size_t plane_words = ElementType::plane_words(cells.size());
  const std::span<std::uint64_t> words = tensor.words<std::uint64_t>();
  for (std::size_t w = 0; w < plane_words; ++w) {
    const std::size_t begin = w * 64, count = std::min<std::size_t>(64, cells.size() - begin);
    for (unsigned bit = 0; bit < width; ++bit) {
      std::uint64_t word = 0;
      for (std::size_t i = 0; i < count; ++i)
        word |= static_cast<std::uint64_t>(reduced(cells[begin + i]) >> bit & 1) << i;
      words[bit * plane_words + w] = word;
    }
  }
}

bool may_be_read_as(const Data& data, const Shape& expected) {
  const Shape& shape = data.shape();
  if (shape == expected) return true;
  if (shape.elements() != expected.elements() || data.origin().kind == Origin::Kind::npy) return false;
  // Text has no way to write the extents of an array without elements.
  if (expected.elements() == 0) return true;
  if (data.origin().kind != Origin::Kind::csv) return false;
  const std::size_t rank = expected.rank();
  return rank == 0 || (rank == 1 && (shape[0] == 1 || shape[1] == 1)) ||
         (rank > 2 && shape[1] == expected[rank - 1]);
}

[[noreturn]] void refuse_shape(const Data& data, const Shape& expected, const ReadOptions& options) {
  const Origin& origin = data.origin();
  std::string place = origin.source, hint, seen = "the shape " + data.shape().to_string();
  if (origin.kind == Origin::Kind::csv) {
    const std::int64_t rows = data.shape()[0], columns = data.shape()[1];
    seen += " (" + count_text(static_cast<std::uint64_t>(rows), "row") + " of " +
            count_text(static_cast<std::uint64_t>(columns), "cell") + ")";
    const std::int64_t wanted = expected.rank() < 2 ? 1 : expected[expected.rank() - 1];
    const bool is_short_row = rows == 1 && expected.rank() == 1 && expected[0] != 1;
    if (rows > 0 && columns != wanted && !is_short_row) {
      place = "line " + std::to_string(origin.marks.empty() ? 1 : origin.marks.front().line) + " of " + place;
      seen = count_text(static_cast<std::uint64_t>(columns), "cell") + " where " + std::to_string(wanted) +
             (wanted == 1 ? " is" : " are") + " expected, and the file " + seen;
    }
    if (columns > 1 && expected.rank() < 2) hint = "; column=… reads one column alone";
  }
  throw Error(Errc::shape_mismatch, input_prefix(options.input_name) + place + " has " + seen +
                                        ", expected " + expected.to_string() + hint);
}

[[noreturn]] void refuse_undeclared(const Data& data, std::uint64_t index, const Interval& declared,
                                    ElementType element, const std::string& text,
                                    const ReadOptions& options) {
  throw Error(Errc::value_out_of_range, input_prefix(options.input_name) + data.place(index) +
                                            ": not one of the numbers that the program declares, expected " +
                                            declared_text(declared, element) + found(text, options));
}

[[noreturn]] void refuse_value(const Data& data, std::uint64_t index, ElementType element, const Range& range,
                               const ReadOptions& options) {
  throw Error(Errc::value_out_of_range, input_prefix(options.input_name) + data.place(index) +
                                            ": does not fit " + element.to_string() + ", expected " +
                                            to_text(range.least) + " to " + to_text(range.greatest) +
                                            found(to_text(data.cells()[index]), options));
}

[[noreturn]] void refuse_fraction(const Data& data, std::uint64_t index, const std::string& text,
                                  ElementType element, const ReadOptions& options) {
  refuse(options, data.place(index),
         "expected a whole number, as elements are " + element.to_string() + found(text, options));
}

/// Floating-point numbers as the integers that they must be.
Cells whole_cells(const Data& data, ElementType element, const ReadOptions& options) {
  Cells cells;
  for (std::size_t i = 0; i < data.floats().size(); ++i) {
    const Number number = in_units(data.floats()[i], 0);
    if (number.is_rounded) refuse_fraction(data, i, std::to_string(data.floats()[i]), element, options);
    if (number.kind != NumberKind::integer)
      throw Error(Errc::value_out_of_range,
                  input_prefix(options.input_name) + data.place(i) + ": does not fit " + element.to_string());
    cells.push(number.value);
  }
  return cells;
}

/// Numbers in units of 2^-frac.
class UnitsEncoder {
 public:
  UnitsEncoder(const Data& data, ElementType element, const ReadOptions& options,
               const std::optional<Interval>& declared)
      : data_(data), element_(element), options_(options), declared_(declared) {}

  Tensor encode(const Shape& shape) {
    Tensor tensor(element_, shape);
    auto fraction = data_.fractions().begin();
    for (std::uint64_t i = 0; i < tensor.elements(); ++i) {
      if (!data_.floats().empty()) {
        const double value = data_.floats()[i];
        set(tensor, i, in_units(value, element_.frac), [value] { return std::to_string(value); });
      } else if (fraction != data_.fractions().end() && fraction->cell == i) {
        const std::string& text = (fraction++)->text;
        set(tensor, i, parse_number(text, element_.frac), [&text] { return text; });
      } else {
        const Cell cell = data_.cells()[i];
        set(tensor, i, in_units(cell, element_.frac), [&cell] { return to_text(cell); });
      }
    }
    if (rounded_ > 0 && options_.tell)
      options_.tell(input_prefix(options_.input_name) + std::to_string(rounded_) + " of " +
                    count_text(tensor.elements(), "number") + " rounded to the nearest multiple of 2^-" +
                    std::to_string(element_.frac) + ", the first at " + data_.place(first_rounded_));
    return tensor;
  }

 private:
  template <class Text>
  void set(Tensor& tensor, std::uint64_t index, const Number& units, const Text& text) {
    const u128 limit = u128{1} << (element_.width - 1);
    const Cell& cell = units.value;
    const bool is_held =
        units.kind == NumberKind::integer && cell.magnitude <= limit - (cell.negative ? 0 : 1);
    if (declared_ && !(is_held && declared_->contains(reduced(cell))))
      refuse_undeclared(data_, index, *declared_, element_, text(), options_);
    if (!is_held) {
      const std::string power = "2^" + std::to_string(element_.width - 1 - element_.frac);
      throw Error(Errc::value_out_of_range, input_prefix(options_.input_name) + data_.place(index) +
                                                ": does not fit " + element_.to_string() +
                                                ", expected a number from -" + power + " to below " + power +
                                                found(text(), options_));
    }
    if (units.is_rounded && rounded_++ == 0) first_rounded_ = index;
    tensor.set(index, reduced(cell) & low_mask<u128>(element_.width));
  }

  const Data& data_;
  const ElementType element_;
  const ReadOptions& options_;
  const std::optional<Interval>& declared_;
  std::uint64_t rounded_ = 0, first_rounded_ = 0;
};

}  // namespace

std::string declared_text(const Interval& range, ElementType element) {
  const Format format{range.is_signed, element.frac};
  return format_element(range.low, element, format, Digits::all) + " to " +
         format_element(range.high, element, format, Digits::all);
}

Tensor encode(const Data& data, ElementType element, const Shape& expected, const ReadOptions& options,
              const std::optional<Interval>& declared) {
  if (!may_be_read_as(data, expected)) refuse_shape(data, expected, options);
  if (element.frac != 0) return UnitsEncoder(data, element, options, declared).encode(expected);
  if (!data.floats().empty())
    return encode(Data(data.shape(), whole_cells(data, element, options), data.origin()), element, expected,
                  options, declared);
  if (!data.fractions().empty())
    refuse_fraction(data, data.fractions().front().cell, data.fractions().front().text, element, options);
  const Range range = range_of(element, declared);
  Tensor tensor(element, expected);
  data.cells().visit([&]<class T>(std::span<const T> cells) {
    if (!all_fit(cells, range)) {
      std::size_t index = 0;
      while (fits(data.cells()[index], range)) ++index;
      if (declared) refuse_undeclared(data, index, *declared, element, to_text(data.cells()[index]), options);
      refuse_value(data, index, element, range, options);
    }
    element.domain == Domain::ring ? store_ring(cells, tensor) : store_bits(cells, tensor);
  });
  return tensor;
}

}  // namespace tacet::apps
