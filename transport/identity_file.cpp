#include <fcntl.h>
#include <openssl/crypto.h>
#include <openssl/pem.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>

#include "transport/detail/hex.hpp"
#include "transport/detail/openssl.hpp"
#include "transport/detail/socket.hpp"
#include "transport/hello.hpp"
#include "transport/identity.hpp"

namespace tacet::transport {

namespace {

/// No PEM file of one certificate or key is larger; a wrong path (a device, a model) is not read to its end.
constexpr std::size_t kMaxPemBytes = std::size_t{1} << 20;

/// File contents that are wiped when they go, because some are keys.
struct Secret {
  std::string text;
  struct stat status {};
  Secret() = default;
  Secret(Secret&&) = default;
  ~Secret() { OPENSSL_cleanse(text.data(), text.size()); }
};

Secret read_file(const std::string& path, const char* what) {
  const auto fail = [&](const std::string& why) -> Error {
    return {Errc::bad_file, std::string("cannot read the ") + what + " file " + path + ": " + why};
  };
  const detail::UniqueFd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOCTTY));
  if (!fd) throw fail(detail::errno_text(errno));
  Secret secret;
  if (::fstat(fd.get(), &secret.status) != 0) throw fail(detail::errno_text(errno));
  // Reserved once, so that no outgrown copy of a key stays behind on the heap.
  secret.text.resize(kMaxPemBytes + 1);
  std::size_t size = 0;
  while (size < secret.text.size()) {
    const ssize_t got = ::read(fd.get(), secret.text.data() + size, secret.text.size() - size);
    if (got == 0) break;
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) throw fail(detail::errno_text(errno));
    size += static_cast<std::size_t>(got);
  }
  if (size > kMaxPemBytes) throw fail("it is larger than " + std::to_string(kMaxPemBytes) + " bytes");
  secret.text.resize(size);
  return secret;
}

detail::BioPtr as_bio(const std::string& text) {
  return detail::BioPtr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

/// Answers the library's question for a passphrase with none: nobody sits at a party's terminal.
int no_passphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return -1;
}

detail::X509Ptr read_certificate(const std::string& path) {
  const Secret file = read_file(path, "certificate");
  detail::X509Ptr certificate(PEM_read_bio_X509(as_bio(file.text).get(), nullptr, nullptr, nullptr));
  if (!certificate)
    throw Error(Errc::bad_certificate, "the certificate file " + path +
                                           " holds no PEM certificate: " + detail::take_tls_error() +
                                           "; expected -----BEGIN CERTIFICATE-----");
  return certificate;
}

/// A file of ours must be for ourselves alone; one that somebody else has made for us, as containers get
/// them, may be for our group.
void check_privacy(const std::string& path, const struct stat& status) {
  const mode_t wrong = status.st_uid == ::geteuid() ? S_IRWXG | S_IRWXO : S_IRWXO;
  if (!S_ISREG(status.st_mode) || (status.st_mode & wrong) == 0) return;
  char mode[8];
  std::snprintf(mode, sizeof mode, "%04o", static_cast<unsigned>(status.st_mode & 07777));
  throw Error(Errc::bad_certificate, "the key file " + path + " is open to other users (its mode is " + mode +
                                         "); expected one for its owner alone: chmod 600 " + path);
}

detail::KeyPtr read_key(const std::string& path) {
  const Secret file = read_file(path, "key");
  bool encrypted = false;
  detail::KeyPtr key(PEM_read_bio_PrivateKey(as_bio(file.text).get(), nullptr, &no_passphrase, &encrypted));
  if (key) {
    check_privacy(path, file.status);
    return key;
  }
  const std::string why = detail::take_tls_error();
  if (encrypted)
    throw Error(Errc::bad_certificate,
                "the key file " + path + " is encrypted; expected a key without a passphrase");
  throw Error(Errc::bad_certificate, "the key file " + path + " holds no PEM private key: " + why +
                                         "; expected -----BEGIN PRIVATE KEY-----");
}

/// A file written completely under a name of its own first. It appears under its final name by a hard link,
/// which never replaces anything, and disappears again unless both files of a pair made it.
class NewFile {
 public:
  NewFile(std::string path, int mode) : path_(std::move(path)) {
    const Nonce suffix = fresh_nonce();
    temporary_ = path_ + "." + detail::to_hex(suffix).substr(0, 16) + ".new";
    fd_ = detail::UniqueFd(
        ::open(temporary_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, mode));
    if (!fd_) {
      temporary_.clear();
      fail(errno);
    }
  }

  ~NewFile() {
    if (!temporary_.empty()) ::unlink(temporary_.c_str());
    if (linked_ && !kept_) ::unlink(path_.c_str());
  }

  void write(BIO* from) {
    char* data = nullptr;
    const long size = BIO_get_mem_data(from, &data);
    for (long done = 0; done < size;) {
      const ssize_t put = ::write(fd_.get(), data + done, static_cast<std::size_t>(size - done));
      if (put < 0 && errno != EINTR) fail(errno, Errc::not_written);
      if (put > 0) done += put;
    }
    if (::fsync(fd_.get()) != 0) fail(errno, Errc::not_written);
  }

  void appear() {
    if (::link(temporary_.c_str(), path_.c_str()) != 0) fail(errno);
    linked_ = true;
  }

  void keep() { kept_ = true; }

 private:
  [[noreturn]] void fail(int error, Errc code = Errc::bad_file) const {
    const std::string why =
        error == EEXIST ? "it exists already and is not overwritten" : detail::errno_text(error);
    throw Error(code, "cannot write " + path_ + ": " + why);
  }

  std::string path_;
  std::string temporary_;
  detail::UniqueFd fd_;
  bool linked_ = false;
  bool kept_ = false;
};

}  // namespace

Identity load_identity(const std::string& cert_path, const std::string& key_path) {
  auto impl = std::make_shared<Identity::Impl>();
  impl->certificate = read_certificate(cert_path);
  impl->key = read_key(key_path);
  if (X509_check_private_key(impl->certificate.get(), impl->key.get()) != 1) {
    (void)detail::take_tls_error();
    throw Error(Errc::bad_certificate,
                "the key file " + key_path + " is not the key of the certificate file " + cert_path);
  }
  impl->fingerprint = detail::fingerprint_of(impl->certificate.get());
  impl->common_name = detail::common_name_of(impl->certificate.get());
  impl->validity = detail::validity_of(impl->certificate.get());
  if (const std::string why = detail::validity_error(impl->validity); !why.empty())
    throw Error(Errc::bad_certificate, "the certificate file " + cert_path + " " + why);
  return Identity(std::move(impl));
}

Fingerprint load_fingerprint(const std::string& cert_path) {
  return detail::fingerprint_of(read_certificate(cert_path).get());
}

void write_identity(const Identity& identity, const std::string& cert_path, const std::string& key_path) {
  // Secure memory where the system grants it; BIO_s_secmem wipes it in any case.
  const detail::BioPtr key_text(BIO_new(BIO_s_secmem()));
  const detail::BioPtr cert_text(BIO_new(BIO_s_mem()));
  const Identity::Impl& impl = identity.impl();
  if (PEM_write_bio_PKCS8PrivateKey(key_text.get(), impl.key.get(), nullptr, nullptr, 0, nullptr, nullptr) !=
          1 ||
      PEM_write_bio_X509(cert_text.get(), impl.certificate.get()) != 1)
    throw Error(Errc::bad_certificate, "cannot encode the identity: " + detail::take_tls_error());
  NewFile key(key_path, 0600);
  NewFile cert(cert_path, 0644);
  key.write(key_text.get());
  cert.write(cert_text.get());
  key.appear();
  cert.appear();
  key.keep();
  cert.keep();
}

}  // namespace tacet::transport
