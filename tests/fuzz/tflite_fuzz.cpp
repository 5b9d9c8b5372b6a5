#include <cstddef>
#include <cstdint>
#include <string>

#include "apps/infer/reference.hpp"
#include "graph/error.hpp"

// Any bytes are a network or an Error, and a network can be computed; nothing is allocated for shapes that
// only the file's words speak of.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  using namespace tacet::apps::infer;
  try {
    const Network network =
        parse_network(std::string(reinterpret_cast<const char*>(bytes), size), "fuzz.tflite");
    std::uint64_t elements = 0;
    for (const QuantTensor& tensor : network.tensors) elements += tensor.shape.elements();
    if (elements > 1024) return 0;  // to be quick
    const QuantTensor& input = network.tensors[static_cast<std::size_t>(network.input)];
    const std::vector<std::int32_t> values(static_cast<std::size_t>(input.shape.elements()),
                                           size % 2 == 0 ? input.zero_point() : 127);
    const TensorValues out = run_reference(network, values);
    TACET_ASSERT(out[static_cast<std::size_t>(network.logits)].size() ==
                 network.tensors[static_cast<std::size_t>(network.logits)].shape.elements());
  } catch (const tacet::Error&) {
  }
  return 0;
}
