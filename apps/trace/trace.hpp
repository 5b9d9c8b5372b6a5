#pragma once

#include <chrono>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "actors/engine.hpp"
#include "graph/scopes.hpp"
#include "transport/hello.hpp"

namespace tacet::apps {

/// What endpoints of one process do and when: every step's phases, arrivals and memory, never a value. Costs
/// two readings of the clock and a few words a phase.
class TraceRecorder {
 public:
  explicit TraceRecorder(std::shared_ptr<const Plan> plan);

  /// For one endpoint. The recorder must outlive the job.
  actors::Hooks hooks(EndpointId endpoint);

  /// In the Chrome trace format: a process for each endpoint, a thread for each of its workers and as many as
  /// it takes for what it waited for. All endpoints have this process's clock. Times are microseconds since
  /// the recorder was made.
  std::string to_json(const std::string& program, const transport::Digest& plan) const;

  /// Of a scope, with all in it, at the endpoint where each is longest.
  struct Times {
    double seconds = 0;  ///< while at least one of its steps is under way
    double busy = 0;     ///< of all threads together
    double waited = 0;   ///< while steps that had sent theirs lacked what others send, summed over steps
  };
  std::vector<Times> by_scope(const ScopeTree& tree) const;

 private:
  using Nanoseconds = std::int64_t;
  struct Phase {
    std::uint32_t step = 0, thread = 0;
    Nanoseconds begin = 0, end = 0;
    std::uint64_t live_bytes = 0;
  };
  struct Arrival {
    std::uint32_t step = 0;
    EndpointId from;
    Nanoseconds at = 0;
  };
  struct Endpoint {
    mutable std::mutex mutex;
    std::vector<std::thread::id> threads;
    std::vector<Phase> phases;
    std::vector<Arrival> arrivals;
  };
  /// A step at an endpoint, from its first phase to its last.
  struct Span {
    Nanoseconds begin = -1, sent = 0, end = 0;
    Nanoseconds arrived = 0;  ///< the last payload
    EndpointId last;          ///< and from whom
    Nanoseconds waited() const { return std::max<Nanoseconds>(0, arrived - sent); }
  };

  Nanoseconds now() const;
  std::vector<Span> spans(const Endpoint& endpoint) const;

  std::shared_ptr<const Plan> plan_;
  std::chrono::steady_clock::time_point epoch_ = std::chrono::steady_clock::now();
  std::vector<std::unique_ptr<Endpoint>> endpoints_;
};

}  // namespace tacet::apps
