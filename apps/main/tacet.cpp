#include <CLI/CLI.hpp>
#include <filesystem>
#include <iostream>

#include "apps/bench/bench.hpp"
#include "apps/cli/classify.hpp"
#include "apps/cli/command.hpp"
#include "apps/cli/policy.hpp"
#include "apps/io/interrupts.hpp"
#include "transport/identity.hpp"

namespace {

using namespace tacet;

struct KeygenOptions {
  std::string name;
  std::string out = ".";
  int days = 365;
};

int keygen(const KeygenOptions& o) {
  if (o.days < 1 || o.days > 3650)
    throw Error(Errc::bad_argument, "--days " + std::to_string(o.days) + ": expected 1 to 3650");
  if (o.name.find('/') != std::string::npos)
    throw Error(Errc::bad_argument,
                "--name " + o.name + ": it becomes part of two file names and must hold no slash");
  const std::filesystem::path folder(o.out);
  const std::string cert = (folder / (o.name + ".crt")).string(), key = (folder / (o.name + ".key")).string();
  const transport::Identity identity = transport::make_identity(o.name, o.days);
  {
    const apps::Interrupts not_halfway;
    transport::write_identity(identity, cert, key);
  }
  std::cout << "certificate  " << cert << "\nprivate key  " << key
            << "  (readable by you alone: keep it so)\n"
            << "fingerprint  " << identity.fingerprint().to_string() << "\n";
  return 0;
}

/// The network that --network names, to be imitated between the parties.
transport::LinkShape shape_of(const std::string& name) {
  if (name == "loopback")
    throw Error(Errc::bad_argument,
                "--shaped: needs --network lan or wan; loopback is this machine as it is");
  for (const apps::Network& n : apps::networks())
    if (n.name == name)
      return {std::chrono::nanoseconds(static_cast<std::int64_t>(n.round_seconds * 1e9)),
              static_cast<std::uint64_t>(n.bytes_per_second)};
  throw Error(Errc::unknown_name, "--network " + name + ": unknown");
}

}  // namespace

int main(int argc, char** argv) {
  apps::give_last_words();
  CLI::App app("Tacet: computing on secrets", "tacet");
  app.require_subcommand(1);
  app.footer(apps::kExitCodes);
  KeygenOptions k;
  CLI::App* keys = app.add_subcommand("keygen", "A certificate and its private key for one organisation");
  keys->add_option("--name", k.name, "The organisation's name")->required();
  keys->add_option("--out", k.out, "The folder for NAME.crt and NAME.key (default: here)");
  keys->add_option("--days", k.days, "How long the certificate is valid (default 365)");

  const auto classify = apps::add_classify(app);

  bench::BenchOptions b;
  bench::Request request;
  std::string medium = "tls", network = "loopback";
  std::vector<std::string> prefer;
  bool shaped = false;
  CLI::App* bench = app.add_subcommand("bench", "Measures the engine beside what the machine can do");
  bench->add_option("NAME", request.name, "Which benchmark (default: all, one after the other)");
  CLI::Option* json = bench
                          ->add_option("--json", request.json_file,
                                       "One JSON array on standard output, or in this file beside the table")
                          ->expected(0, 1);
  bench->add_option("--parties,-n", request.parties, "Computing parties (default 3; mul and ops 3,5,7)")
      ->delimiter(',');
  bench->add_option("--width,--k", request.widths, "Ring widths in bits (default 32,64 or 64)")
      ->delimiter(',')
      ->check(CLI::Range(1, 128));
  bench->add_option("--ops", request.ops, "For ops: which operations (default all)")->delimiter(',');
  bench->add_option("--prefer", prefer, apps::prefer_help())->allow_extra_args(false);
  bench->add_option("--network", network, apps::network_help(network));
  bench->add_flag("--shaped", shaped, "With the delay and the rate of --network between the parties");
  bench
      ->add_option("--elements", request.elements,
                   "Vector length (default 10^7; ops and randbit 10^6; and 10^9)")
      ->check(CLI::Range(1.0, 1e12));
  bench->add_option("--chains", b.chains, "Independent chains (default 1000)")
      ->check(CLI::Range(1, 100'000'000));
  bench->add_option("--depth", request.depth, "Multiplications in a chain (default 20; latency 10000)")
      ->check(CLI::Range(1, 100'000'000));
  apps::memory_option(*bench, b.memory_bytes);
  bench
      ->add_option("--transport", medium,
                   "tls over loopback, each party in a process of its own (default), or memory")
      ->check(CLI::IsMember({"tls", "memory"}));
  bench->add_option("--repeat", b.repeat, "Runs, of which the median counts (default 5)")
      ->check(CLI::Range(1, 1000));
  bench->add_option("--threads", b.threads, "Worker threads of each party (default 1)")
      ->check(CLI::Range(1, 256));
  std::string list = "Benchmarks:\n";
  for (const auto& [n, text] : bench::names()) list += "  " + n + ": " + text + "\n";
  bench->footer(list);
  return apps::run_command(app, argc, argv, "tacet", [&](apps::Terminal& terminal) {
    if (*keys) return keygen(k);
    if (app.got_subcommand("classify")) return classify(terminal);
    b.transport = medium == "tls" ? actors::TransportKind::tls : actors::TransportKind::memory;
    b.policy = apps::make_policy(network, prefer, false);
    if (shaped) b.shape = shape_of(network);
    request.json = json->count() != 0 && request.json_file.empty();
    return bench::run(request, b);
  });
}
