#include "apps/io/output_file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <climits>
#include <cstdlib>
#include <cstring>
#include <iostream>
#include <memory>
#include <utility>

namespace tacet::apps {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;
constexpr int kAskMs = 50;  // how often a wait asks whether it is interrupted

[[noreturn]] void fail(Errc code, const std::string& path, const std::string& why) {
  throw Error(code, "cannot write " + path + ": " + why);
}
[[noreturn]] void fail(Errc code, const std::string& path, int error) {
  fail(code, path, std::string(std::strerror(error)));
}
void stop_if_interrupted(const std::string& path) {
  if (Interrupts::pending()) fail(Errc::not_written, path, "interrupted");
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

std::string name_of(const std::string& path) {
  return path.substr(path.rfind('/') + 1);  // npos + 1 is 0
}

/// What a path leads to.
struct Target {
  std::string path;     ///< without links
  int descriptor = -1;  ///< of this process, if the path names one
  bool exists = false;
  struct stat status {};
  bool is_replaced() const { return descriptor < 0 && (!exists || S_ISREG(status.st_mode)); }
};

// The number of one of our own descriptors if the link is its name, as /proc/self/fd/1 and /dev/fd/1 are.
int named_descriptor(const std::string& link) {
  const std::string name = name_of(link);
  constexpr std::size_t kMaxDigits = 9;
  if (name.empty() || name.size() > kMaxDigits || name.find_first_not_of("0123456789") != std::string::npos)
    return -1;
  const std::unique_ptr<char, decltype(&std::free)> folder(::realpath(folder_of(link).c_str(), nullptr),
                                                           &std::free);
  const std::string own = "/proc/" + std::to_string(::getpid()) + "/";
  const std::string_view real = folder ? folder.get() : "";
  return real.starts_with(own) && real.ends_with("/fd") ? std::atoi(name.c_str()) : -1;
}

Target find_target(const std::string& path) {
  Target target{path, -1, false, {}};
  // The kernel decides whether links may be followed: some of others in shared folders may not.
  target.exists = ::stat(path.c_str(), &target.status) == 0;
  if (!target.exists && errno != ENOENT) fail(Errc::bad_file, path, errno);
  struct stat link {};
  while (::lstat(target.path.c_str(), &link) == 0 && S_ISLNK(link.st_mode)) {
    target.descriptor = named_descriptor(target.path);
    if (target.descriptor >= 0) break;
    char text[PATH_MAX];
    const ssize_t size = ::readlink(target.path.c_str(), text, sizeof text);
    if (size < 0) fail(Errc::bad_file, path, errno);
    const std::string next(text, static_cast<std::size_t>(size));
    target.path = next.starts_with('/') ? next : folder_of(target.path) + "/" + next;
  }
  if (target.exists && S_ISDIR(target.status.st_mode)) fail(Errc::bad_file, path, "it is a folder");
  if (target.exists && S_ISSOCK(target.status.st_mode)) fail(Errc::bad_file, path, "it is a socket");
  return target;
}

}  // namespace

OutputFile::OutputFile(const std::string& path, std::optional<mode_t> mode) : path_(path) {
  const Target target = find_target(path);
  if (target.is_replaced()) {
    // A rename would replace what its owner has made read-only.
    if (target.exists && ::faccessat(AT_FDCWD, target.path.c_str(), W_OK, AT_EACCESS) != 0)
      fail(Errc::bad_file, path_, errno);
    final_path_ = target.path;
    if (!mode && target.exists) mode = target.status.st_mode & 0777;
    create(mode);
  } else if (target.descriptor >= 0) {
    descriptor_.reset(::fcntl(target.descriptor, F_DUPFD_CLOEXEC, 0));
    if (descriptor_.get() < 0) fail(Errc::bad_file, path_, errno);
  } else {
    open_stream();
  }
}

OutputFile::OutputFile(int descriptor, std::string name)
    : path_(std::move(name)), descriptor_(::fcntl(descriptor, F_DUPFD_CLOEXEC, 0)) {
  if (descriptor_.get() < 0) fail(Errc::not_written, path_, errno);
}

OutputFile::~OutputFile() {
  if (!temporary_path_.empty()) ::unlink(temporary_path_.c_str());
}

void OutputFile::create(std::optional<mode_t> mode) {
  // Whoever left a file of this name behind is no longer writing it, or is another thread: the next number is
  // free.
  for (int attempt = 0; descriptor_.get() < 0; ++attempt) {
    constexpr int kMaxAttempts = 1000;
    temporary_path_ = folder_of(final_path_) + "/." + name_of(final_path_) + "." +
                      std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".part";
    descriptor_.reset(
        ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, mode ? kPrivate : 0666));
    if (descriptor_.get() < 0 && (errno != EEXIST || attempt == kMaxAttempts)) {
      temporary_path_.clear();
      fail(Errc::bad_file, path_, errno);
    }
  }
  // Some file systems have no permissions.
  if (mode) static_cast<void>(::fchmod(descriptor_.get(), *mode));
}

void OutputFile::open_stream() {
  for (bool told = false; descriptor_.get() < 0;) {
    stop_if_interrupted(path_);
    descriptor_.reset(::open(path_.c_str(), O_WRONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK));
    if (descriptor_.get() >= 0 || errno == EINTR) continue;
    if (errno != ENXIO) fail(Errc::bad_file, path_, errno);
    if (!std::exchange(told, true)) std::cerr << "waiting for a reader of " << path_ << "\n";
    ::poll(nullptr, 0, kAskMs);
  }
}

void OutputFile::append(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= kBufferBytes) flush();
}

void OutputFile::flush() {
  for (std::size_t done = 0; done < buffer_.size();) {
    std::size_t piece = buffer_.size() - done;
    if (final_path_.empty()) {
      // A stream that is ready takes this much at once.
      piece = std::min(piece, std::size_t{PIPE_BUF});
      pollfd ready{descriptor_.get(), POLLOUT, 0};
      if (::poll(&ready, 1, kAskMs) <= 0) {
        stop_if_interrupted(path_);
        continue;
      }
    }
    const ssize_t put = ::write(descriptor_.get(), buffer_.data() + done, piece);
    if (put < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (put < 0 && errno == EPIPE)
      throw ReaderGone(Errc::not_written, "cannot write " + path_ + ": " + std::strerror(EPIPE));
    if (put < 0) fail(Errc::not_written, path_, errno);
    done += static_cast<std::size_t>(put);
  }
  buffer_.clear();
}

void OutputFile::commit() {
  flush();
  if (final_path_.empty()) {
    if (descriptor_.close() != 0) fail(Errc::not_written, path_, errno);
    return;
  }
  if (::fsync(descriptor_.get()) != 0) fail(Errc::not_written, path_, errno);
  if (descriptor_.close() != 0) fail(Errc::not_written, path_, errno);
  if (::rename(temporary_path_.c_str(), final_path_.c_str()) != 0) fail(Errc::not_written, path_, errno);
  temporary_path_.clear();
  // The name too must survive a power cut; some file systems cannot promise it, and then the file is there
  // anyway.
  const Descriptor folder(::open(folder_of(final_path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) static_cast<void>(::fsync(folder.get()));
}

void check_writable(const std::string& path) {
  const Target target = find_target(path);
  if (target.is_replaced()) {
    OutputFile trial(path);
    trial.append("\n");  // a disk that is full still has room for names
    try {
      trial.flush();
    } catch (const Error& e) {
      throw Error(Errc::bad_file, e.what());
    }
  } else if (target.descriptor >= 0) {
    const int flags = ::fcntl(target.descriptor, F_GETFL);
    if (flags < 0) fail(Errc::bad_file, path, errno);
    if ((flags & O_ACCMODE) == O_RDONLY) fail(Errc::bad_file, path, "it is open for reading alone");
  } else if (::faccessat(AT_FDCWD, path.c_str(), W_OK, AT_EACCESS) != 0) {
    fail(Errc::bad_file, path, errno);
  }
}

std::optional<FileIdentity> identity_of(const std::string& path) {
  const Target target = find_target(path);
  if (target.descriptor >= 0) return std::nullopt;
  if (target.exists) {
    if (S_ISCHR(target.status.st_mode)) return std::nullopt;
    return FileIdentity{target.status.st_dev, target.status.st_ino, ""};
  }
  struct stat folder {};
  if (::stat(folder_of(target.path).c_str(), &folder) != 0) fail(Errc::bad_file, path, errno);
  return FileIdentity{folder.st_dev, folder.st_ino, name_of(target.path)};
}

std::optional<FileIdentity> identity_of(int descriptor) {
  struct stat status {};
  if (::fstat(descriptor, &status) != 0 || !S_ISREG(status.st_mode)) return std::nullopt;
  return FileIdentity{status.st_dev, status.st_ino, ""};
}

}  // namespace tacet::apps
