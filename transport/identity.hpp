#pragma once

#include <chrono>
#include <memory>
#include <string>
#include <string_view>

#include "transport/fingerprint.hpp"

namespace tacet::transport {

/// When a certificate may be used.
struct Validity {
  std::chrono::system_clock::time_point not_before;
  std::chrono::system_clock::time_point not_after;
};

/// A certificate and its private key: who an organisation is, whatever party number a job gives it. Copies
/// share the key, which is wiped when the last copy goes.
class Identity {
 public:
  struct Impl;  // holds the TLS library's objects, which stay out of this header
  explicit Identity(std::shared_ptr<const Impl> impl);

  const Fingerprint& fingerprint() const;
  const std::string& common_name() const;
  const Validity& validity() const;
  const Impl& impl() const { return *impl_; }

 private:
  std::shared_ptr<const Impl> impl_;
};

/// Reads a PEM certificate and its PEM private key.
/// Throws Error bad_file (unreadable) or bad_certificate (not PEM, encrypted key, key that others may read,
/// key of another certificate, expired or not yet valid, with the dates); each message names the file.
Identity load_identity(const std::string& cert_path, const std::string& key_path);

/// A fresh self-signed EC P-256 identity, valid from an hour ago (clocks differ) for the given number of
/// days.
Identity make_identity(std::string_view common_name, int days);

/// The same with exact dates.
Identity make_identity(std::string_view common_name, const Validity& validity);

/// Writes both files, or neither. The key is created with mode 0600; neither file may exist already.
/// Throws Error bad_file naming the path and the reason; not_written if that is found out late, as of a full
/// disk.
void write_identity(const Identity& identity, const std::string& cert_path, const std::string& key_path);

/// The fingerprint of a PEM certificate file, to be written in a cluster file. Throws as load_identity().
Fingerprint load_fingerprint(const std::string& cert_path);

}  // namespace tacet::transport
