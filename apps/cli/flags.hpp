#pragma once

#include "apps/cli/options.hpp"

namespace CLI {
class App;
}

namespace tacet::apps {

// Options that several verbs have.

/// --json, --log, --show-values.
void talk_options(CLI::App& verb, Options& o);
/// --prefer, --network, --offline-first, --memory: what a plan depends on.
void policy_options(CLI::App& verb, Options& o);
/// --parties, --scheme: where there is no cluster file.
void scheme_options(CLI::App& verb, Options& o);
/// Timeouts, --threads.
void job_options(CLI::App& verb, Options& o);
/// --transport, --delay, --rate.
void local_options(CLI::App& verb, Options& o);
/// --format, --file, --trace: how a plan is drawn.
void draw_options(CLI::App& verb, Options& o);
/// --dashboard.
void watch_options(CLI::App& verb, Options& o);
/// --trace: where to write what happened.
void trace_option(CLI::App& verb, Options& o);
/// --output-mode.
void mode_option(CLI::App& verb, Options& o);
/// --cluster, --cert, --key, --scheme.
void network_options(CLI::App& verb, Options& o);

}  // namespace tacet::apps
