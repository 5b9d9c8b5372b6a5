#include <poll.h>
#include <sys/uio.h>

#include <atomic>
#include <cerrno>

#include "transport/detail/parts.hpp"
#include "transport/detail/socket.hpp"
#include "transport/tls.hpp"

namespace tacet::transport {

namespace {

/// What both plain ends share: the socket, the count and the cut.
class PlainSocket {
 public:
  explicit PlainSocket(detail::UniqueFd fd) : fd_(std::move(fd)) {}

  int descriptor() const { return fd_.get(); }
  std::uint64_t bytes() const { return bytes_.load(std::memory_order_relaxed); }
  void count(std::size_t more) { bytes_.fetch_add(more, std::memory_order_relaxed); }

  void cut() noexcept {
    cut_.store(true, std::memory_order_release);
    (void)::shutdown(fd_.get(), SHUT_RDWR);
  }

  Status fault_if_cut() const {
    if (!cut_.load(std::memory_order_acquire)) return std::nullopt;
    return Fault{Fault::Kind::cancelled, "this side cut the connection"};
  }

  Fault fault(int error) const {
    if (Status cut = fault_if_cut()) return *cut;
    const bool gone = error == EPIPE || error == ECONNRESET;
    return {gone ? Fault::Kind::closed : Fault::Kind::io,
            "the connection broke: " + detail::errno_text(error)};
  }

 private:
  detail::UniqueFd fd_;
  std::atomic<std::uint64_t> bytes_{0};
  std::atomic<bool> cut_{false};
};

class TcpSink final : public ByteSink {
 public:
  explicit TcpSink(detail::UniqueFd fd) : socket_(std::move(fd)) {}

  Result<std::size_t> write_parts(std::span<const Bytes> parts) override {
    if (Status cut = socket_.fault_if_cut()) return *cut;
    std::size_t taken = 0;
    for (detail::Parts rest(parts); !rest.done();) {
      const Bytes front = rest.front();
      const int flags = MSG_NOSIGNAL | (rest.in_last() ? 0 : MSG_MORE);
      const ssize_t sent = ::send(socket_.descriptor(), front.data(), front.size(), flags);
      if (sent < 0 && errno == EINTR) continue;
      if (sent < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) break;
      if (sent < 0) return socket_.fault(errno);
      socket_.count(static_cast<std::size_t>(sent));
      taken += static_cast<std::size_t>(sent);
      rest.skip(static_cast<std::size_t>(sent));
    }
    return taken;
  }

  Status wait_writable(Deadline deadline) override {
    if (Status fault = detail::wait_for(socket_.descriptor(), POLLOUT, deadline)) return fault;
    return socket_.fault_if_cut();
  }

  Status finish(Deadline) override {
    if (Status cut = socket_.fault_if_cut()) return cut;
    (void)::shutdown(socket_.descriptor(), SHUT_WR);
    return std::nullopt;
  }

  void cut() noexcept override { socket_.cut(); }
  std::uint64_t wire_bytes() const override { return socket_.bytes(); }

 private:
  PlainSocket socket_;
};

class TcpSource final : public ByteSource {
 public:
  explicit TcpSource(detail::UniqueFd fd) : socket_(std::move(fd)) {}

  Result<std::size_t> read_some(std::span<std::byte> buffer, Deadline deadline) override {
    TACET_ASSERT(!buffer.empty());
    for (;;) {
      if (Status cut = socket_.fault_if_cut()) return *cut;
      const ssize_t got = ::recv(socket_.descriptor(), buffer.data(), buffer.size(), 0);
      if (got > 0) {
        socket_.count(static_cast<std::size_t>(got));
        return static_cast<std::size_t>(got);
      }
      if (Status cut = socket_.fault_if_cut()) return *cut;
      if (got == 0) return std::size_t{0};
      if (errno == EINTR) continue;
      if (errno != EAGAIN && errno != EWOULDBLOCK) return socket_.fault(errno);
      if (Status fault = detail::wait_for(socket_.descriptor(), POLLIN, deadline)) return *fault;
    }
  }

  bool has_pending() const override { return false; }
  void cut() noexcept override { socket_.cut(); }
  std::uint64_t wire_bytes() const override { return socket_.bytes(); }

 private:
  PlainSocket socket_;
};

}  // namespace

StreamPair tcp_pair() {
  auto [near, far] = detail::loopback_sockets();
  return {std::make_unique<TcpSink>(std::move(near)), std::make_unique<TcpSource>(std::move(far))};
}

}  // namespace tacet::transport
