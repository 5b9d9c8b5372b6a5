#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/io/exif.hpp"
#include "graph/error.hpp"

// Any bytes say one of the eight orientations, the first if they make no sense.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const int orientation = tacet::apps::exif_orientation({reinterpret_cast<const char*>(bytes), size});
  TACET_ASSERT(orientation >= 1 && orientation <= 8);
  return 0;
}
