#pragma once

#include <optional>
#include <vector>

#include "actors/party.hpp"
#include "transport/shaped.hpp"

namespace tacet::actors {

enum class TransportKind : std::uint8_t {
  tls,     ///< over loopback, with certificates made for the occasion
  memory,  ///< inside the process
};

struct EmbeddedOptions {
  TransportKind transport = TransportKind::tls;
  std::optional<transport::LinkShape> shape;  ///< of every stream
  Timeouts timeouts;
  unsigned workers = 1;
  std::vector<std::string> party_names;           ///< optional
  std::function<void(const Progress&)> observer;  ///< of each endpoint; from several threads at once
  std::function<Hooks(EndpointId)> hooks;         ///< of each endpoint; optional
  /// Instead of inputs given beforehand: brings those of an endpoint when it needs them.
  std::function<std::map<std::string, Tensor>(EndpointId, const std::function<bool()>& cancelled)> provide;
};

/// All endpoints of a plan in this process: parties and clients share nothing but their streams. `inputs` are
/// those of all owners. Returns a result per endpoint, parties first. Fails: as Party does.
std::vector<JobResult> run_embedded(std::shared_ptr<const Plan> plan, const transport::Digest& digest,
                                    const std::map<std::string, Tensor>& inputs,
                                    const EmbeddedOptions& options);

/// What endpoint `self` says in its hello.
transport::Hello make_hello(const Plan& plan, const transport::Digest& digest, EndpointId self);

/// The part of a configuration that follows from an endpoint's hello.
PartyConfig config_for(std::shared_ptr<const Plan> plan, const transport::Hello& hello);

}  // namespace tacet::actors
