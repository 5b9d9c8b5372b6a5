#pragma once

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>

#include <memory>
#include <string>

#include "graph/error.hpp"
#include "transport/identity.hpp"

namespace tacet::transport::detail {

template <auto free_function>
struct Free {
  template <class T>
  void operator()(T* object) const {
    free_function(object);
  }
};

using BioPtr = std::unique_ptr<BIO, Free<&BIO_free_all>>;
using BioMethodPtr = std::unique_ptr<BIO_METHOD, Free<&BIO_meth_free>>;
using KeyPtr = std::unique_ptr<EVP_PKEY, Free<&EVP_PKEY_free>>;
using X509Ptr = std::unique_ptr<X509, Free<&X509_free>>;
using SslContextPtr = std::unique_ptr<SSL_CTX, Free<&SSL_CTX_free>>;
using SslPtr = std::unique_ptr<SSL, Free<&SSL_free>>;

/// The library's oldest queued error in words, "no detail" without one, or that it ran out of memory; empties
/// the queue, which belongs to the thread.
std::string take_tls_error();

/// SHA-256 of the certificate's DER bytes.
Fingerprint fingerprint_of(const X509* certificate);

/// "CN" of the subject, or empty.
std::string common_name_of(const X509* certificate);

Validity validity_of(const X509* certificate);

/// Why the certificate cannot be used now, with the dates, or empty.
std::string validity_error(const Validity& validity);

}  // namespace tacet::transport::detail

namespace tacet::transport {

struct Identity::Impl {
  detail::X509Ptr certificate;
  detail::KeyPtr key;
  Fingerprint fingerprint;
  std::string common_name;
  Validity validity;
};

}  // namespace tacet::transport
