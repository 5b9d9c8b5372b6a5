#include "apps/io/npy.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <optional>

#include "apps/io/npy_header.hpp"
#include "apps/io/refusal.hpp"

namespace tacet::apps {

namespace {

template <class Item>
Item load_item(const char* bytes, bool swap) {
  std::make_unsigned_t<Item> item;
  std::memcpy(&item, bytes, sizeof item);
  if constexpr (sizeof item == 2) item = swap ? __builtin_bswap16(item) : item;
  if constexpr (sizeof item == 4) item = swap ? __builtin_bswap32(item) : item;
  if constexpr (sizeof item == 8) item = swap ? __builtin_bswap64(item) : item;
  return static_cast<Item>(item);
}

// Widens every item to a word, sign extended if it has a sign.
template <class Item>
std::vector<std::uint64_t> load_items(std::string_view bytes, bool big_endian) {
  const bool swap = big_endian != (std::endian::native == std::endian::big);
  std::vector<std::uint64_t> words(bytes.size() / sizeof(Item));
  const auto load_all = [&](auto swapped) {
    for (std::size_t i = 0; i < words.size(); ++i)
      words[i] = static_cast<std::uint64_t>(load_item<Item>(bytes.data() + i * sizeof(Item), swapped));
  };
  swap ? load_all(std::true_type{}) : load_all(std::false_type{});
  return words;
}

std::vector<std::uint64_t> load_words(const NpyHeader& header, std::string_view bytes) {
  const bool is_signed = header.kind == 'i';
  switch (header.item_bytes) {
    case 1:
      return is_signed ? load_items<std::int8_t>(bytes, false) : load_items<std::uint8_t>(bytes, false);
    case 2:
      return is_signed ? load_items<std::int16_t>(bytes, header.big_endian)
                       : load_items<std::uint16_t>(bytes, header.big_endian);
    case 4:
      return is_signed ? load_items<std::int32_t>(bytes, header.big_endian)
                       : load_items<std::uint32_t>(bytes, header.big_endian);
    default:
      return load_items<std::uint64_t>(bytes, header.big_endian);
  }
}

// Items that run fastest along the first axis, in row-major order.
std::vector<std::uint64_t> from_fortran_order(const std::vector<std::uint64_t>& words, const Shape& shape) {
  const std::size_t rank = shape.rank();
  std::vector<std::uint64_t> steps(rank), index(rank, 0), out(words.size());
  std::uint64_t step = 1;
  for (std::size_t axis = 0; axis < rank; ++axis) {
    steps[axis] = step;
    step *= static_cast<std::uint64_t>(shape[axis]);
  }
  std::uint64_t from = 0;
  for (std::uint64_t& word : out) {
    word = words[from];
    for (std::size_t axis = rank; axis-- > 0;) {
      from += steps[axis];
      if (++index[axis] < static_cast<std::uint64_t>(shape[axis])) break;
      from -= steps[axis] * index[axis];
      index[axis] = 0;
    }
  }
  return out;
}

// IEEE 754's format of 16 bits: a sign, 5 bits of exponent, 10 of fraction.
double from_half(std::uint64_t bits) {
  const auto exponent = static_cast<int>(bits >> 10 & 0x1F);
  const auto fraction = static_cast<double>(bits & 0x3FF);
  const double magnitude = exponent == 0x1F ? (fraction == 0 ? HUGE_VAL : std::nan(""))
                           : exponent == 0  ? std::ldexp(fraction, -24)
                                            : std::ldexp(1024 + fraction, exponent - 25);
  return bits >> 15 & 1 ? -magnitude : magnitude;
}

// Floats of up to 8 bytes are doubles.
double from_bits(std::uint64_t bits, std::size_t bytes) {
  if (bytes == 2) return from_half(bits);
  if (bytes == 4) return std::bit_cast<float>(static_cast<std::uint32_t>(bits));
  return std::bit_cast<double>(bits);
}

Data read_array(std::string_view bytes, const std::string& file) {
  const NpyHeader header = parse_npy_header(bytes);
  const Shape shape(header.shape);
  const std::string_view items = bytes.substr(header.data_offset);
  const std::uint64_t needed = shape.elements() * header.item_bytes;
  if (items.size() != needed)
    throw Error(Errc::bad_file, "shape " + shape.to_string() + " of " + std::to_string(header.item_bytes) +
                                    "-byte items needs " + std::to_string(needed) + " bytes, but " +
                                    std::to_string(items.size()) + " follow the header");
  std::vector<std::uint64_t> words = load_words(header, items);
  if (header.fortran_order && shape.rank() > 1) words = from_fortran_order(words, shape);
  Origin origin{Origin::Kind::npy, file};
  if (header.kind == 'f') {
    std::vector<double> floats;
    floats.reserve(words.size());
    for (const std::uint64_t word : words) floats.push_back(from_bits(word, header.item_bytes));
    return Data(shape, std::move(floats), std::move(origin));
  }
  if (header.kind == 'b')
    for (std::uint64_t& word : words) word = word != 0;
  return Data(shape, Cells(std::move(words), header.kind == 'i'), std::move(origin));
}

}  // namespace

Data parse_npy(std::string_view bytes, const std::string& file, const ReadOptions& options) {
  std::optional<Data> data;
  try {
    data = read_array(bytes, file);
  } catch (const Error& error) {
    refuse(options, file, error.what());
  }
  for (std::size_t i = 0; i < data->floats().size(); ++i)
    if (!std::isfinite(data->floats()[i])) refuse(options, data->place(i), "expected a finite number");
  return std::move(*data);
}

}  // namespace tacet::apps
