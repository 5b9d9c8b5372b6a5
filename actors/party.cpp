#include "actors/party.hpp"

#include <algorithm>
#include <caf/all.hpp>
#include <condition_variable>
#include <mutex>

#include "actors/session.hpp"
#include "graph/flows.hpp"

namespace tacet::actors {
namespace {

struct LinkFault {
  EndpointId peer;
  Fault fault;
};
struct Stop {
  Abort why;
  std::string detail;
};
struct OfflineDone {
  transport::Clock::time_point when;
};

}  // namespace
}  // namespace tacet::actors

CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::LinkFault)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::Stop)
CAF_ALLOW_UNSAFE_MESSAGE_TYPE(tacet::actors::OfflineDone)

namespace tacet::actors {
namespace {

using finished_atom = caf::atom_constant<caf::atom("finished")>;
using ended_atom = caf::atom_constant<caf::atom("ended")>;
using written_atom = caf::atom_constant<caf::atom("written")>;
using read_atom = caf::atom_constant<caf::atom("read")>;
using tick_atom = caf::atom_constant<caf::atom("tick")>;
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
  std::mutex mutex;  ///< for the next four
  std::condition_variable ended;
  std::optional<JobResult> result;
  std::shared_ptr<Session> opened;
  std::optional<Abort> stopped;  ///< what the connector shall tell its peers
  std::vector<caf::actor>
      workers;  ///< complete before the first step is ready, unchanged until all have ended
};
using CommonPtr = std::shared_ptr<Common>;

Abort blame(const Common& c, EndpointId who, std::string reason) {
  return {who, endpoint_name(c.config, who), std::move(reason)};
}

/// The transport speaks in whole sentences, an abort in predicates of its culprit.
std::string predicate(const Common& c, const transport::Culprit& culprit) {
  const std::string subject = endpoint_name(c.config, culprit.who) + " ";
  const std::string& sentence = culprit.fault.detail;
  return sentence.starts_with(subject) ? sentence.substr(subject.size()) : sentence;
}

/// Memory that runs out, or a hook that throws, ends the session and not only the actor that met it.
template <class Action>
void guarded(const Common& c, const caf::actor& job, const Action& action) {
  try {
    action();
  } catch (const std::exception& e) {
    caf::anon_send(job, Stop{blame(c, c.config.self, std::string("failed: ") + e.what()), {}});
  }
}

// --- worker: runs ready steps of any size
// -----------------------------------------------------------------------

struct WorkerState {
  std::unique_ptr<protocols::Scratch> scratch;
};

caf::behavior worker(caf::stateful_actor<WorkerState>* self, CommonPtr common,
                     std::shared_ptr<Session> session, caf::actor job) {
  self->state.scratch = session->engine().make_scratch();
  self->set_exit_handler([=](const caf::exit_msg& message) {
    transport::release_thread();  // it has written small frames
    self->quit(message.reason);
  });
  return {[=](work_atom) {
    common->work_noticed = false;
    guarded(*common, job, [&] { session->engine().pump(*self->state.scratch, false); });
  }};
}

// --- link: one thread that reads, one that writes
// ---------------------------------------------------------------

void reader(caf::event_based_actor* self, CommonPtr common, std::shared_ptr<Session> session,
            std::size_t index, caf::actor job) {
  guarded(*common, job, [&] {
    Link& link = session->links()[index];
    const LinkReader::Outcome outcome =
        link.reader->run(common->config.timeouts.silence, [&] { session->work_waits(); });
    if (std::holds_alternative<LinkReader::Ended>(outcome)) {
      self->send(job, ended_atom::value);
    } else if (const auto* notice = std::get_if<transport::AbortNotice>(&outcome)) {
      self->send(job, Stop{blame(*common, notice->culprit, notice->reason), {}});
    } else {
      Fault fault = std::get<Fault>(outcome);
      if (fault.kind == Fault::Kind::timeout)
        fault.detail =
            "has said nothing for " + std::to_string(common->config.timeouts.silence.count()) + " ms";
      self->send(job, Stop{blame(*common, link.peer, fault.detail), {}});
    }
  });
  transport::release_thread();
  self->send(job, read_atom::value);
}

void writer(caf::event_based_actor* self, CommonPtr common, std::shared_ptr<Session> session,
            std::size_t index, caf::actor job) {
  guarded(*common, job, [&] { session->links()[index].writer->serve(common->config.timeouts.silence); });
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
      self->send(job, Stop{blame(*common, config.self, "could not bring its inputs"), e.what()});
    }
  });
}

// --- connector: brings the mesh up and agrees on keys
// -----------------------------------------------------------

void connect(caf::event_based_actor* self, const CommonPtr& common, const caf::actor& job) {
  const PartyConfig& config = common->config;
  // The job's deadline counts here too: then the meeting itself knows who is missing.
  const auto patience =
      config.timeouts.job ? std::min(config.timeouts.connect, *config.timeouts.job) : config.timeouts.connect;
  const auto deadline = common->started + patience;
  auto mesh = config.connect(deadline, common->cancel);
  if (const auto* culprit = std::get_if<transport::Culprit>(&mesh)) {
    self->send(job, Stop{blame(*common, culprit->who, predicate(*common, *culprit)), {}});
    return;
  }
  Session::Events events;
  events.finished = [job] { caf::anon_send(job, finished_atom::value); };
  events.failed = [job](EndpointId peer, const Fault& fault) { caf::anon_send(job, LinkFault{peer, fault}); };
  events.offline_done = [job] { caf::anon_send(job, OfflineDone{transport::Clock::now()}); };
  events.work_waits = [common] {
    if (common->work_noticed.exchange(true)) return;
    for (const caf::actor& w : common->workers) caf::anon_send(w, work_atom::value);
  };
  const auto stopped = [&] {
    const std::lock_guard lock(common->mutex);
    return common->stopped;
  };
  auto session =
      open_session(config, std::move(std::get<transport::Mesh>(mesh)), deadline, std::move(events), stopped);
  if (const auto* abort = std::get_if<Abort>(&session)) {
    self->send(job, Stop{*abort, {}});
  } else {
    {
      const std::lock_guard lock(common->mutex);
      common->opened = std::move(std::get<0>(session));
    }
    self->send(job, opened_atom::value);
  }
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
  std::optional<Abort> abort;
  std::string detail;
  transport::Clock::time_point began, online;
  transport::Clock::time_point last_beat;
  double setup_seconds = 0, offline_seconds = 0, online_seconds = 0;
  std::size_t reading = 0, writing = 0, ended = 0;
  bool connecting = true, asking = false, finished = false, done = false;
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
  if (s.done || s.reading != 0 || s.writing != 0) return;
  if (s.abort || (s.session != nullptr && s.finished && s.ended == s.session->links().size())) report(self);
}

/// The one way in which a session ends early. The first cause counts.
void stop(Job* self, Abort why, std::string detail = {}) {
  JobState& s = self->state;
  if (s.abort || s.done) return;
  s.abort = std::move(why);
  s.detail = std::move(detail);
  {
    const std::lock_guard lock(s.common->mutex);
    s.common->stopped = s.abort;
  }
  s.common->cancel.cancel();
  if (s.session == nullptr) {
    if (!s.connecting) report(self);  // else the connector has peers to tell
    return;
  }
  if (s.online_seconds == 0) s.online_seconds = seconds_since(s.online);
  s.session->engine().stop();
  for (Link& link : s.session->links()) link.writer->abort(s.abort->culprit, s.abort->reason);
  self->delayed_send(self, s.common->config.timeouts.farewell, cut_atom::value);
  conclude(self);
}

void start(Job* self, std::shared_ptr<Session> session) {
  JobState& s = self->state;
  s.setup_seconds = seconds_since(s.common->started);
  s.began = s.online = s.last_beat = transport::Clock::now();
  s.session = std::move(session);
  const caf::actor job = self;
  for (unsigned i = 0; i < std::max(1u, s.common->config.workers); ++i)
    s.common->workers.push_back(self->spawn<caf::detached>(worker, s.common, s.session, job));
  s.reading = s.writing = s.session->links().size();
  for (std::size_t i = 0; i < s.session->links().size(); ++i) {
    self->spawn<caf::detached>(writer, s.common, s.session, i, job);
    self->spawn<caf::detached>(reader, s.common, s.session, i, job);
  }
  s.session->engine().begin();
}

/// The session came up after the job was stopped: all it does is to tell the peers.
void decline(Job* self, std::shared_ptr<Session> session) {
  JobState& s = self->state;
  s.session = std::move(session);
  s.writing = s.session->links().size();
  for (std::size_t i = 0; i < s.session->links().size(); ++i) {
    self->spawn<caf::detached>(writer, s.common, s.session, i, caf::actor(self));
    s.session->links()[i].writer->abort(s.abort->culprit, s.abort->reason);
  }
  self->delayed_send(self, s.common->config.timeouts.farewell, cut_atom::value);
}

void tick(Job* self) {
  JobState& s = self->state;
  const Timeouts& timeouts = s.common->config.timeouts;
  const auto now = transport::Clock::now();
  if (s.session != nullptr && !s.abort && now - s.last_beat >= timeouts.heartbeat) {
    s.last_beat = now;
    for (Link& link : s.session->links()) link.writer->heartbeat();
  }
  if (s.session != nullptr && !s.abort && s.common->config.observer)
    s.common->config.observer(s.session->progress());
  // Before there is a session the connector keeps the deadline.
  if (timeouts.job && s.session != nullptr && now - s.common->started >= *timeouts.job) {
    const std::string limit = "the deadline of " + std::to_string(timeouts.job->count()) + " ms has passed";
    const auto who = s.session->waiting_for(timeouts.heartbeat);
    if (who) {
      stop(self, blame(*s.common, *who, "was waited for when " + limit));
    } else {
      stop(self, blame(*s.common, s.common->config.self,
                       (s.asking ? "had not brought its inputs when " : "was still at work when ") + limit));
    }
  }
  if (!s.done) self->delayed_send(self, kTick, tick_atom::value);
}

caf::behavior job(Job* self, CommonPtr common) {
  JobState& s = self->state;
  s.common = std::move(common);
  self->spawn<caf::detached>(connector, s.common, caf::actor(self));
  self->delayed_send(self, kTick, tick_atom::value);
  return {
      [=](opened_atom) {
        std::shared_ptr<Session> session;
        {
          const std::lock_guard lock(self->state.common->mutex);
          session = std::move(self->state.common->opened);
        }
        if (self->state.abort) {
          decline(self, std::move(session));
        } else {
          start(self, std::move(session));
        }
      },
      [=](connected_atom) {
        self->state.connecting = false;
        if (self->state.abort && self->state.session == nullptr) report(self);
      },
      [=](finished_atom) {
        JobState& state = self->state;
        if (state.abort) return;
        if (Status failure = state.session->engine().failure()) {
          stop(self, blame(*state.common, state.common->config.self, failure->detail));
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
        if (!state.common->config.provide || state.abort) return;
        state.asking = true;
        self->spawn<caf::detached>(provider, state.common, state.session, caf::actor(self));
      },
      [=](provided_atom) {
        self->state.asking = false;
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
      [=](const LinkFault& f) {
        // The peer may have told us why before it closed: its words arrive on the other stream.
        self->delayed_send(self, kReasonGrace, late_atom::value, f);
      },
      [=](late_atom, const LinkFault& f) { stop(self, blame(*self->state.common, f.peer, f.fault.detail)); },
      [=](const Stop& message) { stop(self, message.why, message.detail); },
      [=](tick_atom) { tick(self); },
      [=](cut_atom) {
        if (self->state.session != nullptr) self->state.session->cut();
      },
  };
}

}  // namespace

std::string endpoint_name(const PartyConfig& config, EndpointId id) {
  return transport::describe(id, id.value < config.names.size() ? config.names[id.value] : "",
                             config.plan->setting.n);
}

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
  state_->system.reset();
}

void Party::abort(const std::string& reason) {
  caf::anon_send(state_->job, Stop{blame(*state_->common, state_->common->config.self, reason), {}});
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
