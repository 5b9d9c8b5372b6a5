#include "transport/detail/tls_context.hpp"

#include <string_view>

#include "transport/detail/tls_session.hpp"
#include "transport/limits.hpp"

namespace tacet::transport::detail {

namespace {

/// Bytes the library asks the socket for at once: several full records per system call.
constexpr std::size_t kReadBufferBytes = std::size_t{128} << 10;

int verify(X509_STORE_CTX* store, void*) {
  const auto* ssl =
      static_cast<SSL*>(X509_STORE_CTX_get_ex_data(store, SSL_get_ex_data_X509_STORE_CTX_idx()));
  auto* session = static_cast<TlsSession*>(SSL_get_app_data(ssl));
  const X509* leaf = X509_STORE_CTX_get0_cert(store);
  const bool accepted = leaf != nullptr && session->accepts(leaf);
  X509_STORE_CTX_set_error(store, accepted ? X509_V_OK : X509_V_ERR_CERT_REJECTED);
  return accepted ? 1 : 0;
}

int select_alpn(SSL*, const unsigned char** out, unsigned char* out_size, const unsigned char* offered,
                unsigned offered_size, void*) {
  unsigned char* chosen = nullptr;
  const auto* ours = reinterpret_cast<const unsigned char*>(kAlpn.data());
  if (SSL_select_next_proto(&chosen, out_size, ours, kAlpn.size(), offered, offered_size) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *out = chosen;
  return SSL_TLSEXT_ERR_OK;
}

}  // namespace

TlsContext::TlsContext(const Identity& identity, Role role)
    : role_(role),
      identity_(identity),
      method_(make_socket_method()),
      context_(SSL_CTX_new(role == Role::dialler ? TLS_client_method() : TLS_server_method())) {
  const auto require = [&](bool done, const char* step) {
    if (!done)
      throw Error(Errc::bad_certificate, "cannot set up TLS with the certificate of \"" +
                                             identity.common_name() + "\" (" + step +
                                             "): " + take_tls_error());
  };
  SSL_CTX* context = context_.get();
  require(context != nullptr && method_ != nullptr, "context");
  require(SSL_CTX_set_min_proto_version(context, TLS1_3_VERSION) == 1, "version");
  require(SSL_CTX_set_max_proto_version(context, TLS1_3_VERSION) == 1, "version");
  // The first is the fastest where the processor has AES; the last where it has not.
  require(SSL_CTX_set_ciphersuites(
              context, "TLS_AES_128_GCM_SHA256:TLS_AES_256_GCM_SHA384:TLS_CHACHA20_POLY1305_SHA256") == 1,
          "cipher suites");
  // The last: what has been decrypted is wiped as soon as it has been read, until a session says otherwise.
  SSL_CTX_set_options(
      context, SSL_OP_NO_TICKET | SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CLEANSE_PLAINTEXT);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  require(SSL_CTX_set_num_tickets(context, 0) == 1, "tickets");
  SSL_CTX_set_mode(
      context, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER | SSL_MODE_NO_AUTO_CHAIN);
  SSL_CTX_set_read_ahead(context, 1);
  SSL_CTX_set_default_read_buffer_len(context, kReadBufferBytes);
  SSL_CTX_set_max_cert_list(context, kMaxCertificateBytes);
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  SSL_CTX_set_cert_verify_callback(context, &verify, nullptr);
  // This call alone of them all returns 0 for success.
  require(SSL_CTX_set_alpn_protos(context, reinterpret_cast<const unsigned char*>(kAlpn.data()),
                                  kAlpn.size()) == 0,
          "ALPN");
  SSL_CTX_set_alpn_select_cb(context, &select_alpn, nullptr);
  require(SSL_CTX_use_certificate(context, identity.impl().certificate.get()) == 1, "certificate");
  require(SSL_CTX_use_PrivateKey(context, identity.impl().key.get()) == 1, "key");
}

}  // namespace tacet::transport::detail
