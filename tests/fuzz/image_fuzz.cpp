#include <cstddef>
#include <cstdint>
#include <string>

#include "apps/io/image.hpp"
#include "graph/error.hpp"

// Any bytes are a picture of the size it reports, or an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tacet::apps;
  try {
    const Image image =
        parse_image(std::string(reinterpret_cast<const char*>(bytes), size), "fuzz", size % 2 == 0 ? 1 : 3);
    TACET_ASSERT(image.pixels.size() ==
                 static_cast<std::size_t>(image.height * image.width * image.channels));
    static_cast<void>(resize(image, 7, 5, size % 4 < 2 ? Resize::bilinear : Resize::nearest));
  } catch (const tacet::Error&) {
  }
  return 0;
}
