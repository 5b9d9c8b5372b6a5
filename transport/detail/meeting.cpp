#include "transport/detail/meeting.hpp"

#include <algorithm>

namespace tacet::transport::detail {

namespace {

std::shared_ptr<const Pins> pins_of(const std::vector<Peer>& peers) {
  auto pins = std::make_shared<Pins>();
  for (const Peer& peer : peers) pins->insert(peer.fingerprints.begin(), peer.fingerprints.end());
  return pins;
}

std::string list(const std::vector<Fingerprint>& prints) {
  std::string text;
  for (const Fingerprint& print : prints) text += (text.empty() ? "" : " or ") + print.to_string();
  return text.empty() ? "none" : text;
}

bool contains(const std::vector<Fingerprint>& prints, const Fingerprint& seen) {
  return std::find(prints.begin(), prints.end(), seen) != prints.end();
}

}  // namespace

Meeting::Meeting(const Fingerprint& own, Hello mine, std::vector<Peer> peers, bool listening)
    : own_(own),
      mine_(std::move(mine)),
      peers_(std::move(peers)),
      listening_(listening),
      pins_(pins_of(peers_)) {
  for (const Peer& peer : peers_) seats_[peer.id];
}

const Peer* Meeting::find(EndpointId id) const {
  const auto at = std::find_if(peers_.begin(), peers_.end(), [&](const Peer& p) { return p.id == id; });
  return at == peers_.end() ? nullptr : &*at;
}

const Peer* Meeting::owner(const Fingerprint& seen) const {
  const auto at = std::find_if(peers_.begin(), peers_.end(),
                               [&](const Peer& p) { return contains(p.fingerprints, seen); });
  return at == peers_.end() ? nullptr : &*at;
}

std::string Meeting::describe(EndpointId id) const {
  const Peer* peer = find(id);
  return transport::describe(id, peer != nullptr ? peer->name : "", mine_.n);
}

std::string Meeting::place(EndpointId id) const {
  const Peer* peer = find(id);
  return peer == nullptr || peer->port == 0 ? "" : "at " + host_port(peer->host, peer->port) + " ";
}

Hello Meeting::hello_to(EndpointId peer, Direction direction) const {
  Hello hello = mine_;
  hello.to = peer;
  hello.direction = direction;
  return hello;
}

bool Meeting::expects_caller(const Peer& peer, bool we_send) const {
  // A peer with an address is a party: it dials to send. One without dials for both directions.
  return listening_ && (!we_send || peer.port == 0);
}

bool Meeting::taken_by_another(EndpointId id, const Hello& theirs) const {
  const std::optional<Nonce>& nonce = seats_.at(id).nonce;
  return nonce && *nonce != theirs.nonce;
}

std::optional<std::string> Meeting::objection_locked(const Peer& peer, const Hello& theirs) {
  std::optional<std::string> why = disagreement(mine_, theirs);
  if (!why && theirs.to != mine_.from)
    why = "looks for endpoint " + std::to_string(theirs.to.value) + " where endpoint " +
          std::to_string(mine_.from.value) + " answers";
  Seat& seat = seats_.at(peer.id);
  if (!why && !taken_by_another(peer.id, theirs)) seat.nonce = theirs.nonce;
  // Of two processes the one that is here counts, whatever the other says.
  if (!taken_by_another(peer.id, theirs)) seat.objection = why.value_or("");
  return why;
}

HelloReply Meeting::judge(const Fingerprint& seen, const std::string& validity_error, const Hello& theirs) {
  const std::lock_guard lock(mutex_);
  HelloReply reply;
  reply.hello = mine_;
  reply.hello.to = theirs.from;
  reply.hello.direction = theirs.direction;
  reply.culprit = theirs.from;
  const Peer* claimed = find(theirs.from);
  const bool proven = claimed != nullptr && contains(claimed->fingerprints, seen);
  const Peer* caller = proven ? claimed : owner(seen);
  const auto refuse = [&](const std::string& predicate) {
    reply.verdict = HelloReply::Verdict::refused;
    reply.reason = predicate;
    if (caller != nullptr) seats_.at(caller->id).objection = predicate;
    wake_.notify();
    return reply;
  };
  if (over_) {
    reply.verdict = HelloReply::Verdict::over;
    std::tie(reply.culprit, reply.reason) = *over_;
    if (caller != nullptr) seats_.at(caller->id).heard = true;
    wake_.notify();
    return reply;
  }
  reply.verdict = HelloReply::Verdict::busy;
  if (closed_) {
    reply.reason = "it is not waiting for connections now";
    return reply;
  }
  if (!proven)
    return refuse("claims to be " + describe(theirs.from) + ": its certificate is " + seen.to_string() +
                  ", expected " +
                  (claimed != nullptr ? list(claimed->fingerprints) : std::string("no such endpoint")));
  if (!validity_error.empty())
    return refuse("has a certificate, " + seen.to_string() + ", that " + validity_error);
  if (std::optional<std::string> why = objection_locked(*claimed, theirs)) return refuse(*why);
  if (taken_by_another(claimed->id, theirs)) {
    reply.reason = "another process is connected as " + describe(claimed->id);
    return reply;
  }
  if (!expects_caller(*claimed, theirs.direction == Direction::dialler_receives))
    return refuse("wants to receive on a connection that it dialled; here it is dialled for that");
  reply.verdict = HelloReply::Verdict::accepted;
  return reply;
}

std::optional<std::string> Meeting::objection(EndpointId dialled, const Hello& theirs) {
  const std::lock_guard lock(mutex_);
  const Peer* peer = find(dialled);
  TACET_ASSERT(peer != nullptr);
  seats_.at(dialled).turned_away.clear();
  std::optional<std::string> why;
  if (theirs.from != dialled)
    why = "answers as endpoint " + std::to_string(theirs.from.value) + " where endpoint " +
          std::to_string(dialled.value) + " is expected";
  if (!why) why = objection_locked(*peer, theirs);
  if (!why && taken_by_another(dialled, theirs)) why = "restarted, or runs twice";
  return why;
}

void Meeting::object(EndpointId peer, std::string why) {
  const std::lock_guard lock(mutex_);
  seats_.at(peer).objection = std::move(why);
}

void Meeting::turned_away(EndpointId by, std::string why) {
  const std::lock_guard lock(mutex_);
  seats_.at(by).turned_away = std::move(why);
}

void Meeting::arrive(Established established) {
  const std::lock_guard lock(mutex_);
  if (closed_ || over_) return;
  arrivals_.push_back(std::move(established));
  wake_.notify();
}

std::vector<Established> Meeting::take_arrivals() {
  const std::lock_guard lock(mutex_);
  return std::exchange(arrivals_, {});
}

void Meeting::vacate(EndpointId peer) {
  const std::lock_guard lock(mutex_);
  // A connection that has arrived but was not taken yet belongs to the same process, or to its successor.
  if (std::none_of(arrivals_.begin(), arrivals_.end(),
                   [&](const Established& e) { return e.hello.from == peer; }))
    seats_.at(peer).nonce.reset();
}

Meeting::Problem Meeting::problem(EndpointId peer) const {
  const std::lock_guard lock(mutex_);
  const Seat& seat = seats_.at(peer);
  return seat.objection.empty() ? Problem{seat.turned_away, !seat.turned_away.empty()}
                                : Problem{seat.objection};
}

std::optional<std::string> Meeting::outnumbered() const {
  const std::lock_guard lock(mutex_);
  std::uint32_t against = 0;
  std::string why;
  for (const auto& [id, seat] : seats_) {
    if (id.value >= mine_.n || (seat.objection.empty() && seat.turned_away.empty())) continue;
    ++against;
    why += (why.empty() ? "" : "; ") + describe(id) + " " +
           (seat.objection.empty() ? seat.turned_away : seat.objection);
  }
  if (2 * against <= mine_.n) return std::nullopt;
  return why;
}

void Meeting::give_up(EndpointId culprit, const std::string& reason) {
  const std::lock_guard lock(mutex_);
  over_ = {culprit, reason};
  for (auto& [id, seat] : seats_) seat.heard = false;
}

bool Meeting::have_heard(const std::vector<EndpointId>& peers) const {
  const std::lock_guard lock(mutex_);
  return std::all_of(peers.begin(), peers.end(), [&](EndpointId id) { return seats_.at(id).heard; });
}

void Meeting::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

}  // namespace tacet::transport::detail
