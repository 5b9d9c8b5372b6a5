#pragma once

#include <map>
#include <string>
#include <vector>

#include "tests/processes/process.hpp"

namespace tacet::test {

/// Parties p0, p1, .. and clients with certificates and a cluster file, as operators would make them.
class Endpoints {
 public:
  Endpoints(std::uint32_t n, const std::vector<std::string>& clients);

  /// Writes the cluster file with these parties, in this order.
  void write_cluster(const std::string& file, std::uint32_t n, const std::string& scheme = "rss",
                     const std::string& more = "") const;

  /// As an operator would make it, in new files, and its fingerprint for the next cluster file.
  void make_certificate(const std::string& name, int days = 365);

  std::uint32_t n() const { return n_; }
  const TempFolder& folder() const { return folder_; }
  std::string file(const std::string& name) const { return folder_ / name; }
  std::uint16_t port(std::uint32_t party) const { return ports_[party]; }
  const std::string& fingerprint(const std::string& name) const { return fingerprints_.at(name); }
  /// Where the parties are reached, if not on this machine's loopback.
  void set_host(std::uint32_t party, const std::string& host) { hosts_[party] = host; }

  /// The command of one endpoint, with --json.
  Command party(const std::string& pipeline, std::uint32_t number, const Command& more = {},
                const std::string& cluster = "cluster.toml") const;
  Command client(const std::string& pipeline, const std::string& name, const Command& more = {},
                 const std::string& cluster = "cluster.toml") const;

 private:
  TempFolder folder_;
  std::uint32_t n_;
  std::vector<std::string> clients_;
  std::vector<std::uint16_t> ports_;
  std::vector<std::string> hosts_;
  std::map<std::string, std::string> fingerprints_;
};

}  // namespace tacet::test
