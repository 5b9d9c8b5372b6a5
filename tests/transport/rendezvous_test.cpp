#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <random>
#include <thread>

#include "transport/rendezvous.hpp"
#include "transport/tls.hpp"

namespace tacet::transport {
namespace {

using namespace std::chrono_literals;
using Outcome = std::variant<Mesh, Culprit>;

/// n parties with listeners on ports the system chose, and some clients; each may be bent before it starts.
class Cluster {
 public:
  explicit Cluster(std::uint32_t n, std::uint32_t clients = 0) : n_(n), total_(n + clients) {
    for (std::uint32_t i = 0; i < total_; ++i) {
      identities.push_back(make_identity("endpoint " + std::to_string(i), 1));
      listeners.push_back(i < n ? std::make_unique<Listener>("127.0.0.1", 0) : nullptr);
      Hello hello;
      hello.from = EndpointId{i};
      hello.plan_digest.fill(std::byte{0x3f});
      hello.scheme = "rss";
      hello.n = n;
      hello.t = (n - 1) / 2;
      hello.nonce = fresh_nonce();
      hellos.push_back(hello);
      fingerprints.push_back(identities.back().fingerprint());
    }
    for (const auto& listener : listeners) ports.push_back(listener ? listener->port() : 0);
  }

  /// Whom endpoint i talks to: parties to everyone, clients to parties.
  std::vector<Peer> peers_of(std::uint32_t i) const {
    std::vector<Peer> peers;
    for (std::uint32_t j = 0; j < total_; ++j)
      if (j != i && (j < n_ || i < n_))
        peers.push_back({EndpointId{j},
                         "name" + std::to_string(j),
                         j < n_ ? "127.0.0.1" : "",
                         ports[j],
                         {fingerprints[j]}});
    return peers;
  }

  Outcome connect(std::uint32_t i, std::chrono::milliseconds patience = 10s) {
    return connect_all(identities[i], hellos[i], peers_of(i), listeners[i].get(), Clock::now() + patience,
                       cancel);
  }

  std::map<std::uint32_t, Outcome> connect_everyone(const std::vector<std::uint32_t>& absent = {},
                                                    std::chrono::milliseconds patience = 10s) {
    std::map<std::uint32_t, Outcome> outcomes;
    std::mutex mutex;
    std::vector<std::thread> threads;
    for (std::uint32_t i = 0; i < total_; ++i) {
      if (std::find(absent.begin(), absent.end(), i) != absent.end()) continue;
      threads.emplace_back([&, i] {
        Outcome outcome = connect(i, patience);
        const std::lock_guard lock(mutex);
        outcomes.emplace(i, std::move(outcome));
      });
    }
    for (std::thread& thread : threads) thread.join();
    return outcomes;
  }

  std::vector<Identity> identities;
  std::vector<std::unique_ptr<Listener>> listeners;
  std::vector<Hello> hellos;
  std::vector<Fingerprint> fingerprints;
  std::vector<std::uint16_t> ports;
  CancelToken cancel;

 private:
  std::uint32_t n_;
  std::uint32_t total_;
};

Deadline soon() {
  return Clock::now() + 10s;
}

bool says(const std::string& message, const std::string& part) {
  const bool found = message.find(part) != std::string::npos;
  BOOST_TEST(found, "\"" << part << "\" is not in: " << message);
  return found;
}

Mesh& mesh_of(Outcome& outcome) {
  if (const Culprit* culprit = std::get_if<Culprit>(&outcome)) BOOST_FAIL(culprit->fault.detail);
  return std::get<Mesh>(outcome);
}

const Culprit& culprit_of(const Outcome& outcome) {
  BOOST_REQUIRE(std::holds_alternative<Culprit>(outcome));
  return std::get<Culprit>(outcome);
}

/// Everyone sends its number and its peer's to each peer and finds the right ones.
void check_streams(std::map<std::uint32_t, Outcome>& outcomes) {
  for (auto& [i, outcome] : outcomes)
    for (Connection& connection : mesh_of(outcome)) {
      const std::byte sent[] = {static_cast<std::byte>(i),
                                static_cast<std::byte>(connection.hello.from.value)};
      BOOST_TEST(!write_all(*connection.out, sent, soon()));
    }
  for (auto& [i, outcome] : outcomes)
    for (Connection& connection : mesh_of(outcome)) {
      std::byte got[2];
      BOOST_TEST(!read_exact(*connection.in, got, soon()));
      BOOST_TEST(std::to_integer<unsigned>(got[0]) == connection.hello.from.value);
      BOOST_TEST(std::to_integer<unsigned>(got[1]) == i);
    }
}

/// A raw connection to a port, as a stranger makes it.
class Stranger {
 public:
  explicit Stranger(std::uint16_t port) : fd_(::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(port);
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    connected_ = ::connect(fd_, reinterpret_cast<sockaddr*>(&to), sizeof to) == 0;
  }
  Stranger(Stranger&& other) noexcept : fd_(std::exchange(other.fd_, -1)), connected_(other.connected_) {}
  Stranger& operator=(Stranger&& other) noexcept {
    std::swap(fd_, other.fd_);
    std::swap(connected_, other.connected_);
    return *this;
  }
  ~Stranger() {
    if (fd_ >= 0) ::close(fd_);
  }
  void say(std::string_view bytes) { (void)!::send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL); }
  bool connected() const { return connected_; }

 private:
  int fd_;
  bool connected_;
};

/// Calls every port again and again: silence, noise, plain HTTP, half a TLS record, and port scans.
class Flood {
 public:
  explicit Flood(const std::vector<std::uint16_t>& ports) : thread_([this, ports] { run(ports); }) {}
  ~Flood() {
    stop_ = true;
    thread_.join();
  }

 private:
  void run(const std::vector<std::uint16_t>& ports) {
    std::mt19937 random(11);
    std::vector<Stranger> held;
    while (!stop_) {
      for (const std::uint16_t port : ports) {
        if (port == 0) continue;
        Stranger stranger(port);
        std::string noise(random() % 600, '\0');
        for (char& c : noise) c = static_cast<char>(random());
        switch (random() % 5) {
          case 0:
            stranger.say("GET / HTTP/1.1\r\nHost: x\r\n\r\n");
            break;
          case 1:
            stranger.say(noise);
            break;
          case 2:
            stranger.say(std::string_view("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", 11));
            break;
          case 3:
            break;
          default:
            continue;  // closed at once
        }
        held.push_back(std::move(stranger));
      }
      if (held.size() > 600) held.erase(held.begin(), held.begin() + 100);
      std::this_thread::sleep_for(500us);
    }
  }

  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(rendezvous)

BOOST_AUTO_TEST_CASE(three_and_five_parties_meet_with_two_clients) {
  for (const std::uint32_t n : {3u, 5u}) {
    Cluster cluster(n, 2);
    auto outcomes = cluster.connect_everyone();
    BOOST_TEST(outcomes.size() == n + 2);
    for (auto& [i, outcome] : outcomes) {
      Mesh& mesh = mesh_of(outcome);
      BOOST_TEST(mesh.size() == (i < n ? n + 1 : n));
      for (std::size_t k = 1; k < mesh.size(); ++k) BOOST_TEST((mesh[k - 1].hello.from < mesh[k].hello.from));
      for (const Connection& connection : mesh)
        BOOST_TEST((connection.hello.nonce == cluster.hellos[connection.hello.from.value].nonce));
    }
    check_streams(outcomes);
  }
}

BOOST_AUTO_TEST_CASE(a_party_may_come_late) {
  Cluster cluster(3);
  std::map<std::uint32_t, Outcome> late;
  std::thread last([&] {
    std::this_thread::sleep_for(300ms);
    late.emplace(2, cluster.connect(2));
  });
  auto outcomes = cluster.connect_everyone({2});
  last.join();
  outcomes.merge(late);
  check_streams(outcomes);
}

BOOST_AUTO_TEST_CASE(a_listener_serves_one_meeting_after_another) {
  Cluster cluster(3);
  for (int round = 0; round < 3; ++round) {
    auto outcomes = cluster.connect_everyone();
    check_streams(outcomes);
  }
}

BOOST_AUTO_TEST_CASE(a_missing_party_is_named) {
  Cluster cluster(3, 1);
  cluster.listeners[1].reset();
  auto outcomes = cluster.connect_everyone({1}, 400ms);
  for (const std::uint32_t i : {0u, 2u, 3u}) {
    const Culprit& culprit = culprit_of(outcomes.at(i));
    BOOST_TEST(culprit.who.value == 1u);
    BOOST_TEST(culprit.name == "name1");
    BOOST_TEST((culprit.fault.kind == Fault::Kind::timeout));
    says(culprit.fault.detail,
         "party 1 (name1) at 127.0.0.1:" + std::to_string(cluster.ports[1]) + " did not answer in 0.4 s");
    says(culprit.fault.detail, "Connection refused");
  }
}

BOOST_AUTO_TEST_CASE(a_missing_client_is_named) {
  Cluster cluster(3, 1);
  auto outcomes = cluster.connect_everyone({3}, 400ms);
  for (const std::uint32_t i : {0u, 1u, 2u}) {
    const Culprit& culprit = culprit_of(outcomes.at(i));
    BOOST_TEST(culprit.who.value == 3u);
    says(culprit.fault.detail, "client 3 (name3) did not call in 0.4 s");
  }
}

/// Party 0 and party 1 differ in one thing: both must fail at once and name the other.
void check_disagreement(const std::function<void(Hello&)>& bend, const std::string& predicate) {
  Cluster cluster(3);
  bend(cluster.hellos[1]);
  const Deadline begin = Clock::now();
  auto outcomes = cluster.connect_everyone();
  BOOST_TEST((Clock::now() - begin < 3s));
  // Party 1 differs from both others; they may learn it from each other's farewell first.
  const Culprit& at_1 = culprit_of(outcomes.at(1));
  BOOST_TEST(at_1.who.value != 1u);
  says(at_1.fault.detail, predicate);
  bool named = false;
  for (const std::uint32_t i : {0u, 2u}) {
    const Culprit& culprit = culprit_of(outcomes.at(i));
    BOOST_TEST((culprit.fault.kind == Fault::Kind::refused || culprit.fault.kind == Fault::Kind::closed));
    named = named || (culprit.who.value == 1 && culprit.fault.detail.find(predicate) != std::string::npos);
  }
  BOOST_TEST(named);
}

BOOST_AUTO_TEST_CASE(another_program_is_refused_at_once_on_both_sides) {
  check_disagreement([](Hello& h) { h.plan_digest.fill(std::byte{0x91}); },
                     "runs another program, or one with other settings: its plan is ");
}
BOOST_AUTO_TEST_CASE(another_version_is_refused_at_once_on_both_sides) {
  check_disagreement([](Hello& h) { h.version = 7; },
                     "speaks another version of the protocol: its version is ");
}
BOOST_AUTO_TEST_CASE(another_party_count_is_refused_at_once_on_both_sides) {
  check_disagreement([](Hello& h) { h.n = 5; }, "expects another number of parties: its n is ");
}
BOOST_AUTO_TEST_CASE(another_threshold_is_refused_at_once_on_both_sides) {
  check_disagreement([](Hello& h) { h.t = 0; }, "expects another threshold: its t is ");
}
BOOST_AUTO_TEST_CASE(another_scheme_is_refused_at_once_on_both_sides) {
  check_disagreement([](Hello& h) { h.scheme = "shamir"; }, "uses another scheme: its scheme is ");
}

BOOST_AUTO_TEST_CASE(an_unknown_certificate_is_refused_with_both_fingerprints) {
  Cluster cluster(2);
  const Fingerprint expected = cluster.fingerprints[1];
  cluster.identities[1] = make_identity("impostor", 1);
  const std::string seen = cluster.identities[1].fingerprint().to_string();
  const Deadline begin = Clock::now();
  auto outcomes = cluster.connect_everyone();
  BOOST_TEST((Clock::now() - begin < 4s));
  const Culprit& at_0 = culprit_of(outcomes.at(0));
  BOOST_TEST(at_0.who.value == 1u);
  BOOST_TEST((at_0.fault.kind == Fault::Kind::refused));
  says(at_0.fault.detail, "party 1 (name1) at 127.0.0.1:");
  says(at_0.fault.detail, "its certificate is " + seen + ", expected " + expected.to_string());
  const Culprit& at_1 = culprit_of(outcomes.at(1));
  BOOST_TEST(at_1.who.value == 0u);
  BOOST_TEST((at_1.fault.kind == Fault::Kind::refused));
  says(at_1.fault.detail, seen);
}

BOOST_AUTO_TEST_CASE(a_client_with_an_unknown_certificate_is_told_so) {
  Cluster cluster(1, 1);
  cluster.identities[1] = make_identity("impostor", 1);
  std::map<std::uint32_t, Outcome> outcomes = cluster.connect_everyone({}, 700ms);
  const Culprit& at_client = culprit_of(outcomes.at(1));
  BOOST_TEST((at_client.fault.kind == Fault::Kind::refused));
  says(at_client.fault.detail, "party 0 (name0) at 127.0.0.1:");
  says(at_client.fault.detail, "does not accept us");
  says(at_client.fault.detail, cluster.identities[1].fingerprint().to_string());
  // The party cannot know who called: it waits for the true client, and says whom it turned away.
  const Culprit& at_party = culprit_of(outcomes.at(0));
  BOOST_TEST((at_party.fault.kind == Fault::Kind::timeout));
  says(at_party.fault.detail, cluster.identities[1].fingerprint().to_string());
  BOOST_TEST(cluster.listeners[0]->dropped() >= 1u);
}

BOOST_AUTO_TEST_CASE(an_expired_certificate_is_refused_on_both_sides) {
  const auto now = std::chrono::system_clock::now();
  for (const bool future : {false, true}) {
    Cluster cluster(2);
    const auto shift = std::chrono::hours(future ? 48 : -48);
    cluster.identities[1] = make_identity("old", Validity{now + shift - std::chrono::hours(1), now + shift});
    cluster.fingerprints[1] = cluster.identities[1].fingerprint();
    const Deadline begin = Clock::now();
    auto outcomes = cluster.connect_everyone();
    BOOST_TEST((Clock::now() - begin < 4s));
    const std::string words = future ? "is not valid before 20" : "expired on 20";
    for (const std::uint32_t i : {0u, 1u}) {
      const Culprit& culprit = culprit_of(outcomes.at(i));
      BOOST_TEST(culprit.who.value == 1 - i);
      BOOST_TEST((culprit.fault.kind == Fault::Kind::refused));
      if (i == 0) says(culprit.fault.detail, words);
    }
  }
}

BOOST_AUTO_TEST_CASE(a_client_with_an_expired_certificate_fails_on_both_sides) {
  const auto now = std::chrono::system_clock::now();
  Cluster cluster(1, 1);
  cluster.identities[1] =
      make_identity("old", Validity{now - std::chrono::hours(2), now - std::chrono::hours(1)});
  cluster.fingerprints[1] = cluster.identities[1].fingerprint();
  auto outcomes = cluster.connect_everyone();
  for (const std::uint32_t i : {0u, 1u}) {
    const Culprit& culprit = culprit_of(outcomes.at(i));
    BOOST_TEST(culprit.who.value == 1 - i);
    says(culprit.fault.detail, "expired on 20");
    says(culprit.fault.detail, cluster.fingerprints[1].to_string());
  }
}

BOOST_AUTO_TEST_CASE(an_endpoint_cannot_claim_to_be_another) {
  Cluster cluster(3, 1);
  // Client 3 says it is party 2, with its own, known certificate.
  cluster.hellos[3].from = EndpointId{2};
  std::map<std::uint32_t, Outcome> outcomes;
  std::thread party([&] { outcomes.emplace(0, cluster.connect(0)); });
  std::vector<Peer> only_party_0{cluster.peers_of(3).front()};
  const Outcome client =
      connect_all(cluster.identities[3], cluster.hellos[3], only_party_0, nullptr, soon(), cluster.cancel);
  party.join();
  BOOST_TEST(culprit_of(outcomes.at(0)).who.value == 3u);
  says(culprit_of(outcomes.at(0)).fault.detail, "client 3 (name3) claims to be party 2 (name2)");
  says(culprit_of(outcomes.at(0)).fault.detail, cluster.fingerprints[2].to_string());
  says(culprit_of(outcomes.at(0)).fault.detail, cluster.fingerprints[3].to_string());
  says(culprit_of(client).fault.detail, "claims to be");
}

BOOST_AUTO_TEST_CASE(two_parties_behind_one_name_are_told_apart) {
  Cluster cluster(2);
  // Party 0 looks for party 1 under the number of a third.
  cluster.hellos[1].from = EndpointId{2};
  std::map<std::uint32_t, Outcome> outcomes = cluster.connect_everyone();
  BOOST_TEST((culprit_of(outcomes.at(0)).fault.kind == Fault::Kind::refused));
  BOOST_TEST((culprit_of(outcomes.at(1)).fault.kind == Fault::Kind::refused));
}

BOOST_AUTO_TEST_CASE(a_peer_with_two_nonces_is_refused) {
  Cluster cluster(1, 2);
  // Client 2 never comes, so that the party still waits when client 1 runs a second time.
  std::map<std::uint32_t, Outcome> outcomes;
  std::thread party([&] { outcomes.emplace(0, cluster.connect(0)); });
  Outcome first = cluster.connect(1);
  mesh_of(first);
  cluster.hellos[1].nonce = fresh_nonce();
  const Outcome second = cluster.connect(1);
  party.join();
  BOOST_TEST(culprit_of(outcomes.at(0)).who.value == 1u);
  says(culprit_of(outcomes.at(0)).fault.detail, "client 1 (name1) restarted, or runs twice");
  says(culprit_of(second).fault.detail, "runs twice");
}

BOOST_AUTO_TEST_CASE(something_else_on_the_port_is_said_at_once) {
  Cluster cluster(2);
  const int server = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in here{};
  here.sin_family = AF_INET;
  here.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof here;
  BOOST_REQUIRE(::bind(server, reinterpret_cast<sockaddr*>(&here), size) == 0);
  BOOST_REQUIRE(::listen(server, 4) == 0);
  BOOST_REQUIRE(::getsockname(server, reinterpret_cast<sockaddr*>(&here), &size) == 0);
  cluster.ports[1] = ntohs(here.sin_port);
  std::thread http([&] {
    const int caller = ::accept(server, nullptr, nullptr);
    constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\n\r\n";
    (void)!::send(caller, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
    char hole[1024];
    while (::recv(caller, hole, sizeof hole, 0) > 0) {
    }
    ::close(caller);
  });
  const Outcome outcome = cluster.connect(0);
  http.join();
  ::close(server);
  BOOST_TEST((culprit_of(outcome).fault.kind == Fault::Kind::malformed));
  says(culprit_of(outcome).fault.detail, "does not speak TLS 1.3");
}

BOOST_AUTO_TEST_CASE(waiting_can_be_cancelled) {
  Cluster cluster(3);
  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    cluster.cancel.cancel();
  });
  const Deadline begin = Clock::now();
  const Outcome outcome = cluster.connect(0);
  other.join();
  BOOST_TEST((Clock::now() - begin < 2s));
  BOOST_TEST((culprit_of(outcome).fault.kind == Fault::Kind::cancelled));
}

BOOST_AUTO_TEST_CASE(a_flood_disturbs_neither_the_meeting_nor_the_data) {
  Cluster cluster(3, 1);
  const Flood flood(cluster.ports);
  std::this_thread::sleep_for(100ms);
  auto outcomes = cluster.connect_everyone();
  check_streams(outcomes);
  const std::uint64_t dropped_before = cluster.listeners[0]->dropped();
  Connection& sender = mesh_of(outcomes.at(0))[0];
  Connection& receiver = mesh_of(outcomes.at(1))[0];
  Status sent;
  std::thread writer([&] {
    const std::vector<std::byte> bytes(1 << 20, std::byte{7});
    for (int i = 0; i < 100 && !sent; ++i) sent = write_all(*sender.out, bytes, soon());
    if (!sent) sent = sender.out->finish(soon());
  });
  std::vector<std::byte> got(1 << 20);
  std::size_t total = 0;
  for (;;) {
    auto count = receiver.in->read_some(got, soon());
    BOOST_REQUIRE(count);
    if (*count == 0) break;
    total += *count;
  }
  writer.join();
  BOOST_TEST(!sent);
  BOOST_TEST(total == 100u << 20);
  BOOST_TEST(dropped_before > 0u);
  std::this_thread::sleep_for(50ms);
  BOOST_TEST(cluster.listeners[0]->dropped() > dropped_before);
}

BOOST_AUTO_TEST_CASE(more_silent_callers_than_places_do_not_lock_a_peer_out) {
  Cluster cluster(2);
  std::vector<Stranger> silent;
  std::map<std::uint32_t, Outcome> outcomes;
  std::thread first([&] { outcomes.emplace(0, cluster.connect(0)); });
  for (int i = 0; i < 400; ++i) silent.emplace_back(cluster.ports[0]);
  Outcome second = cluster.connect(1);
  first.join();
  outcomes.emplace(1, std::move(second));
  check_streams(outcomes);
  BOOST_TEST(cluster.listeners[0]->dropped() > 0u);
}

BOOST_AUTO_TEST_CASE(a_peer_that_leaves_early_is_named) {
  Cluster cluster(3);
  // Party 1 meets party 0 only and goes; party 0 still waits for party 2.
  std::map<std::uint32_t, Outcome> outcomes;
  std::thread waiting([&] { outcomes.emplace(0, cluster.connect(0)); });
  {
    std::vector<Peer> only_party_0{cluster.peers_of(1).front()};
    Outcome outcome = connect_all(cluster.identities[1], cluster.hellos[1], only_party_0,
                                  cluster.listeners[1].get(), soon(), cluster.cancel);
    mesh_of(outcome);
  }
  waiting.join();
  BOOST_TEST(culprit_of(outcomes.at(0)).who.value == 1u);
  BOOST_TEST((culprit_of(outcomes.at(0)).fault.kind == Fault::Kind::closed));
}

BOOST_AUTO_TEST_CASE(an_address_in_use_is_named) {
  const Listener first("127.0.0.1", 0);
  const auto in_use = [&](const Error& e) {
    return e.code() == Errc::address_in_use &&
           says(e.what(), "cannot listen on 127.0.0.1:" + std::to_string(first.port()));
  };
  BOOST_CHECK_EXCEPTION(Listener("127.0.0.1", first.port()), Error, in_use);
  BOOST_CHECK_EXCEPTION(Listener("no.such.host.invalid", 1), Error,
                        [](const Error& e) { return says(e.what(), "no.such.host.invalid:1"); });
}

BOOST_AUTO_TEST_CASE(names_and_ipv6_addresses_are_dialled) {
  for (const std::string host : {"localhost", "::1"}) {
    Cluster cluster(1, 1);
    try {
      cluster.listeners[0] = std::make_unique<Listener>(host, 0);
    } catch (const Error& error) {
      BOOST_TEST_MESSAGE("skipped " << host << ": " << error.what());
      continue;
    }
    cluster.ports[0] = cluster.listeners[0]->port();
    std::map<std::uint32_t, Outcome> outcomes;
    std::thread party([&] { outcomes.emplace(0, cluster.connect(0)); });
    std::vector<Peer> peers = cluster.peers_of(1);
    peers[0].host = host;
    Outcome client =
        connect_all(cluster.identities[1], cluster.hellos[1], peers, nullptr, soon(), cluster.cancel);
    party.join();
    outcomes.emplace(1, std::move(client));
    check_streams(outcomes);
  }
}

BOOST_AUTO_TEST_CASE(a_name_that_does_not_exist_is_said_at_the_deadline) {
  Cluster cluster(2);
  std::vector<Peer> peers = cluster.peers_of(0);
  peers[0].host = "no.such.host.invalid";
  const Deadline begin = Clock::now();
  const Outcome outcome = connect_all(cluster.identities[0], cluster.hellos[0], peers,
                                      cluster.listeners[0].get(), Clock::now() + 400ms, cluster.cancel);
  BOOST_TEST((Clock::now() - begin < 2s));
  BOOST_TEST((culprit_of(outcome).fault.kind == Fault::Kind::timeout));
  says(culprit_of(outcome).fault.detail, "no.such.host.invalid:");
}

BOOST_AUTO_TEST_CASE(mistakes_in_the_list_of_peers_are_named) {
  Cluster cluster(2, 1);
  const auto rejected = [&](std::uint32_t i, std::vector<Peer> peers, const std::string& words) {
    BOOST_CHECK_EXCEPTION(
        (void)connect_all(cluster.identities[i], cluster.hellos[i], peers, cluster.listeners[i].get(), soon(),
                          cluster.cancel),
        Error, [&](const Error& e) { return e.code() == Errc::bad_config && says(e.what(), words); });
  };
  std::vector<Peer> peers = cluster.peers_of(0);
  peers[1].id = peers[0].id;
  rejected(0, peers, "party 1 (name2) is listed twice");
  peers = cluster.peers_of(2);
  peers[0].port = 0;
  rejected(2, peers, "party 0 (name0) has no address");
  peers = cluster.peers_of(0);
  peers[0].fingerprints.clear();
  rejected(0, peers, "party 1 (name1) has no certificate fingerprint");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tacet::transport
