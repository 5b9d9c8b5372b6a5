#pragma once

#include <string>
#include <string_view>

namespace tacet::apps {

/// A TOML text that says the same in ASCII alone: characters outside it are written as \u escapes in strings,
/// and are dropped from comments, their only other place. toml++ 3.3 looks every other one up in a table
/// whose gaps it declares unreachable, also while it reports an error, so it must not see any. Fails:
/// Errc::bad_config naming line and column of a character that is in neither place, is not UTF-8, or is in a
/// string of single quotation marks, which know no escapes.
std::string ascii_toml(std::string_view text, const std::string& file);

}  // namespace tacet::apps
