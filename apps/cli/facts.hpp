#pragma once

#include <vector>

#include "apps/cli/options.hpp"
#include "transport/hello.hpp"

namespace tacet::apps {

/// What endpoints of one job have in common, for the message when they do not: program, settings, sizes,
/// policy and the build of this program.
std::vector<transport::Fact> facts_of(const Job& job, const Options& options);

}  // namespace tacet::apps
