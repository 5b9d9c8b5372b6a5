#include "transport/detail/descriptors.hpp"

#include <sys/resource.h>

#include <algorithm>
#include <cerrno>
#include <filesystem>
#include <string>

#include "graph/error.hpp"

namespace tacet::transport::detail {
namespace {

/// More than any job needs, and little enough for every table of the kernel.
constexpr rlim_t kPlenty = 8192;

std::size_t open_now() {
  std::error_code ignored;
  const auto count = std::distance(std::filesystem::directory_iterator("/proc/self/fd", ignored),
                                   std::filesystem::directory_iterator());
  return static_cast<std::size_t>(std::max<std::ptrdiff_t>(count, 16));  // without /proc: a guess
}

rlimit limits() {
  rlimit limit{};
  TACET_ASSERT(::getrlimit(RLIMIT_NOFILE, &limit) == 0);
  return limit;
}

}  // namespace

std::size_t free_descriptors() {
  const auto limit = static_cast<std::size_t>(std::min<rlim_t>(limits().rlim_cur, 1 << 20));
  return limit - std::min(limit, open_now());
}

void reserve_descriptors(std::size_t needed) {
  rlimit limit = limits();
  if (limit.rlim_cur < kPlenty && limit.rlim_cur < limit.rlim_max) {
    limit.rlim_cur = std::min(limit.rlim_max, kPlenty);
    (void)::setrlimit(RLIMIT_NOFILE, &limit);
  }
  const std::size_t free = free_descriptors();
  if (free < needed)
    throw Error(Errc::unsupported, "this endpoint needs " + std::to_string(needed) +
                                       " more file descriptors and may open " + std::to_string(free) +
                                       ": raise its limit (ulimit -n)");
}

bool is_exhaustion(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace tacet::transport::detail
