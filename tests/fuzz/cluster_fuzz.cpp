#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/cluster/cluster.hpp"
#include "graph/error.hpp"

// Any text is an Error, or a cluster that is the same after writing and reading it again.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  try {
    const tacet::apps::Cluster cluster = tacet::apps::parse_cluster(text, "fuzz.toml");
    TACET_ASSERT(tacet::apps::parse_cluster(tacet::apps::write_cluster(cluster), "fuzz.toml") == cluster);
  } catch (const tacet::Error&) {
  }
  return 0;
}
