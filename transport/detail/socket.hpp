#pragma once

#include <poll.h>
#include <sys/socket.h>

#include <cstdint>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "transport/stream.hpp"

namespace tacet::transport::detail {

/// Owns a file descriptor.
class UniqueFd {
 public:
  UniqueFd() = default;
  explicit UniqueFd(int fd) : fd_(fd) {}
  UniqueFd(UniqueFd&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  UniqueFd& operator=(UniqueFd&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~UniqueFd();

  int get() const { return fd_; }
  explicit operator bool() const { return fd_ >= 0; }

 private:
  int fd_ = -1;
};

/// A resolved address, ready for connect() or bind().
struct Address {
  sockaddr_storage storage{};
  socklen_t length = 0;
  std::string to_string() const;
};

/// "host:port", or "[host]:port" for an IPv6 address.
std::string host_port(const std::string& host, std::uint16_t port);

/// Resolves numeric addresses at once and names by the system's resolver, which may take long: call it from a
/// thread that may wait. On failure the list is empty and `error` says why.
struct Resolved {
  std::vector<Address> addresses;
  std::string error;
};
Resolved resolve(const std::string& host, std::uint16_t port, bool numeric_only, bool to_listen);

/// Non-blocking, close-on-exec, no delay. Throws Error naming host:port.
UniqueFd listen_on(const std::string& host, std::uint16_t port);
std::uint16_t local_port(int fd);

/// Starts a connection; `error` is the errno of an immediate failure or 0.
struct Dialled {
  UniqueFd fd;
  int error = 0;
};
Dialled start_connect(const Address& address);

/// The errno with which a started connection ended, 0 if it stands.
int connect_error(int fd);

/// Accepts one connection, or says why not by errno (EAGAIN: none waits).
struct Accepted {
  UniqueFd fd;
  std::string from;
  int error = 0;
};
Accepted accept_one(int listening_fd);

/// Options every stream socket gets.
void prepare_stream_socket(int fd);

/// Lets the kernel give a connection up no sooner than we do, who measure silence ourselves: a peer is gone
/// after `silence_ms`, or twice that if an outage ends meanwhile. Idle connections are probed every second,
/// which tells Patience of outages.
void match_silence(int fd, std::uint32_t silence_ms);

/// Waits for poll() events until the deadline. Fails: timeout, io.
Status wait_for(int fd, short events, Deadline deadline);

/// How long a reader waits for its peer: until the deadline or, if an outage of the network ended meanwhile,
/// for twice that time, because TCP resends ever more rarely and may be silent for as long again. An outage
/// is when not even probes are answered: a peer that is stopped, whose machine answers all the while, gets no
/// more than the deadline.
class Patience {
 public:
  explicit Patience(Deadline deadline);
  /// Waits until a socket that match_silence() has prepared has something to read. Fails: timeout, io.
  Status wait_readable(int fd);

 private:
  Deadline deadline_, extended_;
  bool outage_ = false;
};

/// poll() with a deadline instead of whole milliseconds; returns poll()'s result and restarts after signals.
int poll_until(pollfd* entries, std::size_t count, Deadline deadline);

/// An eventfd that wakes a poll().
class Wake {
 public:
  Wake();
  void notify() noexcept;
  void clear() noexcept;
  int descriptor() const { return fd_.get(); }

 private:
  UniqueFd fd_;
};

std::string errno_text(int error);

/// Two connected non-blocking sockets over the loopback interface. Throws Error if the system refuses them.
std::pair<UniqueFd, UniqueFd> loopback_sockets();

}  // namespace tacet::transport::detail
