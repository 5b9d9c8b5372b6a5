#include "transport/detail/openssl.hpp"

#include "transport/library_memory.hpp"
#include "transport/stream.hpp"

#include <openssl/asn1.h>
#include <openssl/crypto.h>
#include <openssl/err.h>

#include <ctime>

namespace tacet::transport::detail {

namespace {

std::chrono::system_clock::time_point time_of(const ASN1_TIME* time) {
  std::tm parts{};
  TACET_ASSERT(time != nullptr);
  if (ASN1_TIME_to_tm(time, &parts) != 1) return {};  // unreadable dates are in the past: refused as expired
  return std::chrono::system_clock::from_time_t(::timegm(&parts));
}

std::string utc_text(std::chrono::system_clock::time_point time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm parts{};
  char text[64] = {};
  if (::gmtime_r(&seconds, &parts) == nullptr) return "an unknown date";
  std::strftime(text, sizeof text, "%Y-%m-%d %H:%M:%S UTC", &parts);
  return text;
}

}  // namespace

std::string take_tls_error() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  if (starved()) return "out of memory";
  if (code == 0) return "no detail";
  const char* reason = ERR_reason_error_string(code);
  return reason != nullptr ? reason : "error " + std::to_string(code);
}

Fingerprint fingerprint_of(const X509* certificate) {
  Fingerprint print;
  unsigned int length = 0;
  TACET_ASSERT(X509_digest(certificate, EVP_sha256(), reinterpret_cast<unsigned char*>(print.sha256.data()),
                           &length) == 1);
  return print;
}

std::string common_name_of(const X509* certificate) {
  char name[256] = {};
  const int length =
      X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name, sizeof name);
  return length > 0 ? name : "";
}

Validity validity_of(const X509* certificate) {
  return {time_of(X509_get0_notBefore(certificate)), time_of(X509_get0_notAfter(certificate))};
}

std::string validity_error(const Validity& validity) {
  const auto now = std::chrono::system_clock::now();
  if (now < validity.not_before)
    return "is not valid before " + utc_text(validity.not_before) + " (now " + utc_text(now) + ")";
  if (now > validity.not_after)
    return "expired on " + utc_text(validity.not_after) + " (now " + utc_text(now) + ")";
  return {};
}

}  // namespace tacet::transport::detail

namespace tacet::transport {

void release_thread() {
  OPENSSL_thread_stop();
}

}  // namespace tacet::transport
