#include "apps/cli/command.hpp"

#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string_view>

#include "apps/cli/verbs.hpp"
#include "apps/live/messages.hpp"
#include "graph/error.hpp"
#include "graph/failure.hpp"
#include "transport/library_memory.hpp"

namespace tacet::apps {
namespace {

// A closed standard stream would become the first file or connection that is opened, and results would go
// there. What is written to these fails instead.
void open_standard_streams() {
  for (const int fd : {STDIN_FILENO, STDOUT_FILENO, STDERR_FILENO})
    if (::fcntl(fd, F_GETFD) < 0) static_cast<void>(::open("/dev/null", O_RDONLY));
}

int code_of(const Error& error) {
  return error.code() == Errc::aborted       ? kJobFailed
         : error.code() == Errc::not_written ? kNotWritten
                                             : kMistake;
}

int guarded(CLI::App& app, int argc, char** argv, const std::string& name, Terminal& terminal,
            const std::function<int(Terminal&)>& verb) {
  try {
    check_verb(app, argc, argv);
    app.parse(argc, argv);
    return verb(terminal);
  } catch (const CLI::ParseError& e) {
    return exit_code(app, e);
  } catch (const Error& e) {
    std::cerr << name << ": " << e.what() << "\n";
    return code_of(e);
  } catch (const std::exception& e) {
    std::cerr << name << ": " << failure_text(e) << "\n";
  }
  return kJobFailed;
}

}  // namespace

namespace {

/// What no handler has caught, as where memory runs out inside a library's thread: a word, and the end.
[[noreturn]] void end_at_once() {
  constexpr std::string_view kWords =
      "the program cannot go on: out of memory, or an error that nothing has caught\n";
  static_cast<void>(!::write(STDERR_FILENO, kWords.data(), kWords.size()));
  ::_exit(kJobFailed);
}

}  // namespace

int run_command(CLI::App& app, int argc, char** argv, const std::string& name,
                const std::function<int(Terminal&)>& verb) {
  open_standard_streams();
  std::set_terminate(end_at_once);
  transport::watch_library_memory();
  // A reader that goes and a file that grows too large are errors of what is written, not the end of a job.
  for (const int number : {SIGPIPE, SIGXFSZ}) std::signal(number, SIG_IGN);
  Terminal terminal(STDERR_FILENO);
  const Messages messages(terminal);
  const int code = guarded(app, argc, argv, name, terminal, verb);
  std::cout.flush();
  if (std::fflush(stdout) == 0 && std::ferror(stdout) == 0) return code;
  std::cerr << name << ": cannot write standard output: it did not take everything\n";
  return code == kDone ? int{kNotWritten} : code;
}

}  // namespace tacet::apps
