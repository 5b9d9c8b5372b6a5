#pragma once

#include <hwy/targets.h>

#include <boost/test/unit_test.hpp>
#include <cstdint>

namespace tacet::test {

/// Calls `f` once for each set of vector instructions that this machine has, with that one alone in use; what
/// was not compiled for it falls back on none.
template <class F>
void for_each_target(F f) {
  const std::int64_t supported = hwy::SupportedTargets();
  for (std::int64_t rest = supported; rest != 0; rest &= rest - 1) {
    const std::int64_t target = rest & -rest;
    hwy::SetSupportedTargetsForTest(target);
    hwy::GetChosenTarget().Update(hwy::SupportedTargets());
    BOOST_TEST_CONTEXT(hwy::TargetName(target)) {
      f();
    }
  }
  hwy::SetSupportedTargetsForTest(0);
  hwy::GetChosenTarget().Update(supported);
}

}  // namespace tacet::test
