#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/io/csv.hpp"
#include "graph/error.hpp"

// Any bytes are a table of the shape it reports, or an Error; a place can be given for every cell.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  const bool has_missing = size % 2 == 0;
  try {
    tacet::apps::ReadOptions options{"x", has_missing ? std::optional<std::int64_t>(-1) : std::nullopt};
    options.fractions = size % 3 == 0;
    if (size % 5 == 1) options.layout.header = size % 2 == 0;
    if (size % 5 == 2) options.layout.column = size % 4;
    if (size % 5 == 3 && size % 7 != 0) options.layout.column_name = text.substr(0, size % 7);
    if (size % 5 == 4) options.layout.separator = ';';
    const tacet::apps::Data data = tacet::apps::parse_csv(text, "fuzz.csv", options);
    TACET_ASSERT(data.cells().size() == data.shape().elements());
    if (data.cells().size() > 0) static_cast<void>(data.place(data.cells().size() - 1));
    static_cast<void>(tacet::apps::encode(data, tacet::bits(9), data.shape(), {"x"}));
  } catch (const tacet::Error&) {
  }
  return 0;
}
