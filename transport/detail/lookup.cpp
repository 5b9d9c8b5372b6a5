#include "transport/detail/lookup.hpp"

#include <poll.h>

#include <thread>

namespace tacet::transport::detail {

std::shared_ptr<Lookup> Lookup::start(const std::string& host, std::uint16_t port, bool to_listen) {
  auto lookup = std::make_shared<Lookup>();
  std::thread([lookup, host, port, to_listen] {
    Resolved found = resolve(host, port, /*numeric_only=*/false, to_listen);
    const std::lock_guard lock(lookup->mutex_);
    lookup->found_ = std::move(found);
    lookup->wake_.notify();
  }).detach();
  return lookup;
}

std::optional<Resolved> Lookup::take() {
  const std::lock_guard lock(mutex_);
  return std::exchange(found_, std::nullopt);
}

Resolved resolve_until(const std::string& host, std::uint16_t port, bool to_listen, Deadline deadline) {
  Resolved numeric = resolve(host, port, /*numeric_only=*/true, to_listen);
  if (!numeric.addresses.empty()) return numeric;
  const std::shared_ptr<Lookup> lookup = Lookup::start(host, port, to_listen);
  Resolved unknown;
  unknown.error = "the name was not resolved in time";
  if (wait_for(lookup->descriptor(), POLLIN, deadline)) return unknown;
  return lookup->take().value_or(unknown);
}

}  // namespace tacet::transport::detail
