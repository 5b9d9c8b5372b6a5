#pragma once

#include <memory>
#include <streambuf>
#include <string>

#include "apps/live/terminal.hpp"

namespace tacet::apps {

/// While it lives, what is written to std::cerr and what is logged goes to a terminal: none of it waits.
/// std::flush settles the terminal.
class Messages {
 public:
  explicit Messages(Terminal& terminal);
  ~Messages();
  Messages(const Messages&) = delete;
  Messages& operator=(const Messages&) = delete;

 private:
  class Lines;
  const std::unique_ptr<Lines> lines_;
  std::streambuf* const before_;
};

/// What is logged: "off", "error", "warn" (before the first call), "info" or "debug".
void set_log_level(const std::string& level);

}  // namespace tacet::apps
