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
      pins_(pins_of(peers_)) {}

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
  return transport::describe(id, peer != nullptr ? peer->name : "unknown", mine_.n);
}

std::string Meeting::describe_place(EndpointId id) const {
  const Peer* peer = find(id);
  if (peer == nullptr || peer->port == 0) return describe(id);
  return describe(id) + " at " + host_port(peer->host, peer->port);
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

std::optional<std::string> Meeting::objection_locked(const Peer& peer, const Hello& theirs) {
  if (std::optional<std::string> why = disagreement(mine_, theirs)) return why;
  if (theirs.to != mine_.from)
    return "looks for endpoint " + std::to_string(theirs.to.value) + " where endpoint " +
           std::to_string(mine_.from.value) + " answers";
  const auto [at, first] = nonces_.emplace(peer.id, theirs.nonce);
  if (!first && at->second != theirs.nonce)
    return "restarted, or runs twice, while the connections were being made";
  return std::nullopt;
}

HelloReply Meeting::judge(const Fingerprint& seen, const std::string& validity_error, const Hello& theirs) {
  const std::lock_guard lock(mutex_);
  HelloReply reply;
  reply.hello = mine_;
  reply.hello.to = theirs.from;
  reply.hello.direction = theirs.direction;
  const Peer* claimed = find(theirs.from);
  const bool proven = claimed != nullptr && contains(claimed->fingerprints, seen);
  const Peer* culprit = proven ? claimed : owner(seen);
  const auto refuse = [&](const std::string& predicate) {
    reply.verdict = HelloReply::Verdict::refused;
    const EndpointId who = culprit != nullptr ? culprit->id : theirs.from;
    reply.reason = describe(who) + " " + predicate;
    reply.culprit = who;
    if (!failure_) {
      failure_ = Culprit{who, culprit != nullptr ? culprit->name : "", {Fault::Kind::refused, reply.reason}};
      wake_.notify();
    }
    told_[who] = true;
    return reply;
  };
  if (closed_) {
    reply.verdict = HelloReply::Verdict::busy;
    reply.reason = "it is not waiting for connections now";
    return reply;
  }
  if (failure_) {
    reply.verdict = HelloReply::Verdict::refused;
    reply.reason = failure_->fault.detail;
    reply.culprit = failure_->who;
    if (culprit != nullptr) told_[culprit->id] = true;
    return reply;
  }
  if (!proven)
    return refuse("claims to be " + describe(theirs.from) + ": its certificate is " + seen.to_string() +
                  ", expected " +
                  (claimed != nullptr ? list(claimed->fingerprints) : std::string("no such endpoint")));
  if (!validity_error.empty())
    return refuse("has a certificate, " + seen.to_string() + ", that " + validity_error);
  if (std::optional<std::string> why = objection_locked(*claimed, theirs)) return refuse(*why);
  if (!expects_caller(*claimed, theirs.direction == Direction::dialler_receives))
    return refuse("wants to receive on a connection that it dialled; here it is dialled for that");
  reply.verdict = HelloReply::Verdict::accepted;
  return reply;
}

std::optional<std::string> Meeting::objection(EndpointId dialled, const Hello& theirs) {
  const std::lock_guard lock(mutex_);
  const Peer* peer = find(dialled);
  TACET_ASSERT(peer != nullptr);
  if (theirs.from != dialled)
    return "answers as endpoint " + std::to_string(theirs.from.value) + " where endpoint " +
           std::to_string(dialled.value) + " is expected";
  return objection_locked(*peer, theirs);
}

void Meeting::arrive(Established established) {
  const std::lock_guard lock(mutex_);
  if (closed_) return;
  arrived_.insert_or_assign({established.hello.from, established.we_send}, std::move(established));
  wake_.notify();
}

void Meeting::fail(EndpointId who, Fault fault, bool they_know) {
  const std::lock_guard lock(mutex_);
  if (they_know) told_[who] = true;
  if (failure_) return;
  const Peer* peer = find(who);
  failure_ = Culprit{who, peer != nullptr ? peer->name : "", std::move(fault)};
}

void Meeting::fail_for_third(EndpointId told_by, EndpointId culprit, const std::string& reason) {
  const std::string teller = describe_place(told_by);
  const std::lock_guard lock(mutex_);
  told_[told_by] = true;
  if (failure_) return;
  const Peer* peer = find(culprit);
  failure_ = Culprit{
      culprit, peer != nullptr ? peer->name : "", {Fault::Kind::refused, reason + " (says " + teller + ")"}};
}

std::optional<Culprit> Meeting::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

bool Meeting::complete() const {
  const std::lock_guard lock(mutex_);
  return !failure_ && arrived_.size() == 2 * peers_.size();
}

std::vector<Established> Meeting::take() {
  const std::lock_guard lock(mutex_);
  std::vector<Established> all;
  for (auto& [key, established] : arrived_) all.push_back(std::move(established));
  arrived_.clear();
  return all;
}

std::vector<EndpointId> Meeting::missing_callers() const {
  const std::lock_guard lock(mutex_);
  std::vector<EndpointId> missing;
  for (const Peer& peer : peers_)
    for (const bool we_send : {false, true})
      if (expects_caller(peer, we_send) && !arrived_.contains({peer.id, we_send}) &&
          (missing.empty() || missing.back() != peer.id))
        missing.push_back(peer.id);
  return missing;
}

std::vector<std::pair<int, EndpointId>> Meeting::watched() const {
  const std::lock_guard lock(mutex_);
  std::vector<std::pair<int, EndpointId>> all;
  for (const auto& [key, established] : arrived_)
    if (established.we_send) all.emplace_back(established.session->descriptor(), key.first);
  return all;
}

void Meeting::close() {
  const std::lock_guard lock(mutex_);
  closed_ = true;
}

bool Meeting::everyone_told() const {
  const std::vector<EndpointId> missing = missing_callers();
  const std::lock_guard lock(mutex_);
  return std::all_of(missing.begin(), missing.end(), [&](EndpointId id) { return told_.contains(id); });
}

}  // namespace tacet::transport::detail
