#include "transport/cancel.hpp"

#include <sys/eventfd.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

#include "graph/error.hpp"

namespace tacet::transport {

CancelToken::CancelToken() : descriptor_(::eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC)) {
  if (descriptor_ < 0)
    throw Error(Errc::aborted, "no more file descriptors can be opened (" +
                                   std::generic_category().message(errno) +
                                   "): raise their limit (ulimit -n)");
}

CancelToken::~CancelToken() {
  ::close(descriptor_);
}

void CancelToken::cancel() noexcept {
  cancelled_.store(true, std::memory_order_release);
  const std::uint64_t one = 1;
  // The only failure is a full counter, and then the descriptor is readable already.
  (void)!::write(descriptor_, &one, sizeof one);
}

}  // namespace tacet::transport
