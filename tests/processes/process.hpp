#pragma once

#include <sys/types.h>

#include <chrono>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

namespace tacet::test {

namespace fs = std::filesystem;
using Clock = std::chrono::steady_clock;
using namespace std::chrono_literals;

/// Sanitizers make everything slower; limits of time are stretched by this.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
inline constexpr int kSlow = 5;
#else
inline constexpr int kSlow = 1;
#endif

using Command = std::vector<std::string>;

/// The path of a program of this build.
std::string program(const std::string& name);

std::string read_text(const fs::path& file);
void write_text(const fs::path& file, const std::string& text);

/// A folder that goes with its owner.
class TempFolder {
 public:
  TempFolder();
  ~TempFolder();
  TempFolder(const TempFolder&) = delete;
  TempFolder& operator=(const TempFolder&) = delete;
  const fs::path& path() const { return path_; }
  std::string operator/(const std::string& name) const { return (path_ / name).string(); }
  /// The names in it, sorted: to see whether something was left behind.
  std::vector<std::string> names() const;

 private:
  fs::path path_;
};

/// Where a program is started, and what it prints to if not to files.
struct Surroundings {
  int out = -1, err = -1;
  std::string folder = "";
};

/// A program at work. Its standard output and error go to files; it is killed when its owner goes.
class Process {
 public:
  explicit Process(const Command& command, const Surroundings& around = {});
  ~Process();
  Process(const Process&) = delete;
  Process& operator=(const Process&) = delete;

  const std::string& text() const { return text_; }
  void signal(int number);
  /// Whether it has ended by then.
  bool ended_by(Clock::time_point deadline);
  bool ended() { return ended_by(Clock::now()); }
  /// Its exit code, or 128 and the signal that killed it. Fails the test if it has not ended.
  int exit_code();
  Clock::time_point end() const { return end_; }
  std::string out() const { return read_text(folder_.path() / "out"); }
  std::string err() const { return read_text(folder_.path() / "err"); }
  bool alive() const { return !ended_; }

 private:
  TempFolder folder_;
  std::string text_;
  pid_t pid_ = -1;
  bool ended_ = false;
  int status_ = 0;
  Clock::time_point end_;
};

using ProcessPtr = std::unique_ptr<Process>;
ProcessPtr start(const Command& command, const Surroundings& around = {});

/// Whether all of them end within that time. Those that do not are named in the test's log.
bool all_end(const std::vector<Process*>& processes, std::chrono::milliseconds time);

/// Runs a program to its end. Fails the test if that takes more than a minute.
ProcessPtr run(const Command& command, const Surroundings& around = {});

/// `a` and then `b`.
Command operator+(Command a, const Command& b);

/// What a program has said on standard error beside what it tells of inputs it has read.
std::string beside_inputs(const std::string& err);

/// Fails the test unless `text` holds every one of `parts`.
void says(const std::string& text, const std::vector<std::string>& parts);

/// Runs a command that must be refused before anything happens: exit code 2, nothing on standard output, on
/// standard error a line or two with `parts` beside what is said of inputs.
void refused(const Command& command, const std::vector<std::string>& parts);

/// A TCP port of 127.0.0.1 that is free and that the kernel gives to nobody else of its own accord.
std::uint16_t free_port();

}  // namespace tacet::test
