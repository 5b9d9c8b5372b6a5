#pragma once

#include <cstdint>
#include <string>
#include <vector>

namespace tacet::apps {

/// Pixels row by row from the top, the channels of a pixel side by side.
struct Image {
  std::int64_t height = 0;
  std::int64_t width = 0;
  std::int64_t channels = 0;  ///< 1: grey; 3: red, green, blue
  std::vector<std::uint8_t> pixels;
};

/// Reads a BMP, PNG or JPEG file, told by its first bytes, as grey (1 channel) or RGB (3). The grey of a
/// colour is its luma by ITU-R BT.601, (299 R + 587 G + 114 B) / 1000 rounded to nearest, so grey pixels stay
/// what they are. Colours are those that are stored: transparency, gamma and colour profiles are ignored, and
/// of 16 bits the upper 8 are taken. The picture is upright: the orientation in the EXIF data of a JPEG or
/// PNG file is followed. A BMP file has a palette of up to 8 bits, or 24 or 32 bits, and no compression.
/// Fails: Errc::missing_input if there is no such file; Errc::bad_file naming it for other formats, more than
/// 100 million pixels (before memory is taken for them), and files that are damaged or end early, even if a
/// decoder could guess the rest; Errc::bad_argument for another number of channels.
Image read_image(const std::string& path, std::int64_t channels);
/// The same from the bytes of a file, which is named so in messages.
Image parse_image(std::string bytes, const std::string& file, std::int64_t channels);

enum class Resize { bilinear, nearest };

/// The image in another size; in its own size unchanged. Along each axis destination index i lies at
/// s = i * (source size / destination size), without half-pixel centres, and nothing is averaged when an
/// image shrinks.
/// Nearest: the pixel at floor(s), exactly.
/// Bilinear: with s computed as (i * source size) / destination size, y = floor(s), f = s - y and the pixel
/// after the last being the last,
///   p[y][x] (1 - fy) (1 - fx) + p[y][x+1] (1 - fy) fx + p[y+1][x] fy (1 - fx) + p[y+1][x+1] fy fx,
/// everything in double from left to right, rounded down. Where weights are no binary fractions, the sum of
/// equal pixels may so lie just below them and become one less.
/// Fails: Errc::bad_argument if a size is not positive or there are more than 100 million pixels.
Image resize(const Image& image, std::int64_t height, std::int64_t width, Resize how);

}  // namespace tacet::apps
