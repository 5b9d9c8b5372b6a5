#pragma once

#include <chrono>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "actors/engine.hpp"
#include "graph/scopes.hpp"

namespace tacet::apps {

/// What is known of a running job: the latest progress of every endpoint of this process, rates, and who
/// waits for whom since when. Its methods may be called from any thread.
class News {
 public:
  explicit News(std::shared_ptr<const Plan> plan);

  void update(const actors::Progress& progress);

  /// A line for each party (if there is none here, for each client), of at most that many characters.
  std::vector<std::string> lines(std::size_t width) const;
  /// The data of a `progress` event of the page in apps/viewer.
  std::string to_json() const;

 private:
  using Clock = std::chrono::steady_clock;
  struct Link {
    std::uint64_t bytes = 0;
    double rate = 0;  ///< bytes a second, over the last second or so
  };
  struct Endpoint {
    actors::Progress last;
    Clock::time_point at;
    std::map<std::uint32_t, Link> links;
    std::optional<EndpointId> waits_for;
    std::uint32_t waiting_step = 0;
    Clock::time_point waits_since;
    double share() const;
  };
  std::string name(std::uint32_t endpoint) const;
  /// The scope of a step that people know: the innermost one that the program names, else the operation.
  std::uint32_t known_scope(std::uint32_t step) const;
  std::string stall(const Endpoint& e, Clock::time_point now) const;
  std::optional<double> seconds_left(Clock::time_point now) const;

  const std::shared_ptr<const Plan> plan_;
  const ScopeTree tree_;
  Clock::time_point started_ = Clock::now();  ///< the first progress, once there is one: waits before it tell nothing
  mutable std::mutex mutex_;
  std::map<std::uint32_t, Endpoint> endpoints_;
};

}  // namespace tacet::apps
