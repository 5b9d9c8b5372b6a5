#include "apps/io/image.hpp"

#include <gd.h>

#include <algorithm>
#include <array>
#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <limits>
#include <memory>
#include <random>

#include "apps/io/exif.hpp"
#include "tests/apps/io_support.hpp"
#include "tests/apps/models.hpp"

using namespace tacet;
using namespace tacet::apps;
using namespace tacet::apps::test;
using namespace std::string_literals;

BOOST_AUTO_TEST_SUITE(image)

namespace {

using Pixels = std::vector<std::uint8_t>;

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out += static_cast<char>(value >> (8 * i));
  return out;
}

std::string little_endian(std::uint64_t value, int bytes) {
  std::string out = big_endian(value, bytes);
  std::reverse(out.begin(), out.end());
  return out;
}

struct Bmp {
  int width = 0;
  int height = 0;
  int bits = 24;
  std::string rows;  // as they lie in the file, with their padding
  std::string palette = {};
  int header = 40;
  int compression = 0;
  std::string masks = {};

  std::string bytes() const {
    std::string info = little_endian(header, 4) + little_endian(width, 4) + little_endian(height, 4) +
                       little_endian(1, 2) + little_endian(bits, 2) + little_endian(compression, 4) +
                       little_endian(rows.size(), 4) + std::string(8, '\0') +
                       little_endian(palette.size() / 4, 4) + std::string(4, '\0') + masks;
    info.resize(header, '\0');
    const std::string content = info + palette + rows;
    return "BM" + little_endian(14 + content.size(), 4) + std::string(4, '\0') +
           little_endian(14 + info.size() + palette.size(), 4) + content;
  }
};

std::uint32_t crc32(std::string_view bytes) {
  std::uint32_t crc = ~std::uint32_t{0};
  for (const char c : bytes) {
    crc ^= static_cast<unsigned char>(c);
    for (int i = 0; i < 8; ++i) crc = crc >> 1 ^ (crc & 1 ? 0xEDB88320 : 0);
  }
  return ~crc;
}

std::string chunk(const std::string& name, const std::string& content) {
  return big_endian(content.size(), 4) + name + content + big_endian(crc32(name + content), 4);
}

// What is left of compression when everything lies in one stored block.
std::string stored(const std::string& bytes) {
  std::uint32_t a = 1;
  std::uint32_t b = 0;
  for (const char c : bytes) {
    a = (a + static_cast<unsigned char>(c)) % 65521;
    b = (b + a) % 65521;
  }
  return "\x78\x01\x01" + little_endian(bytes.size(), 2) + little_endian(~bytes.size(), 2) + bytes +
         big_endian(b << 16 | a, 4);
}

enum PngColour { kGrey = 0, kRgb = 2, kPalette = 3, kGreyAlpha = 4, kRgba = 6 };

struct Png {
  int width = 0;
  int height = 0;
  PngColour colour = kGrey;
  std::string rows;  // each with the number of its filter in front
  int bits = 8;
  std::string chunks = {};
  bool interlaced = false;

  std::string bytes() const {
    const std::string header = big_endian(width, 4) + big_endian(height, 4) + static_cast<char>(bits) +
                               static_cast<char>(colour) + "\0\0"s + static_cast<char>(interlaced);
    return "\x89PNG\r\n\x1A\n" + chunk("IHDR", header) + chunks + chunk("IDAT", stored(rows)) +
           chunk("IEND", "");
  }
};

using Drawing = std::unique_ptr<gdImage, decltype(&gdImageDestroy)>;

// Colours that change slowly, which JPEG keeps well.
Drawing slope(int width, int height) {
  Drawing out(gdImageCreateTrueColor(width, height), gdImageDestroy);
  for (int y = 0; y < height; ++y)
    for (int x = 0; x < width; ++x)
      gdImageSetPixel(out.get(), x, y, gdTrueColor(60 + 3 * x, 200 - 4 * y, 90 + x + y));
  return out;
}

std::string jpeg(const Drawing& drawing, bool progressive) {
  gdImageInterlace(drawing.get(), progressive);
  int size = 0;
  const std::unique_ptr<void, decltype(&gdFree)> bytes(gdImageJpegPtr(drawing.get(), &size, 95), gdFree);
  return {static_cast<const char*>(bytes.get()), static_cast<std::size_t>(size)};
}

// One grey block: all quantizers are 8, and its mean is 5 above 128. Of the two Huffman tables each has one
// code, 0: for a difference of three bits, and for the end of a block.
std::string grey_jpeg() {
  const auto table = [](char id, char symbol) {
    return "\xFF\xC4\0\x14"s + id + "\x01" + std::string(15, '\0') + symbol;
  };
  return "\xFF\xD8\xFF\xDB\0\x43\0"s + std::string(64, '\x08') +
         "\xFF\xC0\0\x0B\x08\0\x07\0\x05\x01\x01\x11\0"s + table('\0', '\x03') + table('\x10', '\0') +
         "\xFF\xDA\0\x08\x01\x01\0\0\x3F\0\x57\xFF\xD9"s;
}

// A directory of the one entry that tells how a picture is to be seen, behind an entry of another kind.
std::string orientation(int value, bool big, int type = 3, int count = 1) {
  const auto number = [&](int v, int bytes) { return big ? big_endian(v, bytes) : little_endian(v, bytes); };
  const auto entry = [&](int tag, int kind, int items, int held) {
    return number(tag, 2) + number(kind, 2) + number(items, 4) + number(held, 2) + "\0\0"s;
  };
  return (big ? "MM" : "II") + number(42, 2) + number(8, 4) + number(2, 2) + entry(0x10F, 2, 1, 0) +
         entry(0x112, type, count, value) + number(0, 4);
}

std::string with_exif(const std::string& jpeg, const std::string& exif) {
  return jpeg.substr(0, 2) + "\xFF\xE1" + big_endian(exif.size() + 8, 2) + "Exif\0\0"s + exif +
         jpeg.substr(2);
}

Image read(const std::string& bytes, std::int64_t channels) {
  const TemporaryFolder folder;
  return read_image(folder.write("image", bytes), channels);
}

Pixels pixels(const std::string& bytes, std::int64_t channels) {
  const Image image = read(bytes, channels);
  BOOST_TEST(image.channels == channels);
  BOOST_TEST(std::ssize(image.pixels) == image.height * image.width * channels);
  return image.pixels;
}

std::string refusal(const std::string& bytes) {
  const TemporaryFolder folder;
  const std::string path = folder.write("image", bytes);
  BOOST_TEST(code_of([&] { read_image(path, 3); }) == "bad file");
  const std::string message = message_of([&] { read_image(path, 3); });
  const std::string prefix = "cannot read " + path + ": ";
  BOOST_TEST(message.starts_with(prefix), message);
  return message.substr(std::min(prefix.size(), message.size()));
}

struct Named {
  std::string name;
  std::string bytes;
};

/// One small file of each kind.
std::vector<Named> samples() {
  return {
      {"BMP of 24 bits", Bmp{1, 2, 24, "\1\2\3\0\4\5\6\0"s}.bytes()},
      {"BMP with a palette", Bmp{2, 2, 8, "\0\1\0\0\1\0\0\0"s, "\1\2\3\0\4\5\6\0"s, 124}.bytes()},
      {"grey PNG", Png{2, 2, kGrey, "\0\1\2\0\3\4"s}.bytes()},
      {"RGB PNG", Png{1, 2, kRgb, "\0\1\2\3\0\4\5\6"s}.bytes()},
      {"PNG with a palette", Png{2, 1, kPalette, "\0\0\1"s, 8, chunk("PLTE", "abcdef")}.bytes()},
      {"grey JPEG", grey_jpeg()},
      {"JPEG", jpeg(slope(11, 9), false)},
      {"progressive JPEG", jpeg(slope(11, 9), true)},
      {"turned PNG", Png{2, 2, kGrey, "\0\1\2\0\3\4"s, 8, chunk("eXIf", orientation(6, true))}.bytes()},
      {"turned JPEG", with_exif(jpeg(slope(11, 9), false), orientation(8, false))},
  };
}

/// Values that count up, from 0 again after 255.
Image counting(std::int64_t height, std::int64_t width, std::int64_t channels) {
  Image out{height, width, channels, {}};
  for (std::int64_t i = 0; i < height * width * channels; ++i)
    out.pixels.push_back(static_cast<std::uint8_t>(i));
  return out;
}

std::uint8_t at(const Image& image, std::int64_t y, std::int64_t x, std::int64_t c) {
  return image.pixels.at(static_cast<std::size_t>((y * image.width + x) * image.channels + c));
}

/// The last index whose pixel starts at or before destination index i.
std::int64_t before(std::int64_t i, std::int64_t source, std::int64_t destination) {
  std::int64_t j = 0;
  while ((j + 1) * destination <= i * source) ++j;
  return j;
}

}  // namespace

BOOST_AUTO_TEST_CASE(bmp_rows_lie_from_the_bottom_or_from_the_top) {
  // Blue, green, red; rows are padded to four bytes.
  const std::string first = "\3\2\1\6\5\4\0\0"s;
  const std::string second = "\x9\x8\x7\xC\xB\xA\0\0"s;
  const Pixels expected = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12};
  const Image image = read(Bmp{2, 2, 24, second + first}.bytes(), 3);
  BOOST_TEST(image.height == 2);
  BOOST_TEST(image.width == 2);
  BOOST_TEST(image.pixels == expected, boost::test_tools::per_element());
  for (const int header : {40, 56, 108, 124})
    BOOST_TEST(pixels(Bmp{2, -2, 24, first + second, "", header}.bytes(), 3) == expected,
               boost::test_tools::per_element());
  const Image tall = read(Bmp{1, 3, 24, std::string(12, '\0')}.bytes(), 3);
  BOOST_TEST(tall.height == 3);
  BOOST_TEST(tall.width == 1);
}

BOOST_AUTO_TEST_CASE(bmp_palettes_of_every_depth) {
  std::string greys;
  for (int i = 0; i < 256; ++i) greys += std::string(3, static_cast<char>(255 - i)) + '\0';
  for (const int header : {40, 108, 124}) {
    BOOST_TEST_CONTEXT("header of " << header << " bytes") {
      const auto bytes = [&](int width, int bits, const std::string& row, std::size_t colours) {
        return Bmp{width, 1, bits, row, greys.substr(0, 4 * colours), header}.bytes();
      };
      BOOST_TEST(pixels(bytes(3, 8, "\0\x7F\xFF\0"s, 256), 1) == (Pixels{255, 128, 0}),
                 boost::test_tools::per_element());
      BOOST_TEST(pixels(bytes(3, 4, "\x12\xF0\0\0"s, 16), 1) == (Pixels{254, 253, 240}),
                 boost::test_tools::per_element());
      BOOST_TEST(pixels(bytes(10, 1, "\xA0\x40\0\0"s, 2), 1) ==
                     (Pixels{254, 255, 254, 255, 255, 255, 255, 255, 255, 254}),
                 boost::test_tools::per_element());
      BOOST_TEST(pixels(bytes(40, 1, std::string(5, '\xFF') + "\0\0\0"s, 2), 1) == Pixels(40, 254),
                 boost::test_tools::per_element());
    }
  }
  const std::string colours = "\3\2\1\0\6\5\4\0"s;
  BOOST_TEST(pixels(Bmp{2, 1, 8, "\1\0\0\0"s, colours}.bytes(), 3) == (Pixels{4, 5, 6, 1, 2, 3}),
             boost::test_tools::per_element());
  // Zero colours stand for all of them.
  std::string all = Bmp{1, 1, 8, "\xFF\0\0\0"s, greys}.bytes();
  all.replace(46, 4, 4, '\0');
  BOOST_TEST(pixels(all, 1) == Pixels{0}, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(bmp_of_32_bits) {
  const std::string row = "\3\2\1\0\6\5\4\xFF"s;
  const Pixels expected = {1, 2, 3, 4, 5, 6};
  const std::string masks = little_endian(0xFF0000, 4) + little_endian(0xFF00, 4) + little_endian(0xFF, 4);
  BOOST_TEST(pixels(Bmp{2, 1, 32, row}.bytes(), 3) == expected, boost::test_tools::per_element());
  BOOST_TEST(pixels(Bmp{2, 1, 32, row, "", 124, 3, masks}.bytes(), 3) == expected,
             boost::test_tools::per_element());
  const std::string other = little_endian(0xFF, 4) + little_endian(0xFF00, 4) + little_endian(0xFF0000, 4);
  BOOST_TEST(
      refusal(Bmp{2, 1, 32, row, "", 124, 3, other}.bytes()) ==
      "it has 32 bits per pixel and compression 3; BMP files are read with 1, 4, 8, 24 or 32 bits and no "
      "compression");
}

BOOST_AUTO_TEST_CASE(bmp_files_that_are_refused) {
  const std::string row(8, '\0');
  BOOST_TEST(refusal(Bmp{2, 1, 16, row}.bytes()).starts_with("it has 16 bits per pixel and compression 0;"));
  BOOST_TEST(refusal(Bmp{2, 1, 8, row, row, 40, 1}.bytes())
                 .starts_with("it has 8 bits per pixel and compression 1;"));
  BOOST_TEST(refusal(Bmp{2, 1, 24, row, "", 12}.bytes()) == "its BMP header has 12 bytes, not 40 or more");
  BOOST_TEST(refusal(Bmp{2, 1, 8, "\0\2\0\0"s, row}.bytes()) == "a pixel has colour 2 of a palette of 2");
  BOOST_TEST(refusal(Bmp{0, 1, 24, row}.bytes()) == "it has 1 x 0 pixels (height x width)");
  BOOST_TEST(refusal(Bmp{-2, 1, 24, row}.bytes()) == "it has 1 x -2 pixels (height x width)");
  BOOST_TEST(refusal(Bmp{2, 0, 24, row}.bytes()) == "it has 0 x 2 pixels (height x width)");
  std::string early = Bmp{2, 1, 24, row}.bytes();
  early[10] = 20;
  BOOST_TEST(refusal(early) == "it is damaged: pixels lie in its header");
}

BOOST_AUTO_TEST_CASE(png_of_every_kind) {
  BOOST_TEST(pixels(Png{3, 2, kGrey, "\0\1\2\3\0\4\5\6"s}.bytes(), 1) == (Pixels{1, 2, 3, 4, 5, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{2, 1, kRgb, "\0\1\2\3\4\5\6"s}.bytes(), 3) == (Pixels{1, 2, 3, 4, 5, 6}),
             boost::test_tools::per_element());
  // Filter 2 adds the row above.
  BOOST_TEST(pixels(Png{2, 2, kGrey, "\0\1\2\2\3\4"s}.bytes(), 1) == (Pixels{1, 2, 4, 6}),
             boost::test_tools::per_element());
  // Fewer bits are spread over 0 .. 255.
  BOOST_TEST(pixels(Png{3, 1, kGrey, "\0\xA0"s, 1}.bytes(), 1) == (Pixels{255, 0, 255}),
             boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{4, 1, kGrey, "\0\x1B"s, 2}.bytes(), 1) == (Pixels{0, 85, 170, 255}),
             boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{2, 1, kGrey, "\0\x1F"s, 4}.bytes(), 1) == (Pixels{17, 255}),
             boost::test_tools::per_element());
  // Of 16 bits the upper 8.
  BOOST_TEST(pixels(Png{2, 1, kGrey, "\0\x12\xFF\xFF\x01"s, 16}.bytes(), 1) == (Pixels{0x12, 0xFF}),
             boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{1, 1, kRgb, "\0\1\xFF\2\xFF\3\xFF"s, 16}.bytes(), 3) == (Pixels{1, 2, 3}),
             boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{3, 1, kPalette, "\0\x18"s, 2, chunk("PLTE", "abcdefghi")}.bytes(), 3) ==
                 (Pixels{'a', 'b', 'c', 'd', 'e', 'f', 'g', 'h', 'i'}),
             boost::test_tools::per_element());
}

// The standard says at which side row 0 and column 0 are to be seen.
Image seen(const Image& stored, int orientation) {
  constexpr const char* kSides[] = {"top left", "top right", "bottom right", "bottom left",
                                    "left top", "right top", "right bottom", "left bottom"};
  const std::string sides = kSides[orientation - 1];
  const std::string of_rows = sides.substr(0, sides.find(' ')),
                    of_columns = sides.substr(sides.find(' ') + 1);
  const bool turned = of_rows == "left" || of_rows == "right";
  Image out{
      turned ? stored.width : stored.height, turned ? stored.height : stored.width, stored.channels, {}};
  out.pixels.resize(stored.pixels.size());
  for (std::int64_t row = 0; row < stored.height; ++row)
    for (std::int64_t column = 0; column < stored.width; ++column) {
      std::int64_t y = 0, x = 0;
      for (const auto& [side, at] : {std::pair{of_rows, row}, std::pair{of_columns, column}}) {
        if (side == "top") y = at;
        if (side == "bottom") y = out.height - 1 - at;
        if (side == "left") x = at;
        if (side == "right") x = out.width - 1 - at;
      }
      for (std::int64_t c = 0; c < stored.channels; ++c)
        out.pixels[static_cast<std::size_t>((y * out.width + x) * out.channels + c)] =
            at(stored, row, column, c);
    }
  return out;
}

BOOST_AUTO_TEST_CASE(pictures_are_turned_as_their_orientation_says) {
  const std::string rows = "\0\1\2\3\0\4\5\6"s;
  const Image stored = read(Png{3, 2, kGrey, rows}.bytes(), 1);
  // As a camera held upright notes it.
  BOOST_TEST(seen(stored, 6).pixels == (Pixels{4, 1, 5, 2, 6, 3}), boost::test_tools::per_element());
  const std::string photo = jpeg(slope(21, 13), false);
  for (const bool big : {false, true})
    for (int o = 1; o <= 8; ++o) {
      BOOST_TEST_CONTEXT("orientation " << o << (big ? ", big endian" : "")) {
        const std::string chunk_of = chunk("eXIf", orientation(o, big));
        std::string late = Png{3, 2, kGrey, rows}.bytes();
        late.insert(late.size() - 12, chunk_of);  // before the last chunk
        for (const std::string& bytes : {Png{3, 2, kGrey, rows, 8, chunk_of}.bytes(), late}) {
          const Image image = read(bytes, 1), expected = seen(stored, o);
          BOOST_TEST(image.height == expected.height);
          BOOST_TEST(image.width == expected.width);
          BOOST_TEST(image.pixels == expected.pixels, boost::test_tools::per_element());
        }
        const Image image = read(with_exif(photo, orientation(o, big)), 3),
                    expected = seen(read(photo, 3), o);
        BOOST_TEST(image.height == expected.height);
        BOOST_TEST(image.width == expected.width);
        BOOST_TEST(image.pixels == expected.pixels, boost::test_tools::per_element());
      }
    }
  // The first counts.
  BOOST_TEST(read(with_exif(with_exif(photo, orientation(1, true)), orientation(6, true)), 3).height == 21);
}

BOOST_AUTO_TEST_CASE(an_orientation_that_makes_no_sense_is_ignored) {
  BOOST_TEST(exif_orientation(orientation(6, true)) == 6);
  for (const bool big : {false, true}) {
    for (const int value : {0, 9, 255, 65535})
      BOOST_TEST(exif_orientation(orientation(value, big)) == 1, value);
    BOOST_TEST(exif_orientation(orientation(6, big, 4)) == 1);     // no 16 bits
    BOOST_TEST(exif_orientation(orientation(6, big, 3, 2)) == 1);  // two of them
    const std::string good = orientation(6, big);
    // Wherever it ends, up to the number itself.
    for (std::size_t size = 0; size + 6 < good.size(); ++size)
      BOOST_TEST(exif_orientation(std::string_view(good).substr(0, size)) == 1, size);
    // Directories elsewhere, and at the very end of 32 bits.
    for (const std::uint64_t at : {std::uint64_t{0}, std::uint64_t{good.size()}, std::uint64_t{0xFFFFFFF0},
                                   std::uint64_t{0xFFFFFFFF}}) {
      std::string bytes = good;
      bytes.replace(4, 4, big ? big_endian(at, 4) : little_endian(at, 4));
      BOOST_TEST(exif_orientation(bytes) == 1, at);
    }
    // More entries than there are bytes.
    std::string many = good;
    many.replace(8, 2, "\xFF\xFF");
    BOOST_TEST(exif_orientation(many) == 6);
    many[many.size() - 16] ^= 1;  // the tag
    many[many.size() - 15] ^= 1;
    BOOST_TEST(exif_orientation(many) == 1);
  }
  // Such a picture is shown as it is stored.
  const std::string photo = jpeg(slope(21, 13), false);
  for (const std::string& exif : {""s, "XX"s, orientation(9, true), orientation(6, true).substr(0, 20)}) {
    BOOST_TEST(read(with_exif(photo, exif), 3).pixels == read(photo, 3).pixels,
               boost::test_tools::per_element());
    const Png png{3, 2, kGrey, "\0\1\2\3\0\4\5\6"s, 8, chunk("eXIf", exif)};
    BOOST_TEST(pixels(png.bytes(), 1) == (Pixels{1, 2, 3, 4, 5, 6}), boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(an_orientation_whose_checksum_is_wrong_is_ignored) {
  const std::string good = chunk("eXIf", orientation(3, true));
  const auto seen_with = [&](const std::string& chunks) {
    return pixels(Png{3, 2, kGrey, "\0\1\2\3\0\4\5\6"s, 8, chunks}.bytes(), 1);
  };
  const Pixels stored{1, 2, 3, 4, 5, 6}, turned{6, 5, 4, 3, 2, 1};
  BOOST_TEST(seen_with(good) == turned, boost::test_tools::per_element());
  for (std::size_t at = 8; at < good.size(); ++at) {  // behind the name: what it says, and the checksum
    std::string damaged = good;
    damaged[at] ^= 1;
    BOOST_TEST_CONTEXT("byte " << at) {
      BOOST_TEST(seen_with(damaged) == stored, boost::test_tools::per_element());
    }
  }
  std::string damaged = chunk("eXIf", orientation(2, true));
  damaged.back() ^= 1;
  BOOST_TEST(seen_with(damaged + good) == turned, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(transparency_is_ignored) {
  BOOST_TEST(pixels(Png{2, 1, kRgba, "\0\1\2\3\0\4\5\6\x80"s}.bytes(), 3) == (Pixels{1, 2, 3, 4, 5, 6}),
             boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{2, 1, kGreyAlpha, "\0\7\0\x8\x80"s}.bytes(), 1) == (Pixels{7, 8}),
             boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{2, 1, kGrey, "\0\7\x8"s, 8, chunk("tRNS", "\0\7"s)}.bytes(), 1) == (Pixels{7, 8}),
             boost::test_tools::per_element());
  const std::string chunks = chunk("PLTE", "abcdef") + chunk("tRNS", "\0\x80"s);
  BOOST_TEST(
      pixels(Png{2, 1, kPalette, "\0\1\0"s, 8, chunks}.bytes(), 3) == (Pixels{'d', 'e', 'f', 'a', 'b', 'c'}),
      boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(png_rows_may_be_interlaced) {
  constexpr int kWidth = 11;
  constexpr int kHeight = 9;
  std::string rows;
  // Adam7: where each pass starts, and its steps.
  constexpr std::array<std::array<int, 4>, 7> kPasses = {
      {{0, 0, 8, 8}, {0, 4, 8, 8}, {4, 0, 8, 4}, {0, 2, 4, 4}, {2, 0, 4, 2}, {0, 1, 2, 2}, {1, 0, 2, 1}}};
  for (const auto& [top, left, down, right] : kPasses)
    for (int y = top; y < kHeight; y += down) {
      rows += '\0';
      for (int x = left; x < kWidth; x += right) rows += static_cast<char>(kWidth * y + x);
    }
  const Png png{kWidth, kHeight, kGrey, rows, 8, "", true};
  BOOST_TEST(pixels(png.bytes(), 1) == counting(kHeight, kWidth, 1).pixels, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(jpeg_grey_and_colour) {
  const Image grey = read(grey_jpeg(), 1);
  BOOST_TEST(grey.height == 7);
  BOOST_TEST(grey.width == 5);
  BOOST_TEST(grey.pixels == Pixels(35, 133), boost::test_tools::per_element());
  BOOST_TEST(pixels(grey_jpeg(), 3) == Pixels(105, 133), boost::test_tools::per_element());

  const Drawing drawing = slope(33, 21);
  for (const bool progressive : {false, true}) {
    const Image image = read(jpeg(drawing, progressive), 3);
    BOOST_REQUIRE(image.height == 21);
    BOOST_REQUIRE(image.width == 33);
    int furthest = 0;
    for (int y = 0; y < 21; ++y)
      for (int x = 0; x < 33; ++x) {
        const int colour = gdImageGetTrueColorPixel(drawing.get(), x, y);
        const std::array expected = {gdTrueColorGetRed(colour), gdTrueColorGetGreen(colour),
                                     gdTrueColorGetBlue(colour)};
        for (int c = 0; c < 3; ++c) furthest = std::max(furthest, std::abs(at(image, y, x, c) - expected[c]));
      }
    BOOST_TEST(furthest > 0);
    BOOST_TEST(furthest <= 8);
  }
}

BOOST_AUTO_TEST_CASE(grey_of_colours_and_colours_of_grey) {
  const auto grey = [](int r, int g, int b) {
    const std::string row = {'\0', static_cast<char>(r), static_cast<char>(g), static_cast<char>(b)};
    return int{pixels(Png{1, 1, kRgb, row}.bytes(), 1).at(0)};
  };
  BOOST_TEST(grey(255, 0, 0) == 76);   // 76.245
  BOOST_TEST(grey(0, 255, 0) == 150);  // 149.685
  BOOST_TEST(grey(0, 0, 255) == 29);   // 29.07
  BOOST_TEST(grey(10, 20, 30) == 18);  // 18.15
  BOOST_TEST(grey(0, 0, 250) == 29);   // 28.5
  // A grey colour is itself.
  Pixels all;
  std::string row(1, '\0');
  for (int i = 0; i < 256; ++i) {
    all.push_back(static_cast<std::uint8_t>(i));
    row += std::string(3, static_cast<char>(i));
  }
  BOOST_TEST(pixels(Png{256, 1, kRgb, row}.bytes(), 1) == all, boost::test_tools::per_element());
  BOOST_TEST(pixels(Png{2, 1, kGrey, "\0\7\x8"s}.bytes(), 3) == (Pixels{7, 7, 7, 8, 8, 8}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(a_file_that_ends_early_is_refused_wherever_it_ends) {
  for (const Named& sample : samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      BOOST_CHECK_NO_THROW(read(sample.bytes, 3));
      for (std::size_t size = 0; size < sample.bytes.size(); ++size)
        BOOST_TEST(refusal(sample.bytes.substr(0, size)) != "", size << " bytes");
    }
  }
  BOOST_TEST(refusal(grey_jpeg().substr(0, grey_jpeg().size() - 2))
                 .starts_with("it is damaged or ends early (gd-jpeg"));
}

// Whatever is read has the size it says; everything else is refused.
BOOST_AUTO_TEST_CASE(a_damaged_file_is_read_or_refused) {
  for (const Named& sample : samples()) {
    BOOST_TEST_CONTEXT(sample.name) {
      int refused = 0;
      for (std::size_t i = 0; i < sample.bytes.size(); ++i)
        for (const int mask : {0x01, 0x80, 0xFF}) {
          std::string bytes = sample.bytes;
          bytes[i] = static_cast<char>(bytes[i] ^ mask);
          try {
            pixels(bytes, 3);
          } catch (const Error& error) {
            ++refused;
            BOOST_TEST((error.code() == Errc::bad_file));
          }
        }
      BOOST_TEST(refused > 0);
    }
  }
}

BOOST_AUTO_TEST_CASE(more_than_a_hundred_million_pixels_are_refused_from_the_header) {
  const std::string why = "it has 10001 x 10000 pixels (height x width); at most 100 million pixels are read";
  BOOST_TEST(refusal(Bmp{10000, 10001, 24, ""}.bytes()) == why);
  BOOST_TEST(refusal(Png{10000, 10001, kRgb, ""}.bytes()) == why);
  BOOST_TEST(refusal("\xFF\xD8\xFF\xC0\0\x0B\x08"s + big_endian(10001, 2) + big_endian(10000, 2)) == why);
  BOOST_TEST(refusal(Png{0x7FFFFFFF, 0x7FFFFFFF, kRgb, ""}.bytes())
                 .starts_with("it has 2147483647 x 2147483647 pixels"));
  BOOST_TEST(refusal(Bmp{0x7FFFFFFF, std::numeric_limits<int>::min(), 32, ""}.bytes())
                 .starts_with("it has 2147483648 x 2147483647 pixels"));
}

BOOST_AUTO_TEST_CASE(other_files_are_refused) {
  BOOST_TEST(refusal("") == "it is empty");
  for (const std::string& bytes : {"B"s, "GIF89a\1\0\1\0"s, "II*\0"s, "RIFF\0\0\0\0WEBP"s, "1,2,3\n"s})
    BOOST_TEST(refusal(bytes) == "it is no BMP, PNG or JPEG file");

  const TemporaryFolder folder;
  const std::string missing = folder.path("none.png");
  BOOST_TEST(code_of([&] { read_image(missing, 3); }) == "missing input");
  BOOST_TEST(message_of([&] { read_image(missing, 3); }) == "no such file: " + missing);
  BOOST_TEST(code_of([&] { read_image(folder.path(""), 3); }) == "bad file");
  BOOST_TEST(message_of([&] { read_image(folder.path(""), 3); }).find("Is a directory") != std::string::npos);

  // The first bytes count, not the name.
  const std::string path = folder.write("grey.bmp", Png{1, 1, kGrey, "\0\7"s}.bytes());
  BOOST_TEST(read_image(path, 1).pixels == Pixels{7}, boost::test_tools::per_element());
  for (const int channels : {-1, 0, 2, 4})
    BOOST_TEST(message_of([&] { read_image(path, channels); }) ==
               "images are read with 1 or 3 channels, not " + std::to_string(channels) + ": " + path);
}

BOOST_AUTO_TEST_CASE(resized_by_hand) {
  const Image row{1, 2, 1, {10, 20}};
  BOOST_TEST(resize(row, 1, 4, Resize::bilinear).pixels == (Pixels{10, 15, 20, 20}),
             boost::test_tools::per_element());
  BOOST_TEST(resize(row, 2, 4, Resize::nearest).pixels == (Pixels{10, 10, 20, 20, 10, 10, 20, 20}),
             boost::test_tools::per_element());
  // 0 + 1/2 of 1 is rounded down.
  BOOST_TEST(resize({1, 2, 1, {0, 1}}, 1, 4, Resize::bilinear).pixels == (Pixels{0, 0, 1, 1}),
             boost::test_tools::per_element());
  // Half a pixel down and three quarters to the right.
  const Image square{2, 2, 1, {100, 60, 20, 200}};
  const Image larger = resize(square, 4, 8, Resize::bilinear);
  BOOST_TEST(int{at(larger, 1, 3, 0)} == (100 * 1 + 60 * 3 + 20 * 1 + 200 * 3) / 8);
  BOOST_TEST(int{at(larger, 3, 7, 0)} == 200);
  // Every second pixel, not the mean of two.
  BOOST_TEST(resize({1, 4, 1, {1, 100, 3, 200}}, 1, 2, Resize::bilinear).pixels == (Pixels{1, 3}),
             boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(resized_as_in_exact_arithmetic) {
  const std::uint64_t seed = std::random_device{}();
  BOOST_TEST_MESSAGE("seed " << seed);
  std::mt19937_64 rng(seed);
  constexpr std::array<std::array<std::int64_t, 2>, 9> kSizes = {
      {{1, 1}, {1, 7}, {5, 1}, {2, 3}, {7, 5}, {8, 16}, {13, 31}, {32, 32}, {40, 17}}};
  for (const auto& [height, width] : kSizes)
    for (const auto& [new_height, new_width] : kSizes)
      for (const std::int64_t channels : {1, 3}) {
        Image image = counting(height, width, channels);
        for (std::uint8_t& value : image.pixels) value = static_cast<std::uint8_t>(rng());
        const Image nearest = resize(image, new_height, new_width, Resize::nearest);
        const Image bilinear = resize(image, new_height, new_width, Resize::bilinear);
        for (const Image* out : {&nearest, &bilinear}) {
          BOOST_TEST(out->height == new_height);
          BOOST_TEST(out->width == new_width);
          BOOST_TEST(out->channels == channels);
          BOOST_REQUIRE(std::ssize(out->pixels) == new_height * new_width * channels);
        }
        std::int64_t wrong = 0;
        const std::int64_t parts = new_height * new_width;
        const bool binary_fractions = (parts & (parts - 1)) == 0;
        for (std::int64_t y = 0; y < new_height; ++y)
          for (std::int64_t x = 0; x < new_width; ++x)
            for (std::int64_t c = 0; c < channels; ++c) {
              const std::int64_t top = before(y, height, new_height);
              const std::int64_t left = before(x, width, new_width);
              const std::int64_t bottom = std::min(top + 1, height - 1);
              const std::int64_t right = std::min(left + 1, width - 1);
              wrong += at(nearest, y, x, c) != at(image, top, left, c);
              // In units of 1 / parts.
              const std::int64_t fy = y * height - top * new_height;
              const std::int64_t fx = x * width - left * new_width;
              const std::int64_t sum =
                  (new_height - fy) *
                      ((new_width - fx) * at(image, top, left, c) + fx * at(image, top, right, c)) +
                  fy * ((new_width - fx) * at(image, bottom, left, c) + fx * at(image, bottom, right, c));
              const std::int64_t got = at(bilinear, y, x, c);
              const bool one_less = !binary_fractions && sum % parts == 0 && got == sum / parts - 1;
              wrong += got != sum / parts && !one_less;
            }
        BOOST_TEST(wrong == 0, wrong << " of " << new_height << " x " << new_width << " from " << height
                                     << " x " << width);
      }
}

BOOST_AUTO_TEST_CASE(the_same_size_changes_nothing) {
  const Image image = counting(5, 9, 3);
  for (const Resize how : {Resize::bilinear, Resize::nearest})
    BOOST_TEST(resize(image, 5, 9, how).pixels == image.pixels, boost::test_tools::per_element());
}

BOOST_AUTO_TEST_CASE(sizes_that_no_image_can_have) {
  const Image image = counting(2, 2, 1);
  for (const auto& [height, width] :
       {std::pair{0L, 1L}, {1L, 0L}, {-1L, 1L}, {10001L, 10000L}, {1L << 62, 1L << 62}}) {
    BOOST_TEST(code_of([&] { resize(image, height, width, Resize::nearest); }) == "bad argument");
    BOOST_TEST(message_of([&] { resize(image, height, width, Resize::nearest); }) ==
               "an image cannot become " + std::to_string(height) + " x " + std::to_string(width) +
                   " pixels (height x width); sizes are positive, and at most 100 million pixels");
  }
}

BOOST_AUTO_TEST_CASE(inputs_of_trained_networks) {
  const std::string folder = models_folder();
  if (folder.empty()) return;
  for (const std::string name : {"cat", "grace_hopper"})
    for (const auto& [model, size] :
         {std::pair{"mobilenet_v1_0.25_128_quant", 128}, {"mobilenet_v1_0.5_160_quant", 160}}) {
      const std::vector<std::int32_t> expected = read_values(folder + model + "." + name + ".input.npy");
      const Image image = resize(read_image(folder + name + ".bmp", 3), size, size, Resize::bilinear);
      BOOST_TEST(std::equal(image.pixels.begin(), image.pixels.end(), expected.begin(), expected.end()),
                 model << " of " << name);
    }
  // The bytes of these are taken as signed.
  for (const std::string name : {"person", "no_person"}) {
    const std::vector<std::int32_t> expected = read_values(folder + "person_detect." + name + ".input.npy");
    const Image image = read_image(folder + name + ".bmp", 1);
    BOOST_TEST(image.height == 96);
    BOOST_TEST(image.width == 96);
    const bool equal = std::equal(
        image.pixels.begin(), image.pixels.end(), expected.begin(), expected.end(),
        [](std::uint8_t pixel, std::int32_t value) { return static_cast<std::int8_t>(pixel) == value; });
    BOOST_TEST(equal, name);
  }
}

BOOST_AUTO_TEST_SUITE_END()
