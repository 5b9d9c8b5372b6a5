#include "apps/io/write.hpp"

#include <bit>
#include <cmath>
#include <cstring>
#include <functional>

#include "apps/io/file.hpp"
#include "apps/io/npy_header.hpp"

namespace tacet::apps {

namespace {

using Sink = std::function<void(std::string_view)>;

void write_csv(const Tensor& tensor, Format format, OutputFile& file) {
  const Shape& shape = tensor.shape();
  const std::uint64_t columns = shape.rank() < 2 ? 1 : static_cast<std::uint64_t>(shape[shape.rank() - 1]);
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) {
    file.append(format_element(tensor.get(i), tensor.element(), format, Digits::all));
    file.append((i + 1) % columns == 0 ? "\n" : ",");
  }
}

// Whether JSON readers take the integer as it is: those of other languages stop at 64 bits.
bool is_json_number(std::string_view text, Format format) {
  constexpr std::string_view kGreatest = "18446744073709551615", kLeast = "-9223372036854775808";
  const std::string_view limit = text.starts_with('-') ? kLeast : kGreatest;
  return format.frac_bits > 0 || text.size() < limit.size() || (text.size() == limit.size() && text <= limit);
}

void write_json(const Tensor& tensor, Format format, const Sink& sink) {
  const Shape& shape = tensor.shape();
  std::uint64_t next = 0;
  const std::function<void(std::size_t)> write_axis = [&](std::size_t axis) {
    if (axis == shape.rank()) {
      const std::string text = format_element(tensor.get(next++), tensor.element(), format, Digits::all);
      return sink(is_json_number(text, format) ? text : '"' + text + '"');
    }
    sink("[");
    for (std::int64_t i = 0; i < shape[axis]; ++i) {
      if (i > 0) sink(axis + 1 == shape.rank() ? ", " : ",\n" + std::string(axis + 1, ' '));
      write_axis(axis + 1);
    }
    sink("]");
  };
  write_axis(0);
}

// The little-endian bytes of an element in an item of `item_bytes`, with its sign if the format has one.
u128 npy_item(u128 value, ElementType element, Format format) {
  const bool negative = format.is_signed && (value >> (element.width - 1) & 1);
  const u128 extended = negative ? value | ~low_mask<u128>(element.width) : value;
  if (format.frac_bits == 0) return extended;
  const double scaled = negative ? -static_cast<double>(~extended + 1) : static_cast<double>(value);
  return std::bit_cast<std::uint64_t>(std::ldexp(scaled, -format.frac_bits));
}

void write_npy(const Tensor& tensor, Format format, OutputFile& file) {
  const ElementType element = tensor.element();
  const std::size_t item_bytes = format.frac_bits > 0 ? sizeof(double) : word_bytes(element.width);
  const char kind = format.frac_bits > 0 ? 'f' : format.is_signed ? 'i' : 'u';
  file.append(npy_header_text(kind, item_bytes, tensor.shape().dims()));
  for (std::uint64_t i = 0; i < tensor.elements(); ++i) {
    u128 item = npy_item(tensor.get(i), element, format);
    char bytes[sizeof(double)];
    for (char& byte : bytes) {
      byte = static_cast<char>(item & 0xFF);
      item >>= 8;
    }
    file.append({bytes, item_bytes});
  }
}

}  // namespace

std::string to_json_text(const Tensor& tensor, Format format) {
  std::string text;
  write_json(tensor, format, [&](std::string_view piece) { text += piece; });
  return text;
}

void write_data(const std::string& path, const Tensor& tensor, Format format, mode_t mode) {
  const std::string extension = extension_of(path);
  const bool is_npy = extension == ".npy";
  if (!is_npy && extension != ".csv" && extension != ".json")
    throw Error(Errc::unsupported,
                "cannot write " + path + ": expected a name that ends in .csv, .npy or .json");
  if (is_npy && tensor.element().width > 64)
    throw Error(Errc::unsupported, "cannot write " + path +
                                       ": NumPy has no integers of more than 64 bits, and the elements are " +
                                       tensor.element().to_string() + "; write .csv or .json instead");
  OutputFile file(path, mode);
  if (is_npy) {
    write_npy(tensor, format, file);
  } else if (extension == ".csv") {
    write_csv(tensor, format, file);
  } else {
    write_json(tensor, format, [&](std::string_view piece) { file.append(piece); });
    file.append("\n");
  }
  file.commit();
}

}  // namespace tacet::apps
