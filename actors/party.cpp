#include "actors/party.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <condition_variable>
#include <mutex>
#include <thread>

#include "actors/inquest.hpp"
#include "actors/session.hpp"
#include "graph/failure.hpp"
#include "graph/flows.hpp"

namespace tacet::actors {
namespace {

/// Something this endpoint has seen of an endpoint.
struct Seen {
  EndpointId culprit;
  transport::Cause cause;
  std::string reason;
  std::string detail;  ///< for our own eyes
};
/// A writer's fault: the peer's own words may follow.
struct WriteFault {
  EndpointId peer;
  Fault fault;
};
/// A peer says why the session ends.
struct Heard {
  EndpointId from;
  transport::AbortNotice notice;
};
/// Nothing will come from that peer any more.
struct Lost {
  EndpointId peer;
};
/// The connections were not made.
struct Unconnected {
  Abort why;
};
struct OfflineDone {
  transport::Clock::time_point when;
};

}  // namespace
}  // namespace tacet::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::Seen)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::WriteFault)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::Lost)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::Unconnected)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::OfflineDone)

namespace tacet::actors {
namespace {

using finished_atom = caf::atom_constant<caf::atom("finished")>;
using ended_atom = caf::atom_constant<caf::atom("ended")>;
using written_atom = caf::atom_constant<caf::atom("written")>;
using read_atom = caf::atom_constant<caf::atom("read")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;
using beat_atom = caf::atom_constant<caf::atom("beat")>;
using heard_atom = caf::atom_constant<caf::atom("heard")>;
using keyed_atom = caf::atom_constant<caf::atom("keyed")>;
using hurry_atom = caf::atom_constant<caf::atom("hurry")>;
using cut_atom = caf::atom_constant<caf::atom("cut")>;
using late_atom = caf::atom_constant<caf::atom("late")>;
using opened_atom = caf::atom_constant<caf::atom("opened")>;
using connected_atom = caf::atom_constant<caf::atom("connected")>;
using provided_atom = caf::atom_constant<caf::atom("provided")>;
using work_atom = caf::atom_constant<caf::atom("work")>;

constexpr std::chrono::milliseconds kTick{100};
/// How long a broken write waits for the reader of the same link to bring the peer's own reason.
constexpr std::chrono::milliseconds kReasonGrace{250};

/// What every actor of a party can reach. The actors hold no share and no socket of their own.
struct Common {
  PartyConfig config;
  transport::CancelToken cancel;
  transport::Clock::time_point started = transport::Clock::now();
  std::atomic<bool> work_noticed{false};
  std::atomic<bool> asking{false};  ///< for this endpoint's inputs
  std::atomic<bool> broken{false};  ///< an actor could not be started, and CAF would wait for it for ever
  std::mutex mutex;                 ///< for the next four
  std::condition_variable ended;
  std::optional<JobResult> result;
  std::shared_ptr<Session> opened;
  std::vector<Heard> heard;  ///< what the job has not taken yet
  std::vector<caf::actor>
      workers;  ///< complete before the first step is ready, unchanged until all have ended
};
using CommonPtr = std::shared_ptr<Common>;

Abort blame(const Common& c, EndpointId who, std::string reason,
            const std::vector<EndpointId>& said_by = {}) {
  Abort abort{who, endpoint_name(c.config, who), std::move(reason), {}};
  for (const EndpointId id : said_by) abort.said_by.push_back({id, endpoint_name(c.config, id)});
  return abort;
}

Seen own_fault(const Common& c, std::string reason, std::string detail = {}) {
  return {c.config.self, transport::Cause::own, std::move(reason), std::move(detail)};
}

std::string deadline_of(const Timeouts& timeouts) {
  return "its deadline of " + std::to_string(timeouts.job->count()) + " ms";
}

/// How long a peer may take nothing. The reader of the same link knows sooner if it is gone; but after an
/// outage what we send may need as long again.
std::chrono::milliseconds taking_patience(const Timeouts& timeouts) {
  return 2 * timeouts.silence;
}

/// What a fault on a link means, as a predicate of the peer.
Seen seen_of(EndpointId peer, const Fault& fault, std::chrono::milliseconds silence, bool reading) {
  const auto predicate = [&](const std::string& otherwise) {
    constexpr std::string_view kPeer = "the peer ";
    if (fault.detail.starts_with(kPeer)) return fault.detail.substr(kPeer.size());
    return fault.detail.starts_with("sent ") || fault.detail.starts_with("ended ")
               ? fault.detail
               : otherwise + " (" + fault.detail + ")";
  };
  switch (fault.kind) {
    case Fault::Kind::timeout:
      return {peer,
              transport::Cause::silent,
              (reading ? "has said nothing for " : "has taken nothing for ") +
                  std::to_string(silence.count()) + " ms",
              {}};
    case Fault::Kind::malformed:
    case Fault::Kind::refused:
      return {peer, transport::Cause::malformed, predicate("sent what no peer sends"), {}};
    default:
      return {peer, transport::Cause::closed, predicate("closed the connection"), {}};
  }
}

/// Memory that runs out, or a hook that throws, ends the session and not only the actor that met it.
template <class Action>
void guarded(const Common& c, const caf::actor& job, const Action& action) {
  try {
    action();
  } catch (const std::exception& e) {
    caf::anon_send(job, own_fault(c, "failed: " + failure_text(e)));
  }
}

// --- worker: runs ready steps of any size
// -----------------------------------------------------------------------

struct WorkerState {
  std::unique_ptr<protocols::Scratch> scratch;
};

caf::behavior worker(caf::stateful_actor<WorkerState>* self, CommonPtr common,
                     std::shared_ptr<Session> session, caf::actor job) {
  self->set_exit_handler([=](const caf::exit_msg& message) {
    transport::release_thread();  // it has written small frames
    self->quit(message.reason);
  });
  return {[=](work_atom) {
    common->work_noticed = false;
    guarded(*common, job, [&] {
      auto& scratch = self->state.scratch;
      if (scratch == nullptr) scratch = session->engine().make_scratch();
      session->engine().pump(*scratch, false);
    });
  }};
}

// --- link: one thread that reads, one that writes
// ---------------------------------------------------------------

void reader(caf::event_based_actor* self, CommonPtr common, std::shared_ptr<Session> session,
            std::size_t index, caf::actor job) {
  Link& link = session->links()[index];
  const EndpointId peer = link.peer;
  guarded(*common, job, [&] {
    LinkReader::Events events;
    events.setup = [&](std::span<const std::byte> message) { return session->take_setup(peer, message); };
    events.large_work = [&] { session->work_waits(); };
    events.notice = [&](const transport::AbortNotice& notice) -> Status {
      {
        const std::lock_guard lock(common->mutex);
        common->heard.push_back({peer, notice});
      }
      caf::anon_send(job, heard_atom::value);
      return {};
    };
    const auto silence = common->config.timeouts.silence;
    const LinkReader::Outcome outcome = link.reader->run(silence, events);
    if (std::holds_alternative<LinkReader::Ended>(outcome)) self->send(job, ended_atom::value);
    const auto* fault = std::get_if<Fault>(&outcome);
    if (fault != nullptr && !session->was_cut()) self->send(job, seen_of(peer, *fault, silence, true));
  });
  transport::release_thread();
  self->send(job, Lost{peer});
  self->send(job, read_atom::value);
}

void writer(caf::event_based_actor* self, CommonPtr common, std::shared_ptr<Session> session,
            std::size_t index, caf::actor job) {
  guarded(*common, job,
          [&] { session->links()[index].writer->serve(taking_patience(common->config.timeouts)); });
  transport::release_thread();
  self->send(job, written_atom::value);
}

// --- provider: waits for this endpoint's inputs
// -----------------------------------------------------------------------

void check_inputs(const PartyConfig& config, const std::map<std::string, Tensor>& inputs) {
  const Graph& graph = config.plan->graph;
  for (const InputInfo& info : graph.inputs()) {
    if (endpoint_of(info.owner, config.plan->setting) != config.self) continue;
    const auto it = inputs.find(info.name);
    if (it == inputs.end())
      throw Error(Errc::missing_input,
                  "input \"" + info.name + "\" of " + endpoint_name(config, config.self) + " is missing");
    check_input(graph, info, it->second);
  }
}

void provider(caf::event_based_actor* self, CommonPtr common, std::shared_ptr<Session> session,
              caf::actor job) {
  const PartyConfig& config = common->config;
  guarded(*common, job, [&] {
    try {
      const auto inputs = config.provide([&] { return common->cancel.cancelled(); });
      check_inputs(config, inputs);
      self->send(job, provided_atom::value);
      session->engine().provide(ordered_inputs(*config.plan, inputs));
    } catch (const Error& e) {
      self->send(job, own_fault(*common, "could not bring its inputs", e.what()));
    }
  });
}

// --- pulse: signs of life, whatever else this endpoint does
// -----------------------------------------------------------------------

caf::behavior pulse(caf::event_based_actor* self, CommonPtr common, std::shared_ptr<Session> session,
                    caf::actor job) {
  self->send(self, beat_atom::value);
  return {[=](beat_atom) {
    guarded(*common, job, [&] {
      const std::optional<EndpointId> who = session->blocker();
      const std::uint64_t waits_for = common->asking ? transport::kWaitsForInput
                                      : who          ? who->value
                                                     : transport::kWaitsForNobody;
      const auto progress = static_cast<std::uint32_t>(session->engine().steps_done());
      for (Link& link : session->links()) link.writer->heartbeat(waits_for, progress);
    });
    self->delayed_send(self, common->config.timeouts.heartbeat, beat_atom::value);
  }};
}

// --- connector: brings the mesh up
// -----------------------------------------------------------

void connect(caf::event_based_actor* self, const CommonPtr& common, const caf::actor& job) {
  PartyConfig& config = common->config;
  // The job's deadline counts here too: then the meeting itself knows who is missing.
  const Timeouts& timeouts = config.timeouts;
  const bool hurried = timeouts.job && *timeouts.job < timeouts.connect;
  auto mesh = config.connect(
      {common->started + (hurried ? *timeouts.job : timeouts.connect), hurried ? deadline_of(timeouts) : ""},
      common->cancel);
  if (const auto* culprit = std::get_if<transport::Culprit>(&mesh)) {
    self->send(job, Unconnected{blame(*common, culprit->who, culprit->fault.detail, culprit->said_by)});
    return;
  }
  for (const transport::Connection& c : std::get<transport::Mesh>(mesh)) {
    config.timeouts.silence =
        std::max(config.timeouts.silence, std::chrono::milliseconds(c.hello.silence_ms));
    config.timeouts.stall = std::max(config.timeouts.stall, std::chrono::milliseconds(c.hello.stall_ms));
  }
  Session::Events events;
  events.finished = [job] { caf::anon_send(job, finished_atom::value); };
  events.keyed = [job] { caf::anon_send(job, keyed_atom::value); };
  events.failed = [job](EndpointId peer, const Fault& fault) {
    caf::anon_send(job, WriteFault{peer, fault});
  };
  events.offline_done = [job] { caf::anon_send(job, OfflineDone{transport::Clock::now()}); };
  events.work_waits = [common] {
    if (common->work_noticed.exchange(true)) return;
    for (const caf::actor& w : common->workers) caf::anon_send(w, work_atom::value);
  };
  auto session =
      std::make_shared<Session>(config, std::move(std::get<transport::Mesh>(mesh)), std::move(events));
  {
    const std::lock_guard lock(common->mutex);
    common->opened = std::move(session);
  }
  self->send(job, opened_atom::value);
}

void connector(caf::event_based_actor* self, CommonPtr common, caf::actor job) {
  guarded(*common, job, [&] { connect(self, common, job); });
  transport::release_thread();
  caf::anon_send(job, connected_atom::value);
}

// --- job: the life of a session
// ----------------------------------------------------------------------------------

struct JobState {
  CommonPtr common;
  std::shared_ptr<Session> session;
  std::optional<Inquest> inquest;  ///< once there is a session
  std::optional<Abort> abort;      ///< a verdict, or our own word until there is one
  bool ending = false;
  std::map<EndpointId, std::optional<transport::AbortNotice>> said;  ///< to whom
  std::string detail;
  transport::Clock::time_point began, online, moved;
  std::uint64_t movement = 0;
  double setup_seconds = 0, offline_seconds = 0, online_seconds = 0;
  std::size_t reading = 0, writing = 0, ended = 0;
  bool connecting = true, hurry = false, finished = false, done = false;
  caf::actor pulse;
  static inline const char* name = "job";
};
using Job = caf::stateful_actor<JobState>;

double seconds_since(transport::Clock::time_point t) {
  return std::chrono::duration<double>(transport::Clock::now() - t).count();
}

void report(Job* self) {
  JobState& s = self->state;
  if (s.done) return;
  s.done = true;
  JobResult result;
  result.abort = s.abort;
  result.detail = s.detail;
  result.stats.setup_seconds = s.setup_seconds;
  result.stats.offline_seconds = s.offline_seconds;
  result.stats.online_seconds = s.online_seconds;
  if (s.session != nullptr) {
    Engine& engine = s.session->engine();
    if (!s.abort) result.outputs = engine.outputs();
    result.stats.rounds = engine.measured_rounds();
    result.stats.offline_rounds = engine.measured_offline_rounds();
    result.stats.offline_bytes = engine.offline_bytes();
    result.stats.drawn_bytes = engine.drawn_bytes();
    result.stats.offline_drawn_bytes = engine.offline_drawn_bytes();
    result.stats.peak_memory_bytes = engine.peak_memory_bytes();
    for (Link& link : s.session->links()) {
      result.stats.bytes_sent += link.writer->payload_bytes();
      result.stats.wire_bytes += link.writer->wire_bytes();
      result.stats.frames += link.writer->frames();
    }
  }
  for (const caf::actor& w : s.common->workers) self->send_exit(w, caf::exit_reason::user_shutdown);
  if (s.pulse) self->send_exit(s.pulse, caf::exit_reason::user_shutdown);
  s.pulse = nullptr;
  transport::release_thread();
  {
    const std::lock_guard lock(s.common->mutex);
    s.common->result = std::move(result);
  }
  s.common->ended.notify_all();
  self->quit();
}

/// The session is over when both halves of every link have come to rest.
void conclude(Job* self) {
  JobState& s = self->state;
  if (s.done) return;
  if (s.ending) {
    if (s.session == nullptr) {
      if (!s.connecting) report(self);
      return;
    }
    // Everybody has heard us, and we all others: nothing more is to be expected.
    if (s.inquest->settled() && s.writing == 0 && s.reading != 0) s.session->cut();
    if (s.writing != 0 || s.reading != 0) return;
    const Finding finding = s.inquest->finding();
    s.abort = blame(*s.common, finding.culprit, finding.reason, finding.said_by);
    report(self);
  } else if (s.session != nullptr && s.finished && s.reading == 0 && s.writing == 0 &&
             s.ended == s.session->links().size()) {
    report(self);
  }
}

/// Tells the peers what is known here, as far as they have not heard it.
void speak(Job* self) {
  JobState& s = self->state;
  for (Link& link : s.session->links()) {
    transport::AbortNotice notice = s.inquest->notice(link.peer, s.hurry);
    std::optional<transport::AbortNotice>& said = s.said[link.peer];
    if (said && (said->last || *said == notice)) continue;
    link.writer->abort(notice);
    said = std::move(notice);
  }
  conclude(self);
}

/// The session ends early: from now on all that matters is to find out together why.
void end_early(Job* self) {
  JobState& s = self->state;
  if (s.ending) return;
  s.ending = true;
  s.common->cancel.cancel();
  if (s.session == nullptr) return;
  if (s.online_seconds == 0) s.online_seconds = seconds_since(s.online);
  s.session->engine().stop();
  const auto farewell = s.common->config.timeouts.farewell;
  self->delayed_send(self, farewell / 2, hurry_atom::value);
  self->delayed_send(self, farewell, cut_atom::value);
}

/// Looks whether what others say of an endpoint can be seen from here as well.
void look_for_oneself(Job* self) {
  JobState& s = self->state;
  const Timeouts& timeouts = s.common->config.timeouts;
  const auto now = transport::Clock::now();
  for (const Link& link : s.session->links()) {
    const auto quiet = std::chrono::duration_cast<std::chrono::milliseconds>(now - link.reader->last_heard());
    if (quiet >= std::max(4 * timeouts.heartbeat, timeouts.silence / 2))
      s.inquest->saw(link.peer, transport::Cause::silent,
                     "has said nothing for " + std::to_string(quiet.count()) + " ms");
  }
}

void see(Job* self, Seen seen) {
  JobState& s = self->state;
  if (s.done) return;
  // Once a session ends, neither what fails here nor the connections that close say anything of who ended it.
  const bool own = seen.cause == transport::Cause::own;
  const bool closed = seen.cause == transport::Cause::closed;
  if (s.ending && (own || (closed && s.inquest && s.inquest->speaks(seen.culprit)))) return;
  if (s.detail.empty()) s.detail = std::move(seen.detail);
  if (!s.abort) s.abort = blame(*s.common, seen.culprit, seen.reason);
  if (s.session == nullptr) {
    end_early(self);
    conclude(self);
    return;
  }
  s.inquest->saw(seen.culprit, seen.cause, seen.reason);
  if (!s.ending && seen.cause == transport::Cause::silent) look_for_oneself(self);
  end_early(self);
  speak(self);
}

std::vector<Heard> take_heard(Common& c) {
  const std::lock_guard lock(c.mutex);
  return std::exchange(c.heard, {});
}

void hear(Job* self, const Heard& heard) {
  JobState& s = self->state;
  if (s.done) return;
  if (Status fault = s.inquest->heard(heard.from, heard.notice)) {
    see(self, {heard.from, transport::Cause::malformed, fault->detail, {}});
    return;
  }
  if (!s.ending) look_for_oneself(self);
  end_early(self);
  speak(self);
}

/// The connections stand. If the job was stopped meanwhile, all that is left to do is to tell the peers.
void start(Job* self, std::shared_ptr<Session> session) {
  JobState& s = self->state;
  s.session = std::move(session);
  std::vector<EndpointId> peers;
  for (const Link& link : s.session->links()) peers.push_back(link.peer);
  s.inquest.emplace(s.common->config.plan->setting, s.common->config.self, peers, s.common->config.names);
  s.began = s.online = s.moved = transport::Clock::now();
  const caf::actor job = self;
  if (!s.ending)
    for (unsigned i = 0; i < std::max(1u, s.common->config.workers); ++i)
      s.common->workers.push_back(self->spawn<caf::detached>(worker, s.common, s.session, job));
  s.reading = s.writing = s.session->links().size();
  for (std::size_t i = 0; i < s.session->links().size(); ++i) {
    self->spawn<caf::detached>(writer, s.common, s.session, i, job);
    self->spawn<caf::detached>(reader, s.common, s.session, i, job);
  }
  if (s.ending) {
    const Abort own = *s.abort;
    s.ending = false;
    s.abort.reset();
    see(self, {own.culprit, transport::Cause::own, own.reason, {}});
    return;
  }
  s.session->send_setup();
  s.pulse = self->spawn<caf::detached>(pulse, s.common, s.session, job);
}

/// The job ends if nothing moves anywhere for too long, however many signs of life there are. Who waits for
/// its inputs may take its time.
void check_movement(Job* self) {
  JobState& s = self->state;
  const Timeouts& timeouts = s.common->config.timeouts;
  const auto now = transport::Clock::now();
  const std::uint64_t movement = s.session->movement();
  if (movement != s.movement || s.common->asking || s.session->waits_for_inputs()) s.moved = now;
  s.movement = movement;
  if (now - s.moved < timeouts.stall) return;
  const std::optional<EndpointId> who = s.session->waiting_for(timeouts.heartbeat);
  if (!who) return;  // we are at work ourselves
  // One without a link to here is for those to judge who have one, unless they do not.
  if (s.session->link(*who) == nullptr && now - s.moved < timeouts.stall + 10 * timeouts.heartbeat) return;
  see(self, {*who,
             transport::Cause::stalled,
             "has made no progress for " + std::to_string(timeouts.stall.count()) +
                 " ms while others waited for it",
             {}});
}

void check_deadline(Job* self) {
  JobState& s = self->state;
  const Timeouts& timeouts = s.common->config.timeouts;
  // Before there is a session the connector keeps the deadline.
  if (!timeouts.job || transport::Clock::now() - s.common->started < *timeouts.job) return;
  const auto who = s.session->waiting_for(timeouts.heartbeat);
  const std::string doing = s.common->asking ? "while it waited for its own inputs"
                            : who            ? "while it waited for " + endpoint_name(s.common->config, *who)
                                             : "while it was at work";
  see(self, own_fault(*s.common, "ended the job at " + deadline_of(timeouts) + ", " + doing));
}

void tick(Job* self) {
  JobState& s = self->state;
  if (s.done) return;
  if (s.session != nullptr && !s.ending) {
    if (s.common->config.observer) s.common->config.observer(s.session->progress());
    check_movement(self);
    check_deadline(self);
  }
  self->delayed_send(self, kTick, tick_atom::value);
}

caf::behavior job(Job* self, CommonPtr common) {
  JobState& s = self->state;
  s.common = std::move(common);
  // Whatever goes wrong here, somebody waits for the result.
  self->set_exception_handler([self](std::exception_ptr& thrown) -> caf::error {
    JobState& state = self->state;
    std::string what = "unknown";
    try {
      std::rethrow_exception(thrown);
    } catch (const std::exception& e) {
      what = failure_text(e);
    } catch (...) {
    }
    if (state.session != nullptr) state.session->cut();
    state.common->cancel.cancel();
    state.abort = blame(*state.common, state.common->config.self, "failed: " + what);
    state.common->broken = true;
    report(self);
    return caf::exit_reason::unhandled_exception;
  });
  self->spawn<caf::detached>(connector, s.common, caf::actor(self));
  self->delayed_send(self, kTick, tick_atom::value);
  return {
      [=](opened_atom) {
        std::shared_ptr<Session> session;
        {
          const std::lock_guard lock(self->state.common->mutex);
          session = std::move(self->state.common->opened);
        }
        start(self, std::move(session));
      },
      [=](connected_atom) {
        self->state.connecting = false;
        conclude(self);
      },
      [=](const Unconnected& u) {
        if (!self->state.abort) self->state.abort = u.why;
        end_early(self);
        conclude(self);
      },
      [=](keyed_atom) {
        JobState& state = self->state;
        if (state.ending) return;
        state.setup_seconds = seconds_since(state.common->started);
        state.began = state.online = transport::Clock::now();
        state.session->begin();
      },
      [=](finished_atom) {
        JobState& state = self->state;
        if (state.ending) return;
        if (Status failure = state.session->engine().failure()) {
          see(self, own_fault(*state.common, failure->detail));
          return;
        }
        state.finished = true;
        state.online_seconds = seconds_since(state.online);
        for (Link& link : state.session->links()) link.writer->end();
        conclude(self);
      },
      [=](const OfflineDone& done) {
        JobState& state = self->state;
        state.offline_seconds = std::chrono::duration<double>(done.when - state.began).count();
        state.online = done.when;
        if (!state.common->config.provide || state.ending) return;
        state.common->asking = true;
        self->spawn<caf::detached>(provider, state.common, state.session, caf::actor(self));
      },
      [=](provided_atom) {
        self->state.common->asking = false;
        self->state.online = transport::Clock::now();
      },
      [=](ended_atom) { ++self->state.ended; },
      [=](read_atom) {
        --self->state.reading;
        conclude(self);
      },
      [=](written_atom) {
        --self->state.writing;
        conclude(self);
      },
      [=](const WriteFault& f) {
        // The peer may have told us why before it closed: its words arrive on the other stream.
        self->delayed_send(self, kReasonGrace, late_atom::value, f);
      },
      [=](late_atom, const WriteFault& f) {
        see(self, seen_of(f.peer, f.fault, taking_patience(self->state.common->config.timeouts), false));
      },
      [=](const Seen& seen) { see(self, seen); },
      [=](heard_atom) {
        for (const Heard& heard : take_heard(*self->state.common)) hear(self, heard);
      },
      [=](const Lost& lost) {
        JobState& state = self->state;
        state.inquest->lost(lost.peer);
        if (state.ending) speak(self);
      },
      [=](tick_atom) { tick(self); },
      [=](hurry_atom) {
        self->state.hurry = true;
        speak(self);
      },
      [=](cut_atom) {
        if (self->state.session != nullptr) self->state.session->cut();
      },
  };
}

}  // namespace

std::string Abort::text() const {
  std::string out = name + " " + reason;
  for (std::size_t i = 0; i < said_by.size(); ++i)
    out += (i == 0                    ? (said_by.size() == 1 ? ", says " : ", say ")
            : i + 1 == said_by.size() ? " and "
                                      : ", ") +
           said_by[i].name;
  return out;
}

std::string endpoint_name(const PartyConfig& config, EndpointId id) {
  return transport::describe(id, id.value < config.names.size() ? config.names[id.value] : "",
                             config.plan->setting.n);
}

namespace {

/// Fails: Errc::unsupported if the system does not let this process have so many more threads at once. Better
/// now than with half of them running.
void check_threads(std::size_t count) {
  std::vector<std::thread> threads;
  std::mutex mutex;
  std::condition_variable wake;
  bool enough = false;
  std::string failure;
  try {
    threads.reserve(count);
    for (std::size_t i = 0; i < count; ++i)
      threads.emplace_back([&] {
        // Its first allocation takes address space, too.
        static_cast<void>(*static_cast<volatile char*>(std::make_unique<char[]>(1).get()));
        std::unique_lock lock(mutex);
        wake.wait(lock, [&] { return enough; });
      });
  } catch (const std::exception& e) {
    failure = e.what();
  }
  {
    const std::lock_guard lock(mutex);
    enough = true;
  }
  wake.notify_all();
  for (std::thread& thread : threads) thread.join();
  if (!failure.empty())
    throw Error(Errc::unsupported,
                "this endpoint needs " + std::to_string(count) + " threads and could start " +
                    std::to_string(threads.size()) + " (" + failure +
                    "): raise its limits of processes (ulimit -u, pids of its cgroup) or memory");
}

}  // namespace

struct Party::State {
  CommonPtr common = std::make_shared<Common>();
  caf::actor_system_config settings;
  std::unique_ptr<caf::actor_system> system;
  caf::actor job;
  bool waited = false;
};

Party::Party(PartyConfig config) : state_(std::make_unique<State>()) {
  if (!config.provide) check_inputs(config, config.inputs);
  State& s = *state_;
  // For each link a reader and a writer; job, connector, pulse, provider; and what CAF starts of its own.
  const std::size_t peers = config.plan->setting.is_party(config.self) ? config.plan->setting.endpoints() - 1
                                                                       : config.plan->setting.n;
  check_threads(2 * peers + std::max(1u, config.workers) + 8);
  s.common->config = std::move(config);
  // Every actor of a session has its own thread: pooled workers of this CAF sleep up to 10 ms between polls.
  s.settings.set("scheduler.policy", caf::atom("sharing"));
  s.settings.set("scheduler.max-threads", 1u);
  s.system = std::make_unique<caf::actor_system>(s.settings);
  s.job = s.system->spawn<caf::detached>(job, s.common);
}

Party::~Party() {
  if (!state_->waited) {
    abort("was told to stop");
    wait();
  }
  // A detached actor's thread ends when the last handle to it is gone, and the system waits for the threads.
  state_->common->workers.clear();
  state_->job = nullptr;
  if (state_->common->broken)
    static_cast<void>(state_->system.release());
  else
    state_->system.reset();
}

void Party::abort(const std::string& reason) {
  caf::anon_send(state_->job, own_fault(*state_->common, reason));
}

bool Party::ended_within(std::chrono::milliseconds time) const {
  Common& common = *state_->common;
  std::unique_lock lock(common.mutex);
  return common.ended.wait_for(lock, time, [&] { return common.result.has_value(); });
}

JobResult Party::wait() {
  TACET_ASSERT(!std::exchange(state_->waited, true));
  Common& common = *state_->common;
  std::unique_lock lock(common.mutex);
  common.ended.wait(lock, [&] { return common.result.has_value(); });
  return std::move(*common.result);
}

}  // namespace tacet::actors
