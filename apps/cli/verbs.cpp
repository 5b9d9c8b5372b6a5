#include "apps/cli/verbs.hpp"

#include <algorithm>
#include <iostream>

#include "apps/cli/command.hpp"
#include "graph/error.hpp"

namespace tacet::apps {
namespace {

bool is_letter_or_dash(char c) {
  return c == '-' || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/// What the parser did not expect, without what may be a value: part of a literal that a shell has split.
std::string unexpected(const CLI::App& app) {
  std::string options;
  std::size_t others = 0;
  for (const std::string& word : app.remaining(true)) {
    const auto end = std::find_if_not(word.begin(), word.end(), is_letter_or_dash);
    const bool is_option = word.starts_with('-') && end - word.begin() > 1;
    if (!is_option) ++others;
    if (is_option) options += (options.empty() ? "" : ", ") + std::string(word.begin(), end);
  }
  if (options.empty())
    return std::to_string(others) + (others == 1 ? " word" : " words") +
           " more than expected: put what holds blanks, such as a literal, in quotes";
  return "no such option: " + options;
}

}  // namespace

void check_verb(const CLI::App& app, int argc, char** argv) {
  // The parser's own message for a misspelt verb says that one is required, not which.
  const std::string word = argc > 1 ? argv[1] : "";
  if (word.starts_with("-")) return;
  std::string verbs;
  for (const CLI::App* verb : app.get_subcommands([](const CLI::App*) { return true; })) {
    if (verb->get_name() == word) return;
    verbs += (verbs.empty() ? "" : ", ") + verb->get_name();
  }
  throw Error(Errc::bad_argument, (argc <= 1 ? "expected a verb: "
                                   : std::all_of(word.begin(), word.end(), is_letter_or_dash)
                                       ? "\"" + word + "\" is no verb: expected one of "
                                       : "the first word is no verb: expected one of ") +
                                      verbs + " (--help says more)");
}

int exit_code(const CLI::App& app, const CLI::ParseError& error) {
  if (dynamic_cast<const CLI::ExtrasError*>(&error) == nullptr)
    return app.exit(error) == 0 ? kDone : kMistake;
  std::cerr << app.get_name() << ": " << unexpected(app) << "\nRun with --help for more information.\n";
  return kMistake;
}

}  // namespace tacet::apps
