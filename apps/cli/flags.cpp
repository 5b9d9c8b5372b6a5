#include "apps/cli/flags.hpp"

#include <CLI/CLI.hpp>

#include "apps/cli/policy.hpp"
#include "apps/limits.hpp"

namespace tacet::apps {

namespace {

void scheme_option(CLI::App& verb, Options& o) {
  verb.add_option("--scheme", o.scheme,
                  "rss (default), or plain, which protects nothing. The same at all endpoints");
}

// CLI::Range takes what is no number for one between any two.
CLI::Validator within(double low, double high, const std::string& expected) {
  return CLI::Validator(
      [=](const std::string& text) {
        double value = 0;
        const bool is_number = CLI::detail::lexical_cast(text, value);
        return is_number && value >= low && value <= high ? std::string() : text + ": expected " + expected;
      },
      "");
}

}  // namespace

void talk_options(CLI::App& verb, Options& o) {
  verb.add_flag("--json", o.json, "One JSON object on standard output");
  verb.add_flag("--show-values", o.show_values,
                "Messages may show what was found in an input. Without it they show where, never a value");
  verb.add_option("--log", o.log, "off, error, warn, info or debug (on standard error)")
      ->check(CLI::IsMember({"off", "error", "warn", "info", "debug"}));
}

void policy_options(CLI::App& verb, Options& o) {
  verb.add_option("--prefer", o.prefer, prefer_help() + ". The same at all endpoints")
      ->allow_extra_args(false);
  verb.add_option("--network", o.network, network_help() + ". The same at all endpoints");
  verb.add_flag("--offline-first", o.offline_first,
                "Compute all that depends on no input first, and read inputs only then. The same at all "
                "endpoints");
  memory_option(verb, o.memory_bytes);
}

void scheme_options(CLI::App& verb, Options& o) {
  verb.add_option("--parties,-n", o.parties, "Computing parties, an odd number (default 3)");
  scheme_option(verb, o);
}

void job_options(CLI::App& verb, Options& o) {
  const CLI::Validator seconds =
      within(kMinSeconds, kMaxSeconds, "seconds, at least 0.001 and at most 4000000");
  verb.add_option("--deadline", o.deadline_s, "Seconds after which the job is aborted (default: none)")
      ->check(seconds);
  verb.add_option("--connect-timeout", o.connect_timeout_s,
                  "Seconds until all endpoints must be there (default 30)")
      ->check(seconds);
  verb.add_option(
          "--peer-timeout", o.peer_timeout_s,
          "Seconds after which a peer from which nothing comes, not even signs of life, is gone (default "
          "30; the largest of all endpoints counts). A closed connection is noticed at once; a "
          "dead host or a cut cable after this time")
      ->check(seconds);
  verb.add_option(
          "--stall-timeout", o.stall_timeout_s,
          "Seconds after which the job ends if nothing moves though everybody shows signs of life (default "
          "600; the largest of all endpoints counts)")
      ->check(seconds);
  verb.add_option("--threads", o.threads, "Worker threads of each party (default 1)")
      ->check(CLI::Range(1, 256));
}

void local_options(CLI::App& verb, Options& o) {
  verb.add_option("--transport", o.transport, "tls over loopback (default) or memory");
  verb.add_option("--delay", o.delay_ms, "Milliseconds added to every stream, one way")
      ->check(within(0, kMaxDelayMs, "milliseconds, at least 0 and at most an hour"));
  verb.add_option("--rate", o.rate_mbit, "Megabits per second of every stream (default 0: as it is)")
      ->check(within(0, kMaxRateMbit, "megabits per second, at least 0 and at most 10^9"));
}

void mode_option(CLI::App& verb, Options& o) {
  verb.add_option_function<std::string>(
          "--output-mode",
          [&o](const std::string& text) {
            o.output_mode = static_cast<mode_t>(std::stoul(text, nullptr, 8));
          },
          "Permissions of the files of results, traces and pages that show traces, such as 640 (default 600: "
          "you alone)")
      ->check(CLI::Validator(
          [](const std::string& text) {
            const bool good = text.size() == 3 && text.find_first_not_of("01234567") == std::string::npos;
            return good ? std::string() : "expected three octal digits such as 640, not " + text;
          },
          "OCTAL"));
}

void draw_options(CLI::App& verb, Options& o) {
  verb.add_option(
      "--format", o.format,
      "dot (default) or svg: a drawing of small graphs; html: a page for graphs of any size, one file "
      "for browsers; json: what the page shows");
  verb.add_option("--file", o.file, "Where to write it (default: standard output)");
  verb.add_option("--trace", o.traces, "With html: what run --trace has written, to be shown with the graph")
      ->allow_extra_args(false);
}

void watch_options(CLI::App& verb, Options& o) {
  verb.add_option("--dashboard", o.dashboard,
                  "Serve a page with the graph and the job's progress at this address, such as "
                  "127.0.0.1:8080. No values, but anyone who reaches the address can read it");
}

void trace_option(CLI::App& verb, Options& o) {
  verb.add_option("--trace", o.trace,
                  "Write what every party did and when, in the Chrome trace format (no values): for "
                  "graph --format html --trace, or Perfetto");
}

void network_options(CLI::App& verb, Options& o) {
  verb.add_option("--cluster", o.cluster, "The cluster file (TOML)")->required();
  verb.add_option("--cert", o.cert, "This endpoint's certificate (PEM)")->required();
  verb.add_option("--key", o.key, "Its private key (PEM), readable by nobody else")->required();
  scheme_option(verb, o);
}

}  // namespace tacet::apps
