#include <chrono>
#include <cmath>
#include <iostream>
#include <optional>

#include "apps/cli/command.hpp"
#include "apps/cli/deliver.hpp"
#include "apps/cli/options.hpp"
#include "apps/cli/people.hpp"
#include "apps/cli/report.hpp"
#include "apps/cli/run_embedded.hpp"
#include "apps/cli/watch.hpp"

namespace tacet::apps {

void introduce(const std::string& what, const Job& job, const Options& options) {
  const Setting& s = job.plan->setting;
  std::cerr << what << ": " << s.n << " parties";
  if (s.scheme == Scheme::plain) {
    std::cerr << " WITHOUT ANY PROTECTION (--scheme plain)";
  } else {
    std::cerr << (s.t() == 1 ? ", none of which learns anything"
                             : ", of which any " + std::to_string(s.t()) + " together learn nothing");
  }
  for (std::size_t i = 0; i < job.plan->graph.clients().size(); ++i)
    std::cerr << (i == 0 ? "; clients: " : ", ") << job.plan->graph.clients()[i];
  std::cerr << "; " << (options.transport == "tls" ? "mutual TLS 1.3 over loopback" : "in-memory streams")
            << "\n";
}

actors::EmbeddedOptions embedded_options(const Options& options) {
  actors::EmbeddedOptions embedded;
  if (options.transport == "memory") {
    embedded.transport = actors::TransportKind::memory;
  } else if (options.transport != "tls") {
    throw Error(Errc::bad_argument, "--transport " + options.transport + ": expected tls or memory");
  }
  if (options.delay_ms > 0 || options.rate_mbit > 0)
    embedded.shape =
        transport::LinkShape{std::chrono::nanoseconds(static_cast<std::int64_t>(options.delay_ms * 1e6)),
                             static_cast<std::uint64_t>(std::ceil(options.rate_mbit * 1e6 / 8))};
  embedded.timeouts = timeouts_of(options);
  embedded.workers = options.threads;
  return embedded;
}

void check_run(const Job& job, const Options& options) {
  require_inputs(job, {});
  static_cast<void>(embedded_options(options));
  check_output_files(job, options);
}

Report run_here(const Program& program, const Job& job, const Options& options, TraceRecorder* trace) {
  actors::EmbeddedOptions embedded = embedded_options(options);
  if (options.offline_first)
    embedded.provide = [&](EndpointId owner, const std::function<bool()>& cancelled) {
      return read_inputs(program, job, options, owner, cancelled);
    };
  return run_here(job, options, std::move(embedded), trace);
}

Report run_here(const Job& job, const Options& options, actors::EmbeddedOptions embedded,
                TraceRecorder* trace) {
  std::optional<TraceRecorder> own;
  if (!options.trace.empty() && trace == nullptr) trace = &own.emplace(job.plan);
  if (trace != nullptr) embedded.hooks = [trace](EndpointId e) { return trace->hooks(e); };
  std::cerr << disclosures_text(*job.plan);
  Watch watch(job, options);
  embedded.observer = [&watch](const actors::Progress& p) { watch.update(p); };
  const auto started = std::chrono::steady_clock::now();
  Report report;
  report.job = &job;
  report.results =
      at_this_machine([&] { return actors::run_embedded(job.plan, job.digest, job.inputs, embedded); });
  report.total_seconds =
      job.plan_seconds + std::chrono::duration<double>(std::chrono::steady_clock::now() - started).count();
  for (std::uint32_t e = 0; e < job.plan->setting.endpoints(); ++e) report.endpoints.push_back(EndpointId{e});
  watch.end(report);
  if (!options.trace.empty()) report.trace = trace->to_json(job.name, job.digest);
  return report;
}

int run_verb(const Program& program, const Program::Build& build, const Options& options) {
  const Job job = prepare(program, build, options, options.parties, parse_scheme(options.scheme));
  check_run(job, options);
  if (!options.json) introduce(program.name(), job, options);
  const Report report = run_here(program, job, options);
  return deliver(report, options, [&](const Written& written) {
    return options.json ? json_text(report) : to_text(report, program, written);
  });
}

}  // namespace tacet::apps
