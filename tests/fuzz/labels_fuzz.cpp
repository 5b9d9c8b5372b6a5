#include <cstddef>
#include <cstdint>
#include <string>

#include "apps/infer/pictures.hpp"
#include "graph/error.hpp"

// Any bytes are as many names as there are classes, each without the end of its line, or an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string text(reinterpret_cast<const char*>(bytes), size);
  try {
    const auto labels = tacet::apps::infer::parse_labels(text, "fuzz.txt", size % 5);
    TACET_ASSERT(labels.size() == size % 5);
    for (const std::string& label : labels) TACET_ASSERT(label.find('\n') == std::string::npos);
  } catch (const tacet::Error&) {
  }
  return 0;
}
