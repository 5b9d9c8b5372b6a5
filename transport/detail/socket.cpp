#include "transport/detail/socket.hpp"

#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <system_error>

#include "transport/detail/lookup.hpp"
#include "transport/limits.hpp"

namespace tacet::transport::detail {

namespace {

using namespace std::chrono;

/// TCP_RTO_MAX_MS, which headers older than the kernel lack.
constexpr int kTcpRtoMaxMs = 44;
/// Probes are answered every second, so this is an outage.
constexpr milliseconds kOutage{2000};
constexpr milliseconds kLook{500};

/// How long nothing at all has come from the machine at the other end.
milliseconds since_any_packet(int fd) {
  tcp_info info{};
  socklen_t length = sizeof info;
  if (::getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &length) != 0) return milliseconds::max();
  return milliseconds(std::min(info.tcpi_last_ack_recv, info.tcpi_last_data_recv));
}

void set_option(int fd, int level, int name, int value) {
  // Options only tune: a kernel that refuses one still carries the bytes.
  (void)::setsockopt(fd, level, name, &value, sizeof value);
}

UniqueFd open_socket(int family) {
  return UniqueFd(::socket(family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP));
}

sockaddr* raw(const Address& a) {
  return reinterpret_cast<sockaddr*>(const_cast<sockaddr_storage*>(&a.storage));
}

}  // namespace

UniqueFd::~UniqueFd() {
  if (fd_ >= 0) ::close(fd_);
}

std::string errno_text(int error) {
  return std::generic_category().message(error);
}

std::string host_port(const std::string& host, std::uint16_t port) {
  const bool bare_v6 = host.find(':') != std::string::npos;
  const std::string shown = host.empty() ? "*" : bare_v6 ? "[" + host + "]" : host;
  return shown + ":" + std::to_string(port);
}

std::string Address::to_string() const {
  char host[NI_MAXHOST] = {};
  char service[NI_MAXSERV] = {};
  if (::getnameinfo(raw(*this), length, host, sizeof host, service, sizeof service,
                    NI_NUMERICHOST | NI_NUMERICSERV) != 0)
    return "an unknown address";
  return host_port(host, static_cast<std::uint16_t>(std::strtoul(service, nullptr, 10)));
}

Resolved resolve(const std::string& host, std::uint16_t port, bool numeric_only, bool to_listen) {
  addrinfo hints{};
  hints.ai_family = AF_UNSPEC;
  hints.ai_socktype = SOCK_STREAM;
  hints.ai_flags = AI_NUMERICSERV | (numeric_only ? AI_NUMERICHOST : 0) | (to_listen ? AI_PASSIVE : 0);
  addrinfo* list = nullptr;
  const std::string service = std::to_string(port);
  const int code = ::getaddrinfo(host.empty() ? nullptr : host.c_str(), service.c_str(), &hints, &list);
  Resolved result;
  if (code != 0) {
    result.error = code == EAI_SYSTEM ? errno_text(errno) : ::gai_strerror(code);
    return result;
  }
  for (const addrinfo* a = list; a != nullptr; a = a->ai_next) {
    Address address;
    std::memcpy(&address.storage, a->ai_addr, a->ai_addrlen);
    address.length = a->ai_addrlen;
    result.addresses.push_back(address);
  }
  ::freeaddrinfo(list);
  return result;
}

UniqueFd listen_on(const std::string& host, std::uint16_t port) {
  const std::string where = host_port(host, port);
  // Every interface means one IPv6 socket that also takes IPv4, where the machine has IPv6.
  const Resolved found =
      host.empty() ? resolve("::", port, true, true)
                   : resolve_until(host, port, /*to_listen=*/true, Clock::now() + kHandshakeTimeout);
  if (found.addresses.empty())
    throw Error(Errc::bad_config, "cannot listen on " + where + ": " + found.error);
  std::vector<Address> candidates = found.addresses;
  if (host.empty()) {
    const Resolved v4 = resolve("0.0.0.0", port, true, true);
    candidates.insert(candidates.end(), v4.addresses.begin(), v4.addresses.end());
  }
  int error = 0;
  for (const Address& address : candidates) {
    UniqueFd fd = open_socket(address.storage.ss_family);
    if (!fd) {
      error = errno;
      continue;
    }
    set_option(fd.get(), SOL_SOCKET, SO_REUSEADDR, 1);
    if (address.storage.ss_family == AF_INET6)
      set_option(fd.get(), IPPROTO_IPV6, IPV6_V6ONLY, host.empty() ? 0 : 1);
    if (::bind(fd.get(), raw(address), address.length) == 0 && ::listen(fd.get(), kListenBacklog) == 0)
      return fd;
    error = errno;
    if (error == EADDRINUSE) break;
  }
  if (error == EADDRINUSE)
    throw Error(Errc::address_in_use,
                "cannot listen on " + where + ": the address is in use by another process");
  throw Error(Errc::bad_config, "cannot listen on " + where + ": " + errno_text(error));
}

std::uint16_t local_port(int fd) {
  Address address;
  address.length = sizeof address.storage;
  TACET_ASSERT(::getsockname(fd, raw(address), &address.length) == 0);
  const void* where = &address.storage;
  return ntohs(address.storage.ss_family == AF_INET6 ? static_cast<const sockaddr_in6*>(where)->sin6_port
                                                     : static_cast<const sockaddr_in*>(where)->sin_port);
}

void prepare_stream_socket(int fd) {
  set_option(fd, IPPROTO_TCP, TCP_NODELAY, 1);
  // A peer whose machine vanished says nothing; the kernel then notices within about a minute.
  set_option(fd, SOL_SOCKET, SO_KEEPALIVE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 20);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 10);
  set_option(fd, IPPROTO_TCP, TCP_KEEPCNT, 4);
  // Lost signs of life are sent again at an even pace, or where the kernel can (Linux 6.15) anything is.
  set_option(fd, IPPROTO_TCP, TCP_THIN_LINEAR_TIMEOUTS, 1);
  set_option(fd, IPPROTO_TCP, kTcpRtoMaxMs, 1000);
}

void match_silence(int fd, std::uint32_t silence_ms) {
  constexpr int kLater = 5000;
  const int silence = static_cast<int>(std::min<std::uint32_t>(silence_ms, 1u << 29));
  set_option(fd, IPPROTO_TCP, TCP_USER_TIMEOUT, 2 * silence + kLater);
  set_option(fd, IPPROTO_TCP, TCP_KEEPIDLE, 1);
  set_option(fd, IPPROTO_TCP, TCP_KEEPINTVL, 1);
}

Dialled start_connect(const Address& address) {
  Dialled result;
  result.fd = open_socket(address.storage.ss_family);
  if (!result.fd) {
    result.error = errno;
    return result;
  }
  prepare_stream_socket(result.fd.get());
  if (::connect(result.fd.get(), raw(address), address.length) != 0 && errno != EINPROGRESS) {
    result.error = errno;
  }
  return result;
}

int connect_error(int fd) {
  int error = 0;
  socklen_t length = sizeof error;
  if (::getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &length) != 0) return errno;
  return error;
}

Accepted accept_one(int listening_fd) {
  Accepted result;
  Address from;
  from.length = sizeof from.storage;
  result.fd = UniqueFd(::accept4(listening_fd, raw(from), &from.length, SOCK_NONBLOCK | SOCK_CLOEXEC));
  if (!result.fd) {
    result.error = errno;
    return result;
  }
  prepare_stream_socket(result.fd.get());
  result.from = from.to_string();
  return result;
}

int poll_until(pollfd* entries, std::size_t count, Deadline deadline) {
  for (;;) {
    const auto left = std::max<nanoseconds>(deadline - Clock::now(), nanoseconds::zero());
    const auto whole = duration_cast<seconds>(left);
    const timespec timeout{static_cast<time_t>(std::min<std::int64_t>(whole.count(), 3600)),
                           static_cast<long>((left - whole).count())};
    const int ready = ::ppoll(entries, count, &timeout, nullptr);
    if (ready > 0 || (ready < 0 && errno != EINTR)) return ready;
    if (ready == 0 && Clock::now() >= deadline) return 0;
  }
}

Status wait_for(int fd, short events, Deadline deadline) {
  pollfd entry{fd, events, 0};
  const int ready = poll_until(&entry, 1, deadline);
  if (ready > 0) return std::nullopt;
  if (ready == 0) return Fault{Fault::Kind::timeout, "the peer did not answer in time"};
  return Fault{Fault::Kind::io, "poll failed: " + errno_text(errno)};
}

Patience::Patience(Deadline deadline) : deadline_(deadline) {
  const Deadline now = Clock::now();
  const auto time = std::clamp<nanoseconds>(deadline - now, nanoseconds::zero(), hours(24 * 365));
  extended_ = std::max(deadline, now + 2 * time);
}

Status Patience::wait_readable(int fd) {
  for (;;) {
    const Deadline end = outage_ ? extended_ : deadline_;
    Status fault = wait_for(fd, POLLIN, std::min(end, Clock::now() + kLook));
    if (!fault || fault->kind != Fault::Kind::timeout) return fault;
    const milliseconds quiet = since_any_packet(fd);
    outage_ = outage_ || quiet >= kOutage;
    const Deadline now = Clock::now();
    if (now >= end || (now >= deadline_ && quiet >= kOutage)) return fault;
  }
}

Wake::Wake() : fd_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (!fd_) throw Error(Errc::bad_config, "cannot create an eventfd: " + errno_text(errno));
}

void Wake::notify() noexcept {
  const std::uint64_t one = 1;
  // The only failure is a full counter, and then a wake-up is already due.
  (void)!::write(fd_.get(), &one, sizeof one);
}

void Wake::clear() noexcept {
  std::uint64_t count = 0;
  (void)!::read(fd_.get(), &count, sizeof count);
}

std::pair<UniqueFd, UniqueFd> loopback_sockets() {
  const UniqueFd listening = listen_on("127.0.0.1", 0);
  const Resolved where = resolve("127.0.0.1", local_port(listening.get()), true, false);
  Dialled dialled = start_connect(where.addresses.at(0));
  const Deadline deadline = Clock::now() + kHandshakeTimeout;
  if (dialled.error == 0 && !wait_for(listening.get(), POLLIN, deadline)) {
    Accepted accepted = accept_one(listening.get());
    if (accepted.error == 0 && !wait_for(dialled.fd.get(), POLLOUT, deadline) &&
        connect_error(dialled.fd.get()) == 0)
      return {std::move(dialled.fd), std::move(accepted.fd)};
  }
  throw Error(Errc::bad_config, "cannot connect two sockets over the loopback interface");
}

}  // namespace tacet::transport::detail
