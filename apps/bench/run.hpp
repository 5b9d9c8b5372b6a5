#pragma once

#include <atomic>
#include <chrono>

#include "apps/bench/bench.hpp"

// What runs in one process and runs in several have in common.

namespace tacet::bench {

/// Parties wait for each other at the gate, and large steps take their time.
inline constexpr std::chrono::seconds kSilence{120};
inline constexpr std::chrono::milliseconds kGatePoll{20};

/// From the gate to the end of the last counted step of an endpoint, or to the end of its job.
class Stopwatch {
 public:
  void begin() { first_.store(now()); }
  actors::Hooks hooks(const Plan& plan, const Counts& counts) {
    if (!counts) return {};
    return {.step =
                [this, &plan, &counts](std::uint32_t step, bool begins, std::uint64_t) {
                  if (begins || plan.steps[step].join || !counts(plan.steps[step])) return;
                  // Several threads may end steps: the latest counts.
                  double before = last_.load(), at = now();
                  while (before < at && !last_.compare_exchange_weak(before, at)) {
                  }
                },
            .arrival = {}};
  }
  double first() const { return first_.load(); }
  double last(const actors::Stats& stats) const {
    return last_.load() != 0 ? last_.load() : first() + stats.online_seconds;
  }

 private:
  static double now() {
    return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count();
  }
  std::atomic<double> first_{0}, last_{0};
};

/// Those of an endpoint.
std::map<std::string, Tensor> inputs_of(const Plan& plan, const std::map<std::string, Tensor>& inputs,
                                        EndpointId self);

/// Runs a plan `repeat` times with each party in a process of its own, connected over TLS. By run, by party.
/// Fails: Error aborted, naming who is to blame.
std::vector<std::vector<PartyRun>> run_processes(const BenchOptions& options,
                                                 const std::shared_ptr<const Plan>& plan,
                                                 const std::map<std::string, Tensor>& inputs,
                                                 const Counts& counts);

}  // namespace tacet::bench
