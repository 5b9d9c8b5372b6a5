#pragma once

#include <string>

#include "apps/io/data.hpp"

namespace tacet::apps {

/// Where numbers come from, as users write it.
struct Source {
  std::string path;  ///< or a literal
  Layout layout;
};

/// Reads path[,format=F][,header=yes|no][,column=NAME or N][,separator=S]; "-" is standard input. Whatever
/// follows a key belongs to it up to the next key, so that a name may hold commas; a name in double quotes is
/// never a number. Fails: Errc::bad_argument, which shows nothing of a literal.
Source parse_source(const std::string& text, const std::string& input_name);

/// Whether it is the one source that can be read but once.
bool is_standard_input(const std::string& path);

}  // namespace tacet::apps
