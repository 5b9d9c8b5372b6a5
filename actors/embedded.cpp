#include "actors/embedded.hpp"

#include "graph/flows.hpp"
#include "transport/identity.hpp"
#include "transport/listener.hpp"
#include "transport/memory.hpp"

namespace tacet::actors {
namespace {

constexpr int kCertificateDays = 1;

using transport::Mesh;

/// Calls with ready-made streams, or makes them on demand.
using Connects = std::vector<Connect>;

Connects connect_in_memory(const std::vector<transport::Hello>& hellos, const Setting& setting) {
  std::vector<std::pair<EndpointId, EndpointId>> links;
  for (std::uint32_t a = 0; a < setting.n; ++a)
    for (std::uint32_t b = a + 1; b < setting.endpoints(); ++b)
      links.emplace_back(EndpointId{a}, EndpointId{b});
  auto meshes = std::make_shared<std::map<EndpointId, Mesh>>(transport::memory_mesh(hellos, links));
  Connects out;
  for (std::uint32_t e = 0; e < setting.endpoints(); ++e)
    out.push_back([meshes, e](const transport::Limit&,
                              const transport::CancelToken&) -> std::variant<Mesh, transport::Culprit> {
      return std::move(meshes->at(EndpointId{e}));
    });
  return out;
}

Connects connect_over_tls(const std::vector<transport::Hello>& hellos, const Setting& setting,
                          const std::vector<std::string>& names) {
  // For all endpoints at once: each by itself would find room that the others need.
  transport::reserve_connections(setting.n * (setting.endpoints() - 1) +
                                 (setting.endpoints() - setting.n) * setting.n);
  std::vector<transport::Identity> identities;
  std::vector<std::shared_ptr<transport::Listener>> listeners(setting.endpoints());
  std::vector<transport::Peer> everyone;
  for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
    identities.push_back(transport::make_identity(names[e], kCertificateDays));
    transport::Peer peer{EndpointId{e}, names[e], "127.0.0.1", 0, {identities.back().fingerprint()}};
    if (e < setting.n) {
      listeners[e] = std::make_shared<transport::Listener>("127.0.0.1", 0);
      peer.port = listeners[e]->port();
    }
    everyone.push_back(std::move(peer));
  }
  Connects out;
  for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
    std::vector<transport::Peer> peers;
    for (std::uint32_t o = 0; o < setting.endpoints(); ++o)
      if (o != e && (e < setting.n || o < setting.n)) peers.push_back(everyone[o]);
    out.push_back(
        [identity = identities[e], hello = hellos[e], peers = std::move(peers), listener = listeners[e]](
            const transport::Limit& limit, const transport::CancelToken& cancel) {
          return transport::connect_all(identity, hello, peers, listener.get(), limit, cancel);
        });
  }
  return out;
}

}  // namespace

transport::Hello make_hello(const Plan& plan, const transport::Digest& digest, EndpointId self) {
  transport::Hello hello;
  hello.from = self;
  hello.plan_digest = digest;
  hello.scheme = to_string(plan.setting.scheme);
  hello.n = plan.setting.n;
  hello.t = plan.setting.t();
  hello.nonce = transport::fresh_nonce();
  return hello;
}

PartyConfig config_for(std::shared_ptr<const Plan> plan, const transport::Hello& hello) {
  PartyConfig config;
  config.plan = std::move(plan);
  config.digest = hello.plan_digest;
  config.nonce = hello.nonce;
  config.self = hello.from;
  return config;
}

std::vector<JobResult> run_embedded(std::shared_ptr<const Plan> plan, const transport::Digest& digest,
                                    const std::map<std::string, Tensor>& inputs,
                                    const EmbeddedOptions& options) {
  const Setting& setting = plan->setting;
  std::vector<transport::Hello> hellos;
  std::vector<std::string> names;
  for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
    hellos.push_back(make_hello(*plan, digest, EndpointId{e}));
    names.push_back(e >= setting.n                   ? plan->graph.clients()[e - setting.n]
                    : e < options.party_names.size() ? options.party_names[e]
                                                     : "party-" + std::to_string(e));
  }
  const Connects connects = options.transport == TransportKind::memory
                                ? connect_in_memory(hellos, setting)
                                : connect_over_tls(hellos, setting, names);
  std::vector<std::unique_ptr<Party>> parties;
  for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
    PartyConfig config = config_for(plan, hellos[e]);
    config.names = names;
    config.timeouts = options.timeouts;
    config.workers = options.workers;
    if (options.hooks) config.hooks = options.hooks(config.self);
    config.observer = options.observer;
    for (const InputInfo& info : plan->graph.inputs())
      if (endpoint_of(info.owner, setting) == config.self)
        if (const auto it = inputs.find(info.name); it != inputs.end()) config.inputs.emplace(*it);
    if (options.provide)
      config.provide = [provide = options.provide, e](const std::function<bool()>& cancelled) {
        return provide(EndpointId{e}, cancelled);
      };
    config.connect = connects[e];
    if (options.shape)
      config.connect = [connect = config.connect, shape = *options.shape](
                           const transport::Limit& limit,
                           const transport::CancelToken& cancel) -> std::variant<Mesh, transport::Culprit> {
        auto mesh = connect(limit, cancel);
        if (auto* streams = std::get_if<Mesh>(&mesh)) transport::shape(*streams, shape);
        return mesh;
      };
    parties.push_back(std::make_unique<Party>(std::move(config)));
  }
  std::vector<JobResult> results;
  for (const auto& party : parties) results.push_back(party->wait());
  return results;
}

}  // namespace tacet::actors
