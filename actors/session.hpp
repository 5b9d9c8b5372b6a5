#pragma once

#include <atomic>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <set>
#include <vector>

#include "actors/engine.hpp"
#include "actors/link_reader.hpp"
#include "actors/link_writer.hpp"
#include "actors/party.hpp"
#include "protocols/keys.hpp"

namespace tacet::actors {

/// A link to one peer.
struct Link {
  EndpointId peer;
  std::unique_ptr<LinkWriter> writer;
  std::unique_ptr<LinkReader> reader;
};

/// An engine with its links: what the actors of a party share. Its methods may be called from any thread.
class Session : public Outbox {
 public:
  struct Events {
    std::function<void()> work_waits;    ///< a worker should pump
    std::function<void()> keyed;         ///< once: all keys are there, begin() may be called
    std::function<void()> finished;      ///< once: every step is complete
    std::function<void()> offline_done;  ///< once: the offline ones are
    std::function<void(EndpointId, const Fault&)> failed;  ///< a writer met a fault
  };

  Session(const PartyConfig& config, transport::Mesh mesh, Events events);

  /// Sends every peer what it needs for the keys of the session. Once, before anything else.
  void send_setup();
  /// Takes the same from a peer. Fails: malformed.
  Status take_setup(EndpointId peer, std::span<const std::byte> message);
  /// Starts the engine with the keys.
  void begin();

  void put(EndpointId to, std::uint32_t segment, BlockPtr payload, std::uint32_t round) override;
  void flush() override;
  void work_waits() override { events_.work_waits(); }
  void offline_done() override { events_.offline_done(); }

  Engine& engine() { return *engine_; }
  Progress progress() const;
  std::vector<Link>& links() { return links_; }
  const std::vector<Link>& links() const { return links_; }
  /// The link to a peer, or null.
  const Link* link(EndpointId peer) const;
  void cut();
  /// Whether cut() was called: then streams that end say nothing of their peers.
  bool was_cut() const { return cut_; }

  /// The peer whose message is missing here, or who has not ended if we have; nobody if the work is our own.
  std::optional<EndpointId> blocker() const;
  /// Whose turn it is in the end: from the endpoint whose message is missing here along what everyone says of
  /// whom it waits for, to one that waits for nobody or has gone quiet for a few heartbeats. Nobody if the
  /// work is our own. An endpoint without a link to here cannot be asked: it is returned as it was named.
  std::optional<EndpointId> waiting_for(std::chrono::milliseconds heartbeat) const;
  /// Whether anyone, this endpoint excepted, says that it waits for its own inputs.
  bool waits_for_inputs() const;
  /// A number that grows whenever something moves anywhere, as far as can be seen from here.
  std::uint64_t movement() const;

 private:
  const PartyConfig& config_;
  Events events_;
  std::uint64_t session_ = 0;
  mutable std::mutex setup_mutex_;
  std::optional<protocols::KeySetup> setup_;
  std::set<EndpointId> unheard_;  ///< whose setup is missing
  std::unique_ptr<Engine> engine_;
  std::vector<Link> links_;
  std::vector<LinkWriter*> writers_;  ///< by endpoint
  std::atomic<bool> begun_{false}, finished_{false}, cut_{false};
};

/// Inputs by name as the engine takes them: in the plan's order, empty where this endpoint has none.
std::vector<Tensor> ordered_inputs(const Plan& plan, const std::map<std::string, Tensor>& inputs);

}  // namespace tacet::actors
