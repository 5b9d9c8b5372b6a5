#pragma once

#include "apps/infer/tflite.hpp"

namespace tacet::apps::infer {

/// Checks everything that struct Network promises, for operators whose parameters are still as in the file,
/// and fills in what follows from shapes and constants: paddings, axes, extents of windows, the logits. A
/// QUANTIZE of floats at the front is taken away. Fails: as parse_network() does.
void check_network(Network& network);

}  // namespace tacet::apps::infer
