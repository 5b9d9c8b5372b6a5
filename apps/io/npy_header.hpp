#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace tacet::apps {

/// What the header of a .npy file says about the bytes after it.
struct NpyHeader {
  char kind = 'i';             ///< b: truth values, i: two's complement, u: unsigned, f: floats
  std::size_t item_bytes = 1;  ///< 1, 2, 4 or 8
  bool big_endian = false;
  bool fortran_order = false;  ///< the first axis runs fastest
  std::vector<std::int64_t> shape;
  std::size_t data_offset = 0;  ///< where the items start in the file
};

/// Reads the header of format 1.0, 2.0 or 3.0 at the start of a file.
/// Fails: Errc::bad_file, without the file's name, for anything but numbers of up to 8 bytes and for a header
/// longer than the file.
NpyHeader parse_npy_header(std::string_view file);

/// A header of format 1.0 for little-endian items in C order, padded as NumPy does.
std::string npy_header_text(char kind, std::size_t item_bytes, const std::vector<std::int64_t>& shape);

}  // namespace tacet::apps
