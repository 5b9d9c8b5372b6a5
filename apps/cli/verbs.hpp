#pragma once

#include <CLI/CLI.hpp>

namespace tacet::apps {

/// Fails: Errc::bad_argument listing the verbs unless the command line begins with one of them, or with an
/// option.
void check_verb(const CLI::App& app, int argc, char** argv);

/// Says what the parser found wrong, on stderr, and returns the exit code. Words that it did not expect are
/// counted, not shown: an unquoted literal arrives as several.
int exit_code(const CLI::App& app, const CLI::ParseError& error);

}  // namespace tacet::apps
