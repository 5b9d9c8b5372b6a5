#pragma once

#include <map>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "graph/setting.hpp"
#include "transport/frame.hpp"

namespace tacet::actors {

/// Why a session ended early: the same culprit at every endpoint that could still be told.
struct Finding {
  EndpointId culprit;
  std::string reason;               ///< a predicate of the culprit
  std::vector<EndpointId> said_by;  ///< who says so; nobody if this endpoint or most parties have seen it
};

/// Finds out, at one endpoint, who broke a session. Everyone tells everyone what it saw itself; parties pass
/// on what clients say, who do not meet. All then draw the same conclusion from the same words, so that
/// nobody is believed just for speaking first:
///  - who accuses itself is believed;
///  - a connection that others say is closed or silent can be checked by all who have one: if the accused is
///    there and speaks, and no majority agrees, then the accuser ended the job, or the two lost each other;
///  - an endpoint that has lost all other parties at once is itself cut off.
/// Pure: no clock, no thread. The caller lets time pass: at settled(), or when it has waited long enough,
/// finding() is as good as it gets.
class Inquest {
 public:
  Inquest(const Setting& setting, EndpointId self, const std::vector<EndpointId>& peers,
          const std::vector<std::string>& names = {});

  /// This endpoint has seen something. Of several words on one culprit the first counts.
  void saw(EndpointId culprit, transport::Cause cause, const std::string& reason);
  /// A peer has spoken. Fails: malformed, if it speaks of nobody in this job or in another's name where it
  /// must not.
  Status heard(EndpointId from, const transport::AbortNotice& notice);
  /// Nothing will come from that peer any more.
  void lost(EndpointId peer) { lost_.insert(peer); }

  /// Whether there is something to find out.
  bool open() const { return !mine_.empty() || !spoke_.empty(); }
  bool speaks(EndpointId e) const { return e == self_ || spoke_.contains(e); }
  /// Endpoints with connections to this one that others accuse or follow, and that this one has yet to hear
  /// of.
  std::vector<EndpointId> unheard() const;
  /// What there is to say to a peer now. It is the last word once nothing is to be expected of the accused;
  /// `hurry`: in any case.
  transport::AbortNotice notice(EndpointId to, bool hurry) const;
  /// Everybody has said its last word, or cannot.
  bool settled() const;
  Finding finding() const;

 private:
  using Key = std::pair<EndpointId, EndpointId>;  ///< accuser and culprit
  struct Word {
    transport::Statement statement;
    std::set<EndpointId> relays;  ///< who pass it on; empty: heard from its accuser, or our own
  };
  struct Case {
    std::vector<const transport::Statement*> words;
    int weight = 0;
  };
  bool established(const Word& word) const;
  bool alive(EndpointId e) const;
  std::size_t parties_heard(EndpointId without) const;
  std::vector<Word> words() const;
  std::map<EndpointId, Case> cases(const std::vector<Word>& words) const;
  int weigh(EndpointId culprit, const Case& c) const;
  std::string name(EndpointId e) const;

  const Setting setting_;
  const EndpointId self_;
  const std::set<EndpointId> peers_;
  const std::vector<std::string> names_;
  std::map<EndpointId, transport::Statement> mine_;  ///< by culprit
  std::map<Key, Word> heard_;
  std::set<EndpointId> spoke_, last_, lost_, heard_by_others_;
  std::optional<EndpointId> first_;           ///< who told us first that the session ends
  std::map<EndpointId, EndpointId> follows_;  ///< whom others have heard of it first
};

}  // namespace tacet::actors
