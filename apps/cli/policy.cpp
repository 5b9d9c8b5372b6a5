#include "apps/cli/policy.hpp"

#include <CLI/CLI.hpp>
#include <algorithm>
#include <array>

namespace tacet::apps {

std::span<const Network> networks() {
  static constexpr std::array<Network, 3> kNetworks{{
      {"loopback", 50e-6, 1e9, 1e9, "one machine: 50 us a round, 1 GB/s, and 1 GB/s of shares computed"},
      {"lan", 100e-6, 125e6, 0, "one site: 100 us a round, 1 Gbit/s"},
      {"wan", 20e-3, 12.5e6, 0, "several sites: 20 ms a round (40 ms there and back), 100 Mbit/s"},
  }};
  return kNetworks;
}

Policy make_policy(const std::string& network, const std::vector<std::string>& prefer, bool offline_first) {
  Policy policy;
  const auto all = networks();
  const auto kind = std::find_if(all.begin(), all.end(), [&](const Network& n) { return n.name == network; });
  if (kind == all.end()) {
    std::string known;
    for (const Network& n : all) known += (known.empty() ? "" : ", ") + std::string(n.name);
    throw Error(Errc::unknown_name, "--network " + network + ": expected one of " + known);
  }
  policy.round_seconds = kind->round_seconds;
  policy.bytes_per_second = kind->bytes_per_second;
  policy.worked_bytes_per_second = kind->worked_bytes_per_second;
  policy.offline_first = offline_first;
  for (const std::string& text : prefer) {
    const std::size_t equals = text.find('=');
    if (equals == std::string::npos || equals == 0 || equals + 1 == text.size())
      throw Error(Errc::bad_argument, "--prefer " + text + ": expected operation=variant");
    if (!policy.prefer.emplace(text.substr(0, equals), text.substr(equals + 1)).second)
      throw Error(Errc::bad_argument, "--prefer " + text.substr(0, equals) + " is given twice");
  }
  return policy;
}

std::string network_help(const std::string& by_default) {
  std::string text = "What computing is planned for (default " + by_default + ")";
  for (const Network& n : networks()) text += "; " + std::string(n.name) + ": " + std::string(n.doc);
  return text;
}

std::string prefer_help() {
  std::string text = "operation=variant: how to compute an operation instead of the cheapest way:";
  for (const OpRow& row : op_table()) {
    if (row.variants.size() < 2) continue;
    text += " " + std::string(row.name) + "=";
    for (const Variant& v : row.variants)
      text += (&v == row.variants.data() ? "" : "|") + std::string(v.name);
  }
  return text;
}

void memory_option(CLI::App& verb, std::uint64_t& bytes) {
  verb.add_option(
          "--memory", bytes,
          "What a party's values are planned to take at once, such as 512MiB (default) or 2GB: larger ones "
          "are computed in waves. 0: whatever it takes. The same at all endpoints")
      ->transform(CLI::AsSizeValue(true))
      ->transform([](const std::string& text) {  // looked at before the unit is
        // A minus sign would be taken for a large number, and more than 19 digits for the largest there is.
        constexpr std::size_t kMaxDigits = 19;
        if (text.starts_with('-') || std::min(text.find_first_not_of("0123456789"), text.size()) > kMaxDigits)
          throw CLI::ValidationError("expected a size such as 512MiB, not " + text);
        return text;
      });
}

}  // namespace tacet::apps
