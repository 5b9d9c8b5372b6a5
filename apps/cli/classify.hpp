#pragma once

#include <functional>

namespace CLI {
class App;
}

namespace tacet::apps {

/// Adds the verb `classify` and its own verbs. Returns what runs it once the command line has been parsed;
/// the result is the exit code. Fails: Error.
std::function<int()> add_classify(CLI::App& app);

}  // namespace tacet::apps
