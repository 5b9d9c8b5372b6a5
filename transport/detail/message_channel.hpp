#pragma once

#include <cstddef>
#include <optional>
#include <vector>

#include "transport/detail/tls_session.hpp"
#include "transport/limits.hpp"

namespace tacet::transport::detail {

/// Puts one message with its length before it into the session's batch.
Status append_message(TlsSession& session, Bytes message);

/// Collects one such message without ever reading a byte behind it: what follows belongs to the stream.
class MessageReader {
 public:
  /// The message once it is complete, nothing while more must arrive. Fails: malformed, closed.
  Result<std::optional<std::vector<std::byte>>> poll(TlsSession& session);

 private:
  static constexpr std::size_t kPrefixBytes = 4;
  std::vector<std::byte> bytes_ = std::vector<std::byte>(kPrefixBytes);
  std::size_t have_ = 0;
  bool sized_ = false;
};

}  // namespace tacet::transport::detail
