#include "transport/identity.hpp"

#include <openssl/ec.h>
#include <openssl/rand.h>
#include <openssl/x509v3.h>

#include "transport/detail/openssl.hpp"

namespace tacet::transport {

namespace {

void require(bool done, const char* step) {
  if (!done)
    throw Error(Errc::bad_certificate,
                std::string("cannot make a certificate (") + step + "): " + detail::take_tls_error());
}

void add_extension(X509* certificate, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, certificate, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  const bool added = extension != nullptr && X509_add_ext(certificate, extension, -1) == 1;
  X509_EXTENSION_free(extension);
  require(added, "extension");
}

void set_serial(X509* certificate) {
  // 126 random bits: positive, and never the same twice.
  unsigned char bytes[16];
  require(RAND_bytes(bytes, sizeof bytes) == 1, "serial number");
  bytes[0] = (bytes[0] & 0x3f) | 0x40;
  BIGNUM* number = BN_bin2bn(bytes, sizeof bytes, nullptr);
  const bool set =
      number != nullptr && BN_to_ASN1_INTEGER(number, X509_get_serialNumber(certificate)) != nullptr;
  BN_free(number);
  require(set, "serial number");
}

void set_dates(X509* certificate, const Validity& validity) {
  using std::chrono::system_clock;
  require(ASN1_TIME_set(X509_getm_notBefore(certificate), system_clock::to_time_t(validity.not_before)) !=
              nullptr,
          "dates");
  require(
      ASN1_TIME_set(X509_getm_notAfter(certificate), system_clock::to_time_t(validity.not_after)) != nullptr,
      "dates");
}

void set_names(X509* certificate, const std::string& common_name) {
  X509_NAME* name = X509_get_subject_name(certificate);
  require(X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
                                     reinterpret_cast<const unsigned char*>(common_name.data()),
                                     static_cast<int>(common_name.size()), -1, 0) == 1,
          "name: 1 to 64 characters are expected");
  require(X509_set_issuer_name(certificate, name) == 1, "issuer");
}

}  // namespace

Identity::Identity(std::shared_ptr<const Impl> impl) : impl_(std::move(impl)) {}
const Fingerprint& Identity::fingerprint() const {
  return impl_->fingerprint;
}
const std::string& Identity::common_name() const {
  return impl_->common_name;
}
const Validity& Identity::validity() const {
  return impl_->validity;
}

Identity make_identity(std::string_view common_name, int days) {
  const auto now = std::chrono::system_clock::now();
  return make_identity(common_name,
                       Validity{now - std::chrono::hours(1), now + std::chrono::hours(24) * days});
}

Identity make_identity(std::string_view common_name, const Validity& validity) {
  detail::KeyPtr key(EVP_EC_gen("P-256"));
  require(key != nullptr, "key");
  detail::X509Ptr certificate(X509_new());
  require(certificate != nullptr && X509_set_version(certificate.get(), X509_VERSION_3) == 1, "version");
  set_serial(certificate.get());
  set_dates(certificate.get(), validity);
  set_names(certificate.get(), std::string(common_name));
  require(X509_set_pubkey(certificate.get(), key.get()) == 1, "public key");
  add_extension(certificate.get(), NID_basic_constraints, "critical,CA:FALSE");
  add_extension(certificate.get(), NID_key_usage, "critical,digitalSignature");
  add_extension(certificate.get(), NID_ext_key_usage, "serverAuth,clientAuth");
  require(X509_sign(certificate.get(), key.get(), EVP_sha256()) > 0, "signature");

  auto impl = std::make_shared<Identity::Impl>();
  impl->fingerprint = detail::fingerprint_of(certificate.get());
  impl->common_name = detail::common_name_of(certificate.get());
  impl->validity = detail::validity_of(certificate.get());
  impl->certificate = std::move(certificate);
  impl->key = std::move(key);
  return Identity(std::move(impl));
}

}  // namespace tacet::transport
