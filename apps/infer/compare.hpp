#pragma once

#include <map>
#include <span>
#include <vector>

#include "apps/infer/fold.hpp"
#include "apps/infer/reference.hpp"

namespace tacet::apps::infer {

/// How far values are from those of the integer reference, in quanta.
struct Differences {
  std::int32_t most = 0;
  double mean = 0;                                ///< of the magnitudes
  std::map<std::int32_t, std::size_t> histogram;  ///< how often by value less reference
};
/// Of as many values as there are references.
Differences differences(std::span<const std::int32_t> values, std::span<const std::int32_t> reference);

/// For every operator but final ones: how far its output is when the network is computed as folded, in the
/// clear. All modes but `fixed`, which truncates up or down at random, give the same on secrets.
/// `reference` is what run_reference() gives for the image.
std::vector<Differences> differences_by_layer(const Network& network, const Folded& folded,
                                              std::span<const std::int32_t> image,
                                              const TensorValues& reference);

}  // namespace tacet::apps::infer
