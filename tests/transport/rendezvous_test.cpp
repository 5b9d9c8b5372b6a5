#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <functional>
#include <map>
#include <random>
#include <set>
#include <thread>

#include "says.hpp"
#include "transport/detail/line.hpp"
#include "transport/detail/message_channel.hpp"
#include "transport/detail/presence.hpp"
#include "transport/detail/socket.hpp"
#include "transport/detail/tls_context.hpp"
#include "transport/frame.hpp"
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
                         port_of(i, j),
                         {fingerprints[j]}});
    for (Peer& peer : peers)
      if (const auto wrong = wrong_prints.find({i, peer.id.value}); wrong != wrong_prints.end())
        peer.fingerprints = {wrong->second};
    for (Peer& peer : peers)
      if (const auto more = more_fingerprints.find(peer.id.value); more != more_fingerprints.end())
        peer.fingerprints.push_back(more->second);
    return peers;
  }

  Outcome connect(std::uint32_t i, std::chrono::milliseconds time = 10s, CancelToken* token = nullptr) {
    if (const auto at = patience_of.find(i); at != patience_of.end()) time = at->second;
    return connect_all(identities[i], hellos[i], peers_of(i), listeners[i].get(),
                       {Clock::now() + time, own_limit_of.contains(i) ? own_limit_of.at(i) : ""},
                       token != nullptr ? *token : cancel, on_attendance);
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
  OnAttendance on_attendance;
  std::map<std::uint32_t, std::chrono::milliseconds> patience_of;
  std::map<std::uint32_t, std::string> own_limit_of;
  std::map<std::uint32_t, Fingerprint> more_fingerprints;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::uint16_t> wrong_ports;  ///< who has it, of whom
  std::map<std::pair<std::uint32_t, std::uint32_t>, Fingerprint> wrong_prints;   ///< the same

 private:
  std::uint16_t port_of(std::uint32_t i, std::uint32_t j) const {
    const auto at = wrong_ports.find({i, j});
    return at == wrong_ports.end() ? ports[j] : at->second;
  }
  std::uint32_t n_;
  std::uint32_t total_;
};

Deadline soon() {
  return Clock::now() + 10s;
}

Mesh& mesh_of(Outcome& outcome) {
  if (const Culprit* culprit = std::get_if<Culprit>(&outcome)) BOOST_FAIL(culprit->fault.detail);
  return std::get<Mesh>(outcome);
}

const Culprit& culprit_of(const Outcome& outcome) {
  BOOST_REQUIRE(std::holds_alternative<Culprit>(outcome));
  return std::get<Culprit>(outcome);
}

constexpr std::uint64_t kSession = 7;

/// The first frame behind what the peer says of itself until it has begun.
FrameHeader first_frame(ByteSource& source) {
  std::array<std::byte, kFrameHeaderBytes> bytes;
  for (;;) {
    BOOST_REQUIRE(!read_exact(source, bytes, soon()));
    auto header = decode_header(bytes);
    BOOST_REQUIRE(header);
    if (header->kind != FrameKind::presence) return *header;
    std::vector<std::byte> payload(header->payload_bytes);
    BOOST_REQUIRE(!read_exact(source, payload, soon()));
    BOOST_REQUIRE(detail::decode_presence(payload));
  }
}

/// Everyone sends its number and its peer's to each peer and finds the right ones.
void check_streams(std::map<std::uint32_t, Outcome>& outcomes) {
  for (auto& [i, outcome] : outcomes)
    for (Connection& connection : mesh_of(outcome)) {
      std::array<std::byte, kFrameHeaderBytes> bytes;
      encode_header({FrameKind::heartbeat, kSession, i, 0, connection.hello.from.value}, bytes);
      BOOST_TEST(!write_all(*connection.out, bytes, soon()));
    }
  for (auto& [i, outcome] : outcomes)
    for (Connection& connection : mesh_of(outcome)) {
      const FrameHeader frame = first_frame(*connection.in);
      BOOST_TEST(frame.session == kSession);
      BOOST_TEST(frame.offset == connection.hello.from.value);
      BOOST_TEST(frame.round == i);
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
    BOOST_TEST(culprit.said_by.empty());
    says(culprit.fault.detail,
         "at 127.0.0.1:" + std::to_string(cluster.ports[1]) + " did not answer (Connection refused)");
  }
}

BOOST_AUTO_TEST_CASE(a_missing_client_is_named) {
  Cluster cluster(3, 1);
  auto outcomes = cluster.connect_everyone({3}, 400ms);
  for (const std::uint32_t i : {0u, 1u, 2u}) {
    const Culprit& culprit = culprit_of(outcomes.at(i));
    BOOST_TEST(culprit.who.value == 3u);
    says(culprit.fault.detail, "did not call in 0.4 s");
  }
}

/// Party 1 differs from the others: it gives up by itself, at once and with the reason, and may come back in
/// a better state, for which the others wait.
void check_odd_one_out(const std::function<void(Cluster&)>& bend, const std::function<void(Cluster&)>& mend,
                       const std::string& at_the_odd_one, const std::string& elsewhere) {
  Cluster cluster(3, 1);
  bend(cluster);
  std::mutex mutex;
  std::set<std::string> heard;
  cluster.on_attendance = [&](const Attendance& attendance) {
    const std::lock_guard lock(mutex);
    for (const auto& one : attendance.peers)
      if (one.id.value == 1) heard.insert(one.missing);
  };
  std::map<std::uint32_t, Outcome> outcomes, returned;
  std::thread odd([&] {
    const Outcome first = cluster.connect(1);
    BOOST_TEST(culprit_of(first).who.value == 1u);
    BOOST_TEST((culprit_of(first).fault.kind == Fault::Kind::refused));
    says(culprit_of(first).fault.detail, at_the_odd_one);
    mend(cluster);
    cluster.hellos[1].nonce = fresh_nonce();
    returned.emplace(1, cluster.connect(1));
  });
  outcomes = cluster.connect_everyone({1});
  odd.join();
  outcomes.merge(returned);
  check_streams(outcomes);
  BOOST_TEST(
      std::any_of(heard.begin(), heard.end(),
                  [&](const std::string& words) { return words.find(elsewhere) != std::string::npos; }),
      elsewhere);
}
void check_odd_one_out(const std::function<void(Hello&)>& bend, const std::string& predicate) {
  const Hello right = Cluster(3).hellos[1];
  check_odd_one_out([&](Cluster& c) { bend(c.hellos[1]); },
                    [&](Cluster& c) {
                      c.hellos[1].version = right.version, c.hellos[1].n = right.n, c.hellos[1].t = right.t;
                      c.hellos[1].scheme = right.scheme, c.hellos[1].plan_digest = right.plan_digest;
                      c.hellos[1].facts = right.facts;
                    },
                    predicate, predicate);
}

BOOST_AUTO_TEST_CASE(another_program_is_told_what_differs_and_may_come_back) {
  check_odd_one_out(
      [](Hello& h) {
        h.plan_digest.fill(std::byte{0x91});
        h.facts = {{"depth", "21"}};
      },
      "runs another program, or one with other settings: depth is ");
}
BOOST_AUTO_TEST_CASE(another_version_is_told_so_and_may_come_back) {
  check_odd_one_out([](Hello& h) { h.version = 7; },
                    "speaks another version of the protocol: its version is ");
}
BOOST_AUTO_TEST_CASE(another_party_count_is_told_so_and_may_come_back) {
  check_odd_one_out([](Hello& h) { h.n = 5; }, "expects another number of parties: its n is ");
}
BOOST_AUTO_TEST_CASE(another_threshold_is_told_so_and_may_come_back) {
  check_odd_one_out([](Hello& h) { h.t = 0; }, "expects another threshold: its t is ");
}
BOOST_AUTO_TEST_CASE(another_scheme_is_told_so_and_may_come_back) {
  check_odd_one_out([](Hello& h) { h.scheme = "shamir"; }, "uses another scheme: its scheme is ");
}
BOOST_AUTO_TEST_CASE(a_wrong_certificate_is_told_so_and_may_come_back_with_the_right_one) {
  std::optional<Identity> right;
  check_odd_one_out([&](Cluster& c) { right = std::exchange(c.identities[1], make_identity("impostor", 1)); },
                    [&](Cluster& c) { c.identities[1] = *right; }, "does not accept ",
                    "is not who it should be: its certificate is ");
}
BOOST_AUTO_TEST_CASE(a_certificate_that_is_not_valid_is_told_so_and_may_come_back_with_another) {
  const auto now = std::chrono::system_clock::now();
  for (const bool future : {false, true}) {
    const auto shift = std::chrono::hours(future ? 48 : -48);
    std::optional<Identity> right;
    check_odd_one_out(
        [&](Cluster& c) {
          right = c.identities[1];
          c.identities[1] = make_identity("old", Validity{now + shift - std::chrono::hours(1), now + shift});
          c.more_fingerprints[1] = c.identities[1].fingerprint();
        },
        [&](Cluster& c) { c.identities[1] = *right; }, "has a certificate, ",
        future ? "is not valid before 20" : "expired on 20");
  }
}

BOOST_AUTO_TEST_CASE(when_all_differ_everyone_gives_up_by_itself) {
  Cluster cluster(3);
  for (std::uint32_t i = 0; i < 3; ++i) cluster.hellos[i].plan_digest.fill(std::byte(i));
  auto outcomes = cluster.connect_everyone();
  for (const std::uint32_t i : {0u, 1u, 2u}) BOOST_TEST(culprit_of(outcomes.at(i)).who.value == i);
}

BOOST_AUTO_TEST_CASE(a_restarted_endpoint_is_welcome_until_the_job_begins) {
  for (const std::uint32_t who : {1u, 3u}) {
    Cluster cluster(3, 2);
    std::map<std::uint32_t, Outcome> outcomes, returned;
    std::atomic<bool> connected{false};
    cluster.on_attendance = [&](const Attendance& attendance) {
      for (const auto& one : attendance.peers)
        connected = connected || (one.id.value == who && one.connected);
    };
    std::thread restarted([&] {
      CancelToken killed;
      std::thread killer([&] {
        while (!connected) std::this_thread::sleep_for(1ms);
        killed.cancel();
      });
      (void)cluster.connect(who, 10s, &killed);
      killer.join();
      cluster.hellos[who].nonce = fresh_nonce();
      std::thread last([&] { returned.emplace(4, cluster.connect(4)); });
      Outcome again = cluster.connect(who);
      last.join();
      returned.emplace(who, std::move(again));
    });
    outcomes = cluster.connect_everyone({who, 4});
    restarted.join();
    outcomes.merge(returned);
    check_streams(outcomes);
  }
}

BOOST_AUTO_TEST_CASE(of_two_processes_of_one_endpoint_one_takes_part) {
  Cluster cluster(1, 2);
  std::map<std::uint32_t, Outcome> outcomes;
  std::thread party([&] { outcomes.emplace(0, cluster.connect(0)); });
  std::vector<Outcome> twins;
  std::mutex mutex;
  Hello second = cluster.hellos[1];
  second.nonce = fresh_nonce();
  CancelToken enough;
  std::atomic<int> ended{0};
  const auto twin = [&](const Hello& hello) {
    Outcome outcome = connect_all(cluster.identities[1], hello, cluster.peers_of(1), nullptr, soon(), enough);
    const std::lock_guard lock(mutex);
    twins.push_back(std::move(outcome));
    ++ended;
  };
  std::thread one([&] { twin(cluster.hellos[1]); }), other([&] { twin(second); });
  Outcome last = cluster.connect(2);
  while (ended == 0) std::this_thread::sleep_for(1ms);
  enough.cancel();  // the one that was not let in would wait for its deadline
  one.join(), other.join(), party.join();
  BOOST_TEST(std::holds_alternative<Mesh>(twins[0]));
  BOOST_TEST(std::holds_alternative<Culprit>(twins[1]));
  BOOST_TEST((mesh_of(outcomes.at(0))[0].hello.nonce == cluster.hellos[1].nonce ||
              mesh_of(outcomes.at(0))[0].hello.nonce == second.nonce));
  mesh_of(last);
}

/// One call of client `from` to party 0, up to its answer, as a test's own process would do it.
detail::Established call(const Cluster& cluster, std::uint32_t from, Direction direction,
                         std::uint32_t attempt) {
  const auto addresses = detail::resolve("127.0.0.1", cluster.ports[0], true, false).addresses;
  BOOST_TEST_REQUIRE(addresses.size() == 1u);
  detail::Dialled dialled = detail::start_connect(addresses[0]);
  BOOST_TEST_REQUIRE(dialled.error == 0);
  BOOST_TEST_REQUIRE(!detail::wait_for(dialled.fd.get(), POLLOUT, soon()));
  auto pins = std::make_shared<detail::Pins>();
  pins->insert(cluster.fingerprints[0]);
  auto session = std::make_unique<detail::TlsSession>(
      std::make_shared<const detail::TlsContext>(cluster.identities[from], detail::Role::dialler),
      std::move(dialled.fd), pins, TlsOptions{});
  for (;;) {
    Result<short> events = session->handshake();
    BOOST_TEST_REQUIRE(bool(events));
    if (*events == 0) break;
    BOOST_TEST_REQUIRE(!detail::wait_for(session->descriptor(), *events, soon()));
  }
  Hello hello = cluster.hellos[from];
  hello.to = EndpointId{0};
  hello.direction = direction;
  hello.attempt = attempt;
  BOOST_TEST_REQUIRE(!detail::append_message(*session, encode_hello(hello)));
  BOOST_TEST_REQUIRE(bool(session->flush()));
  detail::MessageReader reader;
  for (;;) {
    auto message = reader.poll(*session);
    BOOST_TEST_REQUIRE(bool(message));
    if (!*message) {
      BOOST_TEST_REQUIRE(!detail::wait_for(session->descriptor(), POLLIN, soon()));
      continue;
    }
    auto reply = decode_reply(**message);
    BOOST_TEST_REQUIRE(bool(reply));
    BOOST_TEST_REQUIRE((reply->verdict == HelloReply::Verdict::accepted), reply->reason);
    return {std::move(session), reply->hello, direction == Direction::dialler_sends};
  }
}

BOOST_AUTO_TEST_CASE(of_two_calls_the_later_counts_whichever_is_answered_first) {
  for (const bool late : {false, true}) {
    Cluster cluster(1, 2);
    std::map<std::uint32_t, Outcome> outcomes;
    std::thread party([&] { outcomes.emplace(0, cluster.connect(0, 20s)); });
    detail::Line first(call(cluster, 1, Direction::dialler_sends, late ? 2 : 1));
    detail::Line second(call(cluster, 1, Direction::dialler_sends, late ? 1 : 2));
    // The one that does not count is closed.
    BOOST_TEST(!detail::wait_for((late ? second : first).descriptor(), POLLIN, soon()));
    BOOST_TEST((late ? second : first).listen(true).fault.has_value());
    const detail::Line receiving(call(cluster, 1, Direction::dialler_receives, 1));
    detail::Presence begun;
    begun.state = detail::Presence::State::begun;
    Result<bool> said = (late ? first : second).say(begun);
    BOOST_TEST((said && *said));
    // Who has begun says nothing more until all have, however long another takes to come.
    std::this_thread::sleep_for(kPresenceSilence + 500ms);
    Outcome last = cluster.connect(2);
    party.join();
    mesh_of(outcomes.at(0));
    mesh_of(last);
  }
}

BOOST_AUTO_TEST_CASE(who_gives_up_a_call_in_order_has_not_died) {
  Cluster cluster(1, 1);
  std::map<std::uint32_t, Outcome> outcomes;
  std::thread party([&] { outcomes.emplace(0, cluster.connect(0, 20s)); });
  for (const Direction direction : {Direction::dialler_sends, Direction::dialler_receives}) {
    detail::Line given_up(call(cluster, 1, direction, 1));
    given_up.close();
  }
  std::this_thread::sleep_for(kReturnGrace + 500ms);
  cluster.hellos[1].attempt = 1;
  Outcome last = cluster.connect(1);
  party.join();
  mesh_of(outcomes.at(0));
  mesh_of(last);
}

BOOST_AUTO_TEST_CASE(a_port_where_nobody_listens_is_named_by_everyone) {
  // Party 0 has a wrong port for party 1: it alone cannot reach it, and the others, who are connected to all
  // of theirs, know that party 1 is not to blame.
  Cluster cluster(3, 1);
  const std::uint16_t wrong = Listener("127.0.0.1", 0).port();
  cluster.wrong_ports[{0, 1}] = wrong;
  auto outcomes = cluster.connect_everyone({}, 1500ms);
  for (const auto& [i, outcome] : outcomes) {
    const Culprit& culprit = culprit_of(outcome);
    BOOST_TEST_CONTEXT("endpoint " << i << ": " << culprit.fault.detail) {
      BOOST_TEST(culprit.who.value == 0u);
      says(culprit.fault.detail, "alone does not reach party 1");
      says(culprit.fault.detail,
           ", which at 127.0.0.1:" + std::to_string(wrong) + " did not answer (Connection refused)");
      BOOST_TEST(culprit.said_by.empty());
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_port_where_somebody_is_silent_is_the_same_however_short_the_wait) {
  const detail::UniqueFd silent = detail::listen_on("127.0.0.1", 0);
  const std::uint16_t wrong = detail::local_port(silent.get());
  for (const std::uint32_t owner : {0u, 3u}) {
    Cluster cluster(3, 1);
    cluster.wrong_ports[{owner, 1}] = wrong;
    for (const auto& [i, outcome] : cluster.connect_everyone({}, 1500ms)) {
      const Culprit& culprit = culprit_of(outcome);
      BOOST_TEST_CONTEXT("endpoint " << i << ": " << culprit.fault.detail) {
        BOOST_TEST(culprit.who.value == owner);
        says(culprit.fault.detail, "alone does not reach party 1");
        says(culprit.fault.detail, ", which at 127.0.0.1:" + std::to_string(wrong) + " did not answer");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(a_party_that_listens_elsewhere_learns_where_others_look_for_it) {
  Cluster cluster(3, 1);
  const std::uint16_t wrong = Listener("127.0.0.1", 0).port();
  for (const std::uint32_t i : {0u, 2u, 3u}) cluster.wrong_ports[{i, 1}] = wrong;
  for (const auto& [i, outcome] : cluster.connect_everyone({}, 1500ms)) {
    const Culprit& culprit = culprit_of(outcome);
    BOOST_TEST_CONTEXT("endpoint " << i << ": " << culprit.fault.detail) {
      BOOST_TEST(culprit.who.value == 1u);
      if (i == 1)
        says(culprit.fault.detail, " on port " + std::to_string(cluster.ports[1]));
      else
        says(culprit.fault.detail, "at 127.0.0.1:" + std::to_string(wrong) + " ");
      // All others have called it in vain, whoever leaves first.
      for (const EndpointId witness : culprit.said_by) BOOST_TEST((witness.value != 1 && witness.value != i));
    }
  }
}

BOOST_AUTO_TEST_CASE(a_wrong_certificate_in_one_list_is_the_fault_of_its_owner) {
  const Fingerprint other = make_identity("other", 1).fingerprint();
  // Who has a wrong one, and of whom; clients do not listen, and are turned away.
  for (const auto& [owner, of] :
       std::vector<std::pair<std::uint32_t, std::uint32_t>>{{0, 1}, {1, 0}, {2, 1}, {3, 1}, {1, 3}}) {
    Cluster cluster(3, 2);
    cluster.wrong_prints[{owner, of}] = other;
    for (const auto& [i, outcome] : cluster.connect_everyone({}, 1500ms)) {
      const Culprit& culprit = culprit_of(outcome);
      BOOST_TEST_CONTEXT("endpoint " << owner << " has a wrong certificate of " << of << "; endpoint " << i
                                     << ": " << culprit.fault.detail) {
        BOOST_TEST(culprit.who.value == owner);
        // Said by the one who was turned away, or by nobody but the culprit itself; never by one who repeats.
        for (const EndpointId witness : culprit.said_by) BOOST_TEST(witness.value == of);
        for (const std::string word : {" us", " our", "ours"})
          BOOST_TEST(culprit.fault.detail.find(word) == std::string::npos);
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(whose_own_limit_ends_the_wait_says_so) {
  Cluster cluster(3);
  cluster.listeners[1].reset();
  cluster.own_limit_of[0] = "its deadline of 500 ms";
  cluster.patience_of[0] = 500ms;
  for (const auto& [i, outcome] : cluster.connect_everyone({1}, 1500ms)) {
    const Culprit& culprit = culprit_of(outcome);
    BOOST_TEST_CONTEXT("endpoint " << i << ": " << culprit.fault.detail) {
      if (i == 0) {
        BOOST_TEST(culprit.who.value == 0u);
        says(culprit.fault.detail, "ended the job at its deadline of 500 ms, while party 1 (name1) at ");
      } else {  // it waits for both, and names whom both missed
        BOOST_TEST(culprit.who.value <= 1u);
        says(culprit.fault.detail, "left: it ended the job at its deadline of 500 ms, while party 1");
      }
    }
  }
}

BOOST_AUTO_TEST_CASE(whoever_gives_up_first_all_name_the_one_who_is_missing) {
  for (const std::uint32_t missing : {1u, 3u})
    for (const std::uint32_t first : {0u, 2u}) {
      Cluster cluster(3, 2);
      cluster.patience_of[first] = 700ms;
      if (missing == 1) cluster.listeners[1].reset();
      auto outcomes = cluster.connect_everyone({missing});
      for (const auto& [i, outcome] : outcomes)
        BOOST_TEST(culprit_of(outcome).who.value == missing,
                   "endpoint " << i << ": " << culprit_of(outcome).fault.detail);
    }
}

BOOST_AUTO_TEST_CASE(an_endpoint_that_is_connected_does_not_begin_before_all_are) {
  // For longer than any silence that is allowed later.
  Cluster cluster(3, 1);
  for (Hello& hello : cluster.hellos) hello.silence_ms = 100, hello.stall_ms = 100;
  cluster.hellos[3].silence_ms = 700, cluster.hellos[2].stall_ms = 900;
  std::map<std::uint32_t, Outcome> late;
  std::thread client([&] {
    std::this_thread::sleep_for(1s);
    late.emplace(3, cluster.connect(3));
  });
  auto outcomes = cluster.connect_everyone({3});
  client.join();
  outcomes.merge(late);
  for (auto& [i, outcome] : outcomes)
    for (const Connection& c : mesh_of(outcome)) {
      BOOST_TEST(c.hello.silence_ms == 700u);  // the largest of all, whether it is connected or not
      BOOST_TEST(c.hello.stall_ms == 900u);
    }
  check_streams(outcomes);
}

BOOST_AUTO_TEST_CASE(a_client_with_an_unknown_certificate_is_told_so) {
  Cluster cluster(1, 1);
  cluster.identities[1] = make_identity("impostor", 1);
  std::map<std::uint32_t, Outcome> outcomes = cluster.connect_everyone({}, 700ms);
  const Culprit& at_client = culprit_of(outcomes.at(1));
  BOOST_TEST((at_client.fault.kind == Fault::Kind::refused));
  BOOST_TEST(at_client.who.value == 1u);
  says(at_client.fault.detail, "does not accept ");
  says(at_client.fault.detail, cluster.identities[1].fingerprint().to_string());
  // The party cannot know who called: it waits for the true client, and says whom it turned away.
  const Culprit& at_party = culprit_of(outcomes.at(0));
  BOOST_TEST((at_party.fault.kind == Fault::Kind::timeout));
  says(at_party.fault.detail, cluster.identities[1].fingerprint().to_string());
  BOOST_TEST(cluster.listeners[0]->dropped() >= 1u);
}

BOOST_AUTO_TEST_CASE(a_client_with_an_expired_certificate_fails_on_both_sides) {
  const auto now = std::chrono::system_clock::now();
  Cluster cluster(1, 1);
  cluster.identities[1] =
      make_identity("old", Validity{now - std::chrono::hours(2), now - std::chrono::hours(1)});
  cluster.fingerprints[1] = cluster.identities[1].fingerprint();
  auto outcomes = cluster.connect_everyone({}, 700ms);
  for (const std::uint32_t i : {0u, 1u}) {
    const Culprit& culprit = culprit_of(outcomes.at(i));
    BOOST_TEST(culprit.who.value == 1u);
    says(culprit.fault.detail, "expired on 20");
    says(culprit.fault.detail, cluster.fingerprints[1].to_string());
  }
}

BOOST_AUTO_TEST_CASE(an_endpoint_cannot_claim_to_be_another) {
  Cluster cluster(1, 2);
  // Client 2 says it is client 1, with its own, known certificate.
  cluster.hellos[2].from = EndpointId{1};
  std::map<std::uint32_t, Outcome> outcomes;
  std::thread party([&] { outcomes.emplace(0, cluster.connect(0, 700ms)); });
  const Outcome liar = cluster.connect(2);
  party.join();
  // The one it claims to be is not blamed for that: it is only missing.
  BOOST_TEST(culprit_of(outcomes.at(0)).who.value == 2u);
  const std::string& detail = culprit_of(outcomes.at(0)).fault.detail;
  says(detail, "claims to be client 1 (name1)");
  says(detail, cluster.fingerprints[1].to_string());
  says(detail, cluster.fingerprints[2].to_string());
  says(culprit_of(liar).fault.detail, "claims to be");
}

BOOST_AUTO_TEST_CASE(two_parties_behind_one_name_are_told_apart) {
  Cluster cluster(3);
  // Party 1 believes it is another.
  cluster.hellos[1].from = EndpointId{4};
  std::map<std::uint32_t, Outcome> outcomes = cluster.connect_everyone({}, 700ms);
  for (const std::uint32_t i : {0u, 2u}) {
    BOOST_TEST(culprit_of(outcomes.at(i)).who.value == 1u);
    // Who hears it first from the other says what it sees itself.
    const std::string& why = culprit_of(outcomes.at(i)).fault.detail;
    BOOST_TEST((why.find("endpoint 4") != std::string::npos ||
                why.find("claims to be client 4") != std::string::npos),
               why);
  }
}

BOOST_AUTO_TEST_CASE(something_else_on_the_port_is_said) {
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
    for (;;) {
      const int caller = ::accept(server, nullptr, nullptr);
      if (caller < 0) return;
      constexpr std::string_view kAnswer = "HTTP/1.1 400 Bad Request\r\n\r\n";
      (void)!::send(caller, kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL);
      char hole[1024];
      while (::recv(caller, hole, sizeof hole, 0) > 0) {
      }
      ::close(caller);
    }
  });
  std::atomic<bool> said{false};
  CancelToken enough;
  cluster.on_attendance = [&](const Attendance& attendance) {
    said = said || attendance.peers[0].missing.find("does not speak TLS 1.3") != std::string::npos;
    if (said) enough.cancel();
  };
  (void)cluster.connect(0, 10s, &enough);
  ::shutdown(server, SHUT_RDWR);
  http.join();
  ::close(server);
  BOOST_TEST(said);
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
  const auto more_than = [&](std::uint64_t dropped) {
    const Deadline patience = soon();
    while (cluster.listeners[0]->dropped() <= dropped && Clock::now() < patience)
      std::this_thread::sleep_for(1ms);
    return cluster.listeners[0]->dropped() > dropped;
  };
  auto outcomes = cluster.connect_everyone();
  check_streams(outcomes);
  BOOST_TEST(more_than(0));
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
  BOOST_TEST(more_than(dropped_before));
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

BOOST_AUTO_TEST_CASE(a_peer_that_vanishes_while_others_are_awaited_is_named_by_all) {
  for (const std::uint32_t dead : {1u, 3u}) {
    Cluster cluster(3, 2);  // client 4 never comes
    if (dead < 3) cluster.listeners[dead].reset();
    const pid_t child = ::fork();
    if (child == 0) {
      if (dead < 3) cluster.listeners[dead] = std::make_unique<Listener>("127.0.0.1", cluster.ports[dead]);
      (void)cluster.connect(dead, 60s);
      ::_exit(0);
    }
    std::atomic<int> connected{0};  // endpoints that see it
    cluster.on_attendance = [&](const Attendance& attendance) {
      for (const auto& one : attendance.peers)
        if (one.id.value == dead && one.connected) {
          thread_local bool counted = false;
          if (!std::exchange(counted, true)) ++connected;
        }
    };
    std::thread killer([&] {
      const auto deadline = Clock::now() + 30s;
      while (connected < (dead < 3 ? 2 : 3) && Clock::now() < deadline) std::this_thread::sleep_for(1ms);
      ::kill(child, SIGKILL);
      ::waitpid(child, nullptr, 0);
    });
    auto outcomes = cluster.connect_everyone({dead, 4}, 30s);
    killer.join();
    for (const auto& [i, outcome] : outcomes) {
      BOOST_TEST(culprit_of(outcome).who.value == dead,
                 "endpoint " << i << ": " << culprit_of(outcome).fault.detail);
      // Who had no connection to it yet sees that it does not answer.
      const std::string& why = culprit_of(outcome).fault.detail;
      BOOST_TEST((why.find("closed the connection") != std::string::npos ||
                  (dead < 3 && why.find(" did not answer (Connection refused)") != std::string::npos)),
                 why);
      if (i < 3) BOOST_TEST(culprit_of(outcome).said_by.empty());
    }
  }
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
