#include "apps/io/exif.hpp"

#include <cstdint>

namespace tacet::apps {
namespace {

// Numbers of either byte order; those that lie outside are 0.
struct Numbers {
  std::string_view bytes;
  bool big_endian;

  std::uint32_t at(std::uint64_t offset, std::size_t size) const {
    if (size > bytes.size() || offset > bytes.size() - size) return 0;
    std::uint32_t out = 0;
    for (std::size_t i = 0; i < size; ++i)
      out = out << 8 | static_cast<unsigned char>(
                           bytes[static_cast<std::size_t>(offset) + (big_endian ? i : size - 1 - i)]);
    return out;
  }
};

}  // namespace

int exif_orientation(std::string_view exif) {
  constexpr std::uint32_t kMagic = 42, kOrientation = 0x112, kShort = 3, kEntryBytes = 12;
  if (exif.starts_with(std::string_view("Exif\0", 5))) exif.remove_prefix(exif.size() < 6 ? exif.size() : 6);
  if (!exif.starts_with("II") && !exif.starts_with("MM")) return 1;
  const Numbers numbers{exif, exif.front() == 'M'};
  if (numbers.at(2, 2) != kMagic) return 1;
  // The first directory tells of the picture itself. Its entries are counted by 16 bits, so they end.
  const std::uint64_t directory = numbers.at(4, 4), entries = numbers.at(directory, 2);
  for (std::uint64_t i = 0; i < entries; ++i) {
    const std::uint64_t entry = directory + 2 + i * kEntryBytes;
    if (numbers.at(entry, 2) != kOrientation) continue;
    const std::uint32_t value = numbers.at(entry + 8, 2);
    const bool sound = numbers.at(entry + 2, 2) == kShort && numbers.at(entry + 4, 4) == 1;
    return sound && value >= 1 && value <= 8 ? static_cast<int>(value) : 1;
  }
  return 1;
}

}  // namespace tacet::apps
