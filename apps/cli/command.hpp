#pragma once

#include <functional>
#include <string>

#include "apps/live/terminal.hpp"
#include "graph/error.hpp"

namespace CLI {
class App;
}

namespace tacet::apps {

/// What the exit code of a process says.
enum ExitCode : int {
  kDone = 0,
  kJobFailed = 1,   ///< or was aborted
  kMistake = 2,     ///< of the user: on the command line, in a file; nothing has run
  kNotWritten = 3,  ///< something could not be written where it was asked for
};
inline constexpr const char* kExitCodes =
    "Exit codes: 0; 1 for a job that failed; 2 for a mistake on the command line or in a file; 3 where "
    "something could not be written as asked (messages say where it is kept).";

/// Does what needs descriptors and threads. That there are too few is no mistake of the command line.
/// Fails: Errc::aborted for Errc::unsupported.
template <class Work>
auto at_this_machine(const Work& work) try {
  return work();
} catch (const Error& error) {
  if (error.code() != Errc::unsupported) throw;
  throw Error(Errc::aborted, error.what());
}

/// From now on what nobody catches, as where memory runs out, ends the process with a word and kJobFailed.
void give_last_words();

/// A process from its command line to its exit code: `verb` is called once the line has been parsed. Standard
/// error is a Terminal meanwhile, exceptions become messages that begin with `name`, and what standard output
/// does not take is kNotWritten; if its reader has gone, SIGPIPE ends the process. Never throws.
int run_command(CLI::App& app, int argc, char** argv, const std::string& name,
                const std::function<int(Terminal&)>& verb);

}  // namespace tacet::apps
