#pragma once

#include <map>
#include <string>

#include "apps/cli/options.hpp"
#include "apps/io/output_file.hpp"

namespace tacet::apps {

/// The files of one command line, each by the option that says so: no two results go to one file, and none to
/// a file that is read.
class Places {
 public:
  /// Knows what is read: the sources of inputs, by name, and the files of other options.
  explicit Places(const Options& options, const std::map<std::string, std::string>& sources = {});

  /// Something will be written there. Fails: Errc::bad_file if it cannot be, Errc::bad_argument if another
  /// option reads or writes that file, under whatever name.
  void writes(const std::string& path, const std::string& option);

 private:
  void reads(const std::string& path, const std::string& option);

  std::map<FileIdentity, std::string> read_, written_;
};

}  // namespace tacet::apps
