#include "tests/processes/process.hpp"

#include <arpa/inet.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <boost/test/unit_test.hpp>
#include <cstring>
#include <fstream>
#include <sstream>
#include <thread>

extern char** environ;

namespace tacet::test {

std::string program(const std::string& name) {
  return std::string(TACET_BINARY_DIR) + "/bin/" + name;
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

void write_text(const fs::path& file, const std::string& text) {
  std::ofstream out(file, std::ios::binary);
  out << text;
  BOOST_TEST_REQUIRE(out.flush().good(), "cannot write " << file);
}

TempFolder::TempFolder() {
  std::string name = (fs::temp_directory_path() / "tacet-processes-XXXXXX").string();
  BOOST_TEST_REQUIRE(::mkdtemp(name.data()) != nullptr);
  path_ = name;
}

TempFolder::~TempFolder() {
  std::error_code ignored;
  fs::remove_all(path_, ignored);
}

std::vector<std::string> TempFolder::names() const {
  std::vector<std::string> names;
  for (const auto& entry : fs::recursive_directory_iterator(path_))
    names.push_back(fs::relative(entry.path(), path_).string());
  std::sort(names.begin(), names.end());
  return names;
}

Process::Process(const Command& command, const Surroundings& around) {
  std::vector<char*> words;
  for (const std::string& word : command) {
    words.push_back(const_cast<char*>(word.c_str()));
    text_ += (text_.empty() ? "" : " ") + word;
  }
  words.push_back(nullptr);
  const std::string out = folder_ / "out", err = folder_ / "err";
  posix_spawn_file_actions_t actions;
  posix_spawn_file_actions_init(&actions);
  posix_spawn_file_actions_addopen(&actions, STDIN_FILENO, "/dev/null", O_RDONLY, 0);
  const auto print_to = [&](int stream, int given, const std::string& file) {
    if (given >= 0) {
      posix_spawn_file_actions_adddup2(&actions, given, stream);
    } else {
      posix_spawn_file_actions_addopen(&actions, stream, file.c_str(), O_WRONLY | O_CREAT | O_TRUNC, 0600);
    }
  };
  print_to(STDOUT_FILENO, around.out, out);
  print_to(STDERR_FILENO, around.err, err);
  if (!around.folder.empty()) posix_spawn_file_actions_addchdir_np(&actions, around.folder.c_str());
  // What a process of a user starts with, whoever runs the tests: nothing else is open, no signal is ignored.
  posix_spawn_file_actions_addclosefrom_np(&actions, STDERR_FILENO + 1);
  posix_spawnattr_t attributes;
  posix_spawnattr_init(&attributes);
  sigset_t signals;
  sigfillset(&signals);
  posix_spawnattr_setsigdefault(&attributes, &signals);
  posix_spawnattr_setflags(&attributes, POSIX_SPAWN_SETSIGDEF);
  const int error = ::posix_spawnp(&pid_, words[0], &actions, &attributes, words.data(), environ);
  posix_spawn_file_actions_destroy(&actions);
  posix_spawnattr_destroy(&attributes);
  BOOST_TEST_REQUIRE(error == 0, "cannot start " << text_ << ": " << std::strerror(error));
}

Process::~Process() {
  if (ended_) return;
  ::kill(pid_, SIGKILL);
  ::waitpid(pid_, &status_, 0);
}

void Process::signal(int number) {
  BOOST_TEST_REQUIRE(!ended(),
                     text_ << " has ended before it could be sent signal " << number << ": " << err());
  BOOST_TEST_REQUIRE(::kill(pid_, number) == 0);
}

bool Process::ended_by(Clock::time_point deadline) {
  for (;;) {
    if (ended_) return true;
    const pid_t got = ::waitpid(pid_, &status_, WNOHANG);
    if (got == pid_) {
      ended_ = true;
      end_ = Clock::now();
      return true;
    }
    if (Clock::now() >= deadline) return false;
    std::this_thread::sleep_for(2ms);
  }
}

int Process::exit_code() {
  BOOST_TEST_REQUIRE(ended(), text_ << " is still running");
  return WIFEXITED(status_) ? WEXITSTATUS(status_) : 128 + WTERMSIG(status_);
}

ProcessPtr start(const Command& command, const Surroundings& around) {
  return std::make_unique<Process>(command, around);
}

bool all_end(const std::vector<Process*>& processes, std::chrono::milliseconds time) {
  const auto deadline = Clock::now() + time * kSlow;
  const auto one_left = [&] {
    return !std::all_of(processes.begin(), processes.end(), [](Process* p) { return p->ended(); });
  };
  while (one_left() && Clock::now() < deadline) std::this_thread::sleep_for(2ms);
  bool all = true;
  for (Process* p : processes) {
    if (p->ended()) continue;
    BOOST_TEST_MESSAGE("still running after " << (time * kSlow).count() << " ms: " << p->text() << "\n"
                                              << p->err());
    all = false;
  }
  return all;
}

ProcessPtr run(const Command& command, const Surroundings& around) {
  ProcessPtr process = start(command, around);
  BOOST_TEST_REQUIRE(all_end({process.get()}, 60s));
  return process;
}

Command operator+(Command a, const Command& b) {
  a.insert(a.end(), b.begin(), b.end());
  return a;
}

std::string beside_inputs(const std::string& err) {
  std::istringstream lines(err);
  std::string rest;
  for (std::string line; std::getline(lines, line);)
    if (!line.starts_with("input ")) rest += line + "\n";
  return rest;
}

void says(const std::string& text, const std::vector<std::string>& parts) {
  for (const std::string& part : parts)
    BOOST_TEST(text.find(part) != std::string::npos, "\"" << part << "\" is not in: " << text);
}

void refused(const Command& command, const std::vector<std::string>& parts) {
  const ProcessPtr p = run(command);
  BOOST_TEST_CONTEXT(p->text()) {
    BOOST_TEST(p->exit_code() == 2);
    BOOST_TEST(p->out() == "");
    says(p->err(), parts);
    // A message for people is a line or two, not a dump.
    const std::string err = beside_inputs(p->err());
    BOOST_TEST(std::count(err.begin(), err.end(), '\n') <= 2, p->err());
  }
}

std::uint16_t free_port() {
  // Below the range from which the kernel takes ports for outgoing connections; no port twice in this
  // process.
  static std::uint16_t next = static_cast<std::uint16_t>(20'000 + ::getpid() % 8'000);
  for (int attempt = 0; attempt < 4'000; ++attempt) {
    const std::uint16_t port = next++;
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    const int on = 1;
    ::setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    const bool is_free = ::bind(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0;
    ::close(fd);
    if (is_free) return port;
  }
  BOOST_FAIL("no free port");
  return 0;
}

}  // namespace tacet::test
