#include <cstddef>
#include <cstdint>
#include <string_view>

#include "apps/io/json.hpp"
#include "graph/error.hpp"

// Any bytes are an array of the shape it reports, or an Error; a place can be given for every cell.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(bytes), size);
  using tacet::apps::Origin;
  try {
    const Origin::Kind kind = size % 2 == 0 ? Origin::Kind::json : Origin::Kind::literal;
    const tacet::apps::Data data = tacet::apps::parse_json(text, Origin{kind, "fuzz"}, {});
    TACET_ASSERT(data.cells().size() == data.shape().elements());
    if (data.cells().size() > 0) static_cast<void>(data.place(data.cells().size() - 1));
    static_cast<void>(tacet::apps::encode(data, tacet::ring(72), data.shape(), {"x"}));
  } catch (const tacet::Error&) {
  }
  return 0;
}
