#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "apps/io/data.hpp"
#include "apps/io/number.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

/// The words in front of every message about one input: "input weights: ", or nothing for an unnamed one.
std::string input_prefix(const std::string& name);

/// Throws Errc::bad_file: "input weights: line 3, column 2 of w.csv: what".
[[noreturn]] void refuse(const ReadOptions& options, const std::string& place, const std::string& what);

/// What refuse() throws.
Error refusal(const ReadOptions& options, const std::string& place, const std::string& what);

/// What was expected where parse_number() made no integer of `text`. Shows the text only if values may be
/// shown.
std::string why_not_integer(NumberKind kind, std::string_view text, const ReadOptions& options);

/// As ", found "12%"": nothing unless values may be shown.
std::string found(std::string_view text, const ReadOptions& options);

/// As "1 cell" and "2 cells".
std::string count_text(std::uint64_t count, const std::string& what);

}  // namespace tacet::apps
