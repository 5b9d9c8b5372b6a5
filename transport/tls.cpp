#include "transport/tls.hpp"

#include <poll.h>

#include <array>

#include "transport/detail/tls_stream.hpp"

namespace tacet::transport {

namespace {

using detail::Pins;
using detail::Role;
using detail::TlsContext;
using detail::TlsSession;

std::unique_ptr<TlsSession> session(const Identity& mine, const Identity& theirs, Role role,
                                    detail::UniqueFd fd, const TlsOptions& options) {
  return std::make_unique<TlsSession>(std::make_shared<const TlsContext>(mine, role), std::move(fd),
                                      std::make_shared<const Pins>(Pins{theirs.fingerprint()}), options);
}

}  // namespace

StreamPair tls_pair(const Identity& sender, const Identity& receiver, const TlsOptions& options) {
  auto [near, far] = detail::loopback_sockets();
  auto out = session(sender, receiver, Role::dialler, std::move(near), options);
  auto in = session(receiver, sender, Role::acceptor, std::move(far), options);
  const Deadline deadline = Clock::now() + kHandshakeTimeout;
  const std::array<TlsSession*, 2> ends{out.get(), in.get()};
  for (bool done = false; !done;) {
    done = true;
    std::array<pollfd, 2> waits{};
    for (std::size_t i = 0; i < ends.size(); ++i) {
      Result<short> events = ends[i]->handshake();
      if (!events)
        throw Error(Errc::bad_certificate, "TLS over the loopback interface: " + events.fault().detail);
      waits[i] = {*events == 0 ? -1 : ends[i]->descriptor(), *events, 0};
      done = done && *events == 0;
    }
    if (!done && detail::poll_until(waits.data(), waits.size(), deadline) <= 0)
      throw Error(Errc::bad_config, "TLS over the loopback interface did not finish its handshake");
  }
  return {detail::make_sink(std::move(out)), detail::make_source(std::move(in))};
}

}  // namespace tacet::transport
