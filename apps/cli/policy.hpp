#pragma once

#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "graph/plan.hpp"

namespace CLI {
class App;
}

namespace tacet::apps {

/// A kind of network between the parties, as far as it decides between the ways to compute an operation.
struct Network {
  std::string_view name;
  double round_seconds;     ///< what a round costs however little it carries: half a round trip and a wake-up
  double bytes_per_second;  ///< what a party can send
  double worked_bytes_per_second;  ///< what a party can compute, where that counts
  std::string_view doc;
};
std::span<const Network> networks();

/// What --network, --prefer op=variant and --offline-first say. Whether the names in `prefer` exist is
/// checked when a plan is made. Fails: Errc::unknown_name, listing the networks; Errc::bad_argument for a
/// preference without "=" or given twice.
Policy make_policy(const std::string& network, const std::vector<std::string>& prefer, bool offline_first);

/// For the help of --network and --prefer.
std::string network_help(const std::string& by_default = "lan");
std::string prefer_help();

/// --memory SIZE.
void memory_option(CLI::App& verb, std::uint64_t& bytes);

}  // namespace tacet::apps
