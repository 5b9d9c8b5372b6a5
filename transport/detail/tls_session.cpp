#include "transport/detail/tls_session.hpp"

#include <openssl/err.h>
#include <poll.h>

#include <cerrno>
#include <new>
#include <utility>

#include "transport/library_memory.hpp"

namespace tacet::transport::detail {

namespace {

TlsSession& session_of(BIO* bio) {
  return *static_cast<TlsSession*>(BIO_get_data(bio));
}

int bio_write(BIO* bio, const char* data, std::size_t size, std::size_t* written) {
  BIO_clear_retry_flags(bio);
  *written = size;
  return session_of(bio).take_record(data, size);
}

int bio_read(BIO* bio, char* data, std::size_t size, std::size_t* got) {
  BIO_clear_retry_flags(bio);
  bool retry = false;
  const int count = session_of(bio).fill(data, size, retry);
  if (retry) BIO_set_retry_read(bio);
  *got = count > 0 ? static_cast<std::size_t>(count) : 0;
  return count > 0 ? 1 : count;
}

long bio_control(BIO* bio, int command, long, void*) {
  if (command == BIO_CTRL_FLUSH) return 1;  // the session flushes when its caller wants it
  if (command == BIO_CTRL_EOF) return session_of(bio).at_eof() ? 1 : 0;
  return 0;
}

int bio_create(BIO* bio) {
  BIO_set_init(bio, 1);
  return 1;
}

bool is_disconnect(int error) {
  return error == EPIPE || error == ECONNRESET || error == ECONNABORTED || error == ETIMEDOUT ||
         error == ENOTCONN || error == EHOSTUNREACH || error == ENETUNREACH;
}

std::string pins_text(const Pins& pins) {
  if (pins.size() > 2) return "one of " + std::to_string(pins.size()) + " known certificates";
  std::string text;
  for (const Fingerprint& pin : pins) text += (text.empty() ? "" : " or ") + pin.to_string();
  return text.empty() ? "none" : text;
}

}  // namespace

BioMethodPtr make_socket_method() {
  BioMethodPtr method(BIO_meth_new(BIO_TYPE_SOURCE_SINK, "tacet socket"));
  if (!method) return method;
  BIO_meth_set_write_ex(method.get(), &bio_write);
  BIO_meth_set_read_ex(method.get(), &bio_read);
  BIO_meth_set_ctrl(method.get(), &bio_control);
  BIO_meth_set_create(method.get(), &bio_create);
  return method;
}

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, UniqueFd fd,
                       std::shared_ptr<const Pins> pins, const TlsOptions& options)
    : context_(std::move(context)),
      fd_(std::move(fd)),
      pins_(std::move(pins)),
      options_(options),
      ssl_(SSL_new(context_->ssl_context())) {
  TACET_ASSERT(ssl_ != nullptr);
  TACET_ASSERT(options_.rekey_records > 0);
  SSL_set_app_data(ssl_.get(), this);
  BIO* bio = BIO_new(context_->socket_method());
  TACET_ASSERT(bio != nullptr);
  BIO_set_data(bio, this);
  SSL_set_bio(ssl_.get(), bio, bio);
  if (context_->role() == Role::dialler)
    SSL_set_connect_state(ssl_.get());
  else
    SSL_set_accept_state(ssl_.get());
}

Status TlsSession::fault_if_cut() const {
  if (!cut_.load(std::memory_order_acquire)) return std::nullopt;
  return Fault{Fault::Kind::cancelled, "this side cut the connection"};
}

bool TlsSession::accepts(const X509* leaf) {
  peer_fingerprint_ = fingerprint_of(leaf);
  if (!pins_->contains(peer_fingerprint_)) {
    refusal_ = "its certificate is " + peer_fingerprint_.to_string() + ", expected " + pins_text(*pins_);
    return false;
  }
  peer_validity_error_ = validity_error(validity_of(leaf));
  if (context_->role() == Role::acceptor || peer_validity_error_.empty()) return true;
  refusal_ = "its certificate " + peer_fingerprint_.to_string() + " " + peer_validity_error_;
  return false;
}

int TlsSession::take_record(const char* data, std::size_t size) {
  if (out_.size() - out_begin_ + size > kMaxPendingBytes) {
    overflowed_ = true;
    return 0;
  }
  const auto* bytes = reinterpret_cast<const std::byte*>(data);
  out_.insert(out_.end(), bytes, bytes + size);
  return 1;
}

int TlsSession::fill(char* data, std::size_t size, bool& retry) {
  for (;;) {
    const ssize_t got = ::recv(fd_.get(), data, size, 0);
    if (got > 0) {
      count(static_cast<std::size_t>(got));
      return static_cast<int>(got);
    }
    if (got == 0) {
      at_eof_ = true;
      return 0;
    }
    if (errno == EINTR) continue;
    retry = errno == EAGAIN || errno == EWOULDBLOCK;
    if (!retry) socket_error_ = errno;
    return -1;
  }
}

Result<bool> TlsSession::flush() {
  if (Status cut = fault_if_cut()) return *cut;
  while (out_begin_ < out_.size()) {
    const std::size_t size = out_.size() - out_begin_;
    const ssize_t sent = ::send(fd_.get(), out_.data() + out_begin_, size, MSG_NOSIGNAL);
    if (sent >= 0) {
      count(static_cast<std::size_t>(sent));
      out_begin_ += static_cast<std::size_t>(sent);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno == EAGAIN || errno == EWOULDBLOCK) {
      // A batch that is added to before it is ever empty does not keep all that it has held.
      if (out_begin_ >= kBatchBytes)
        out_.erase(out_.begin(), out_.begin() + static_cast<std::ptrdiff_t>(std::exchange(out_begin_, 0)));
      return false;
    }
    socket_error_ = errno;
    return fault(-1);
  }
  out_.clear();
  out_begin_ = 0;
  return true;
}

Result<short> TlsSession::handshake() {
  ERR_clear_error();
  const int done = SSL_do_handshake(ssl_.get());
  const int error = done == 1 ? SSL_ERROR_NONE : SSL_get_error(ssl_.get(), done);
  if (done != 1 && error != SSL_ERROR_WANT_READ) {
    Fault why = fault(done);
    // The alert that tells the peer is in the batch: it goes out if it can, the fault stands either way.
    (void)flush();
    return why;
  }
  Result<bool> flushed = flush();
  if (!flushed) return flushed.fault();
  if (!*flushed) return static_cast<short>(done == 1 ? POLLOUT : POLLIN | POLLOUT);
  if (done != 1) return static_cast<short>(POLLIN);
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(ssl_.get(), &protocol, &size);
  if (std::string_view(reinterpret_cast<const char*>(protocol), size) != kAlpn.substr(1))
    return Fault{Fault::Kind::malformed, "the peer did not ask for the protocol tacet/1"};
  return static_cast<short>(0);
}

Status TlsSession::append(Bytes plain) {
  if (Status cut = fault_if_cut()) return cut;
  TACET_ASSERT(!plain.empty() && plain.size() <= kRecordBytes && has_room());
  ERR_clear_error();
  if (records_under_key_ == options_.rekey_records) {
    // The library sends the change of keys before the next record; the peer is not asked to change its own.
    if (SSL_key_update(ssl_.get(), SSL_KEY_UPDATE_NOT_REQUESTED) != 1) return fault(-1);
    records_under_key_ = 0;
  }
  const int written = SSL_write(ssl_.get(), plain.data(), static_cast<int>(plain.size()));
  if (written <= 0) return fault(written);
  // The batch takes every record whole, so that none is ever half written.
  TACET_ASSERT(static_cast<std::size_t>(written) == plain.size());
  ++records_under_key_;
  return std::nullopt;
}

void TlsSession::append_close() {
  ERR_clear_error();
  (void)SSL_shutdown(ssl_.get());
}

void TlsSession::shut_write() noexcept {
  (void)::shutdown(fd_.get(), SHUT_WR);
}

Result<TlsSession::Read> TlsSession::read(std::span<std::byte> buffer) {
  if (Status cut = fault_if_cut()) return *cut;
  TACET_ASSERT(!buffer.empty());
  ERR_clear_error();
  std::size_t bytes = 0;
  const int done = SSL_read_ex(ssl_.get(), buffer.data(), buffer.size(), &bytes);
  // A peer may ask for new keys, which the library grants at once.
  if (done == 1 || SSL_get_error(ssl_.get(), done) == SSL_ERROR_WANT_READ)
    if (Result<bool> flushed = flush(); !flushed) return flushed.fault();
  if (done == 1) {
    plain_bytes_ += bytes;
    if (plain_bytes_ > kWipedBytes) SSL_clear_options(ssl_.get(), SSL_OP_CLEANSE_PLAINTEXT);
    return Read{Read::State::bytes, bytes};
  }
  switch (SSL_get_error(ssl_.get(), done)) {
    case SSL_ERROR_WANT_READ:
      return Read{Read::State::would_block, 0};
    case SSL_ERROR_ZERO_RETURN:
      return Read{Read::State::end, 0};
    default: {
      Fault why = fault(done);
      (void)flush();
      return why;
    }
  }
}

Fault TlsSession::fault(int) {
  if (Status cut = fault_if_cut()) return *cut;
  const unsigned long code = ERR_peek_error();
  const std::string detail = take_tls_error();
  if (!refusal_.empty()) return {Fault::Kind::refused, refusal_};
  if (overflowed_)
    return {Fault::Kind::malformed, "the peer asks for new keys again and again and does not take them"};
  if (socket_error_ != 0)
    return {is_disconnect(socket_error_) ? Fault::Kind::closed : Fault::Kind::io,
            "the connection broke: " + errno_text(socket_error_)};
  if (at_eof_) return {Fault::Kind::closed, "the peer closed the connection without a goodbye"};
  // Whatever it says then, the fault is here.
  if (starved()) throw std::bad_alloc();
  // The library adds this offset to the number of an alert that came from the peer.
  if (ERR_GET_LIB(code) == ERR_LIB_SSL && ERR_GET_REASON(code) >= SSL_AD_REASON_OFFSET) {
    // Somebody else's service, such as one that speaks HTTP over TLS.
    if (ERR_GET_REASON(code) - SSL_AD_REASON_OFFSET == SSL_AD_NO_APPLICATION_PROTOCOL)
      return {Fault::Kind::malformed, "the peer is no endpoint of a job: " + detail};
    peer_refused_ = true;
    return {Fault::Kind::refused, "the peer refused the connection: " + detail};
  }
  return {Fault::Kind::malformed, "the peer does not speak TLS 1.3 as expected: " + detail};
}

void TlsSession::cut() noexcept {
  cut_.store(true, std::memory_order_release);
  // Wakes whoever polls this socket; closing it is left to the owner, who may still be inside a call.
  (void)::shutdown(fd_.get(), SHUT_RDWR);
}

}  // namespace tacet::transport::detail
