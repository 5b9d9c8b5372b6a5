#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <variant>
#include <vector>

#include "actors/engine.hpp"
#include "actors/link_reader.hpp"
#include "actors/link_writer.hpp"
#include "actors/party.hpp"
#include "protocols/key_ring.hpp"

namespace tacet::actors {

/// A link to one peer.
struct Link {
  EndpointId peer;
  std::unique_ptr<LinkWriter> writer;
  std::unique_ptr<LinkReader> reader;
};

/// An engine with its links, ready to run: what the actors of a party share. Its methods may be called from
/// any thread.
class Session : public Outbox {
 public:
  struct Events {
    std::function<void()> work_waits;                      ///< a worker should pump
    std::function<void()> finished;                        ///< once: every step is complete
    std::function<void()> offline_done;                    ///< once: the offline ones are
    std::function<void(EndpointId, const Fault&)> failed;  ///< a writer met a fault
  };

  Session(const PartyConfig& config, std::uint64_t session, protocols::KeyRing keys, transport::Mesh mesh,
          Events events);

  void put(EndpointId to, std::uint32_t segment, BlockPtr payload, std::uint32_t round) override;
  void flush() override;
  void work_waits() override { events_.work_waits(); }
  void offline_done() override { events_.offline_done(); }

  Engine& engine() { return *engine_; }
  Progress progress() const;
  std::vector<Link>& links() { return links_; }
  void cut();
  /// Who holds the session up: the peer that has missed its last few heartbeats, else the one that keeps the
  /// earliest unfinished step waiting, else nobody but ourselves.
  std::optional<EndpointId> waiting_for(std::chrono::milliseconds heartbeat) const;

 private:
  Events events_;
  std::unique_ptr<Engine> engine_;
  std::vector<Link> links_;
  std::vector<LinkWriter*> writers_;  ///< by endpoint
  std::atomic<bool> finished_{false};
};

/// Inputs by name as the engine takes them: in the plan's order, empty where this endpoint has none.
std::vector<Tensor> ordered_inputs(const Plan& plan, const std::map<std::string, Tensor>& inputs);

/// Why the job has been stopped, if it has been.
using Stopped = std::function<std::optional<Abort>()>;

/// Exchanges nonces' session and keys over a fresh mesh. Fails: the peer that is in the way, or what
/// `stopped` says; all peers have been told then.
std::variant<std::unique_ptr<Session>, Abort> open_session(const PartyConfig& config, transport::Mesh mesh,
                                                           transport::Deadline deadline,
                                                           Session::Events events, const Stopped& stopped);

}  // namespace tacet::actors
