#include "apps/cluster/cluster.hpp"

#include <algorithm>

#include "apps/cluster/closest.hpp"

namespace tacet::apps {

namespace {

template <class Member>
std::vector<std::string> names_of(const std::vector<Member>& members) {
  std::vector<std::string> names;
  for (const Member& member : members) names.push_back(member.name);
  return names;
}

std::string joined(const std::vector<std::string>& names) {
  std::string text;
  for (const std::string& name : names) text += (text.empty() ? "" : ", ") + name;
  return text;
}

std::uint32_t index_of(std::string_view name, const std::vector<std::string>& names,
                       const std::string& what) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found != names.end()) return static_cast<std::uint32_t>(found - names.begin());
  const std::string near = closest(name, names);
  throw Error(Errc::unknown_name, "the cluster has no " + what + " \"" + std::string(name) + "\"" +
                                      (near.empty() ? "" : "; the closest is \"" + near + "\""));
}

// A basic string of TOML. Names hold no control characters, so only two need an escape.
std::string toml_string(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    if (c == '"' || c == '\\') out += '\\';
    out += c;
  }
  return out + "\"";
}

std::string fingerprint_lines(const std::vector<transport::Fingerprint>& fingerprints) {
  std::string list;
  for (const transport::Fingerprint& print : fingerprints)
    list += (list.empty() ? "" : ", ") + toml_string(print.to_string());
  return "fingerprint = " + (fingerprints.size() == 1 ? list : "[" + list + "]") + "\n";
}

}  // namespace

std::uint32_t Cluster::party(std::string_view name) const {
  return index_of(name, names_of(parties), "party");
}

std::uint32_t Cluster::client(std::string_view name) const {
  return index_of(name, names_of(clients), "client");
}

std::string write_cluster(const Cluster& cluster) {
  std::string text = "scheme = " + toml_string(to_string(Scheme::rss)) + "\n";
  if (!cluster.session_name.empty()) text += "session_name = " + toml_string(cluster.session_name) + "\n";
  for (const ClusterParty& party : cluster.parties) {
    text += "\n[[party]]\nname = " + toml_string(party.name) +
            "\naddress = " + toml_string(party.address.to_string()) + "\n";
    if (party.listen) text += "listen = " + toml_string(party.listen->to_string()) + "\n";
    text += fingerprint_lines(party.fingerprints);
  }
  for (const ClusterClient& client : cluster.clients)
    text +=
        "\n[[client]]\nname = " + toml_string(client.name) + "\n" + fingerprint_lines(client.fingerprints);
  return text;
}

void check_clients(const Cluster& cluster, const std::vector<std::string>& program_clients,
                   const std::string& file) {
  const std::vector<std::string> known = names_of(cluster.clients);
  std::vector<std::string> missing;
  for (const std::string& name : program_clients)
    if (std::find(known.begin(), known.end(), name) == known.end()) missing.push_back(name);
  if (missing.empty()) return;
  throw Error(Errc::bad_config, file + ": the program has " + (missing.size() == 1 ? "a client" : "clients") +
                                    " that the file does not list: " + joined(missing) + "; it lists " +
                                    (known.empty() ? "none" : joined(known)) +
                                    ". Each needs a [[client]] with that name");
}

}  // namespace tacet::apps
