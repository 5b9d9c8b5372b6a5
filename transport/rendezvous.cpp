#include "transport/rendezvous.hpp"

#include <poll.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <set>

#include "transport/detail/acceptor.hpp"
#include "transport/detail/dialler.hpp"
#include "transport/detail/meeting.hpp"
#include "transport/detail/tls_stream.hpp"
#include "transport/limits.hpp"

namespace tacet::transport {

namespace {

using detail::Dialler;
using detail::Meeting;

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

/// One connect_all() at work on its calling thread.
class Rendezvous {
 public:
  Rendezvous(const Identity& identity, std::shared_ptr<Meeting> meeting, Listener* listener,
             Deadline deadline, const CancelToken& cancel)
      : meeting_(std::move(meeting)), listener_(listener), deadline_(deadline), cancel_(cancel) {
    const auto context = std::make_shared<const detail::TlsContext>(identity, detail::Role::dialler);
    for (const Peer& peer : meeting_->peers()) {
      if (peer.port == 0) continue;
      diallers_.emplace_back(meeting_, context, peer, Direction::dialler_sends);
      if (listener == nullptr) diallers_.emplace_back(meeting_, context, peer, Direction::dialler_receives);
    }
  }

  std::variant<Mesh, Culprit> run() {
    for (;;) {
      if (cancel_.cancelled()) return cancelled();
      if (std::optional<Culprit> failure = meeting_->failure()) {
        farewell();
        return *failure;
      }
      if (meeting_->complete()) return mesh();
      if (Clock::now() >= deadline_) return missing();
      if (leaver_ && Clock::now() >= leave_until_) {
        meeting_->fail(*leaver_, {Fault::Kind::closed, leaver_sentence()}, /*they_know=*/true);
        continue;
      }
      wait();
      for (Dialler& dialler : diallers_)
        if (!dialler.done() && is_due(dialler)) dialler.advance();
    }
  }

 private:
  bool is_due(const Dialler& dialler) const {
    const pollfd wanted = dialler.wait();
    return Clock::now() >= dialler.due() || (wanted.fd >= 0 && ready_.contains(wanted.fd));
  }

  /// Sleeps until something that matters happens, and notes which descriptors are ready.
  void wait() {
    std::vector<pollfd> waits{{cancel_.descriptor(), POLLIN, 0}, {meeting_->wake().descriptor(), POLLIN, 0}};
    // One that left stays ready for ever: polling it again would spin.
    const auto watched = leaver_ ? std::vector<std::pair<int, EndpointId>>{} : meeting_->watched();
    for (const auto& [descriptor, peer] : watched) waits.push_back({descriptor, POLLRDHUP, 0});
    Deadline next = leaver_ ? std::min(deadline_, leave_until_) : deadline_;
    for (const Dialler& dialler : diallers_) {
      if (dialler.done()) continue;
      waits.push_back(dialler.wait());
      next = std::min(next, dialler.due());
    }
    detail::poll_until(waits.data(), waits.size(), next);
    if (waits[1].revents != 0) meeting_->wake().clear();
    for (std::size_t i = 0; i < watched.size() && !leaver_; ++i)
      // A connection may have been replaced meanwhile, and then its end means nothing.
      if (waits[2 + i].revents != 0 && still_watched(watched[i])) note_leaver(watched[i].second);
    ready_.clear();
    for (const pollfd& entry : waits)
      if (entry.fd >= 0 && entry.revents != 0) ready_.insert(entry.fd);
  }

  /// A peer often leaves because of a third: because it waited in vain, or disagreed. Then we wait a moment
  /// longer, for the third to be known to us too.
  void note_leaver(EndpointId who) {
    leaver_ = who;
    const auto absent = absentees();
    const bool alone =
        std::all_of(absent.begin(), absent.end(), [&](const auto& a) { return a.first == who; });
    leave_until_ = Clock::now() + (alone ? std::chrono::milliseconds(0) : kFarewellTimeout);
  }

  std::string leaver_sentence() const {
    return meeting_->describe_place(*leaver_) + " left while the connections were being made";
  }

  bool still_watched(const std::pair<int, EndpointId>& entry) const {
    const auto now = meeting_->watched();
    return std::find(now.begin(), now.end(), entry) != now.end();
  }

  /// Answers those who have not called yet, so that they learn the reason now and not at their deadline.
  void farewell() {
    if (listener_ == nullptr) return;
    const Deadline end = std::min(Clock::now() + kFarewellTimeout, deadline_);
    while (!cancel_.cancelled() && !meeting_->everyone_told() && Clock::now() < end) {
      pollfd waits[] = {{cancel_.descriptor(), POLLIN, 0}, {meeting_->wake().descriptor(), POLLIN, 0}};
      detail::poll_until(waits, 2, end);
      meeting_->wake().clear();
    }
  }

  Mesh mesh() {
    std::map<EndpointId, Connection> by_peer;
    for (detail::Established& established : meeting_->take()) {
      Connection& connection = by_peer[established.hello.from];
      if (established.we_send)
        connection.out = detail::make_sink(std::move(established.session));
      else
        connection.in = detail::make_source(std::move(established.session));
      connection.hello = std::move(established.hello);
    }
    Mesh mesh;
    for (auto& [id, connection] : by_peer) mesh.push_back(std::move(connection));
    return mesh;
  }

  Culprit cancelled() const {
    return {
        meeting_->mine().from, "", {Fault::Kind::cancelled, "waiting for the other endpoints was cancelled"}};
  }

  /// Everyone who is not there yet, with a sentence each.
  std::vector<std::pair<EndpointId, std::string>> absentees() const {
    char waited[32];
    std::snprintf(waited, sizeof waited, "%.1f s",
                  std::chrono::duration<double>(Clock::now() - begin_).count());
    std::vector<std::pair<EndpointId, std::string>> absent;
    for (const Dialler& dialler : diallers_)
      if (!dialler.done() && (absent.empty() || absent.back().first != dialler.peer()))
        absent.emplace_back(dialler.peer(), meeting_->describe_place(dialler.peer()) + " did not answer in " +
                                                waited + " (" + dialler.history() + ")");
    for (const EndpointId id : meeting_->missing_callers())
      if (std::none_of(absent.begin(), absent.end(), [&](const auto& entry) { return entry.first == id; }))
        absent.emplace_back(id, meeting_->describe(id) + " did not call in " + waited);
    return absent;
  }

  Culprit missing() const {
    const auto absent = absentees();
    // The last connection may arrive between two looks: then its peer is the one that came too late.
    const EndpointId first = absent.empty() ? meeting_->peers().back().id : absent.front().first;
    std::string text;
    for (const auto& [id, sentence] : absent) text += (text.empty() ? "" : "; ") + sentence;
    if (absent.empty()) text = meeting_->describe_place(first) + " came at the very deadline";
    if (leaver_) text += "; " + leaver_sentence();
    if (listener_ != nullptr)
      if (const std::string drop = listener_->acceptor().last_drop(); !drop.empty())
        text += "; " + std::to_string(listener_->dropped()) + " callers were dropped, the last from " + drop;
    const auto peer = std::find_if(meeting_->peers().begin(), meeting_->peers().end(),
                                   [&](const Peer& p) { return p.id == first; });
    return {first, peer->name, {Fault::Kind::timeout, text}};
  }

  std::shared_ptr<Meeting> meeting_;
  Listener* listener_;
  const Deadline begin_ = Clock::now();
  const Deadline deadline_;
  const CancelToken& cancel_;
  std::vector<Dialler> diallers_;
  std::set<int> ready_;
  std::optional<EndpointId> leaver_;
  Deadline leave_until_{};
};

}  // namespace

std::string describe(EndpointId id, const std::string& name, std::uint32_t n) {
  const std::string kind = id.value < n ? "party " : "client ";
  return kind + std::to_string(id.value) + (name.empty() ? "" : " (" + name + ")");
}

std::variant<Mesh, Culprit> connect_all(const Identity& identity, const Hello& mine, std::vector<Peer> peers,
                                        Listener* listener, Deadline deadline, const CancelToken& cancel) {
  check_peers(mine, peers, listener);
  const auto meeting =
      std::make_shared<Meeting>(identity.fingerprint(), mine, std::move(peers), listener != nullptr);
  const Opened opened(listener, identity, meeting);
  return Rendezvous(identity, meeting, listener, deadline, cancel).run();
}

}  // namespace tacet::transport
