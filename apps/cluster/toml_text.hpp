#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

namespace tacet::apps {

/// Where a TOML text does what a cluster file never needs: a character outside ASCII that is in neither a
/// string nor a comment (TOML forbids it), or a multi-line string. toml++ 3.3 looks such characters up in a
/// table whose gaps it declares unreachable, so it must not see them.
struct UnsafeText {
  std::size_t line = 1, column = 1;
  const char* what = "";
};
std::optional<UnsafeText> find_unsafe_text(std::string_view toml);

}  // namespace tacet::apps
