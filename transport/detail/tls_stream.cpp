#include "transport/detail/tls_stream.hpp"

#include <openssl/crypto.h>
#include <poll.h>

#include <array>

#include "transport/detail/parts.hpp"

namespace tacet::transport::detail {

namespace {

class TlsSink final : public ByteSink {
 public:
  explicit TlsSink(std::unique_ptr<TlsSession> session) : session_(std::move(session)) {}

  Result<std::size_t> write_parts(std::span<const Bytes> parts) override {
    TACET_ASSERT(!finished_);
    // A caller that gave up on bytes which are already encrypted would otherwise send them and others too.
    TACET_ASSERT(Parts::total(parts) >= encrypted_);
    Parts rest(parts);
    rest.skip(encrypted_);
    std::size_t taken = 0;
    for (;;) {
      while (!rest.done() && session_->has_room())
        if (Status fault = append_record(rest)) return *fault;
      Result<bool> flushed = session_->flush();
      if (!flushed) return flushed.fault();
      if (!*flushed) return taken;
      taken += std::exchange(encrypted_, 0);
      if (rest.done()) return taken;
    }
  }

  Status wait_writable(Deadline deadline) override {
    if (Status fault = wait_for(session_->descriptor(), POLLOUT, deadline)) return fault;
    // A cut wakes the wait; flushing nothing, or what is there, reports it.
    Result<bool> flushed = session_->flush();
    return flushed ? Status{} : Status{flushed.fault()};
  }

  Status finish(Deadline deadline) override {
    if (!std::exchange(finished_, true)) session_->append_close();
    for (;;) {
      Result<bool> flushed = session_->flush();
      if (!flushed) return flushed.fault();
      if (*flushed) break;
      if (Status fault = wait_for(session_->descriptor(), POLLOUT, deadline)) return fault;
    }
    session_->shut_write();
    return std::nullopt;
  }

  void cut() noexcept override { session_->cut(); }
  std::uint64_t wire_bytes() const override { return session_->wire_bytes(); }

 private:
  /// One record from one part where it fills it, else collected from several: a header costs no record of its
  /// own.
  Status append_record(Parts& rest) {
    const Bytes front = rest.front();
    if (front.size() >= kRecordBytes || rest.in_last()) {
      const Bytes record = front.first(std::min(front.size(), kRecordBytes));
      rest.skip(record.size());
      encrypted_ += record.size();
      return session_->append(record);
    }
    const std::size_t size = rest.copy(scratch_);
    encrypted_ += size;
    Status fault = session_->append(std::span(scratch_).first(size));
    OPENSSL_cleanse(scratch_.data(), size);  // what keys are made of goes this way
    return fault;
  }

  std::unique_ptr<TlsSession> session_;
  std::size_t encrypted_ = 0;  // bytes at the front of what the caller has yet to see taken
  bool finished_ = false;
  std::array<std::byte, kRecordBytes> scratch_;
};

class TlsSource final : public ByteSource {
 public:
  explicit TlsSource(std::unique_ptr<TlsSession> session) : session_(std::move(session)) {}

  Result<std::size_t> read_some(std::span<std::byte> buffer, Deadline deadline) override {
    for (Patience patience(deadline);;) {
      Result<TlsSession::Read> got = session_->read(buffer);
      if (!got) return got.fault();
      if (got->state == TlsSession::Read::State::bytes) return got->bytes;
      if (got->state == TlsSession::Read::State::end) return std::size_t{0};
      if (Status fault = patience.wait_readable(session_->descriptor())) return *fault;
    }
  }

  bool has_pending() const override { return session_->has_decrypted(); }
  void cut() noexcept override { session_->cut(); }
  std::uint64_t wire_bytes() const override { return session_->wire_bytes(); }

 private:
  std::unique_ptr<TlsSession> session_;
};

}  // namespace

std::unique_ptr<ByteSink> make_sink(std::unique_ptr<TlsSession> session) {
  return std::make_unique<TlsSink>(std::move(session));
}

std::unique_ptr<ByteSource> make_source(std::unique_ptr<TlsSession> session) {
  return std::make_unique<TlsSource>(std::move(session));
}

}  // namespace tacet::transport::detail
