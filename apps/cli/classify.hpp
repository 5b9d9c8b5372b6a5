#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tacet::apps {

class Terminal;

/// Adds the verb `classify` and its own verbs. Returns what runs it once the command line has been parsed;
/// the result is the exit code. Fails: Error.
std::function<int(Terminal&)> add_classify(CLI::App& app);

}  // namespace tacet::apps
