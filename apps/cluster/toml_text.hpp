#pragma once

#include <string>
#include <string_view>

namespace tacet::apps {

/// A TOML text that says the same in ASCII alone: characters outside it are written as \u escapes in strings,
/// and are dropped from comments, their only other place. toml++ 3.3 looks every other one up in a table
/// whose gaps it declares unreachable, also while it reports an error, so it must not see any. It also
/// recurses for every dot of a key and, when the tables go, once more, so what is nested deep is refused
/// here. Fails: Errc::bad_config naming line and column of a character that is in neither place, is not
/// UTF-8, or is in a string of single quotation marks, which know no escapes; and of what is nested deeper
/// than limits.hpp says.
std::string ascii_toml(std::string_view text, const std::string& file);

}  // namespace tacet::apps
