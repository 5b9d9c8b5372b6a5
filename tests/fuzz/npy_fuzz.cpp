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
    const std::size_t count = data.floats().empty() ? data.cells().size() : data.floats().size();
    TACET_ASSERT(count == data.shape().elements() && count <= size);
    if (count > 0) static_cast<void>(data.place(count - 1));
    const tacet::ElementType element = size % 2 == 0 ? tacet::ring(31) : tacet::fixed(64, 16);
    static_cast<void>(tacet::apps::encode(data, element, data.shape(), {"x"}));
  } catch (const tacet::Error&) {
  }
  return 0;
}
