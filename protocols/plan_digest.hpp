#pragma once

#include "graph/plan.hpp"
#include "protocols/crypto.hpp"

namespace tacet::protocols {

/// SHA-256 of a plan's canonical bytes: endpoints whose digests differ never start.
Digest plan_digest(const Plan& plan);

}  // namespace tacet::protocols
