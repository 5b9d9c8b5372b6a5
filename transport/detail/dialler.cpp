#include "transport/detail/dialler.hpp"

#include <netinet/in.h>
#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "transport/detail/descriptors.hpp"
#include "transport/limits.hpp"

namespace tacet::transport::detail {

namespace {

constexpr std::chrono::milliseconds kFirstPause{10};
constexpr std::chrono::milliseconds kLongestPause{500};

/// The kernel may connect a socket to itself when nobody listens on a port of its ephemeral range.
bool connected_to_itself(int fd) {
  sockaddr_storage here{};
  sockaddr_storage there{};
  socklen_t here_size = sizeof here;
  socklen_t there_size = sizeof there;
  return ::getsockname(fd, reinterpret_cast<sockaddr*>(&here), &here_size) == 0 &&
         ::getpeername(fd, reinterpret_cast<sockaddr*>(&there), &there_size) == 0 &&
         here_size == there_size && std::memcmp(&here, &there, here_size) == 0;
}

}  // namespace

Dialler::Dialler(std::shared_ptr<Meeting> meeting, std::shared_ptr<const TlsContext> context,
                 const Peer& peer, Direction direction)
    : meeting_(std::move(meeting)),
      context_(std::move(context)),
      peer_(peer),
      direction_(direction),
      pins_(std::make_shared<const Pins>(peer.fingerprints.begin(), peer.fingerprints.end())),
      due_(Clock::now()),
      pause_(kFirstPause) {}

Dialler::~Dialler() = default;
Dialler::Dialler(Dialler&&) noexcept = default;

pollfd Dialler::wait() const {
  switch (phase_) {
    case Phase::pause:
      return {-1, 0, 0};
    case Phase::lookup:
      return {lookup_->descriptor(), POLLIN, 0};
    case Phase::connect:
      return {fd_.get(), POLLOUT, 0};
    case Phase::handshake:
    case Phase::reply:
      return {session_->descriptor(), events_, 0};
  }
  return {-1, 0, 0};
}

void Dialler::again() {
  done_ = false;
  phase_ = Phase::pause;
  pause_ = kFirstPause;
  due_ = Clock::now();
}

void Dialler::advance() {
  if (phase_ == Phase::pause) {
    begin();
    return;
  }
  if (Clock::now() >= due_) {
    retry("no answer within " + std::to_string(kHandshakeTimeout.count()) + " ms");
    return;
  }
  switch (phase_) {
    case Phase::pause:
      return;
    case Phase::lookup:
      if (std::optional<Resolved> found = lookup_->take()) {
        addresses_ = std::move(found->addresses);
        if (addresses_.empty())
          retry("the name cannot be resolved: " + found->error);
        else
          connect();
      }
      return;
    case Phase::connect:
      connected();
      return;
    case Phase::handshake:
      handshake();
      return;
    case Phase::reply:
      reply();
      return;
  }
}

void Dialler::begin() {
  due_ = Clock::now() + kHandshakeTimeout;
  if (next_address_ >= addresses_.size()) {
    next_address_ = 0;
    addresses_ = resolve(peer_.host, peer_.port, /*numeric_only=*/true, /*to_listen=*/false).addresses;
  }
  if (!addresses_.empty()) {
    connect();
    return;
  }
  phase_ = Phase::lookup;
  if (!lookup_) lookup_ = Lookup::start(peer_.host, peer_.port, /*to_listen=*/false);
}

void Dialler::connect() {
  lookup_.reset();
  Dialled dialled = start_connect(addresses_[next_address_++]);
  exhausted_ = !dialled.fd && is_exhaustion(dialled.error);
  if (dialled.error != 0) {
    retry(errno_text(dialled.error));
    return;
  }
  fd_ = std::move(dialled.fd);
  phase_ = Phase::connect;
}

void Dialler::connected() {
  const int error = connect_error(fd_.get());
  if (error != 0 || connected_to_itself(fd_.get())) {
    retry(errno_text(error != 0 ? error : ECONNREFUSED));
    return;
  }
  session_ = std::make_unique<TlsSession>(context_, std::exchange(fd_, UniqueFd{}), pins_, TlsOptions{});
  phase_ = Phase::handshake;
  handshake();
}

void Dialler::handshake() {
  Result<short> events = session_->handshake();
  if (!events) {
    handshake_failed(events.fault());
    return;
  }
  events_ = *events;
  if (*events != 0) return;
  phase_ = Phase::reply;
  reader_ = MessageReader{};
  Hello hello = meeting_->hello_to(peer_.id, direction_);
  hello.attempt = ++attempt_;
  if (Status fault = append_message(*session_, encode_hello(hello))) {
    handshake_failed(*fault);
    return;
  }
  reply();
}

void Dialler::reply() {
  Result<bool> flushed = session_->flush();
  // When sending fails the peer may have said why before it left: what it sent is still there to read.
  auto message = reader_.poll(*session_);
  if (!message) {
    handshake_failed(message.fault());
    return;
  }
  if (!message->has_value()) {
    if (!flushed) {
      handshake_failed(flushed.fault());
      return;
    }
    events_ = static_cast<short>(*flushed ? POLLIN : POLLIN | POLLOUT);
    return;
  }
  Result<HelloReply> decoded = decode_reply(**message);
  if (!decoded)
    object("answered with nonsense: " + decoded.fault().detail);
  else
    handle(*decoded);
}

void Dialler::handle(const HelloReply& reply) {
  switch (reply.verdict) {
    case HelloReply::Verdict::over:
      over_ = {reply.culprit, reply.reason};
      retry("it has given up");
      return;
    case HelloReply::Verdict::busy:
      retry("it answered: " + reply.reason);
      return;
    case HelloReply::Verdict::refused:
      // A refusal for a reason that we see ourselves is told in our own words.
      if (const std::optional<std::string> why = disagreement(meeting_->mine(), reply.hello)) {
        object(*why);
      } else {
        meeting_->turned_away(peer_.id, "refused " + own_name() + ": " + reply.reason);
        retry("it refused this endpoint: " + reply.reason);
      }
      return;
    case HelloReply::Verdict::accepted:
      if (const std::optional<std::string> why = meeting_->objection(peer_.id, reply.hello)) {
        retry("it " + *why);
        return;
      }
      done_ = true;
      last_.clear();
      meeting_->arrive({std::move(session_), reply.hello, direction_ == Direction::dialler_sends});
  }
}

void Dialler::handshake_failed(const Fault& fault) {
  switch (fault.kind) {
    case Fault::Kind::refused: {
      const Fingerprint& own = meeting_->own_fingerprint();
      if (session_->peer_refused()) {
        meeting_->turned_away(peer_.id, "does not accept " + own_name() + ", whose certificate is " +
                                            own.to_string() + ": it expects another one (" + fault.detail +
                                            ")");
        retry(fault.detail);
      } else {
        object("is not who it should be: " + fault.detail);
      }
      return;
    }
    case Fault::Kind::malformed:
      object("answers, but " + fault.detail);
      return;
    default:
      retry(fault.detail);
      return;
  }
}

void Dialler::retry(const std::string& why) {
  last_ = why;
  // The other end may have taken us in, and what it said is still under way: it learns that nobody has died.
  if (session_ != nullptr && phase_ == Phase::reply) {
    session_->append_close();
    (void)session_->flush();
    session_->shut_write();
  }
  session_.reset();
  fd_ = UniqueFd{};
  phase_ = Phase::pause;
  // A name with several addresses is tried at each of them before the first pause.
  if (next_address_ > 0 && next_address_ < addresses_.size()) {
    due_ = Clock::now();
    return;
  }
  due_ = Clock::now() + pause_;
  pause_ = std::min(2 * pause_, kLongestPause);
}

std::string Dialler::own_name() const {
  return meeting_->describe(meeting_->mine().from);
}

void Dialler::object(const std::string& predicate) {
  meeting_->object(peer_.id, predicate);
  retry("it " + predicate);
}

}  // namespace tacet::transport::detail
