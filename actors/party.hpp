#pragma once

#include <chrono>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "actors/engine.hpp"
#include "graph/plan.hpp"
#include "transport/rendezvous.hpp"

namespace tacet::actors {

/// Every wait has one of these. Of silence and stall the largest of all endpoints counts.
struct Timeouts {
  std::chrono::milliseconds connect{30'000};  ///< until all endpoints are there
  /// Until a peer from which nothing comes counts as gone. A closed connection is noticed at once; this is
  /// how long a dead host or a cut cable may go unnoticed, and how long a pause or an outage may last. If an
  /// outage ends a second before it, TCP gets up to as long again to resume. Who takes nothing has twice this
  /// time.
  std::chrono::milliseconds silence{30'000};
  /// Until the job ends if nothing moves anywhere, though everybody shows signs of life.
  std::chrono::milliseconds stall{600'000};
  std::chrono::milliseconds heartbeat{500};      ///< between signs of life on an idle stream
  std::chrono::milliseconds farewell{1'000};     ///< to find out together why a session ends
  std::optional<std::chrono::milliseconds> job;  ///< the whole job
};

/// Why a session ended early. The same culprit at every endpoint that could still be told.
struct Abort {
  struct Witness {
    EndpointId id;
    std::string name;
  };
  EndpointId culprit;
  std::string name;              ///< "party 1 (bank)"
  std::string reason;            ///< a predicate of the culprit
  std::vector<Witness> said_by;  ///< who says so; nobody if this endpoint or most parties have seen it
  /// "party 1 (bank) closed the connection, says client 4 (alice)".
  std::string text() const;
};

struct Stats {
  std::uint32_t rounds = 0;          ///< counted along messages
  std::uint32_t offline_rounds = 0;  ///< of them: before inputs were needed, in a plan that is offline first
  std::uint64_t bytes_sent = 0;      ///< stream payload
  std::uint64_t offline_bytes = 0;   ///< of it
  std::uint64_t drawn_bytes = 0;     ///< masks
  std::uint64_t offline_drawn_bytes = 0;  ///< of them
  std::uint64_t wire_bytes = 0;           ///< sent by this endpoint: payload, frames, TLS and handshakes
  std::uint64_t frames = 0;
  std::uint64_t peak_memory_bytes = 0;
  double setup_seconds = 0;
  double offline_seconds = 0;
  double online_seconds = 0;  ///< once the offline phase was over and the inputs were there
};

struct JobResult {
  std::optional<Abort> abort;
  std::string detail;                     ///< what was wrong with our own inputs, for this endpoint's eyes
  std::map<std::string, Tensor> outputs;  ///< what this endpoint has learnt; empty after an abort
  Stats stats;
};

/// Brings the inputs that this endpoint owns. `cancelled` tells a provider that waits for them that nobody
/// needs them any more. Fails: Error, which ends the session; peers learn who, not what it says.
using Provide = std::function<std::map<std::string, Tensor>(const std::function<bool()>& cancelled)>;

/// Brings the streams to all peers, in the order of endpoint numbers, without this endpoint itself.
using Connect = std::function<std::variant<transport::Mesh, transport::Culprit>(
    const transport::Limit&, const transport::CancelToken&)>;

struct PartyConfig {
  std::shared_ptr<const Plan> plan;
  transport::Digest digest{};
  transport::Nonce nonce{};  ///< the one of this endpoint's hello
  EndpointId self;
  std::vector<std::string> names;        ///< of all endpoints
  std::map<std::string, Tensor> inputs;  ///< those this endpoint owns
  Provide provide;  ///< instead of `inputs`: called once all that needs no input is computed here
  Connect connect;
  Timeouts timeouts;
  unsigned workers = 1;
  std::function<void(const Progress&)> observer;  ///< called a few times a second while the session runs
  Hooks hooks;
};

/// One endpoint of one session, with an actor system of its own. Starts at construction.
class Party {
 public:
  /// Fails: Errc::missing_input, shape_mismatch or type_mismatch if the inputs are not what the plan asks of
  /// us; Errc::unsupported if the system does not give us the threads we need.
  explicit Party(PartyConfig config);
  ~Party();
  Party(const Party&) = delete;
  Party& operator=(const Party&) = delete;

  /// Ends the session here and tells every peer. From any thread.
  void abort(const std::string& reason);
  /// Whether the session has ended, waiting up to that long.
  bool ended_within(std::chrono::milliseconds time) const;
  /// Blocks until the session has ended, one way or the other. Once.
  JobResult wait();

 private:
  struct State;
  std::unique_ptr<State> state_;
};

/// "party 1 (bank)" or "client 4 (alice)".
std::string endpoint_name(const PartyConfig& config, EndpointId id);

}  // namespace tacet::actors
