#pragma once

#include <vector>

#include "apps/infer/outline.hpp"
#include "graph/builder.hpp"

namespace tacet::apps::infer {

/// Declares the secrets of a network's owner and computes the logits, less the smallest value of their type,
/// for images of shape [batch, ..], given less the smallest value of theirs. `layers`, if not null, gets the
/// value of each operator but the final ones. Reveals: nothing.
/// Fails: Errc::unsupported for an average over a window too large for the ring; as the operations used do
/// for an outline whose shapes do not fit each other.
Value compute(Builder& b, const Outline& outline, const Value& images, Role owner,
              std::vector<Value>* layers = nullptr);

}  // namespace tacet::apps::infer
