#include "actors/inquest.hpp"

#include <algorithm>

#include "transport/hello.hpp"

namespace tacet::actors {

using transport::AbortNotice;
using transport::Cause;
using transport::Statement;

namespace {

/// Whether everyone with a connection to the accused can see it too.
bool is_common(Cause cause) {
  return cause == Cause::closed || cause == Cause::silent;
}

}  // namespace

Inquest::Inquest(const Setting& setting, EndpointId self, const std::vector<EndpointId>& peers,
                 const std::vector<std::string>& names)
    : setting_(setting), self_(self), peers_(peers.begin(), peers.end()), names_(names) {}

std::string Inquest::name(EndpointId e) const {
  return transport::describe(e, e.value < names_.size() ? names_[e.value] : "", setting_.n);
}

void Inquest::saw(EndpointId culprit, Cause cause, const std::string& reason) {
  mine_.try_emplace(culprit, Statement{self_, culprit, cause, reason});
}

Status Inquest::heard(EndpointId from, const AbortNotice& notice) {
  for (const Statement& s : notice.statements) {
    if (s.culprit.value >= setting_.endpoints() || s.accuser.value >= setting_.endpoints())
      return Fault{Fault::Kind::malformed, "sent an abort that speaks of endpoint " +
                                               std::to_string(std::max(s.culprit, s.accuser).value) +
                                               ", which is not in this job"};
    // Parties pass on what they were told; nobody speaks for us.
    if (s.accuser != from && (!setting_.is_party(from) || s.accuser == self_))
      return Fault{Fault::Kind::malformed, "sent an abort in the name of " + name(s.accuser)};
    if ((s.cause == Cause::own) != (s.accuser == s.culprit))
      return Fault{Fault::Kind::malformed, "sent an abort that contradicts itself"};
  }
  if (!open() && (notice.follows ? *notice.follows == self_ : notice.statements.empty()))
    return Fault{Fault::Kind::malformed,
                 notice.follows ? "ended the job and says that we did" : "ended the job without saying why"};
  if (!open()) first_ = from;
  if (notice.follows) follows_[from] = *notice.follows;
  spoke_.insert(from);
  heard_by_others_.insert(notice.heard.begin(), notice.heard.end());
  if (notice.last) last_.insert(from);
  for (const Statement& s : notice.statements) {
    const auto [at, is_new] = heard_.try_emplace({s.accuser, s.culprit}, Word{s, {}});
    Word& word = at->second;
    if (s.accuser == from) {
      word = {s, {}};
    } else if (is_new || !word.relays.empty()) {
      word.relays.insert(from);
    }
  }
  return {};
}

/// Words that count: our own, and of every other endpoint what it told us itself or, if it never spoke to us,
/// what others pass on.
std::vector<Inquest::Word> Inquest::words() const {
  std::vector<Word> all;
  for (const auto& [culprit, statement] : mine_) all.push_back({statement, {}});
  for (const auto& [key, word] : heard_)
    if (word.relays.empty() || !spoke_.contains(key.first)) all.push_back(word);
  return all;
}

/// Parties that have spoken to us, without one.
std::size_t Inquest::parties_heard(EndpointId without) const {
  return static_cast<std::size_t>(std::count_if(
      spoke_.begin(), spoke_.end(), [&](EndpointId e) { return setting_.is_party(e) && e != without; }));
}

bool Inquest::established(const Word& word) const {
  return word.relays.empty() || word.relays.size() > setting_.t() ||
         word.relays.size() == parties_heard(word.statement.accuser);
}

/// Whether there is a sign that an endpoint was there after the session began to end.
bool Inquest::alive(EndpointId e) const {
  return speaks(e) || heard_by_others_.contains(e);
}

std::vector<EndpointId> Inquest::unheard() const {
  std::set<EndpointId> out;
  const auto expected = [&](EndpointId e) {
    return peers_.contains(e) && !lost_.contains(e) && !last_.contains(e);
  };
  for (const Word& word : words())
    if (expected(word.statement.culprit) && !mine_.contains(word.statement.culprit))
      out.insert(word.statement.culprit);
  // Who only follows does not say why: whom it follows will.
  for (const auto& [follower, leader] : follows_)
    if (expected(leader) && !spoke_.contains(leader)) out.insert(leader);
  return {out.begin(), out.end()};
}

AbortNotice Inquest::notice(EndpointId to, bool hurry) const {
  AbortNotice out;
  for (const auto& [culprit, statement] : mine_) out.statements.push_back(statement);
  if (setting_.is_party(self_))
    for (const auto& [key, word] : heard_)
      if (word.relays.empty() && key.first != to) out.statements.push_back(word.statement);
  out.last = hurry || unheard().empty();
  if (mine_.empty()) out.follows = first_;
  out.heard.assign(spoke_.begin(), spoke_.end());
  return out;
}

bool Inquest::settled() const {
  return unheard().empty() && std::all_of(peers_.begin(), peers_.end(), [&](EndpointId peer) {
           return last_.contains(peer) || lost_.contains(peer);
         });
}

std::map<EndpointId, Inquest::Case> Inquest::cases(const std::vector<Word>& words) const {
  std::map<EndpointId, Case> out;
  for (const Word& word : words) out[word.statement.culprit].words.push_back(&word.statement);
  for (auto& [culprit, c] : out) c.weight = weigh(culprit, c);
  return out;
}

/// 3: it says so itself. 2: most parties say so, or it says nothing. 1: only its accuser can have seen it.
/// 0: others could have seen it too, but did not.
int Inquest::weigh(EndpointId culprit, const Case& c) const {
  const auto any = [&](auto&& test) { return std::any_of(c.words.begin(), c.words.end(), test); };
  if (any([](const Statement* s) { return s->cause == Cause::own; })) return 3;
  if (c.words.size() > setting_.t()) return 2;
  // Of one that we have no connection to, only the others know.
  if (peers_.contains(culprit) || culprit == self_ ? !alive(culprit)
                                                   : 2 * c.words.size() > parties_heard(culprit))
    return 2;
  return any([](const Statement* s) { return !is_common(s->cause); }) ? 1 : 0;
}

Finding Inquest::finding() const {
  std::vector<Word> all = words();
  // What is heard at second hand needs one more witness than there can be liars, if there is anything better.
  const bool better = std::any_of(all.begin(), all.end(), [&](const Word& w) { return established(w); });
  std::erase_if(
      all, [&](const Word& w) { return !established(w) && (better || w.statement.cause == Cause::own); });
  // Who has lost all parties at once is more likely cut off than surrounded by the dead.
  const auto gone = static_cast<std::uint32_t>(std::count_if(mine_.begin(), mine_.end(), [&](const auto& m) {
    return setting_.is_party(m.first) && is_common(m.second.cause) && !spoke_.contains(m.first);
  }));
  if (gone > setting_.t() && gone + (setting_.is_party(self_) ? 1 : 0) == setting_.n)
    return {self_, "is cut off from all other parties: each " + mine_.begin()->second.reason, {}};

  const std::map<EndpointId, Case> found = cases(all);
  if (found.empty()) {
    EndpointId at = first_.value_or(self_);
    std::set<EndpointId> seen;
    while (follows_.contains(at) && seen.insert(at).second) at = follows_.at(at);
    return {at, "ended the job without saying why", {}};
  }
  const auto worst = std::max_element(found.begin(), found.end(), [](const auto& a, const auto& b) {
    return std::pair(a.second.weight, a.second.words.size()) <
           std::pair(b.second.weight, b.second.words.size());
  });
  const EndpointId culprit = worst->first;
  const std::vector<const Statement*>& words = worst->second.words;
  if (worst->second.weight == 0) {
    const EndpointId accuser = words.front()->accuser;
    const auto back = found.find(accuser);
    const bool mutual =
        back != found.end() && std::any_of(back->second.words.begin(), back->second.words.end(),
                                           [&](const Statement* s) { return s->accuser == culprit; });
    if (mutual)
      return {std::min(culprit, accuser),
              "and " + name(std::max(culprit, accuser)) + " lost each other: each says that the other " +
                  words.front()->reason,
              {}};
    return {accuser,
            "ended the job: it says that " + name(culprit) + " " + words.front()->reason +
                ", which nobody else has seen",
            {}};
  }
  Finding out{culprit, words.front()->reason, {}};
  bool seen = false;
  for (const Statement* s : words) {
    if (s->accuser == self_) out.reason = s->reason, seen = true;
    out.said_by.push_back(s->accuser);
  }
  if (seen || worst->second.weight == 3 || words.size() > setting_.t()) out.said_by.clear();
  return out;
}

}  // namespace tacet::actors
