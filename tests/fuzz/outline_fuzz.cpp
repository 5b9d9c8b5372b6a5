// Outlines of networks, which parties get from the owner of a model.
#include <cstddef>
#include <cstdint>

#include "apps/infer/outline.hpp"
#include "apps/infer/secure.hpp"
#include "graph/error.hpp"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tacet;
  try {
    const apps::infer::Outline outline =
        apps::infer::parse_outline({reinterpret_cast<const char*>(data), size}, "fuzz.json");
    // What has been accepted can be built, or is too large in a way that is said.
    if (outline.network.tensor(outline.network.input).shape.elements() > 10'000) return 0;
    Builder b;
    std::vector<std::int64_t> dims = outline.network.tensor(outline.network.input).shape.dims();
    apps::infer::compute(b, outline, b.input("image", Builder::party(0), ring(outline.ring_bits), Shape(dims)),
                         Builder::party(1));
  } catch (const Error&) {
  }
  return 0;
}
