#pragma once

#include <CLI/CLI.hpp>

namespace tacet::apps {

/// Fails: Errc::bad_argument listing the verbs unless the command line begins with one of them, or with an
/// option.
void check_verb(const CLI::App& app, int argc, char** argv);

}  // namespace tacet::apps
