#include "apps/io/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "graph/error.hpp"

namespace tacet::apps {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

std::string reason(int error) {
  return std::strerror(error);
}

std::string folder_of(const std::string& path) {
  const std::size_t slash = path.rfind('/');
  return slash == std::string::npos ? "." : slash == 0 ? "/" : path.substr(0, slash);
}

// A descriptor closed on every way out.
class Descriptor {
 public:
  explicit Descriptor(int value) : value_(value) {}
  ~Descriptor() {
    if (value_ >= 0) ::close(value_);
  }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }

 private:
  int value_;
};

void wait_readable(int descriptor, const std::string& name, const std::function<bool()>& cancelled) {
  constexpr int kAskMs = 50;
  for (pollfd p{descriptor, POLLIN, 0}; ::poll(&p, 1, kAskMs) <= 0;)
    if (cancelled()) throw Error(Errc::aborted, "nothing to read from " + name + " before the job ended");
}

std::string read_all(int descriptor, const std::string& name, std::size_t max_bytes,
                     const std::function<bool()>& cancelled) {
  const auto refuse_size = [&] {
    throw Error(Errc::bad_file,
                "cannot read " + name + ": it has more than " + std::to_string(max_bytes) + " bytes");
  };
  struct stat status {};
  const bool has_size = ::fstat(descriptor, &status) == 0 && S_ISREG(status.st_mode);
  const std::size_t expected = has_size ? static_cast<std::size_t>(status.st_size) : 0;
  if (expected > max_bytes) refuse_size();
  // The size is a hint: a pipe has none, and a file may grow while it is read.
  std::string bytes(has_size ? expected + 1 : kBufferBytes, '\0');
  std::size_t size = 0;
  for (;;) {
    if (size > max_bytes) refuse_size();
    if (size == bytes.size()) bytes.resize(2 * size);
    if (cancelled) wait_readable(descriptor, name, cancelled);
    const ssize_t got = ::read(descriptor, bytes.data() + size, bytes.size() - size);
    if (got < 0 && (errno == EINTR || errno == EAGAIN)) continue;
    if (got < 0) throw Error(Errc::bad_file, "cannot read " + name + ": " + reason(errno));
    if (got == 0) break;
    size += static_cast<std::size_t>(got);
  }
  bytes.resize(size);
  return bytes;
}

}  // namespace

std::string read_file(const std::string& path, std::size_t max_bytes,
                      const std::function<bool()>& cancelled) {
  // Opening a pipe would wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | (cancelled ? O_NONBLOCK : 0)));
  if (file.get() < 0 && (errno == ENOENT || errno == ENOTDIR))
    throw Error(Errc::missing_input, "no such file: " + path);
  if (file.get() < 0) throw Error(Errc::bad_file, "cannot read " + path + ": " + reason(errno));
  return read_all(file.get(), path, max_bytes, cancelled);
}

std::string read_standard_input(std::size_t max_bytes, const std::function<bool()>& cancelled) {
  return read_all(STDIN_FILENO, "standard input", max_bytes, cancelled);
}

std::string extension_of(std::string_view path) {
  const std::size_t dot = path.rfind('.');
  const std::size_t slash = path.rfind('/');
  if (dot == std::string_view::npos || (slash != std::string_view::npos && dot < slash)) return "";
  std::string extension(path.substr(dot));
  for (char& c : extension)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return extension;
}

AtomicFile::AtomicFile(std::string path) : path_(std::move(path)) {
  struct stat existing {};
  const bool exists = ::stat(path_.c_str(), &existing) == 0;
  if (exists && S_ISDIR(existing.st_mode)) fail("it is a folder");
  const std::size_t name_begin = path_.rfind('/') == std::string::npos ? 0 : path_.rfind('/') + 1;
  // Whoever left a file of this name behind is no longer writing it, or is another thread: the next number is
  // free.
  for (int attempt = 0; descriptor_ < 0; ++attempt) {
    constexpr int kMaxAttempts = 1000;
    temporary_path_ = path_.substr(0, name_begin) + "." + path_.substr(name_begin) + "." +
                      std::to_string(::getpid()) + "-" + std::to_string(attempt) + ".part";
    descriptor_ = ::open(temporary_path_.c_str(), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (descriptor_ < 0 && (errno != EEXIST || attempt == kMaxAttempts)) {
      temporary_path_.clear();
      fail(reason(errno));
    }
  }
  // A file that only its owner could read stays so.
  if (exists) static_cast<void>(::fchmod(descriptor_, existing.st_mode & 0777));
}

AtomicFile::~AtomicFile() {
  if (descriptor_ >= 0) ::close(descriptor_);
  if (!temporary_path_.empty()) ::unlink(temporary_path_.c_str());
}

void AtomicFile::append(std::string_view bytes) {
  buffer_ += bytes;
  if (buffer_.size() >= kBufferBytes) flush();
}

void AtomicFile::flush() {
  for (std::size_t done = 0; done < buffer_.size();) {
    const ssize_t put = ::write(descriptor_, buffer_.data() + done, buffer_.size() - done);
    if (put < 0 && errno == EINTR) continue;
    if (put < 0) fail(reason(errno));
    done += static_cast<std::size_t>(put);
  }
  buffer_.clear();
}

void AtomicFile::commit() {
  flush();
  if (::fsync(descriptor_) != 0) fail(reason(errno));
  const int closed = ::close(descriptor_);
  descriptor_ = -1;
  if (closed != 0) fail(reason(errno));
  if (::rename(temporary_path_.c_str(), path_.c_str()) != 0) fail(reason(errno));
  temporary_path_.clear();
  // The name too must survive a power cut; some file systems cannot promise it, and then the file is there
  // anyway.
  const Descriptor folder(::open(folder_of(path_).c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (folder.get() >= 0) static_cast<void>(::fsync(folder.get()));
}

void AtomicFile::fail(const std::string& why) const {
  throw Error(Errc::bad_file, "cannot write " + path_ + ": " + why);
}

}  // namespace tacet::apps
