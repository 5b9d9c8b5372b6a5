#include "apps/cli/command.hpp"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <exception>
#include <iostream>
#include <string_view>

#include "apps/cli/verbs.hpp"
#include "apps/io/output_file.hpp"
#include "apps/live/messages.hpp"
#include "graph/error.hpp"
#include "graph/failure.hpp"
#include "transport/detail/descriptors.hpp"
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

/// Enough to read files and to begin a job, which says itself what more it needs.
constexpr std::size_t kDescriptors = 16;

/// Internal: to be ended by SIGPIPE.
constexpr int kReaderGone = -1;

/// Whether nobody will ever read standard output.
bool reader_has_gone() {
  pollfd out{STDOUT_FILENO, 0, 0};
  return ::poll(&out, 1, 0) > 0 && (out.revents & POLLERR) != 0;
}

int guarded(CLI::App& app, int argc, char** argv, const std::string& name, Terminal& terminal,
            const std::function<int(Terminal&)>& verb) {
  try {
    at_this_machine([] { transport::detail::reserve_descriptors(kDescriptors); });
    check_verb(app, argc, argv);
    app.parse(argc, argv);
    return verb(terminal);
  } catch (const CLI::ParseError& e) {
    return exit_code(app, e);
  } catch (const ReaderGone&) {
    return kReaderGone;
  } catch (const Error& e) {
    std::cerr << name << ": " << e.what() << "\n";
    return code_of(e);
  } catch (const std::exception& e) {
    std::cerr << name << ": " << failure_text(e) << "\n";
  }
  return kJobFailed;
}

/// What no handler has caught, as where memory runs out inside a library's thread: a word, and the end.
[[noreturn]] void end_at_once() {
  constexpr std::string_view kWords =
      "the program cannot go on: out of memory, or an error that nothing has caught\n";
  static_cast<void>(!::write(STDERR_FILENO, kWords.data(), kWords.size()));
  ::_exit(kJobFailed);
}

}  // namespace

void give_last_words() {
  std::set_terminate(end_at_once);
}

int run_command(CLI::App& app, int argc, char** argv, const std::string& name,
                const std::function<int(Terminal&)>& verb) {
  open_standard_streams();
  give_last_words();
  transport::watch_library_memory();
  // A reader that goes and a file that grows too large are errors of what is written, not the end of a job.
  std::signal(SIGXFSZ, SIG_IGN);
  const bool pipes_end_us = std::signal(SIGPIPE, SIG_IGN) != SIG_IGN;
  int code = kDone;
  {
    Terminal terminal(STDERR_FILENO);
    const Messages messages(terminal);
    code = guarded(app, argc, argv, name, terminal, verb);
    std::cout.flush();
    const bool took_all = std::fflush(stdout) == 0 && std::ferror(stdout) == 0;
    if (!took_all && code == kDone && reader_has_gone()) code = kReaderGone;
    if (code == kReaderGone ? !pipes_end_us : !took_all) {
      std::cerr << name << ": cannot write standard output: it did not take everything\n";
      if (code == kDone || code == kReaderGone) code = kNotWritten;
    }
  }
  if (code != kReaderGone) return code;
  // As for any program in front of `| head`; results have been kept.
  std::signal(SIGPIPE, SIG_DFL);
  std::raise(SIGPIPE);
  return kNotWritten;
}

}  // namespace tacet::apps
