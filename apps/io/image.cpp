#include "apps/io/image.hpp"

#include <gd.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <iterator>
#include <memory>
#include <string_view>

#include "apps/io/exif.hpp"
#include "apps/io/file.hpp"
#include "apps/limits.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

namespace {

struct Size {
  std::int64_t height = 0;
  std::int64_t width = 0;
};

std::string to_string(Size size) {
  return std::to_string(size.height) + " x " + std::to_string(size.width) + " pixels (height x width)";
}

bool too_large(Size size) {
  return size.height > kMaxPixels || size.width > kMaxPixels || size.height * size.width > kMaxPixels;
}

// The bytes of a file, whose numbers may lie anywhere.
class Source {
 public:
  Source(const std::string& path, std::string bytes) : path_(path), bytes_(std::move(bytes)) {}

  [[noreturn]] void refuse(const std::string& why) const {
    throw Error(Errc::bad_file, "cannot read " + path_ + ": " + why);
  }
  void check_holds(std::uint64_t bytes) const {
    if (bytes > bytes_.size()) refuse("it is damaged or ends early");
  }
  void check_size(Size size) const {
    if (size.height <= 0 || size.width <= 0) refuse("it has " + to_string(size));
    if (too_large(size)) refuse("it has " + to_string(size) + "; at most 100 million pixels are read");
  }
  std::int64_t little_endian(std::size_t offset, std::size_t bytes) const {
    check_holds(offset + bytes);
    std::int64_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i) out |= std::int64_t{data()[offset + i]} << (8 * i);
    return out;
  }
  std::int64_t big_endian(std::size_t offset, std::size_t bytes) const {
    check_holds(offset + bytes);
    std::int64_t out = 0;
    for (std::size_t i = 0; i < bytes; ++i) out = out << 8 | data()[offset + i];
    return out;
  }
  bool has(std::size_t offset, std::string_view text) const {
    return bytes_.size() > offset && bytes_.compare(offset, text.size(), text) == 0;
  }
  std::string_view part(std::size_t offset, std::size_t bytes) const {
    check_holds(offset + bytes);
    return std::string_view(bytes_).substr(offset, bytes);
  }
  const std::uint8_t* data() const { return reinterpret_cast<const std::uint8_t*>(bytes_.data()); }
  std::size_t size() const { return bytes_.size(); }

 private:
  const std::string& path_;
  std::string bytes_;
};

// An image whose pixels are appended.
Image start(Size size, std::int64_t channels) {
  Image image{size.height, size.width, channels, {}};
  image.pixels.reserve(static_cast<std::size_t>(size.height * size.width * channels));
  return image;
}

void append(Image& image, int red, int green, int blue) {
  if (image.channels == 1) {
    image.pixels.push_back(static_cast<std::uint8_t>((299 * red + 587 * green + 114 * blue + 500) / 1000));
    return;
  }
  for (const int value : {red, green, blue}) image.pixels.push_back(static_cast<std::uint8_t>(value));
}

// gd takes the palettes of files with newer headers from the wrong place, so BMP files are read here.
Image read_bmp(const Source& source, std::int64_t channels) {
  const std::int64_t offset = source.little_endian(10, 4);
  const std::int64_t header = source.little_endian(14, 4);
  if (header < 40) source.refuse("its BMP header has " + std::to_string(header) + " bytes, not 40 or more");
  const auto width = static_cast<std::int32_t>(source.little_endian(18, 4));
  const auto signed_height = static_cast<std::int32_t>(source.little_endian(22, 4));
  const bool from_top = signed_height < 0;
  const Size size{std::abs(std::int64_t{signed_height}), width};
  source.check_size(size);

  const std::int64_t bits = source.little_endian(28, 2);
  const std::int64_t compression = source.little_endian(30, 4);
  const bool has_palette = bits == 1 || bits == 4 || bits == 8;
  // Masks that say what is so without them.
  const bool usual_masks = compression == 3 && bits == 32 && source.little_endian(54, 4) == 0xFF0000 &&
                           source.little_endian(58, 4) == 0xFF00 && source.little_endian(62, 4) == 0xFF;
  if ((!has_palette && bits != 24 && bits != 32) || (compression != 0 && !usual_masks))
    source.refuse("it has " + std::to_string(bits) + " bits per pixel and compression " +
                  std::to_string(compression) +
                  "; BMP files are read with 1, 4, 8, 24 or 32 bits and no compression");

  const std::int64_t palette = 14 + header;
  std::int64_t colours = has_palette ? source.little_endian(46, 4) : 0;
  if (has_palette && colours == 0) colours = std::int64_t{1} << bits;
  const std::int64_t stride = (size.width * bits + 31) / 32 * 4;
  if (offset < palette + 4 * colours) source.refuse("it is damaged: pixels lie in its header");
  source.check_holds(static_cast<std::uint64_t>(offset + size.height * stride));

  Image image = start(size, channels);
  for (std::int64_t y = 0; y < size.height; ++y) {
    const std::uint8_t* row = source.data() + offset + (from_top ? y : size.height - 1 - y) * stride;
    for (std::int64_t x = 0; x < size.width; ++x) {
      const std::uint8_t* colour = row + x * bits / 8;
      if (has_palette) {
        const std::int64_t index = *colour >> (8 - bits - x * bits % 8) & ((1 << bits) - 1);
        if (index >= colours)
          source.refuse("a pixel has colour " + std::to_string(index) + " of a palette of " +
                        std::to_string(colours));
        colour = source.data() + palette + 4 * index;
      }
      append(image, colour[2], colour[1], colour[0]);
    }
  }
  return image;
}

// What a file says of its pixels before they are decoded.
struct Header {
  Size size;
  int orientation = 1;
};

// Of the name and the content of a chunk. What is damaged is ignored, as decoders do with chunks they can
// spare.
bool has_its_checksum(const Source& source, std::size_t chunk, std::size_t length) {
  const auto sum = ::crc32(0, source.data() + chunk + 4, static_cast<uInt>(length + 4));
  return static_cast<std::int64_t>(sum) == source.big_endian(chunk + 8 + length, 4);
}

Header png_header(const Source& source) {
  if (!source.has(12, "IHDR")) source.refuse("it is damaged or ends early");
  Header header{{source.big_endian(20, 4), source.big_endian(16, 4)}};
  // Eight bytes of signature; chunks of length, name, content and checksum. Where they end gd sees for
  // itself.
  for (std::size_t at = 8; at + 12 <= source.size();) {
    const auto length = static_cast<std::size_t>(source.big_endian(at, 4));
    if (length > source.size() - at - 12) break;
    if (source.has(at + 4, "eXIf") && has_its_checksum(source, at, length)) {
      header.orientation = exif_orientation(source.part(at + 8, length));
      break;
    }
    at += 12 + length;
  }
  return header;
}

// The segments up to the one that starts a scan.
Header jpeg_header(const Source& source) {
  constexpr std::int64_t kApp1 = 0xE1, kStartOfScan = 0xDA;
  constexpr std::string_view kExif("Exif\0\0", 6);
  Header header;
  bool has_frame = false, has_exif = false;
  for (std::size_t at = 2;;) {
    if (source.big_endian(at, 1) != 0xFF) source.refuse("it is damaged or ends early");
    const std::int64_t marker = source.big_endian(at + 1, 1);
    if (marker == 0xFF) {
      ++at;
      continue;
    }
    if (marker == kStartOfScan) {
      if (!has_frame) source.refuse("it is damaged or ends early");
      return header;
    }
    const auto length = static_cast<std::size_t>(source.big_endian(at + 2, 2));  // its own two bytes too
    const bool other_table = marker == 0xC4 || marker == 0xC8 || marker == 0xCC;
    if (marker >= 0xC0 && marker <= 0xCF && !other_table && !has_frame) {
      header.size = {source.big_endian(at + 5, 2), source.big_endian(at + 7, 2)};
      source.check_size(header.size);
      has_frame = true;
    }
    if (marker == kApp1 && source.has(at + 4, kExif) && !has_exif) {
      header.orientation = exif_orientation(source.part(at + 4, length < 2 ? 0 : length - 2));
      has_exif = true;
    }
    at += 2 + length;
  }
}

// What gd complained of first; it would print it otherwise. It is called from C and must not throw.
thread_local std::array<char, 256> complaint;

void keep_first_complaint(int, const char* format, va_list arguments) {
  if (complaint[0] == '\0') std::vsnprintf(complaint.data(), complaint.size(), format, arguments);
}

gdImagePtr decode_jpeg(int size, void* bytes) {
  constexpr int kIgnoreWarnings = 0;
  return gdImageCreateFromJpegPtrEx(size, bytes, kIgnoreWarnings);
}

Image decode(const Source& source, Size size, std::int64_t channels, gdImagePtr (*decoder)(int, void*)) {
  source.check_size(size);
  static const bool silent = (gdSetErrorMethod(keep_first_complaint), true);
  static_cast<void>(silent);
  complaint[0] = '\0';
  // gd only reads the bytes.
  auto* bytes = const_cast<std::uint8_t*>(source.data());
  const std::unique_ptr<gdImage, decltype(&gdImageDestroy)> decoded(
      decoder(static_cast<int>(source.size()), bytes), gdImageDestroy);
  // Where a JPEG file ends early gd goes on in grey, and complains.
  std::string_view reason = complaint.data();
  if (!decoded || !reason.empty()) {
    reason = reason.substr(0, reason.find('\n'));
    source.refuse("it is damaged or ends early" + (reason.empty() ? "" : " (" + std::string(reason) + ")"));
  }
  if (gdImageSY(decoded.get()) != size.height || gdImageSX(decoded.get()) != size.width)
    source.refuse("it is damaged: it has another size than its header says");

  Image image = start(size, channels);
  for (int y = 0; y < size.height; ++y)
    for (int x = 0; x < size.width; ++x) {
      const int colour = gdImageGetTrueColorPixel(decoded.get(), x, y);
      append(image, gdTrueColorGetRed(colour), gdTrueColorGetGreen(colour), gdTrueColorGetBlue(colour));
    }
  return image;
}

// The picture as the orientation says that it is to be seen: a mirror image or not, turned by quarters.
Image upright(Image image, int orientation) {
  if (orientation == 1) return image;
  const bool transposed = orientation >= 5;
  const bool from_below = orientation == 3 || orientation == 4 || orientation == 6 || orientation == 7;
  const bool from_right = orientation == 2 || orientation == 3 || orientation == 7 || orientation == 8;
  Image out =
      start(transposed ? Size{image.width, image.height} : Size{image.height, image.width}, image.channels);
  for (std::int64_t y = 0; y < out.height; ++y)
    for (std::int64_t x = 0; x < out.width; ++x) {
      std::int64_t row = transposed ? x : y, column = transposed ? y : x;
      if (from_below) row = image.height - 1 - row;
      if (from_right) column = image.width - 1 - column;
      const auto pixel = image.pixels.begin() + (row * image.width + column) * image.channels;
      out.pixels.insert(out.pixels.end(), pixel, pixel + image.channels);
    }
  return out;
}

// Where a destination index lies between two source indices.
struct Tap {
  std::int64_t low = 0;
  std::int64_t high = 0;
  double fraction = 0;
};

std::vector<Tap> taps_of(std::int64_t source, std::int64_t destination) {
  std::vector<Tap> taps;
  for (std::int64_t i = 0; i < destination; ++i) {
    const std::int64_t low = i * source / destination;
    const double at = static_cast<double>(i * source) / static_cast<double>(destination);
    taps.push_back({low, std::min(low + 1, source - 1), at - static_cast<double>(low)});
  }
  return taps;
}

}  // namespace

Image read_image(const std::string& path, std::int64_t channels) {
  return parse_image(read_file(path, kMaxImageBytes), path, channels);
}

Image parse_image(std::string bytes, const std::string& file, std::int64_t channels) {
  if (channels != 1 && channels != 3)
    throw Error(Errc::bad_argument,
                "images are read with 1 or 3 channels, not " + std::to_string(channels) + ": " + file);
  const Source source(file, std::move(bytes));
  if (source.has(0, "BM")) return read_bmp(source, channels);
  const auto decoded = [&](const Header& header, gdImagePtr (*decoder)(int, void*)) {
    return upright(decode(source, header.size, channels, decoder), header.orientation);
  };
  if (source.has(0, "\x89PNG\r\n\x1A\n")) return decoded(png_header(source), gdImageCreateFromPngPtr);
  if (source.has(0, "\xFF\xD8\xFF")) return decoded(jpeg_header(source), decode_jpeg);
  source.refuse(source.size() == 0 ? "it is empty" : "it is no BMP, PNG or JPEG file");
}

Image resize(const Image& image, std::int64_t height, std::int64_t width, Resize how) {
  if (height <= 0 || width <= 0 || too_large({height, width}))
    throw Error(Errc::bad_argument, "an image cannot become " + to_string({height, width}) +
                                        "; sizes are positive, and at most 100 million pixels");
  TACET_ASSERT(!image.pixels.empty() &&
               std::ssize(image.pixels) == image.height * image.width * image.channels);
  if (height == image.height && width == image.width) return image;
  const std::vector<Tap> rows = taps_of(image.height, height);
  const std::vector<Tap> columns = taps_of(image.width, width);
  Image out = start({height, width}, image.channels);
  for (const Tap& row : rows)
    for (const Tap& column : columns)
      for (std::int64_t c = 0; c < image.channels; ++c) {
        const auto pixel = [&](std::int64_t y, std::int64_t x) {
          return image.pixels[static_cast<std::size_t>((y * image.width + x) * image.channels + c)];
        };
        if (how == Resize::nearest) {
          out.pixels.push_back(pixel(row.low, column.low));
          continue;
        }
        const double fy = row.fraction;
        const double fx = column.fraction;
        const double value =
            pixel(row.low, column.low) * (1 - fy) * (1 - fx) + pixel(row.low, column.high) * (1 - fy) * fx +
            pixel(row.high, column.low) * fy * (1 - fx) + pixel(row.high, column.high) * fy * fx;
        out.pixels.push_back(static_cast<std::uint8_t>(value));
      }
  return out;
}

}  // namespace tacet::apps
