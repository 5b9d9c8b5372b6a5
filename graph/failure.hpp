#pragma once

#include <exception>
#include <string>

namespace tacet {

/// What an exception says; in words for people if memory or threads have run out.
std::string failure_text(const std::exception& e);

}  // namespace tacet
