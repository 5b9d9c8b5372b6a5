#include "transport/rendezvous.hpp"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "transport/detail/absence.hpp"
#include "transport/detail/acceptor.hpp"
#include "transport/detail/descriptors.hpp"
#include "transport/detail/dialler.hpp"
#include "transport/detail/line.hpp"
#include "transport/detail/meeting.hpp"
#include "transport/detail/tls_stream.hpp"
#include "transport/limits.hpp"

namespace tacet::transport {

namespace {

using detail::Dialler;
using detail::Line;
using detail::Meeting;
using detail::Missing;
using detail::Presence;
using detail::Row;
using namespace std::chrono_literals;

/// Changes are told at once, but a flood of them not more often than this.
constexpr auto kSayAgain = 5ms;
/// How long goodbyes may take that the network does not take at once.
constexpr auto kGoodbye = 300ms;
/// A peer that has begun may have said why it closed: what it said comes on another connection.
constexpr auto kReasonGrace = 250ms;
const std::string kNoAnswer = "did not answer";
const std::string kAlone = "alone does not reach ";

void check_peers(const Hello& mine, const std::vector<Peer>& peers, const Listener* listener) {
  std::set<EndpointId> seen{mine.from};
  if (peers.size() >= kMaxEndpoints)
    throw Error(Errc::bad_config,
                std::to_string(peers.size()) + " peers are more than " + std::to_string(kMaxEndpoints));
  for (const Peer& peer : peers) {
    const std::string who = describe(peer.id, peer.name, mine.n);
    if (!seen.insert(peer.id).second)
      throw Error(Errc::bad_config, who + " is listed twice, or is this endpoint");
    if (peer.port == 0 && listener == nullptr)
      throw Error(Errc::bad_config,
                  who + " has no address and this endpoint does not listen: neither can dial the other");
    if (peer.port != 0 && peer.host.empty()) throw Error(Errc::bad_config, who + " has a port but no host");
    if (peer.fingerprints.empty()) throw Error(Errc::bad_config, who + " has no certificate fingerprint");
  }
}

/// Keeps the listener open for this meeting, and for no longer.
class Opened {
 public:
  Opened(Listener* listener, const Identity& identity, const std::shared_ptr<Meeting>& meeting)
      : acceptor_(listener != nullptr ? &listener->acceptor() : nullptr) {
    if (acceptor_ != nullptr) acceptor_->open(identity, meeting);
  }
  ~Opened() {
    if (acceptor_ != nullptr) acceptor_->close();
  }
  Opened(const Opened&) = delete;
  Opened& operator=(const Opened&) = delete;

 private:
  detail::Acceptor* acceptor_;
};

/// What connects us with one peer, and what it says of itself.
struct Place {
  const Peer* peer = nullptr;
  std::optional<Line> out, in;
  Presence::State state = Presence::State::waiting;
  std::optional<Row> row;    ///< whom it misses, in its own words
  std::vector<Row> relayed;  ///< whom others miss, in its words
  std::uint32_t silence_ms = 0, stall_ms = 0;
  Deadline heard{};
  std::optional<Deadline> lost;  ///< when it vanished without a word
  std::string left;              ///< why it left, in its own words

  bool connected() const { return out && in; }
};

/// One connect_all() at work on its calling thread.
class Rendezvous {
 public:
  Rendezvous(const Identity& identity, std::shared_ptr<Meeting> meeting, Listener* listener,
             const Limit& limit, const CancelToken& cancel, const OnAttendance& on_attendance)
      : meeting_(std::move(meeting)),
        listener_(listener),
        limit_(limit),
        cancel_(cancel),
        on_attendance_(on_attendance) {
    const auto context = std::make_shared<const detail::TlsContext>(identity, detail::Role::dialler);
    for (const Peer& peer : meeting_->peers()) {
      places_[peer.id].peer = &peer;
      if (peer.port == 0) continue;
      diallers_.emplace_back(meeting_, context, peer, Direction::dialler_sends);
      if (listener == nullptr) diallers_.emplace_back(meeting_, context, peer, Direction::dialler_receives);
    }
  }

  std::variant<Mesh, Culprit> run() {
    for (;;) {
      if (cancel_.cancelled()) {
        goodbye(self(), "was stopped while the connections were being made");
        return Culprit{
            self(), "", {Fault::Kind::cancelled, "was stopped while the connections were being made"}, {}};
      }
      seat_arrivals();
      for (auto& [id, place] : places_) listen(place);
      if (begun_ && all_told_ && !failure_ && all_connected()) return mesh();
      if (!failure_) look_for_failures();
      if (failure_) {
        goodbye(failure_->who, to_others_.empty() ? failure_->fault.detail : to_others_);
        return *failure_;
      }
      advance();
      tell();
      if (!begun_ || !all_told_) wait();
      for (Dialler& dialler : diallers_)
        if (!dialler.done() && is_due(dialler)) dialler.advance();
    }
  }

 private:
  bool all_connected() const {
    return std::all_of(places_.begin(), places_.end(), [](const auto& p) { return p.second.connected(); });
  }
  EndpointId self() const { return meeting_->mine().from; }
  std::uint32_t n() const { return meeting_->mine().n; }

  void fail(EndpointId who, Fault::Kind kind, std::string predicate, std::vector<EndpointId> said_by = {}) {
    if (failure_) return;
    const auto at = places_.find(who);
    failure_ = Culprit{who,
                       at == places_.end() ? "" : at->second.peer->name,
                       {kind, std::move(predicate)},
                       std::move(said_by)};
  }

  // --- connections come and go

  void seat_arrivals() {
    for (detail::Established& established : meeting_->take_arrivals()) {
      Place& place = places_.at(established.hello.from);
      // Another process of this peer: what its predecessor had is over.
      for (auto* line : {&place.out, &place.in})
        if (*line && (*line)->hello().nonce != established.hello.nonce) line->reset();
      std::optional<Line>& line = established.we_send ? place.out : place.in;
      // A call that its caller has given up may be answered later than the one after it.
      if (line && established.hello.attempt < line->hello().attempt) continue;
      line.emplace(std::move(established));
      place.heard = Clock::now();
      place.left.clear();
      if (!place.connected()) continue;
      place.lost.reset();
      said_.reset();  // it has not heard us yet
    }
    for (auto& [id, place] : places_)
      if (!place.out && !place.in) meeting_->vacate(id);
  }

  /// A connection is lost. Unless the peer said why, or ended it in order, its process may be gone.
  void lose(Place& place, std::optional<Line>& line, bool in_order = false) {
    // The peer's last words may lie behind its beginning, or come on the connection that we send on.
    for (auto* from : {&place.in, &place.out}) {
      if (!*from || (from == &place.in && place.state != Presence::State::begun)) continue;
      Line::Heard heard = (*from)->listen(/*to_the_end=*/from == &place.in);
      for (Presence& presence : heard.presences) hear(place, presence);
      if (from == &line) in_order = in_order || heard.in_order;
      if (heard.notice)
        for (const Statement& statement : heard.notice->statements)
          leaves(place, statement.accuser, statement.culprit, statement.reason);
    }
    line.reset();
    if (!in_order && place.left.empty() && !place.lost) place.lost = Clock::now();
    if (!place.out && !place.in) {
      place.row.reset();
      place.relayed.clear();
      if (place.state != Presence::State::begun) place.state = Presence::State::waiting;
    }
    for (Dialler& dialler : diallers_)
      if (dialler.peer() == place.peer->id && dialler.done() &&
          !(dialler.direction() == Direction::dialler_sends ? place.out : place.in))
        dialler.again();
  }

  void listen(Place& place) {
    if (place.in) {
      Line::Heard heard = place.in->listen();
      for (Presence& presence : heard.presences) hear(place, presence);
      if (heard.fault && heard.fault->kind == Fault::Kind::malformed)
        fail(place.peer->id, Fault::Kind::malformed, heard.fault->detail);
      if (heard.fault) lose(place, place.in, heard.in_order);
    }
    if (place.out && hung_up_.contains(place.out->wait().fd)) lose(place, place.out);
  }

  void hear(Place& place, Presence& presence) {
    place.heard = Clock::now();
    place.silence_ms = std::max(place.silence_ms, presence.silence_ms);
    place.stall_ms = std::max(place.stall_ms, presence.stall_ms);
    if (presence.state == Presence::State::leaving) {
      leaves(place, presence.accuser, presence.culprit, presence.reason);
      return;
    }
    place.state = presence.state;
    place.row.reset();
    place.relayed.clear();
    for (Row& row : presence.rows) {
      if (row.of == place.peer->id)
        place.row = std::move(row);
      else if (row.of != self() && known(row.of))
        place.relayed.push_back(std::move(row));
    }
  }

  bool known(EndpointId id) const { return id == self() || places_.contains(id) || id.value < kMaxEndpoints; }

  /// A peer gives up. Because of itself, as it says itself: it may come back. Because of another, or because
  /// another says so of it: then it is over for all.
  void leaves(Place& place, EndpointId accuser, EndpointId culprit, const std::string& reason) {
    const EndpointId who = place.peer->id;
    if (failure_) return;
    const std::vector<Row> all = rows();
    // Who leaves first repeats what all can conclude by themselves; and whom it is about sees more of it.
    if (const auto absent = detail::find_absent(self(), all); absent && absent->culprit == culprit)
      if (absent->misses ? reason.starts_with(kAlone) : culprit == self()) return fail_absent(*absent);
    // Nobody speaks for others but against itself, unless they have said it, too.
    if (!detail::misses(all, accuser, culprit) && (culprit != who || !places_.contains(accuser)))
      accuser = who;
    if (culprit == accuser) {
      place.left = "left: it " + reason;
      if (begun_ || place.state == Presence::State::begun) fail(who, Fault::Kind::closed, reason);
      return;
    }
    const auto at = places_.find(culprit);
    // A client knows of other clients only what parties say.
    if (at == places_.end() && culprit != self() && (listener_ != nullptr || culprit.value < n())) {
      fail(who, Fault::Kind::malformed,
           "gave up because of endpoint " + std::to_string(culprit.value) + ", which is not in this job");
      return;
    }
    // What we see ourselves is a fact, in our own words; all else is the word of who gives it.
    if (const auto missing = at == places_.end() ? std::nullopt : why_missing(at->second);
        missing && missing->tried)
      return fail(culprit, Fault::Kind::closed, missing->why + waited());
    fail(culprit, Fault::Kind::closed, reason + (culprit == self() ? own_port(reason) : ""), {accuser});
  }

  // --- who is missing

  const Dialler* unfinished_dialler(EndpointId peer) const {
    for (const Dialler& dialler : diallers_)
      if (dialler.peer() == peer && !dialler.done()) return &dialler;
    return nullptr;
  }

  std::optional<Missing> why_missing(const Place& place) const {
    const EndpointId id = place.peer->id;
    const auto missing = [&](bool tried, const std::string& why, bool refuses = false) {
      return Missing{id, tried, meeting_->place(id) + why, refuses};
    };
    if (place.connected() && place.left.empty()) {
      // Who has begun has nothing more to say.
      if (place.state == Presence::State::begun || Clock::now() - place.heard < kPresenceSilence)
        return std::nullopt;
      return missing(true, "is connected but says nothing", /*refuses=*/true);
    }
    if (const auto problem = meeting_->problem(id); !problem.why.empty())
      return missing(true, problem.why, problem.refuses);
    if (!place.left.empty()) return missing(true, place.left);
    if (place.lost) return missing(true, "closed the connection");
    if (const Dialler* dialler = unfinished_dialler(id))
      return missing(true,
                     kNoAnswer + (dialler->last_error().empty() ? "" : " (" + dialler->last_error() + ")"));
    return missing(false, "did not call");
  }

  std::vector<Row> rows() const {
    std::vector<Row> all{{self(), {}}};
    std::set<EndpointId> direct{self()};
    for (const auto& [id, place] : places_) {
      if (const auto missing = why_missing(place)) all[0].missing.push_back(*missing);
      if (!place.row) continue;
      all.push_back(*place.row);
      direct.insert(id);
    }
    for (const auto& [id, place] : places_)
      for (const Row& row : place.relayed)
        if (direct.insert(row.of).second) all.push_back(row);
    return all;
  }

  void look_for_failures() {
    const auto now = Clock::now();
    for (const Dialler& dialler : diallers_)
      if (dialler.exhausted()) fail(self(), Fault::Kind::io, "ran out of resources: " + dialler.last_error());
    for (const Dialler& dialler : diallers_)
      if (dialler.over() && !dialler.done())
        leaves(places_.at(dialler.peer()), dialler.peer(), dialler.over()->first, dialler.over()->second);
    if (const std::optional<std::string> why = meeting_->outnumbered())
      fail(self(), Fault::Kind::refused, "does not agree with most of the parties: " + *why);
    const bool somebody_began = begun_ || std::any_of(places_.begin(), places_.end(), [](const auto& p) {
                                  return p.second.state == Presence::State::begun;
                                });
    for (const auto& [id, place] : places_) {
      if (!place.lost || place.connected()) continue;
      if (now < *place.lost + (somebody_began ? kReasonGrace : kReturnGrace)) continue;
      fail(id, Fault::Kind::closed,
           somebody_began ? "closed the connection"
                          : "closed the connection while others were awaited, and did not come back");
    }
    if (now >= limit_.at) name_missing();
  }

  /// The time is over.
  void name_missing() {
    if (is_uncalled())
      // What the others say would come on the connections that they cannot make.
      return fail_late(self(), "was called by no other party, though it reached all of them",
                       waited() + "; it listens on port " + std::to_string(listener_->port()));
    if (const auto absent = detail::find_absent(self(), rows())) return fail_absent(*absent);
    // All are there, but one of them has not said so in time.
    for (const auto& [id, place] : places_)
      if (place.state == Presence::State::waiting)
        return fail_late(id, "did not say that it was ready", waited());
    fail_late(self(), "had not begun", waited());
  }

  /// Whether this party has reached all others, and none of them has called.
  bool is_uncalled() const {
    const auto others = n() - 1;
    return listener_ != nullptr && others > 1 &&
           std::count_if(places_.begin(), places_.end(), [&](const auto& p) {
             return p.first.value < n() && p.second.out && !p.second.in &&
                    meeting_->problem(p.first).why.empty();
           }) == others;
  }

  std::string waited() const {
    char text[32];
    std::snprintf(text, sizeof text, " in %.1f s",
                  std::chrono::duration<double>(Clock::now() - began_).count());
    return text;
  }

  void fail_absent(const detail::Absence& absent) {
    std::string text = absent.why;
    if (absent.misses) text = kAlone + meeting_->describe(*absent.misses) + ", which " + text;
    std::string more = waited();
    if (absent.culprit == self() && !absent.misses) more += own_port(text);
    for (const auto& [id, place] : places_)
      if (const auto other = why_missing(place); other && id != absent.culprit && id != absent.misses)
        more += "; and " + meeting_->describe(id) + " " + other->why;
    if (listener_ != nullptr)
      if (const std::string drop = listener_->acceptor().last_drop(); !drop.empty())
        more += "; " + std::to_string(listener_->dropped()) + " callers were dropped, the last from " + drop;
    const auto& accusers = absent.accusers;
    // Whom nobody else misses says so itself.
    const bool seen = absent.misses || std::find(accusers.begin(), accusers.end(), self()) != accusers.end();
    fail_late(absent.culprit, text, more, seen ? std::vector<EndpointId>{} : accusers);
  }

  /// An endpoint that would not have waited longer for anybody ends the job itself. `more` is for our own
  /// eyes.
  void fail_late(EndpointId who, const std::string& text, const std::string& more,
                 std::vector<EndpointId> said_by = {}) {
    if (failure_) return;
    if (limit_.own.empty() || Clock::now() < limit_.at) {
      to_others_ = who == self() ? text : text + waited();  // of itself everyone sees how long it took
      fail(who, Fault::Kind::timeout, text + more, std::move(said_by));
    } else {
      to_others_ = "ended the job at " + limit_.own + ", while " + meeting_->describe(who) + " " + text;
      fail(self(), Fault::Kind::timeout, to_others_ + more);
    }
  }

  /// For ourselves, of whom others say this.
  std::string own_port(const std::string& why) const {
    return listener_ == nullptr || why.starts_with(kAlone) || why.find(kNoAnswer) == std::string::npos
               ? ""
               : ", while it listened on port " + std::to_string(listener_->port());
  }

  // --- what we say

  void advance() {
    if (begun_) return;
    const std::vector<Row> all = rows();
    const bool complete = all[0].missing.empty();
    const bool ready = complete && std::all_of(places_.begin(), places_.end(), [](const auto& p) {
                         return p.second.state != Presence::State::waiting;
                       });
    const auto state = ready      ? Presence::State::begun
                       : complete ? Presence::State::complete
                                  : Presence::State::waiting;
    const bool changed = state != next_.state || all != next_.rows;
    if (on_attendance_ && (changed || !said_ || Clock::now() >= *said_ + kPresenceBeat))
      on_attendance_(attendance(all));
    if (changed) said_.reset();
    next_.state = state;
    next_.rows = all;
    next_.silence_ms = meeting_->mine().silence_ms;
    next_.stall_ms = meeting_->mine().stall_ms;
    for (const auto& [id, place] : places_) {
      const Hello* hello = place.in ? &place.in->hello() : nullptr;
      next_.silence_ms = std::max({next_.silence_ms, place.silence_ms, hello ? hello->silence_ms : 0});
      next_.stall_ms = std::max({next_.stall_ms, place.stall_ms, hello ? hello->stall_ms : 0});
    }
    begun_ = ready;
    if (ready) told_.clear();
  }

  void tell() {
    const auto now = Clock::now();
    if (!begun_ && said_ && now < *said_ + kPresenceBeat) return;
    if (!begun_ && last_said_ && !said_ && now < *last_said_ + kSayAgain) return;
    all_told_ = true;
    for (auto& [id, place] : places_) {
      if (!place.out || (begun_ && told_.contains(id))) continue;
      Result<bool> said = place.out->say(next_);
      if (!said) {
        lose(place, place.out);
        all_told_ = false;
      } else if (!*said) {
        all_told_ = false;
      } else {
        told_.insert(id);
      }
    }
    said_ = last_said_ = now;
  }

  Attendance attendance(const std::vector<Row>& all) const {
    Attendance out;
    for (const auto& [id, place] : places_) {
      Attendance::One one{id, place.peer->name, "", "", place.connected(), ""};
      if (place.peer->port != 0) one.address = detail::host_port(place.peer->host, place.peer->port);
      for (const Fingerprint& print : place.peer->fingerprints)
        one.fingerprint += (one.fingerprint.empty() ? "" : " or ") + print.to_string();
      if (const auto missing = why_missing(place)) one.missing = missing->why;
      out.peers.push_back(std::move(one));
    }
    for (std::size_t r = 1; r < all.size(); ++r)
      for (const Missing& missing : all[r].missing)
        out.words.push_back(meeting_->describe(all[r].of) + " says: " + meeting_->describe(missing.who) +
                            " " + missing.why + (missing.who == self() ? own_port(missing.why) : ""));
    if (listener_ != nullptr)
      if (const std::string drop = listener_->acceptor().last_drop(); !drop.empty())
        out.words.push_back("a caller was dropped: " + drop);
    return out;
  }

  /// Tells everyone why this endpoint gives up: those connected, and whoever calls within a moment.
  void goodbye(EndpointId culprit, const std::string& reason) {
    meeting_->give_up(culprit, reason);
    Presence presence = next_;
    presence.state = Presence::State::leaving;
    presence.culprit = culprit;
    presence.accuser = failure_ && !failure_->said_by.empty() ? failure_->said_by.front() : self();
    presence.reason = reason;
    const Deadline end = Clock::now() + kGoodbye;
    std::vector<EndpointId> untold;
    for (auto& [id, place] : places_) {
      bool told = false;
      // On both connections: one who cannot be called has called us.
      for (auto* line : {&place.out, &place.in}) told = (*line && say_goodbye(**line, presence, end)) || told;
      if (!told && id != culprit) untold.push_back(id);
    }
    if (listener_ == nullptr) return;
    const Deadline farewell = std::min(Clock::now() + kFarewellTimeout, std::max(limit_.at, end));
    while (!cancel_.cancelled() && !meeting_->have_heard(untold) && Clock::now() < farewell) {
      pollfd waits[] = {{cancel_.descriptor(), POLLIN, 0}, {meeting_->wake().descriptor(), POLLIN, 0}};
      detail::poll_until(waits, 2, farewell);
      meeting_->wake().clear();
    }
  }

  static bool say_goodbye(Line& line, const Presence& presence, Deadline end) {
    for (;;) {
      Result<bool> said = line.say(presence);
      if (!said) return false;
      if (*said) break;
      if (detail::wait_for(line.wait().fd, POLLOUT, end)) return false;
    }
    line.close();
    return true;
  }

  // --- waiting

  bool is_due(const Dialler& dialler) const {
    const pollfd wanted = dialler.wait();
    return Clock::now() >= dialler.due() || (wanted.fd >= 0 && ready_.contains(wanted.fd));
  }

  /// Sleeps until something that matters happens, and notes which descriptors are ready.
  void wait() {
    std::vector<pollfd> waits{{cancel_.descriptor(), POLLIN, 0}, {meeting_->wake().descriptor(), POLLIN, 0}};
    Deadline next =
        std::min(limit_.at, Clock::now() + (said_ ? kPresenceBeat : std::chrono::milliseconds(kSayAgain)));
    for (const auto& [id, place] : places_) {
      for (const auto* line : {&place.out, &place.in})
        if (*line) waits.push_back((*line)->wait());
      if (place.lost) next = std::min(next, Clock::now() + kReasonGrace);
    }
    for (const Dialler& dialler : diallers_) {
      if (dialler.done()) continue;
      waits.push_back(dialler.wait());
      next = std::min(next, dialler.due());
    }
    detail::poll_until(waits.data(), waits.size(), next);
    if (waits[1].revents != 0) meeting_->wake().clear();
    ready_.clear();
    hung_up_.clear();
    for (const pollfd& entry : waits) {
      if (entry.fd >= 0 && entry.revents != 0) ready_.insert(entry.fd);
      if (entry.fd >= 0 && (entry.revents & (POLLRDHUP | POLLHUP | POLLERR)) != 0) hung_up_.insert(entry.fd);
    }
  }

  Mesh mesh() {
    Mesh mesh;
    for (auto& [id, place] : places_) {
      Connection connection;
      connection.hello = place.in->hello();
      connection.hello.silence_ms = next_.silence_ms;
      connection.hello.stall_ms = next_.stall_ms;
      for (auto* line : {&place.out, &place.in})
        if (next_.silence_ms != 0) detail::match_silence((*line)->descriptor(), next_.silence_ms);
      connection.out = detail::make_sink(place.out->take().session);
      connection.in = detail::make_source(place.in->take().session);
      mesh.push_back(std::move(connection));
    }
    return mesh;
  }

  std::shared_ptr<Meeting> meeting_;
  Listener* listener_;
  const Deadline began_ = Clock::now();
  const Limit limit_;
  const CancelToken& cancel_;
  const OnAttendance& on_attendance_;
  std::map<EndpointId, Place> places_;
  std::vector<Dialler> diallers_;
  std::set<int> ready_, hung_up_;
  std::optional<Culprit> failure_;
  std::string to_others_;         ///< what of it is for them, if not all
  Presence next_;                 ///< what is to be said
  std::optional<Deadline> said_;  ///< when all of it was; nothing if something has changed since
  std::optional<Deadline> last_said_;
  std::set<EndpointId> told_;  ///< that we have begun
  bool begun_ = false, all_told_ = false;
};

}  // namespace

void reserve_connections(std::size_t peers) {
  detail::reserve_descriptors(4 * peers + kReservedDescriptors);
}

std::variant<Mesh, Culprit> connect_all(const Identity& identity, const Hello& mine, std::vector<Peer> peers,
                                        Listener* listener, const Limit& limit, const CancelToken& cancel,
                                        const OnAttendance& on_attendance) {
  check_peers(mine, peers, listener);
  reserve_connections(peers.size());
  const auto meeting =
      std::make_shared<Meeting>(identity.fingerprint(), mine, std::move(peers), listener != nullptr);
  const Opened opened(listener, identity, meeting);
  return Rendezvous(identity, meeting, listener, limit, cancel, on_attendance).run();
}

}  // namespace tacet::transport
