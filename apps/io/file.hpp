#pragma once

#include <functional>
#include <string>
#include <string_view>

namespace tacet::apps {

/// All bytes of a file.
/// Fails: Errc::missing_input if it does not exist, Errc::bad_file for anything else, naming path and reason;
/// so does a file of more than `max_bytes`. A pipe with nothing to read is waited for until `cancelled`
/// (empty: never), which is Errc::aborted.
std::string read_file(const std::string& path, std::size_t max_bytes,
                      const std::function<bool()>& cancelled = {});

/// The same of standard input, to its end.
std::string read_standard_input(std::size_t max_bytes, const std::function<bool()>& cancelled = {});

/// What a path's extension says, in small letters and with its dot: ".csv". Empty if it has none.
std::string extension_of(std::string_view path);

}  // namespace tacet::apps
