// Who is named, and by whom, when one thing goes wrong: all endpoints of a session and what they tell each
// other, in any order of events.

#include "actors/inquest.hpp"

#include <boost/test/unit_test.hpp>
#include <deque>
#include <functional>
#include <memory>

#include "support.hpp"

namespace tacet::actors {
namespace {

using transport::AbortNotice;
using transport::Cause;
using transport::Statement;

/// Every endpoint's inquest and the streams between them. Nothing takes time: events happen in a random
/// order.
class Court {
 public:
  Court(std::uint32_t n, std::uint32_t clients, std::mt19937_64& rng)
      : setting_{Scheme::rss, n, clients}, rng_(rng) {
    for (std::uint32_t e = 0; e < setting_.endpoints(); ++e) {
      inquests_.emplace_back(setting_, EndpointId{e}, peers(e));
      for (const EndpointId peer : peers(e)) stands_[{e, peer.value}] = true;
    }
    dead_.resize(setting_.endpoints());
  }

  std::vector<EndpointId> peers(std::uint32_t e) const {
    std::vector<EndpointId> out;
    for (std::uint32_t o = 0; o < setting_.endpoints(); ++o)
      if (o != e && (o < setting_.n || e < setting_.n)) out.push_back(EndpointId{o});
    return out;
  }
  std::uint32_t endpoints() const { return setting_.endpoints(); }
  bool dead(std::uint32_t e) const { return dead_[e]; }

  void saw(std::uint32_t who, std::uint32_t culprit, Cause cause, const std::string& reason) {
    happens_to(who, [=, this] { inquests_[who].saw(EndpointId{culprit}, cause, reason); });
  }
  void saw(const std::vector<std::uint32_t>& all, std::uint32_t culprit, Cause cause,
           const std::string& reason) {
    for (const std::uint32_t who : all) inquests_[who].saw(EndpointId{culprit}, cause, reason);
    for (const std::uint32_t who : all) speak(who, false);
  }
  /// Its process is gone: everyone connected sees that.
  void kill(std::uint32_t who) {
    dead_[who] = true;
    for (const EndpointId peer : peers(who)) cut(who, peer.value, Cause::closed, "closed the connection");
  }
  /// It says nothing any more, and hears nothing.
  void freeze(std::uint32_t who) {
    dead_[who] = true;
    for (const EndpointId peer : peers(who)) cut(who, peer.value, Cause::silent, "has said nothing");
  }
  /// Two endpoints lose each other.
  void cut(std::uint32_t a, std::uint32_t b, Cause cause, const std::string& reason) {
    for (const auto& [from, to] : {std::pair{a, b}, {b, a}}) {
      stands_[{from, to}] = false;
      happens_to(to, [=, this, from = from, to = to] {
        inquests_[to].saw(EndpointId{from}, cause, reason);
        inquests_[to].lost(EndpointId{from});
      });
    }
  }
  /// Sends a notice that its sender's inquest knows nothing of.
  void forge(std::uint32_t from, std::uint32_t to, AbortNotice notice) {
    silenced_.insert(from);
    happens_to(to, [=, this] { deliver(from, to, notice); });
  }
  /// It says nothing of its own accord, but lives.
  void silence(std::uint32_t who) { silenced_.insert(who); }

  /// Lets everything happen. Returns what each endpoint finds.
  std::vector<Finding> run() {
    while (!events_.empty()) {
      const std::size_t at = testing::below(rng_, events_.size());
      const Event event = events_[at];
      events_.erase(events_.begin() + static_cast<std::ptrdiff_t>(at));
      event.happen();
      speak(event.who, false);
    }
    all_settled = true;
    for (std::uint32_t e = 0; e < endpoints(); ++e)
      if (!dead_[e] && inquests_[e].open() && !inquests_[e].settled()) all_settled = false;
    for (std::uint32_t e = 0; e < endpoints(); ++e) speak(e, true);  // as after a while
    while (!events_.empty()) {
      const Event event = events_.front();
      events_.pop_front();
      event.happen();
      speak(event.who, true);
    }
    std::vector<Finding> out;
    for (const Inquest& inquest : inquests_) out.push_back(inquest.finding());
    return out;
  }
  bool all_settled = false;
  /// Everything that was said, in order.
  std::string log() const {
    std::string out;
    for (const auto& [from, to, notice] : said_in_order_) {
      out += "\n  " + std::to_string(from) + " to " + std::to_string(to) + (notice.last ? ", last:" : ":");
      for (const Statement& s : notice.statements)
        out += " [" + std::to_string(s.accuser.value) + ": " + std::to_string(s.culprit.value) + " " +
               s.reason + "]";
    }
    return out;
  }

 private:
  /// Something that one endpoint alone comes to know.
  struct Event {
    std::uint32_t who;
    std::function<void()> happen;
  };
  struct Said {
    std::uint32_t from, to;
    AbortNotice notice;
  };
  void happens_to(std::uint32_t who, std::function<void()> happen) {
    events_.push_back({who, std::move(happen)});
  }
  /// Sends what this endpoint has to say that it has not said.
  void speak(std::uint32_t e, bool hurry) {
    if (dead_[e] || silenced_.contains(e) || !inquests_[e].open()) return;
    for (const EndpointId to : peers(e)) {
      auto& said = said_[{e, to.value}];
      if (!stands_[{e, to.value}] || (said && said->last)) continue;
      const AbortNotice notice = inquests_[e].notice(to, hurry);
      if (said == notice) continue;
      said = notice;
      streams_[{e, to.value}].push_back(notice);
      // Order holds within a stream.
      happens_to(to.value, [this, e, to] {
        auto& queue = streams_[{e, to.value}];
        const AbortNotice next = queue.front();
        queue.pop_front();
        deliver(e, to.value, next);
      });
    }
  }
  void deliver(std::uint32_t from, std::uint32_t to, const AbortNotice& notice) {
    if (dead_[to]) return;
    said_in_order_.push_back({from, to, notice});
    if (Status fault = inquests_[to].heard(EndpointId{from}, notice))
      inquests_[to].saw(EndpointId{from}, Cause::malformed, fault->detail);
    if (notice.last) inquests_[to].lost(EndpointId{from});
  }

  const Setting setting_;
  std::mt19937_64& rng_;
  std::vector<Inquest> inquests_;
  std::vector<bool> dead_;
  std::set<std::uint32_t> silenced_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> stands_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::optional<AbortNotice>> said_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::deque<AbortNotice>> streams_;
  std::deque<Event> events_;
  std::vector<Said> said_in_order_;
};

/// What goes wrong, by whom it is done (`a`) and, for some, to whom (`b`); who must be named then by every
/// other endpoint that is alive.
struct Wrong {
  const char* name;
  std::function<void(Court&, std::uint32_t a, std::uint32_t b)> happen;
  std::function<std::uint32_t(std::uint32_t a, std::uint32_t b)> named;
  std::function<bool(std::uint32_t a, std::uint32_t b, std::uint32_t n)> makes_sense = nullptr;
  bool by_the_accused = true;  ///< whether the one named must name itself too, if it lives
};

std::uint32_t first(std::uint32_t a, std::uint32_t) {
  return a;
}
bool linked(std::uint32_t a, std::uint32_t b, std::uint32_t n) {
  return a < n || b < n;
}

std::vector<Wrong> wrongs() {
  return {
      {"killed", [](Court& c, auto a, auto) { c.kill(a); }, first},
      {"frozen", [](Court& c, auto a, auto) { c.freeze(a); }, first},
      {"interrupted", [](Court& c, auto a, auto) { c.saw(a, a, Cause::own, "was interrupted"); }, first},
      {"interrupted, and gone before all have heard it",
       [](Court& c, auto a, auto) {
         c.saw(a, a, Cause::own, "was interrupted");
         c.kill(a);
       },
       first},
      {"sends garbage to one",
       [](Court& c, auto a, auto b) { c.saw(b, a, Cause::malformed, "sent garbage"); }, first, linked},
      {"loses one link",
       [](Court& c, auto a, auto b) { c.cut(a, b, Cause::closed, "closed the connection"); },
       [](auto a, auto b) { return std::min(a, b); }, linked},
      {"is waited for by all",
       [](Court& c, auto a, auto) {
         c.silence(a);
         std::vector<std::uint32_t> all;
         for (const EndpointId e : c.peers(a)) all.push_back(e.value);
         c.saw(all, a, Cause::stalled, "was waited for");
       },
       first, nullptr, false},
      {"is waited for, and only one has noticed",
       [](Court& c, auto a, auto b) { c.saw(b, a, Cause::stalled, "was waited for"); }, first, linked},
      // Lies. What everybody could have seen is believed of nobody.
      {"accuses one of having closed",
       [](Court& c, auto a, auto b) {
         const Statement s{EndpointId{a}, EndpointId{b}, Cause::closed, "closed the connection"};
         for (const EndpointId e : c.peers(a)) c.forge(a, e.value, {{s}, true, {}, {}});
       },
       first, linked, false},
      {"accuses one of silence, to one only",
       [](Court& c, auto a, auto b) {
         const Statement s{EndpointId{a}, EndpointId{b}, Cause::silent, "has said nothing"};
         c.forge(a, c.peers(a)[0].value, {{s}, true, {}, {}});
       },
       first, [](auto a, auto b, auto n) { return linked(a, b, n) && b != 0 && a != 0 && a < n && b < n; },
       false},
      {"accuses endpoint 77",
       [](Court& c, auto a, auto) {
         const Statement s{EndpointId{a}, EndpointId{77}, Cause::closed, "closed the connection"};
         for (const EndpointId e : c.peers(a)) c.forge(a, e.value, {{s}, true, {}, {}});
       },
       first, nullptr, false},
      {"speaks in another's name",
       [](Court& c, auto a, auto b) {
         const Statement s{EndpointId{b}, EndpointId{b}, Cause::own, "was interrupted"};
         for (const EndpointId e : c.peers(a)) c.forge(a, e.value, {{s}, true, {}, {}});
       },
       [](auto a, auto) { return a; }, [](auto a, auto, auto n) { return a >= n; }, false},
      {"ends without a reason",
       [](Court& c, auto a, auto) {
         for (const EndpointId e : c.peers(a)) c.forge(a, e.value, {{}, true, {}, {}});
       },
       first, nullptr, false},
  };
}

}  // namespace

BOOST_AUTO_TEST_SUITE(inquest)

BOOST_AUTO_TEST_CASE(everybody_names_the_true_culprit) {
  auto rng = testing::generator("inquest");
  for (const Wrong& wrong : wrongs())
    for (const std::uint32_t n : {3u, 5u, 7u})
      for (const std::uint32_t clients : {0u, 2u})
        for (std::uint32_t a = 0; a < n + clients; ++a)
          for (std::size_t i = 0; i < testing::cases(12); ++i) {
            const auto b =
                static_cast<std::uint32_t>((a + 1 + testing::below(rng, n + clients - 1)) % (n + clients));
            if (wrong.makes_sense && !wrong.makes_sense(a, b, n)) continue;
            Court court(n, clients, rng);
            wrong.happen(court, a, b);
            const std::vector<Finding> found = court.run();
            for (std::uint32_t e = 0; e < court.endpoints(); ++e) {
              if (court.dead(e) || (e == a && !wrong.by_the_accused)) continue;
              const bool names = found[e].culprit.value == wrong.named(a, b);
              BOOST_TEST(names, wrong.name << ", n = " << n << " and " << clients << " clients, by " << a
                                           << ", to " << b << ": endpoint " << e << " names "
                                           << found[e].culprit.value << ", who " << found[e].reason
                                           << (names ? "" : court.log()));
            }
          }
}

BOOST_AUTO_TEST_CASE(only_what_was_seen_or_most_say_is_a_fact) {
  auto rng = testing::generator("facts");
  const auto said_by = [](const Finding& f) {
    std::vector<std::uint32_t> out;
    for (const EndpointId e : f.said_by) out.push_back(e.value);
    return out;
  };
  const std::vector<std::uint32_t> nobody, one{2};
  {
    Court court(5, 0, rng);
    court.saw(2, 4, Cause::malformed, "sent garbage");
    const auto found = court.run();
    BOOST_TEST(said_by(found[2]) == nobody, boost::test_tools::per_element());
    for (const std::uint32_t e : {0u, 1u, 3u, 4u}) {
      BOOST_TEST(found[e].reason == "sent garbage");
      BOOST_TEST(said_by(found[e]) == one, boost::test_tools::per_element());
    }
  }
  {
    Court court(5, 0, rng);
    court.saw({0, 1, 2}, 4, Cause::malformed, "sent garbage");  // before they hear of each other
    for (const Finding& f : court.run()) BOOST_TEST(said_by(f) == nobody, boost::test_tools::per_element());
  }
}

BOOST_AUTO_TEST_CASE(nobody_waits_longer_than_it_must) {
  auto rng = testing::generator("settled");
  const auto settles = [&](const std::function<void(Court&)>& happen) {
    for (int i = 0; i < 20; ++i) {
      Court court(5, 2, rng);
      happen(court);
      static_cast<void>(court.run());
      BOOST_TEST(court.all_settled);
    }
  };
  settles([](Court& c) { c.kill(1); });
  settles([](Court& c) { c.kill(6); });
  settles([](Court& c) { c.saw(3, 3, Cause::own, "was interrupted"); });
  settles([](Court& c) { c.saw(0, 2, Cause::malformed, "sent garbage"); });
}

BOOST_AUTO_TEST_CASE(an_endpoint_without_its_cable_does_not_blame_the_others) {
  auto rng = testing::generator("cable");
  for (const std::uint32_t n : {3u, 5u})
    for (std::uint32_t who = 0; who < n + 2; ++who) {
      Court court(n, 2, rng);
      court.freeze(who);
      const std::vector<Finding> found = court.run();
      BOOST_TEST(found[who].culprit.value == who);
      BOOST_TEST(found[who].reason.find("cut off") != std::string::npos, found[who].reason);
    }
}

BOOST_AUTO_TEST_CASE(a_peer_that_only_follows_is_no_culprit) {
  const Setting setting{Scheme::rss, 3, 0};
  Inquest inquest(setting, EndpointId{0}, {EndpointId{1}, EndpointId{2}});
  BOOST_TEST(!inquest.open());
  const Statement s{EndpointId{2}, EndpointId{2}, Cause::own, "was interrupted"};
  BOOST_TEST(!inquest.heard(EndpointId{1}, {{s}, true, {}, {}}));  // passes it on
  BOOST_TEST(inquest.open());
  BOOST_TEST(!inquest.settled());
  BOOST_TEST(!inquest.heard(EndpointId{2}, {{s}, true, {}, {}}));
  BOOST_TEST(inquest.settled());
  BOOST_TEST(inquest.finding().culprit.value == 2u);
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
