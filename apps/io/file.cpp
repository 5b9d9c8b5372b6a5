#include "apps/io/file.hpp"

#include <fcntl.h>
#include <poll.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "apps/io/descriptor.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

namespace {

constexpr std::size_t kBufferBytes = std::size_t{1} << 20;

std::string reason(int error) {
  return std::strerror(error);
}

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

}  // namespace tacet::apps
