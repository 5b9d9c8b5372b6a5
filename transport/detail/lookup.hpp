#pragma once

#include <memory>
#include <mutex>
#include <optional>
#include <string>

#include "transport/detail/socket.hpp"

namespace tacet::transport::detail {

/// Looks a name up without ever blocking its owner. The system's resolver cannot be interrupted: its thread
/// keeps what it needs alive and may outlast everyone who asked.
class Lookup {
 public:
  static std::shared_ptr<Lookup> start(const std::string& host, std::uint16_t port, bool to_listen);

  /// Becomes readable when take() has something.
  int descriptor() const { return wake_.descriptor(); }
  std::optional<Resolved> take();

 private:
  Wake wake_;
  std::mutex mutex_;
  std::optional<Resolved> found_;
};

/// Looks a name up, or gives up at the deadline with an error that says so.
Resolved resolve_until(const std::string& host, std::uint16_t port, bool to_listen, Deadline deadline);

}  // namespace tacet::transport::detail
