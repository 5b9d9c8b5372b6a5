#include "graph/failure.hpp"

#include <new>
#include <system_error>

namespace tacet {

std::string failure_text(const std::exception& e) {
  if (dynamic_cast<const std::bad_alloc*>(&e) != nullptr) return "out of memory";
  const auto* system = dynamic_cast<const std::system_error*>(&e);
  if (system != nullptr && system->code() == std::errc::resource_unavailable_try_again)
    return "no thread could be started: raise its limits of processes (ulimit -u, pids of its cgroup) or "
           "memory";
  return e.what();
}

}  // namespace tacet
