#include "protocols/plan_digest.hpp"

namespace tacet::protocols {

Digest plan_digest(const Plan& plan) {
  Sha256 hash;
  plan.canonical_bytes([&](std::span<const std::byte> piece) { hash.update(piece); });
  return hash.finish();
}

}  // namespace tacet::protocols
