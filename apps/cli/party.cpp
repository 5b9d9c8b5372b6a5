#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <optional>
#include <utility>

#include "apps/cli/command.hpp"
#include "apps/cli/deliver.hpp"
#include "apps/cli/facts.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/people.hpp"
#include "apps/cli/report.hpp"
#include "apps/cli/take_part.hpp"
#include "apps/cli/watch.hpp"
#include "apps/cluster/cluster.hpp"
#include "apps/io/interrupts.hpp"
#include "apps/io/refusal.hpp"
#include "graph/flows.hpp"
#include "transport/identity.hpp"
#include "transport/listener.hpp"

namespace tacet::apps {
namespace {

std::vector<transport::Peer> everyone(const Cluster& cluster, const Plan& plan) {
  std::vector<transport::Peer> peers;
  for (std::uint32_t p = 0; p < cluster.parties.size(); ++p) {
    const auto& party = cluster.parties[p];
    peers.push_back({EndpointId{p}, party.name, party.address.host, party.address.port, party.fingerprints});
  }
  for (std::uint32_t c = 0; c < plan.graph.clients().size(); ++c) {
    const auto client = std::find_if(cluster.clients.begin(), cluster.clients.end(),
                                     [&](const auto& x) { return x.name == plan.graph.clients()[c]; });
    peers.push_back({EndpointId{plan.setting.n + c}, client->name, "", 0, client->fingerprints});
  }
  return peers;
}

void check_certificate(const transport::Identity& identity, const transport::Peer& self,
                       const Options& options) {
  if (std::find(self.fingerprints.begin(), self.fingerprints.end(), identity.fingerprint()) !=
      self.fingerprints.end())
    return;
  std::string expected;
  for (const auto& f : self.fingerprints) expected += (expected.empty() ? "" : " or ") + f.to_string();
  throw Error(Errc::bad_certificate, options.cert + " is " + identity.fingerprint().to_string() + ", but " +
                                         options.cluster + " expects " + expected + " of " + self.name);
}

/// Warns of a certificate that others will soon refuse.
void warn_of_expiry(const transport::Identity& identity, const std::string& file) {
  constexpr std::chrono::days kSoon{30};
  const auto left = identity.validity().not_after - std::chrono::system_clock::now();
  if (left < kSoon)
    std::cerr << file << " expires in "
              << count_text(static_cast<std::uint64_t>(
                                std::chrono::duration_cast<std::chrono::hours>(left).count()) /
                                24,
                            "day")
              << ": make a new one and tell the others its fingerprint\n";
}

actors::JobResult run_session(actors::PartyConfig config) {
  // A signal ends the session in good order, or the process if that takes too long.
  constexpr std::chrono::milliseconds kOrderly{1800};
  const Interrupts interrupts;
  actors::Party party(std::move(config));
  std::optional<std::chrono::steady_clock::time_point> told;
  while (!party.ended_within(std::chrono::milliseconds(50))) {
    const auto now = std::chrono::steady_clock::now();
    if (!told && Interrupts::pending()) {
      party.abort("was interrupted");
      told = now;
    }
    if (told && now - *told > kOrderly) std::_Exit(kJobFailed);
  }
  Interrupts::forget();
  return party.wait();
}

}  // namespace

EndpointId find_self(const Cluster& cluster, const Plan& plan, const Options& options, bool as_client) {
  check_clients(cluster, plan.graph.clients(), options.cluster);
  std::string names;
  if (as_client) {
    const auto& clients = plan.graph.clients();
    for (std::uint32_t c = 0; c < clients.size(); ++c) {
      if (clients[c] == options.name) return EndpointId{plan.setting.n + c};
      names += (c == 0 ? "" : ", ") + clients[c];
    }
    throw Error(Errc::bad_argument,
                "--name " + options.name +
                    ": the program knows no such client; it has: " + (names.empty() ? "none" : names));
  }
  for (std::uint32_t p = 0; p < cluster.parties.size(); ++p) {
    if (options.party == static_cast<std::int64_t>(p) ||
        (options.party < 0 && cluster.parties[p].name == options.name))
      return EndpointId{p};
    names += (p == 0 ? "" : ", ") + std::to_string(p) + " (" + cluster.parties[p].name + ")";
  }
  throw Error(Errc::bad_argument,
              (options.party >= 0 ? "--party " + std::to_string(options.party) : "--name " + options.name) +
                  ": " + options.cluster + " has no such party; it has: " + names);
}

Report take_part(const std::string& what, const Job& job, const Cluster& cluster, const Options& options,
                 EndpointId self, std::map<std::string, Tensor> inputs, const ProvideInputs& provide) {
  const auto started = std::chrono::steady_clock::now();
  const bool as_client = !job.plan->setting.is_party(self);
  const actors::Timeouts timeouts = timeouts_of(options);
  const std::vector<transport::Peer> all = everyone(cluster, *job.plan);
  const transport::Identity identity = transport::load_identity(options.cert, options.key);
  check_certificate(identity, all[self.value], options);
  warn_of_expiry(identity, options.cert);

  std::unique_ptr<transport::Listener> listener;
  if (!as_client) {
    const ClusterParty& me = cluster.parties[self.value];
    const Address& where = me.listen ? *me.listen : me.address;
    listener = std::make_unique<transport::Listener>(where.host, where.port);
  }
  std::vector<transport::Peer> peers;
  for (const transport::Peer& peer : all)
    if (peer.id != self && (!as_client || job.plan->setting.is_party(peer.id))) peers.push_back(peer);

  Watch watch(job, options);
  transport::Hello hello = actors::make_hello(*job.plan, job.digest, self);
  hello.facts = facts_of(job, options);
  hello.silence_ms = static_cast<std::uint32_t>(timeouts.silence.count());
  hello.stall_ms = static_cast<std::uint32_t>(timeouts.stall.count());
  actors::PartyConfig config = actors::config_for(job.plan, hello);
  for (const transport::Peer& peer : all) config.names.push_back(peer.name);
  config.inputs = std::move(inputs);
  config.provide = provide;
  config.timeouts = timeouts;
  config.workers = options.threads;
  config.observer = [&watch](const actors::Progress& p) { watch.update(p); };
  config.connect = [&](const transport::Limit& limit, const transport::CancelToken& cancel) {
    return transport::connect_all(identity, hello, peers, listener.get(), limit, cancel,
                                  [&watch](const transport::Attendance& a) { watch.update(a); });
  };
  std::cerr << disclosures_text(*job.plan);
  spdlog::info("{} of {}: waiting for {}", all[self.value].name, what, count_text(peers.size(), "peer"));

  Report report;
  report.job = &job;
  report.endpoints = {self};
  report.results.push_back(at_this_machine([&] { return run_session(std::move(config)); }));
  report.total_seconds =
      job.plan_seconds + std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  watch.end(report);
  if (!report.results[0].abort)
    spdlog::info("done in {}", count_text(report.results[0].stats.rounds, "round"));
  return report;
}

int party_verb(const Program& program, const Program::Build& build, const Options& options, bool as_client) {
  const Cluster cluster = read_cluster(options.cluster);
  const Job job = prepare(program, build, options, static_cast<std::uint32_t>(cluster.parties.size()),
                          parse_scheme(options.scheme));
  const EndpointId self = find_self(cluster, *job.plan, options, as_client);
  require_inputs(job, {self});
  check_output_files(job, options);
  std::map<std::string, Tensor> inputs;
  ProvideInputs provide;
  if (options.offline_first) {
    provide = [&](const std::function<bool()>& cancelled) {
      spdlog::info("the offline phase is over: reading inputs");
      return read_inputs(program, job, options, self, cancelled);
    };
  } else {
    for (const InputInfo& in : job.plan->graph.inputs())
      if (endpoint_of(in.owner, job.plan->setting) == self) inputs.emplace(in.name, job.inputs.at(in.name));
  }
  const Report report = take_part(program.name(), job, cluster, options, self, std::move(inputs), provide);
  return deliver(report, options, [&](const Written& written) {
    return options.json ? json_text(report) : to_text(report, program, written);
  });
}

}  // namespace tacet::apps
