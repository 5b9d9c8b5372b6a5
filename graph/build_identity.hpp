#pragma once

#include <string_view>

namespace tacet {

/// What tells this build from others, for people: the version, and a hash of the sources that decide plans, masks
/// and shares, as "0.1.0-3f2a91bc04d7". Compilers and machines do not count.
std::string_view build_identity();

}  // namespace tacet
