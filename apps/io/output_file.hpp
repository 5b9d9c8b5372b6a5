#pragma once

#include <sys/types.h>

#include <compare>
#include <optional>
#include <string>
#include <string_view>

#include "apps/io/descriptor.hpp"
#include "apps/io/interrupts.hpp"
#include "graph/error.hpp"

namespace tacet::apps {

/// Only the owner may read it: results and traces.
inline constexpr mode_t kPrivate = 0600;

/// Whoever read a pipe has gone, as `| head` does when it has enough.
class ReaderGone : public Error {
 public:
  using Error::Error;
};

/// Something that is written. Symbolic links are followed. A regular file appears complete or not at all: it
/// is written under another name in the same folder, brought to disk and then renamed; without commit()
/// nothing is left and a file of that name stays as it was. Whatever else the path leads to (a device, a
/// FIFO, an open descriptor such as /dev/stdout) is written as a stream and never replaced. A signal that
/// would end the process takes effect when a file is complete or given up, and ends a wait for the reader of
/// a stream.
class OutputFile {
 public:
  /// A regular file gets these permissions, whatever it had; without: those it has, or for a new one what
  /// umask leaves. Waits for the reader of a FIFO, saying so on stderr.
  /// Fails: Errc::bad_file naming the path and the reason, also for a file that may not be written though
  /// its folder may.
  explicit OutputFile(const std::string& path, std::optional<mode_t> mode = std::nullopt);
  /// The stream of an open descriptor, which stays open; `name` stands in messages.
  OutputFile(int descriptor, std::string name);
  ~OutputFile();
  OutputFile(const OutputFile&) = delete;
  OutputFile& operator=(const OutputFile&) = delete;

  /// Fails: Errc::not_written naming the path and the reason; ReaderGone.
  void append(std::string_view bytes);
  void commit();

 private:
  friend void check_writable(const std::string& path);
  void create(std::optional<mode_t> mode);
  void open_stream();
  void flush();

  const Interrupts interrupts_;
  std::string path_;            ///< for messages
  std::string final_path_;      ///< the regular file; empty for a stream
  std::string temporary_path_;  ///< while there is one
  std::string buffer_;
  Descriptor descriptor_;
};

/// Finds out, without changing anything, whether an OutputFile could be written there.
/// Fails: as OutputFile does.
void check_writable(const std::string& path);

/// What a path leads to, or would: equal for all names of one file.
struct FileIdentity {
  dev_t device;
  ino_t inode;       ///< of the file, or of the folder it would be made in
  std::string name;  ///< in that folder; empty if the file exists
  auto operator<=>(const FileIdentity&) const = default;
};
/// Nothing for a character device and an open descriptor, which take any number of writers.
/// Fails: Errc::bad_file for a path that check_writable() refuses.
std::optional<FileIdentity> identity_of(const std::string& path);
/// Of an open descriptor, if it is a regular file.
std::optional<FileIdentity> identity_of(int descriptor);

}  // namespace tacet::apps
