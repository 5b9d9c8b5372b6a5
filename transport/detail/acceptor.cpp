#include "transport/detail/acceptor.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>

#include "transport/detail/descriptors.hpp"

namespace tacet::transport::detail {

namespace {

/// Callers who may wait however few descriptors there are.
constexpr std::size_t kFewCallers = 4;

}  // namespace

/// Someone who called, until it is judged.
struct Acceptor::Caller {
  enum class Phase { handshake, hello, reply, linger };
  std::unique_ptr<TlsSession> session;
  std::shared_ptr<Meeting> meeting;
  std::string from;
  Deadline deadline;
  Phase phase = Phase::handshake;
  short events = POLLIN;
  MessageReader reader{};
  Hello hello{};
  bool accepted = false;
};

Acceptor::Acceptor(const std::string& host, std::uint16_t port)
    : listening_(listen_on(host, port)), port_(local_port(listening_.get())), thread_([this] { run(); }) {}

Acceptor::~Acceptor() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify();
  thread_.join();
}

void Acceptor::open(const Identity& identity, std::shared_ptr<Meeting> meeting) {
  auto context = std::make_shared<const TlsContext>(identity, Role::acceptor);
  {
    const std::lock_guard lock(mutex_);
    if (meeting_open_)
      throw Error(Errc::bad_argument,
                  "the listener on port " + std::to_string(port_) + " already serves another connect_all()");
    context_ = std::move(context);
    // Each peer may need both connections here and two more under way.
    const std::size_t reserve = 4 * meeting->peers().size() + kReservedDescriptors, free = free_descriptors();
    most_callers_ =
        std::clamp<std::size_t>(free - std::min(free, reserve), kFewCallers, kMaxPendingConnections);
    meeting_ = std::move(meeting);
    meeting_open_ = true;
  }
  wake_.notify();
}

void Acceptor::close() {
  const std::lock_guard lock(mutex_);
  if (meeting_) meeting_->close();
  meeting_open_ = false;
}

std::string Acceptor::last_drop() const {
  const std::lock_guard lock(mutex_);
  return last_drop_;
}

void Acceptor::run() {
  std::vector<pollfd> waits;
  for (;;) {
    std::shared_ptr<const TlsContext> context;
    std::shared_ptr<Meeting> meeting;
    bool open = false;
    {
      const std::lock_guard lock(mutex_);
      if (stop_) return;
      context = context_;
      meeting = meeting_;
      open = meeting_open_;
    }
    const bool resting = Clock::now() < rest_until_;
    Deadline next = resting ? rest_until_ : Deadline::max();
    waits.clear();
    waits.push_back({wake_.descriptor(), POLLIN, 0});
    // Before the first meeting nobody could be judged: callers stay in the kernel's queue.
    waits.push_back({meeting && !resting ? listening_.get() : -1, POLLIN, 0});
    for (const Caller& caller : callers_) {
      waits.push_back({caller.session->descriptor(), caller.events, 0});
      next = std::min(next, caller.deadline);
    }
    poll_until(waits.data(), waits.size(), next);
    if (waits[0].revents != 0) wake_.clear();
    const Deadline now = Clock::now();
    std::size_t i = 2;
    for (auto caller = callers_.begin(); caller != callers_.end(); ++i) {
      bool keep = true;
      if (waits[i].revents != 0) keep = advance(*caller);
      if (keep && now >= caller->deadline)
        keep = caller->phase != Caller::Phase::linger &&
               drop(*caller, "it did not finish its handshake in time");
      caller = keep ? std::next(caller) : callers_.erase(caller);
    }
    if (waits[1].revents != 0) accept_all(context, open ? meeting : nullptr);
  }
}

void Acceptor::accept_all(const std::shared_ptr<const TlsContext>& context,
                          const std::shared_ptr<Meeting>& meeting) {
  // Bounded, so that a flood of calls does not keep the callers already here waiting.
  for (std::size_t i = 0; i < kMaxPendingConnections; ++i) {
    Accepted accepted = accept_one(listening_.get());
    if (!accepted.fd) {
      if (!is_exhaustion(accepted.error)) return;
      // Strangers go first. The descriptor stays readable: without a rest this would spin.
      if (callers_.empty()) {
        rest_until_ = Clock::now() + std::chrono::milliseconds(50);
        return;
      }
      drop_oldest("there was no descriptor left for another caller");
      continue;
    }
    if (!meeting) {
      // Nobody is awaited: no stranger gets as far as TLS, and a peer that came too early tries again.
      note_drop(accepted.from + ": no connections were awaited");
      continue;
    }
    if (callers_.size() >= most_callers_) drop_oldest("too many callers waited at once");
    callers_.push_back({.session = std::make_unique<TlsSession>(context, std::move(accepted.fd),
                                                                meeting->pins(), TlsOptions{}),
                        .meeting = meeting,
                        .from = std::move(accepted.from),
                        .deadline = Clock::now() + kHandshakeTimeout});
  }
}

void Acceptor::drop_oldest(const std::string& why) {
  drop(callers_.front(), why);
  callers_.pop_front();
}

bool Acceptor::advance(Caller& caller) {
  switch (caller.phase) {
    case Caller::Phase::handshake:
      return handshake(caller);
    case Caller::Phase::hello:
      return read_hello(caller);
    case Caller::Phase::reply:
      return send_reply(caller);
    case Caller::Phase::linger:
      return linger(caller);
  }
  return false;
}

bool Acceptor::handshake(Caller& caller) {
  Result<short> events = caller.session->handshake();
  if (!events) {
    drop(caller, events.fault().detail, events.fault().kind == Fault::Kind::refused);
    // Someone we refused learns it from the alert, which a reset would overtake.
    if (events.fault().kind != Fault::Kind::refused || caller.session->peer_refused()) return false;
    start_linger(caller);
    return true;
  }
  caller.events = *events;
  if (*events != 0) return true;
  caller.phase = Caller::Phase::hello;
  caller.events = POLLIN;
  // The hello may have come with the last of the handshake, and then the socket stays silent.
  return read_hello(caller);
}

bool Acceptor::read_hello(Caller& caller) {
  auto message = caller.reader.poll(*caller.session);
  if (!message) return drop(caller, message.fault().detail);
  if (!message->has_value()) return true;
  Result<Hello> hello = decode_hello(**message);
  if (!hello) return drop(caller, hello.fault().detail);
  caller.hello = std::move(*hello);
  const HelloReply reply = caller.meeting->judge(caller.session->peer_fingerprint(),
                                                 caller.session->peer_validity_error(), caller.hello);
  caller.accepted = reply.verdict == HelloReply::Verdict::accepted;
  if (Status fault = append_message(*caller.session, encode_reply(reply))) return drop(caller, fault->detail);
  if (!caller.accepted) caller.session->append_close();
  caller.phase = Caller::Phase::reply;
  return send_reply(caller);
}

bool Acceptor::send_reply(Caller& caller) {
  Result<bool> flushed = caller.session->flush();
  if (!flushed) return drop(caller, flushed.fault().detail);
  caller.events = POLLOUT;
  if (!*flushed) return true;
  if (!caller.accepted) {
    start_linger(caller);
    return true;
  }
  const bool we_send = caller.hello.direction == Direction::dialler_receives;
  caller.meeting->arrive({std::move(caller.session), std::move(caller.hello), we_send});
  return false;
}

void Acceptor::start_linger(Caller& caller) {
  caller.session->shut_write();
  caller.phase = Caller::Phase::linger;
  caller.events = POLLIN;
  caller.deadline = Clock::now() + kLingerTimeout;
}

bool Acceptor::linger(Caller& caller) {
  std::byte scratch[4096];
  const ssize_t got = ::recv(caller.session->descriptor(), scratch, sizeof scratch, 0);
  return got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR));
}

bool Acceptor::drop(Caller& caller, const std::string& why, bool known) {
  // Who lingers was counted, or answered, before.
  if (caller.phase != Caller::Phase::linger) note_drop(caller.from + ": " + why, known);
  return false;
}

void Acceptor::note_drop(const std::string& what, bool known) {
  dropped_.fetch_add(1, std::memory_order_relaxed);
  const std::lock_guard lock(mutex_);
  // A caller who showed a certificate says more than a broken connection after it.
  if (last_drop_known_ && !known) return;
  last_drop_ = what;
  last_drop_known_ = known;
}

}  // namespace tacet::transport::detail

namespace tacet::transport {

Listener::Listener(const std::string& host, std::uint16_t port)
    : acceptor_(std::make_unique<detail::Acceptor>(host, port)) {}
Listener::~Listener() = default;
std::uint16_t Listener::port() const {
  return acceptor_->port();
}
std::uint64_t Listener::dropped() const {
  return acceptor_->dropped();
}

}  // namespace tacet::transport
