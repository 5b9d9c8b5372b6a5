#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/cluster/cluster.hpp"
#include "graph/error.hpp"
#include "transport/fingerprint.hpp"

// Any text is an address or a fingerprint that is the same after writing and reading it again, or an Error.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    const tacet::apps::Address address = tacet::apps::parse_address(text);
    TACET_ASSERT(tacet::apps::parse_address(address.to_string()) == address);
  } catch (const tacet::Error&) {
  }
  try {
    const auto print = tacet::transport::Fingerprint::parse(text);
    TACET_ASSERT(tacet::transport::Fingerprint::parse(print.to_string()) == print);
  } catch (const tacet::Error&) {
  }
  return 0;
}
