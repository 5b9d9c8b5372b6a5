#pragma once

#include <memory>

#include "transport/detail/openssl.hpp"
#include "transport/identity.hpp"

namespace tacet::transport::detail {

/// Which side of the TLS handshake: decides who is asked first, not who sends data.
enum class Role { dialler, acceptor };

/// The fixed part of every connection of one identity: TLS 1.3 only, both certificates required, no tickets,
/// no resumption, our ALPN, and a verification that asks the TlsSession and nobody else. Sessions of any
/// thread share it.
class TlsContext {
 public:
  /// Throws Error bad_certificate if the library refuses the certificate or the key.
  TlsContext(const Identity& identity, Role role);

  Role role() const { return role_; }
  SSL_CTX* ssl_context() const { return context_.get(); }
  const BIO_METHOD* socket_method() const { return method_.get(); }

 private:
  Role role_;
  Identity identity_;
  BioMethodPtr method_;
  SslContextPtr context_;
};

}  // namespace tacet::transport::detail
