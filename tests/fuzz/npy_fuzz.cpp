#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/io/npy.hpp"
#include "graph/error.hpp"

// Any bytes are an array of the shape it reports, or an Error; the header never makes us take more memory
// than the items in the file need.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view file(reinterpret_cast<const char*>(bytes), size);
  try {
    const tacet::apps::Data data = tacet::apps::parse_npy(file, "fuzz.npy", {});
    TACET_ASSERT(data.cells().size() == data.shape().elements() && data.cells().size() <= size);
    if (data.cells().size() > 0) static_cast<void>(data.place(data.cells().size() - 1));
    static_cast<void>(tacet::apps::encode(data, tacet::ring(31), data.shape(), {"x"}));
  } catch (const tacet::Error&) {
  }
  return 0;
}
