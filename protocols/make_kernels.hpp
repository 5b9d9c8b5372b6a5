#pragma once

#include <memory>

#include "protocols/kernels.hpp"
#include "protocols/masks.hpp"

namespace tacet::protocols {

/// The kernels of an endpoint in one session. Scheme::plain uses no key: its masks are zero.
std::unique_ptr<Kernels> make_kernels(const Setting& setting, EndpointId self, KeyRing keys);

/// The same with masks from elsewhere, as tests need. They are not checked for reuse.
std::unique_ptr<Kernels> make_kernels(const Setting& setting, EndpointId self, std::unique_ptr<Masks> masks);

}  // namespace tacet::protocols
