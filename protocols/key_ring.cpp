#include "protocols/key_ring.hpp"

#include "protocols/layout.hpp"

namespace tacet::protocols {

KeyRing::KeyRing(const Setting& setting)
    : parties_(setting.n),
      shares_(Layout(setting.n).shares()),
      keys_(shares_ + parties_ + std::size_t{setting.clients} * shares_) {}

std::size_t KeyRing::index(const KeyRef& ref) const {
  std::size_t index = ref.which;
  TACET_ASSERT(ref.which < (ref.kind == KeyRef::Kind::pair ? parties_ : shares_));
  if (ref.kind == KeyRef::Kind::pair) index += shares_;
  if (ref.kind == KeyRef::Kind::client) index += shares_ + parties_ + std::size_t{ref.client} * shares_;
  TACET_ASSERT(index < keys_.size());
  return index;
}

}  // namespace tacet::protocols
