#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "tests/processes/endpoints.hpp"

namespace tacet::test {

/// Checks that an endpoint ended with exit code 1, named `culprit` and gave `reason`, on stderr and as JSON.
void names(Process& endpoint, std::uint32_t culprit, const std::string& reason);

/// Where endpoints run, if not all of them here: their addresses, and what starts a command there.
struct JobPlace {
  std::function<std::string(std::uint32_t)> address;
  std::function<Command(std::uint32_t)> prefix = [](std::uint32_t) { return Command{}; };
};

/// n parties and two clients in the middle of a job that takes far longer than any test: alice brings a
/// vector, the parties multiply it again and again, bob waits for the result. Clients are endpoints n (alice)
/// and n + 1 (bob).
class LongJob {
 public:
  explicit LongJob(std::uint32_t n, const Command& more = {}, int depth = 10'000, const JobPlace& place = {},
                   int size = 100'000);

  Process& party(std::uint32_t number) { return *parties_[number]; }
  Process& endpoint(std::uint32_t number) {
    return number < parties_.size() ? party(number) : number == parties_.size() ? *alice_ : *bob_;
  }
  Process& client(const std::string& name) { return name == "alice" ? *alice_ : *bob_; }
  const Endpoints& endpoints() const { return all_; }
  Clock::time_point begin() const { return begin_; }

  /// Until every party is in the middle of it.
  void wait_until_it_runs();
  /// Everyone but `victim` ends within that time of `since`, naming the culprit (without one: all the same)
  /// and the reason. Prints the times.
  void check_everyone_ends(Process* victim, Clock::time_point since, std::chrono::milliseconds within,
                           std::optional<std::uint32_t> culprit, const std::string& reason,
                           const std::string& event);
  /// The result is right.
  void check_everyone_succeeds();

 private:
  Endpoints all_;
  int depth_, size_;
  Clock::time_point begin_;
  std::vector<ProcessPtr> parties_;
  ProcessPtr alice_, bob_;
};

}  // namespace tacet::test
