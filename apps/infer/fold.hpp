#pragma once

#include "apps/infer/outline.hpp"

namespace tacet::apps::infer {

/// How a network shall be computed on secrets.
struct FoldOptions {
  Mode mode = Mode::folded;
  /// 32 to 128; 0: what suits the mode, 32, 72 for fixed and 64 for exact. More are more precise.
  unsigned ring_bits = 0;
  Disclosure disclosure = Disclosure::architecture;
};

/// A network split into what is public and what its owner brings as secrets.
struct Folded {
  Outline outline;
  std::map<std::string, Tensor> secrets;  ///< the quantities without a public value
  std::vector<double> steps;              ///< by tensor: those of an activation to a quantum of the file
};

/// Computes all that the owner of a network publishes and brings.
/// With s = y's scale / (x's scale * w's scale), an accumulator plus round(s (zero point - low)) lies between
/// 0 and round(s (high - low)) when it does not saturate, and times round(2^m / s) 2^-m it is the activation
/// less `low`; a constant added to the product makes up for the rounding of the bound, for rounding twice as
/// the file format's kernels do, and a third up the range for the rounding of the factor.
/// Fails: Errc::bad_argument for ring bits out of range, Errc::unsupported naming the operator whose
/// accumulators or products the ring cannot hold, or that mode exact cannot imitate.
/// Source: [BBY23], with a general factor for each channel; the constants are our own.
Folded fold(const Network& network, const FoldOptions& options = {});

}  // namespace tacet::apps::infer
