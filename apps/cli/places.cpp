#include "apps/cli/places.hpp"

#include <unistd.h>

#include <filesystem>
#include <utility>

#include "apps/io/source.hpp"

namespace tacet::apps {

Places::Places(const Options& options, const std::map<std::string, std::string>& sources) {
  // These two may well be one.
  for (const auto& [stream, name] :
       {std::pair(STDOUT_FILENO, "standard output"), std::pair(STDERR_FILENO, "standard error")})
    if (const auto file = identity_of(stream)) written_.emplace(*file, name);
  for (const auto& [name, source] : sources) reads(parse_source(source, name).path, "--input " + name);
  for (const auto& [option, path] : options.files_read) reads(path, option);
  for (const std::string& path : options.traces) reads(path, "--trace");
  reads(options.cluster, "--cluster"), reads(options.cert, "--cert"), reads(options.key, "--key");
}

void Places::reads(const std::string& path, const std::string& option) {
  std::error_code unknown;  // it may be a literal; what else is no file is refused by its reader
  const auto file = is_standard_input(path)                           ? identity_of(STDIN_FILENO)
                    : std::filesystem::is_regular_file(path, unknown) ? identity_of(path)
                                                                      : std::nullopt;
  if (file) read_.emplace(*file, option);
}

void Places::writes(const std::string& path, const std::string& option) {
  check_writable(path);
  const auto file = identity_of(path);
  if (!file) return;
  if (const auto reader = read_.find(*file); reader != read_.end())
    throw Error(Errc::bad_argument,
                option + " would overwrite the file of " + reader->second + ": expected another");
  const auto [first, is_new] = written_.emplace(*file, option);
  if (!is_new)
    throw Error(Errc::bad_argument, option + " and " + first->second + " are one file: expected two");
}

}  // namespace tacet::apps
