#include <sys/stat.h>

#include <boost/test/unit_test.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "graph/error.hpp"
#include "says.hpp"
#include "transport/identity.hpp"

namespace tacet::transport {
namespace {

namespace fs = std::filesystem;
using std::chrono::hours;
using std::chrono::system_clock;

/// A directory of its own that goes with the test.
struct Directory {
  fs::path path;
  Directory() {
    std::string name = (fs::temp_directory_path() / "tacet-identity-XXXXXX").string();
    BOOST_REQUIRE(::mkdtemp(name.data()) != nullptr);
    path = name;
  }
  ~Directory() { fs::remove_all(path); }
  std::string operator/(const char* name) const { return (path / name).string(); }
  std::size_t files() const {
    return static_cast<std::size_t>(std::distance(fs::directory_iterator(path), fs::directory_iterator{}));
  }
};

template <class Call>
std::string error_of(Errc code, Call call) {
  try {
    call();
  } catch (const Error& error) {
    BOOST_TEST((error.code() == code), error.what());
    return error.what();
  }
  BOOST_ERROR("no error was thrown");
  return {};
}

}  // namespace

BOOST_AUTO_TEST_SUITE(identity)

BOOST_AUTO_TEST_CASE(an_identity_survives_its_files) {
  const Directory dir;
  const Identity made = make_identity("bank", 30);
  write_identity(made, dir / "cert.pem", dir / "key.pem");
  const Identity loaded = load_identity(dir / "cert.pem", dir / "key.pem");
  BOOST_TEST((loaded.fingerprint() == made.fingerprint()));
  BOOST_TEST(loaded.common_name() == "bank");
  BOOST_TEST((load_fingerprint(dir / "cert.pem") == made.fingerprint()));
  struct stat info {};
  BOOST_REQUIRE(::stat((dir / "key.pem").c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 0777) == 0600u);
  BOOST_TEST(dir.files() == 2u);
}

BOOST_AUTO_TEST_CASE(nothing_is_overwritten_and_nothing_half_written) {
  const Directory dir;
  const Identity identity_a = make_identity("a", 1);
  std::ofstream(dir / "cert.pem") << "precious";
  says(error_of(Errc::bad_file, [&] { write_identity(identity_a, dir / "cert.pem", dir / "key.pem"); }),
       "cert.pem: it exists already");
  BOOST_TEST(!fs::exists(dir / "key.pem"));
  BOOST_TEST(dir.files() == 1u);
  std::stringstream kept;
  kept << std::ifstream(dir / "cert.pem").rdbuf();
  BOOST_TEST(kept.str() == "precious");
  says(error_of(Errc::bad_file, [&] { write_identity(identity_a, dir / "no/cert.pem", dir / "no/key.pem"); }),
       "No such file");
}

BOOST_AUTO_TEST_CASE(mistakes_in_files_are_named) {
  const Directory dir;
  write_identity(make_identity("a", 1), dir / "a.pem", dir / "a.key");
  write_identity(make_identity("b", 1), dir / "b.pem", dir / "b.key");
  says(error_of(Errc::bad_file, [&] { load_identity(dir / "none.pem", dir / "a.key"); }),
       "none.pem: No such file");
  says(error_of(Errc::bad_certificate, [&] { load_identity(dir / "a.key", dir / "a.key"); }),
       "a.key holds no PEM certificate");
  says(error_of(Errc::bad_certificate, [&] { load_identity(dir / "a.pem", dir / "a.pem"); }),
       "a.pem holds no PEM private key");
  says(error_of(Errc::bad_certificate, [&] { load_identity(dir / "a.pem", dir / "b.key"); }),
       "is not the key of the certificate file");
  std::ofstream(dir / "empty.pem").flush();
  says(error_of(Errc::bad_certificate, [&] { load_identity(dir / "empty.pem", dir / "a.key"); }),
       "empty.pem");
}

BOOST_AUTO_TEST_CASE(a_key_that_others_may_read_is_refused) {
  const Directory dir;
  const std::string key = dir / "a.key";
  const mode_t before = ::umask(0);
  write_identity(make_identity("a", 1), dir / "a.pem", key);
  ::umask(before);
  struct stat info {};
  BOOST_TEST_REQUIRE(::stat(key.c_str(), &info) == 0);
  BOOST_TEST((info.st_mode & 07777) == 0600u);
  for (const mode_t mode : {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666, 0777}) {
    BOOST_TEST_REQUIRE(::chmod(key.c_str(), mode) == 0);
    const std::string message = error_of(Errc::bad_certificate, [&] { load_identity(dir / "a.pem", key); });
    says(message, key + " is open to other users");
    says(message, "chmod 600 " + key);
  }
  for (const mode_t mode : {0600, 0400, 0700}) {
    BOOST_TEST_REQUIRE(::chmod(key.c_str(), mode) == 0);
    BOOST_CHECK_NO_THROW(load_identity(dir / "a.pem", key));
  }
  // Somebody else's, as containers are given them, may be for our group but not for all.
  if (::geteuid() != 0 || ::chown(key.c_str(), 65534, 0) != 0) return;
  BOOST_TEST_REQUIRE(::chmod(key.c_str(), 0640) == 0);
  BOOST_CHECK_NO_THROW(load_identity(dir / "a.pem", key));
  BOOST_TEST_REQUIRE(::chmod(key.c_str(), 0644) == 0);
  says(error_of(Errc::bad_certificate, [&] { load_identity(dir / "a.pem", key); }), "chmod 600");
}

BOOST_AUTO_TEST_CASE(dates_are_checked_and_printed) {
  const Directory dir;
  const auto now = system_clock::now();
  write_identity(make_identity("old", Validity{now - hours(48), now - hours(24)}), dir / "old.pem",
                 dir / "old.key");
  write_identity(make_identity("new", Validity{now + hours(24), now + hours(48)}), dir / "new.pem",
                 dir / "new.key");
  says(error_of(Errc::bad_certificate, [&] { load_identity(dir / "old.pem", dir / "old.key"); }),
       "expired on 20");
  says(error_of(Errc::bad_certificate, [&] { load_identity(dir / "new.pem", dir / "new.key"); }),
       "is not valid before 20");
}

BOOST_AUTO_TEST_CASE(fingerprints_are_read_as_they_are_written) {
  const Fingerprint print = make_identity("a", 1).fingerprint();
  BOOST_TEST((Fingerprint::parse(print.to_string()) == print));
  std::string colons = "sha256:";
  for (int i = 0; i < 32; ++i) colons += i == 0 ? "AB" : ":AB";
  BOOST_TEST(Fingerprint::parse(colons).to_string().ends_with("abab"));
  const auto rejected = [](const std::string& text) {
    return error_of(Errc::bad_certificate, [&] { (void)Fingerprint::parse(text); });
  };
  says(rejected("sha1:00"), "does not start with sha256:");
  says(rejected("sha256:00"), "it has 2 digits");
  says(rejected("sha256:" + std::string(66, '0')), "more than 64 digits");
  says(rejected("sha256:" + std::string(63, '0') + "g"), "it contains 'g'");
  says(rejected(colons + ":"), "it contains ':'");
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tacet::transport
