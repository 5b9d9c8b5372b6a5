#include "apps/cli/verbs.hpp"

#include "graph/error.hpp"

namespace tacet::apps {

void check_verb(const CLI::App& app, int argc, char** argv) {
  // The parser's own message for a misspelt verb says that one is required, not which.
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.starts_with("-")) return;
  std::string verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_name() == word) return;
    verbs += (verbs.empty() ? "" : ", ") + verb->get_name();
  }
  throw Error(Errc::bad_argument,
              (argc > 1 ? "\"" + word + "\" is no verb: expected one of " : "expected a verb: ") + verbs +
                  " (--help says more)");
}

}  // namespace tacet::apps
