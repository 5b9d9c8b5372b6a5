#include <algorithm>
#include <initializer_list>

// toml++ 3.3, where compiled from its headers, asserts what its own error handling deals with a line later,
// as in
// "[[`a]]": a typo in a file must not end the process.
#define TOML_ASSERT(condition) static_cast<void>(0)
#include <toml++/toml.h>

#include "apps/cluster/closest.hpp"
#include "apps/cluster/cluster.hpp"
#include "apps/cluster/toml_text.hpp"
#include "apps/io/file.hpp"
#include "apps/io/number.hpp"

namespace tacet::apps {

namespace {

// The file may come from a coordinator by mail: a parser's tree of a gigabyte of brackets is refused unread.
// Thirteen parties and a thousand clients need a fifth of this.
constexpr std::size_t kMaxFileBytes = std::size_t{1} << 20;

// Names are printed in every log line and travel in messages.
constexpr std::size_t kMaxNameBytes = 64;

class ClusterReader {
 public:
  explicit ClusterReader(const std::string& file) : file_(file) {}

  Cluster read(std::string_view text) {
    const toml::table root = parse(text);
    check_keys(root, {"scheme", "session_name", "party", "client"}, "the file");
    Cluster cluster;
    if (const toml::node* node = root.get("scheme")) check_scheme(*node);
    if (const toml::node* node = root.get("session_name"))
      cluster.session_name = read_name(*node, "session_name");
    read_parties(root, cluster);
    read_clients(root, cluster);
    return cluster;
  }

 private:
  toml::table parse(std::string_view text) const try {
    return toml::parse(ascii_toml(text, file_), file_);
  } catch (const toml::parse_error& error) {
    fail(error.source(), std::string(error.description()));
  }

  void read_parties(const toml::table& root, Cluster& cluster) {
    const std::vector<const toml::table*> tables = tables_of(root, "party");
    if (tables.empty())
      throw Error(Errc::bad_config, file_ + ": the file lists no [[party]], expected three or more");
    for (const toml::table* table : tables) {
      check_keys(*table, {"name", "address", "fingerprint", "listen"}, "a [[party]]");
      ClusterParty party;
      party.name = read_member_name(*table, "party", cluster.parties);
      const toml::node& address = require(*table, "address", "party");
      party.address = read_address(address, "address");
      for (const ClusterParty& other : cluster.parties)
        if (same_address(other.address, party.address))
          fail(address.source(),
               "address " + party.address.to_string() + " is already that of party \"" + other.name + "\"");
      if (const toml::node* node = table->get("listen")) party.listen = read_address(*node, "listen");
      party.fingerprints = read_fingerprints(*table, "party", cluster.parties);
      cluster.parties.push_back(std::move(party));
    }
    check_party_count(cluster, *tables.back());
  }

  void read_clients(const toml::table& root, Cluster& cluster) {
    for (const toml::table* table : tables_of(root, "client")) {
      check_keys(*table, {"name", "fingerprint"}, "a [[client]]");
      ClusterClient client;
      client.name = read_member_name(*table, "client", cluster.clients);
      // A client is known by its certificate alone, so two of one certificate could take each other's place.
      client.fingerprints = read_fingerprints(*table, "client", cluster.clients);
      cluster.clients.push_back(std::move(client));
    }
  }

  void check_party_count(const Cluster& cluster, const toml::table& last) const try {
    check_setting({Scheme::rss, static_cast<std::uint32_t>(cluster.parties.size()), 0});
  } catch (const Error& error) {
    fail(last.source(), error.what());
  }

  // The tables of [[key]]; none if the key is absent.
  std::vector<const toml::table*> tables_of(const toml::table& root, std::string_view key) const {
    std::vector<const toml::table*> tables;
    const toml::node* node = root.get(key);
    if (node == nullptr) return tables;
    const std::string expected = ", expected [[" + std::string(key) + "]] tables";
    if (!node->is_array()) fail(node->source(), std::string(key) + " is " + kind_of(*node) + expected);
    for (const toml::node& item : *node->as_array()) {
      if (!item.is_table()) fail(item.source(), std::string(key) + " holds " + kind_of(item) + expected);
      tables.push_back(item.as_table());
    }
    return tables;
  }

  void check_keys(const toml::table& table, std::initializer_list<std::string> valid,
                  const std::string& where) const {
    for (const auto& [key, node] : table) {
      if (std::find(valid.begin(), valid.end(), key.str()) != valid.end()) continue;
      fail(key.source(), "unknown key " + quoted(key.str()) + " in " + where + "; the closest valid one is " +
                             closest(key.str(), {valid.begin(), valid.size()}));
    }
  }

  const toml::node& require(const toml::table& table, std::string_view key, const std::string& what) const {
    if (const toml::node* node = table.get(key)) return *node;
    fail(table.source(), "this [[" + what + "]] has no " + std::string(key));
  }

  const std::string& read_string(const toml::node& node, std::string_view key) const {
    if (const auto* value = node.as_string()) return value->get();
    fail(node.source(), std::string(key) + " is " + kind_of(node) + ", expected a string");
  }

  // A file cannot take protection away: whoever has written it is not whoever runs an endpoint.
  void check_scheme(const toml::node& node) const {
    const std::string& text = read_string(node, "scheme");
    if (text == to_string(Scheme::rss)) return;
    fail(node.source(), "scheme is " + quoted(text) + ", expected \"rss\"" +
                            (text == to_string(Scheme::plain)
                                 ? "; only --scheme plain at every endpoint turns protection off"
                                 : ""));
  }

  std::string read_name(const toml::node& node, std::string_view key) const {
    const std::string& name = read_string(node, key);
    const bool printable = std::none_of(
        name.begin(), name.end(), [](char c) { return static_cast<unsigned char>(c) < 0x20 || c == 0x7F; });
    if (name.empty() || name.size() > kMaxNameBytes || !printable)
      fail(node.source(), std::string(key) + " is " + quoted(name) + ", expected 1 to " +
                              std::to_string(kMaxNameBytes) + " bytes without control characters");
    return name;
  }

  template <class Member>
  std::string read_member_name(const toml::table& table, const std::string& what,
                               const std::vector<Member>& before) const {
    const toml::node& node = require(table, "name", what);
    std::string name = read_name(node, "name");
    for (const Member& other : before)
      if (other.name == name) fail(node.source(), "two of [[" + what + "]] are named \"" + name + "\"");
    return name;
  }

  Address read_address(const toml::node& node, std::string_view key) const {
    const std::string& text = read_string(node, key);
    try {
      return parse_address(text);
    } catch (const Error& error) {
      fail(node.source(), error.what());
    }
  }

  template <class Member>
  std::vector<transport::Fingerprint> read_fingerprints(const toml::table& table, const std::string& what,
                                                        const std::vector<Member>& before) const {
    constexpr std::size_t kMaxFingerprints = 2;
    const toml::node& node = require(table, "fingerprint", what);
    std::vector<const toml::node*> items;
    if (const toml::array* list = node.as_array()) {
      for (const toml::node& item : *list) items.push_back(&item);
    } else {
      items.push_back(&node);
    }
    if (items.empty() || items.size() > kMaxFingerprints)
      fail(node.source(),
           std::to_string(items.size()) + " fingerprints, expected one, or two while a certificate changes");
    std::vector<transport::Fingerprint> prints;
    for (const toml::node* item : items) {
      const transport::Fingerprint print = read_fingerprint(*item);
      if (std::find(prints.begin(), prints.end(), print) != prints.end())
        fail(item->source(), "the same fingerprint twice");
      for (const Member& other : before)
        if (std::find(other.fingerprints.begin(), other.fingerprints.end(), print) !=
            other.fingerprints.end())
          fail(item->source(), "this fingerprint is already that of " + what + " \"" + other.name + "\"");
      prints.push_back(print);
    }
    return prints;
  }

  transport::Fingerprint read_fingerprint(const toml::node& node) const {
    const std::string& text = read_string(node, "fingerprint");
    try {
      return transport::Fingerprint::parse(text);
    } catch (const Error& error) {
      fail(node.source(), error.what());
    }
  }

  static bool same_address(const Address& a, const Address& b) {
    const auto same_letter = [](char x, char y) { return (x | 0x20) == (y | 0x20); };
    return a.port == b.port &&
           std::equal(a.host.begin(), a.host.end(), b.host.begin(), b.host.end(), same_letter);
  }

  static std::string kind_of(const toml::node& node) {
    switch (node.type()) {
      case toml::node_type::table:
        return "a table";
      case toml::node_type::array:
        return "an array";
      case toml::node_type::string:
        return "a string";
      case toml::node_type::boolean:
        return "a truth value";
      case toml::node_type::integer:
      case toml::node_type::floating_point:
        return "a number";
      default:
        return "a date or time";
    }
  }

  std::string place(const toml::source_region& region) const {
    return file_ + ":" + std::to_string(region.begin.line) + ":" + std::to_string(region.begin.column) + ": ";
  }

  [[noreturn]] void fail(const toml::source_region& region, const std::string& what) const {
    throw Error(Errc::bad_config, place(region) + what);
  }

  const std::string& file_;
};

}  // namespace

Cluster parse_cluster(std::string_view text, const std::string& file) {
  return ClusterReader(file).read(text);
}

Cluster read_cluster(const std::string& path) {
  return parse_cluster(read_file(path, kMaxFileBytes), path);
}

}  // namespace tacet::apps
