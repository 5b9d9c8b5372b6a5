// Parties and clients in network namespaces of their own, joined by a bridge: separate machines as far as TCP
// is concerned. Needs root; skipped where namespaces are not permitted.
#include <signal.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <cstdlib>
#include <memory>
#include <nlohmann/json.hpp>
#include <thread>

#include "tests/processes/examples.hpp"
#include "tests/processes/job.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

/// One namespace for each of `count` endpoints, with address 10.213.77.(i + 1). All of it disappears with its
/// owner.
class Network {
 public:
  explicit Network(std::uint32_t count) : tag_("tt" + std::to_string(::getpid() % 100'000) + next_letter()) {
    // Being allowed the first of each kind decides; what fails after that is a failure.
    if (::geteuid() != 0 || !ip({"link", "add", bridge(), "type", "bridge"})) return;
    bridged_ = true;
    if (!ip({"netns", "add", space(0)})) return;
    spaces_ = 1;
    // Where the root is no mount point, as in a plain chroot, namespaces can be made but not entered.
    if (!ip({"netns", "exec", space(0), "true"})) return;
    bool all = ip({"link", "set", bridge(), "up"});
    for (std::uint32_t i = 0; i < count; ++i) {
      if (i != 0) all = all && ip({"netns", "add", space(i)});
      spaces_ = i + 1;
      all = all &&
            ip({"link", "add", outside(i), "type", "veth", "peer", "name", "eth0", "netns", space(i)}) &&
            ip({"link", "set", outside(i), "master", bridge(), "up"}) &&
            ip({"-n", space(i), "addr", "add", address(i) + "/24", "dev", "eth0"}) &&
            ip({"-n", space(i), "link", "set", "eth0", "up"}) &&
            ip({"-n", space(i), "link", "set", "lo", "up"});
    }
    BOOST_TEST(all, "namespaces are permitted, but could not all be joined");
    works_ = true;
  }
  ~Network() {
    // A link would outlive its namespace by as long as the kernel takes to bury that.
    for (std::uint32_t i = 0; i < spaces_; ++i) {
      ip({"link", "del", outside(i)});
      ip({"netns", "del", space(i)});
    }
    if (bridged_) ip({"link", "del", bridge()});
  }
  Network(const Network&) = delete;
  Network& operator=(const Network&) = delete;

  bool works() const { return works_; }
  static std::string address(std::uint32_t i) { return "10.213.77." + std::to_string(i + 1); }
  /// Runs a command in a namespace. `ip` replaces itself by it, so that signals reach it.
  Command in(std::uint32_t i) const { return {"ip", "netns", "exec", space(i)}; }
  void unplug(std::uint32_t i) const { BOOST_TEST_REQUIRE(ip({"link", "set", outside(i), "down"})); }
  void plug_in(std::uint32_t i) const { BOOST_TEST_REQUIRE(ip({"link", "set", outside(i), "up"})); }
  /// Every fifth packet to anybody is lost. False where the kernel has no means to lose packets.
  bool lose_packets() const {
    for (std::uint32_t i = 0; i < spaces_; ++i)
      if (!done(in(i) + Command{"tc", "qdisc", "add", "dev", "eth0", "root", "netem", "loss", "20%"}) &&
          !done(in(i) + Command{"iptables", "-A", "INPUT", "-m", "statistic", "--mode", "random",
                                "--probability", "0.2", "-j", "DROP"}))
        return false;
    return true;
  }

 private:
  static std::string next_letter() {
    static char letter = 'a';
    return std::string(1, letter++);
  }
  static bool ip(const Command& words) { return done(Command{"ip"} + words); }
  static bool done(const Command& command) {
    const ProcessPtr p = run(command);
    if (p->exit_code() != 0) BOOST_TEST_MESSAGE(p->text() << ": " << p->err());
    return p->exit_code() == 0;
  }
  std::string bridge() const { return tag_ + "br"; }
  std::string space(std::uint32_t i) const { return tag_ + "-" + std::to_string(i); }
  std::string outside(std::uint32_t i) const { return tag_ + "v" + std::to_string(i); }

  std::string tag_;
  std::uint32_t spaces_ = 0;
  bool bridged_ = false, works_ = false;
};

JobPlace place_in(const Network& network) {
  return {[](std::uint32_t i) { return Network::address(i); },
          [&network](std::uint32_t i) { return network.in(i); }};
}

/// Nothing, with a line in the log, where namespaces are not permitted.
std::unique_ptr<Network> make_network() {
  auto network = std::make_unique<Network>(5);
  if (network->works()) return network;
  BOOST_TEST_MESSAGE("skipped: network namespaces are not permitted here");
  return nullptr;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(namespaces)

BOOST_AUTO_TEST_CASE(risk_score_runs_across_namespaces) {
  const auto network = make_network();
  if (!network) return;
  Endpoints all(3, {"clinic", "client"});
  for (std::uint32_t p = 0; p < 3; ++p) all.set_host(p, Network::address(p));
  all.write_cluster("cluster.toml", 3);
  const char* shared = std::getenv("TACET_SHARED_DATA");
  const std::string records =
      shared != nullptr ? std::string(shared) + "/clinic/breast-cancer-wisconsin.csv" : data("records");
  const auto rows = cells(records);
  const Command sizes{"--set", "rows=" + std::to_string(rows.size()), "--set",
                      "columns=" + std::to_string(rows[0].size())};
  std::vector<ProcessPtr> everyone;
  for (std::uint32_t p = 0; p < 3; ++p)
    everyone.push_back(start(network->in(p) + all.party("risk_score", p, sizes)));
  everyone.push_back(start(network->in(3) + all.client("risk_score", "clinic",
                                                       sizes + Command{"-i", "weights=" + data("weights"),
                                                                       "-i", "bias=" + data("bias")})));
  everyone.push_back(
      start(network->in(4) + all.client("risk_score", "client", {"-i", "records=" + records})));
  std::vector<Process*> processes;
  for (const ProcessPtr& p : everyone) processes.push_back(p.get());
  BOOST_TEST_REQUIRE(all_end(processes, 20s));
  for (std::size_t i = 0; i < 5; ++i) {
    BOOST_TEST_REQUIRE(everyone[i]->exit_code() == 0, everyone[i]->err());
    BOOST_TEST((Json::parse(everyone[i]->out())["outputs"].contains("malignant") == (i == 4)));
  }
  BOOST_TEST((Json::parse(everyone[4]->out())["outputs"]["malignant"] == Json(plain_classes(records))));
}

BOOST_AUTO_TEST_CASE(a_party_killed_halfway_is_named_across_namespaces) {
  const auto network = make_network();
  if (!network) return;
  LongJob job(3, {}, 10'000, place_in(*network));
  job.wait_until_it_runs();
  const auto killed = Clock::now();
  job.party(1).signal(SIGKILL);
  job.check_everyone_ends(&job.party(1), killed, 2s, 1, "closed the connection", "namespaces: killed");
}

BOOST_AUTO_TEST_CASE(a_stopped_party_is_named_across_namespaces) {
  const auto network = make_network();
  if (!network) return;
  LongJob job(3, {"--peer-timeout", "2"}, 10'000, place_in(*network));
  job.wait_until_it_runs();
  const auto stopped = Clock::now();
  job.party(2).signal(SIGSTOP);
  job.check_everyone_ends(&job.party(2), stopped, 4s, 2, "has said nothing for ", "namespaces: stopped");
}

BOOST_AUTO_TEST_CASE(an_unplugged_party_is_named_across_namespaces) {
  const auto network = make_network();
  if (!network) return;
  LongJob job(3, {"--peer-timeout", "2"}, 10'000, place_in(*network));
  job.wait_until_it_runs();
  const auto unplugged = Clock::now();
  // No packet says that the link is gone: only silence tells.
  network->unplug(0);
  job.check_everyone_ends(&job.party(0), unplugged, 4s, 0, "has said nothing for ", "namespaces: unplugged");
  BOOST_TEST(all_end({&job.party(0)}, 4s));
  BOOST_TEST(job.party(0).exit_code() == 1);
}

BOOST_AUTO_TEST_CASE(a_cable_out_for_three_seconds_is_forgiven) {
  const auto network = make_network();
  if (!network) return;
  // Little patience and the default at once, side by side in the same network.
  LongJob brief(3, {"--peer-timeout", "5"}, 500, place_in(*network)), usual(3, {}, 500, place_in(*network));
  for (LongJob* job : {&brief, &usual}) job->wait_until_it_runs();
  network->unplug(0);
  for (LongJob* job : {&brief, &usual})
    BOOST_TEST(!job->party(0).ended(), "the job was too short for this test");
  std::this_thread::sleep_for(3s);
  network->plug_in(0);
  const auto plugged = Clock::now();
  for (LongJob* job : {&brief, &usual}) job->check_everyone_succeeds();
  BOOST_TEST_MESSAGE("namespaces: from the end of an outage of 3 s to the end of the jobs: "
                     << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - plugged).count()
                     << " ms");
}

BOOST_AUTO_TEST_CASE(lost_packets_are_nobodys_fault_and_hide_no_culprit) {
  const auto network = make_network();
  if (!network) return;
  if (!network->lose_packets()) {
    BOOST_TEST_MESSAGE("skipped: this kernel has neither netem nor the statistic match of iptables");
    return;
  }
  LongJob whole(3, {}, 3, place_in(*network), 100), broken(3, {}, 10'000, place_in(*network), 100);
  broken.wait_until_it_runs();
  const auto killed = Clock::now();
  broken.party(1).signal(SIGKILL);
  broken.check_everyone_ends(&broken.party(1), killed, 5s, 1, "closed the connection",
                             "namespaces: killed, while every fifth packet is lost");
  whole.check_everyone_succeeds();
}

BOOST_AUTO_TEST_SUITE_END()
