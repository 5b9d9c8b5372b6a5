#pragma once

#include <cstdint>
#include <memory>
#include <string>

namespace tacet::transport {

namespace detail {
class Acceptor;
}

/// A listening port with one thread that runs every handshake, drops whoever is no peer, and keeps doing so
/// while data flows. Until the first connect_all() callers wait in the kernel's queue.
class Listener {
 public:
  /// Port 0 lets the system choose. An empty host means every interface.
  /// Throws Error address_in_use or bad_config naming host:port.
  Listener(const std::string& host, std::uint16_t port);
  ~Listener();
  Listener(const Listener&) = delete;
  Listener& operator=(const Listener&) = delete;

  std::uint16_t port() const;

  /// Connections that ended before they proved to be a peer: garbage, silence, port scans, unknown
  /// certificates.
  std::uint64_t dropped() const;

  /// For connect_all(), which tells it whom to expect.
  detail::Acceptor& acceptor() { return *acceptor_; }

 private:
  std::unique_ptr<detail::Acceptor> acceptor_;
};

}  // namespace tacet::transport
