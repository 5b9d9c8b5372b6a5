#include "tests/processes/endpoints.hpp"

#include <boost/test/unit_test.hpp>
#include <sstream>

namespace tacet::test {

Endpoints::Endpoints(std::uint32_t n, const std::vector<std::string>& clients) : n_(n), clients_(clients) {
  for (std::uint32_t p = 0; p < n; ++p) {
    ports_.push_back(free_port());
    hosts_.push_back("127.0.0.1");
    make_certificate("p" + std::to_string(p));
  }
  for (const std::string& name : clients) make_certificate(name);
  write_cluster("cluster.toml", n);
}

void Endpoints::make_certificate(const std::string& name, int days) {
  const ProcessPtr keygen = run({program("tacet"), "keygen", "--name", name, "--days", std::to_string(days),
                                 "--out", folder_.path().string()});
  BOOST_TEST_REQUIRE(keygen->exit_code() == 0, keygen->err());
  std::istringstream words(keygen->out());
  for (std::string word; words >> word;)
    if (word == "fingerprint") words >> fingerprints_[name];
  BOOST_TEST_REQUIRE(fingerprints_[name].starts_with("sha256:"), keygen->out());
}

void Endpoints::write_cluster(const std::string& file, std::uint32_t n, const std::string& scheme,
                              const std::string& more) const {
  std::string text = "scheme = \"" + scheme + "\"\n";
  for (std::uint32_t p = 0; p < n; ++p) {
    const std::string name = "p" + std::to_string(p);
    text += "[[party]]\nname = \"" + name + "\"\naddress = \"" + hosts_[p] + ":" + std::to_string(ports_[p]) +
            "\"\nfingerprint = \"" + fingerprints_.at(name) + "\"\n";
  }
  for (const std::string& name : clients_)
    text += "[[client]]\nname = \"" + name + "\"\nfingerprint = \"" + fingerprints_.at(name) + "\"\n";
  write_text(folder_.path() / file, text + more);
}

Command Endpoints::party(const std::string& pipeline, std::uint32_t number, const Command& more,
                         const std::string& cluster) const {
  const std::string name = "p" + std::to_string(number);
  return Command{program(pipeline),
                 "party",
                 "--json",
                 "--cluster",
                 folder_ / cluster,
                 "--cert",
                 folder_ / (name + ".crt"),
                 "--key",
                 folder_ / (name + ".key"),
                 "--party",
                 std::to_string(number)} +
         more;
}

Command Endpoints::client(const std::string& pipeline, const std::string& name, const Command& more,
                          const std::string& cluster) const {
  return Command{program(pipeline),
                 "client",
                 "--json",
                 "--cluster",
                 folder_ / cluster,
                 "--cert",
                 folder_ / (name + ".crt"),
                 "--key",
                 folder_ / (name + ".key"),
                 "--name",
                 name} +
         more;
}

}  // namespace tacet::test
