#include "apps/io/npy_header.hpp"

#include "apps/io/number.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

namespace {

constexpr std::string_view kMagic("\x93NUMPY", 6);

// A header of version 2 may announce 4 GB of text to be parsed; real ones of plain arrays have about 120
// bytes.
constexpr std::size_t kMaxHeaderBytes = std::size_t{64} << 10;

// A shape of a million axes would be built before its product is looked at; NumPy stops at 32 as well.
constexpr std::size_t kMaxRank = 32;

[[noreturn]] void fail(const std::string& what) {
  throw Error(Errc::bad_file, what);
}

std::size_t little_endian(std::string_view bytes) {
  std::size_t value = 0;
  for (std::size_t i = bytes.size(); i-- > 0;) value = value << 8 | static_cast<unsigned char>(bytes[i]);
  return value;
}

// The text between the fixed part and the items; sets where the items start.
std::string_view header_text(std::string_view file, std::size_t& data_offset) {
  if (!file.starts_with(kMagic)) fail("not a NumPy file: it does not start with \\x93NUMPY");
  if (file.size() < 8) fail("the file ends within its header");
  const int major = static_cast<unsigned char>(file[6]);
  const int minor = static_cast<unsigned char>(file[7]);
  if (major < 1 || major > 3 || minor != 0)
    fail("format " + std::to_string(major) + "." + std::to_string(minor) + ", expected 1.0, 2.0 or 3.0");
  const std::size_t length_bytes = major == 1 ? 2 : 4;
  if (file.size() < 8 + length_bytes) fail("the file ends within its header");
  const std::size_t length = little_endian(file.substr(8, length_bytes));
  if (length > kMaxHeaderBytes)
    fail("a header of " + std::to_string(length) + " bytes, at most " + std::to_string(kMaxHeaderBytes) +
         " are read");
  data_offset = 8 + length_bytes + length;
  if (data_offset > file.size()) fail("the file ends within its header");
  return file.substr(8 + length_bytes, length);
}

// Reads the Python dictionary {'descr': '<i8', 'fortran_order': False, 'shape': (3, 4), }.
class HeaderReader {
 public:
  explicit HeaderReader(std::string_view text) : text_(text) {}

  NpyHeader read() {
    expect('{');
    while (!accept('}')) {
      const std::string_view key = read_string();
      expect(':');
      read_value(key);
      if (!accept(',')) {
        expect('}');
        break;
      }
    }
    if (!has_type_ || !has_order_ || !has_shape_)
      fail(std::string("the header has no ") + (!has_type_    ? "descr"
                                                : !has_order_ ? "fortran_order"
                                                              : "shape"));
    return std::move(header_);
  }

 private:
  void read_value(std::string_view key) {
    if (key == "descr") {
      once(has_type_, key);
      skip_space();
      if (at_ < text_.size() && text_[at_] == '[') fail("items are records, expected an array of numbers");
      read_type(read_string());
    } else if (key == "fortran_order") {
      once(has_order_, key);
      const std::string_view word = read_word();
      if (word != "True" && word != "False")
        fail("fortran_order is " + quoted(word) + ", expected True or False");
      header_.fortran_order = word == "True";
    } else if (key == "shape") {
      once(has_shape_, key);
      read_shape();
    } else {
      fail("unknown key " + quoted(key) + " in the header");
    }
  }

  void read_type(std::string_view type) {
    const std::size_t order = type.find_first_of("<>|=") == 0 ? 1 : 0;
    const std::string_view item = type.substr(order);
    // Whether there are items of that kind and size.
    const auto is_one_of = [&](std::string_view known) {
      return item.size() == 2 && known.find(item) != std::string_view::npos;
    };
    if (!is_one_of("b1 i1 i2 i4 i8 u1 u2 u4 u8 f2 f4 f8"))
      fail("items are " + quoted(type) + ", expected b1, i1, i2, i4, i8, u1, u2, u4, u8, f2, f4 or f8");
    header_.kind = item[0];
    header_.item_bytes = static_cast<std::size_t>(item[1] - '0');
    header_.big_endian = order == 1 && type[0] == '>';
  }

  void read_shape() {
    expect('(');
    while (!accept(')')) {
      if (header_.shape.size() == kMaxRank) fail("more than " + std::to_string(kMaxRank) + " axes");
      std::string_view word = read_word();
      if (word.ends_with('L')) word.remove_suffix(1);  // as Python 2 wrote long integers
      const Number extent = parse_number(word);
      constexpr u128 kMaxExtent = u128{1} << 48;  // as in Shape, also beside an extent of 0
      if (extent.kind != NumberKind::integer || extent.value.negative || extent.value.magnitude > kMaxExtent)
        fail("the shape has an extent " + quoted(word));
      header_.shape.push_back(static_cast<std::int64_t>(extent.value.magnitude));
      if (!accept(',')) {
        expect(')');
        break;
      }
    }
  }

  static void once(bool& seen, std::string_view key) {
    if (seen) fail("the header gives " + std::string(key) + " twice");
    seen = true;
  }

  void skip_space() {
    while (at_ < text_.size() && (text_[at_] == ' ' || text_[at_] == '\n' || text_[at_] == '\t')) ++at_;
  }

  bool accept(char c) {
    skip_space();
    if (at_ == text_.size() || text_[at_] != c) return false;
    ++at_;
    return true;
  }

  void expect(char c) {
    if (accept(c)) return;
    fail("the header has " + (at_ == text_.size() ? "nothing" : quoted(text_.substr(at_, 1))) +
         " at character " + std::to_string(at_ + 1) + ", expected " + quoted(std::string_view(&c, 1)));
  }

  std::string_view read_string() {
    skip_space();
    const char quote = at_ < text_.size() && text_[at_] == '"' ? '"' : '\'';
    expect(quote);
    const std::size_t begin = at_;
    while (at_ < text_.size() && text_[at_] != quote) ++at_;
    const std::string_view string = text_.substr(begin, at_ - begin);
    expect(quote);
    return string;
  }

  std::string_view read_word() {
    skip_space();
    const std::size_t begin = at_;
    while (at_ < text_.size() &&
           std::string_view(" ,(){}[]'\":\n\t").find(text_[at_]) == std::string_view::npos)
      ++at_;
    return text_.substr(begin, at_ - begin);
  }

  std::string_view text_;
  std::size_t at_ = 0;
  NpyHeader header_;
  bool has_type_ = false, has_order_ = false, has_shape_ = false;
};

}  // namespace

NpyHeader parse_npy_header(std::string_view file) {
  std::size_t data_offset = 0;
  NpyHeader header = HeaderReader(header_text(file, data_offset)).read();
  header.data_offset = data_offset;
  return header;
}

std::string npy_header_text(char kind, std::size_t item_bytes, const std::vector<std::int64_t>& shape) {
  std::string extents;
  for (const std::int64_t extent : shape)
    extents += std::to_string(extent) + (shape.size() == 1 ? "," : ", ");
  if (shape.size() > 1) extents.resize(extents.size() - 2);
  std::string text = std::string("{'descr': '") + (item_bytes == 1 ? '|' : '<') + kind +
                     std::to_string(item_bytes) + "', 'fortran_order': False, 'shape': (" + extents + "), }";
  // The items start at a multiple of 64 bytes, so that they can be mapped.
  constexpr std::size_t kFixedBytes = 10, kAlignment = 64;
  const std::size_t unpadded = kFixedBytes + text.size() + 1;
  text.append((kAlignment - unpadded % kAlignment) % kAlignment, ' ');
  text += '\n';
  TACET_ASSERT(text.size() <= 0xFFFF);
  std::string header(kMagic);
  header += {'\x01', '\x00', static_cast<char>(text.size() & 0xFF), static_cast<char>(text.size() >> 8)};
  return header + text;
}

}  // namespace tacet::apps
