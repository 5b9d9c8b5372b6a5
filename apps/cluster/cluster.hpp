#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "graph/setting.hpp"
#include "transport/fingerprint.hpp"

namespace tacet::apps {

/// Where a party listens: a name, an IPv4 or an IPv6 address, and a TCP port.
struct Address {
  std::string host;  ///< an IPv6 address without its brackets
  std::uint16_t port = 0;
  bool operator==(const Address&) const = default;
  /// As "10.0.0.1:7000" or "[::1]:7000".
  std::string to_string() const;
};

/// Reads Address::to_string()'s form. Fails: Errc::bad_config quoting the text and what was expected.
Address parse_address(std::string_view text);

/// A computing party. Its number is its place in the file.
struct ClusterParty {
  std::string name;
  Address address;  ///< where the others reach it
  std::vector<transport::Fingerprint>
      fingerprints;               ///< of its certificate; two while it changes from one to another
  std::optional<Address> listen;  ///< where it listens itself, if that differs (behind a NAT)
  bool operator==(const ClusterParty&) const = default;
};

/// Someone outside the computing parties who brings inputs or receives outputs.
struct ClusterClient {
  std::string name;
  std::vector<transport::Fingerprint> fingerprints;
  bool operator==(const ClusterClient&) const = default;
};

/// Who takes part in a job, and how they recognise each other. Every party holds the same file.
struct Cluster {
  std::string session_name;  ///< for logs; may be empty
  std::vector<ClusterParty> parties;
  std::vector<ClusterClient> clients;
  bool operator==(const Cluster&) const = default;

  /// The number of the party of that name. Fails: Errc::unknown_name with the closest name.
  std::uint32_t party(std::string_view name) const;
  /// The number of the client of that name. Fails: Errc::unknown_name with the closest name.
  std::uint32_t client(std::string_view name) const;
};

/// Reads a cluster file (TOML).
/// Fails: Errc::missing_input if there is no such file; otherwise Errc::bad_config with file, line and
/// column: a key that is unknown (with the closest valid one), missing or of a wrong type; a scheme other
/// than rss; a name used twice among parties or among clients; an address or a fingerprint of two parties, a
/// fingerprint of two clients; an even number of parties. One organisation may be both a party and a client.
Cluster read_cluster(const std::string& path);

/// The same from text; `file` stands in messages.
Cluster parse_cluster(std::string_view text, const std::string& file);

/// The text of a file from which read_cluster() makes the same cluster.
std::string write_cluster(const Cluster& cluster);

/// Checks that every client a program names is in the cluster file; the file may know more.
/// Fails: Errc::bad_config naming the missing ones and those that are there.
void check_clients(const Cluster& cluster, const std::vector<std::string>& program_clients,
                   const std::string& file);

}  // namespace tacet::apps
