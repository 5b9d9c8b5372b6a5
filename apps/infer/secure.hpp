#pragma once

#include <map>
#include <string>
#include <vector>

#include "apps/infer/tflite.hpp"
#include "graph/builder.hpp"
#include "graph/tensor.hpp"

namespace tacet::apps::infer {

/// How a network is computed on secrets.
struct SecureOptions {
  /// Of the rings in which activations and accumulators live; 32 to 64.
  unsigned ring_bits = 32;
  /// Bits of the fraction that turns a clamped accumulator into an activation: the factor of a channel is a
  /// multiple of 2^-fraction_bits. More are more precise; ring_bits - 10 are the most that fit.
  unsigned fraction_bits() const { return ring_bits - 10; }
};

/// What an operator needs to know that the network's shapes do not tell, published by the model's owner: it
/// discloses how large accumulators can become. Beside it, the names of the owner's inputs tell which
/// operands of a CONCATENATION have the scale and zero point of its result.
struct Published {
  /// Accumulators and their distances to the upper bound are signed integers of so many bits.
  unsigned compare_bits = 0;
};

/// A network split into what is public and what its owner brings as secrets.
///
/// An activation q of a tensor is computed as q less the smallest value of its type, 0 .. 255. Scales are
/// folded into the bounds between which an accumulator is clamped: with s = y's scale / (x's scale * w's
/// scale), an accumulator plus round(s (zero point - low)) lies between 0 and round(s (high - low)) when it
/// does not saturate, and times 2^-M round(2^M / s) it is the activation less `low`.
/// Source: [BBY23], with a general factor for each channel instead of a power of two.
class SecureNetwork {
 public:
  /// Computes all that the owner publishes and brings. The network must outlive it. Fails: Errc::unsupported
  /// for accumulators too large for the ring.
  SecureNetwork(const Network& network, const SecureOptions& options);

  /// The owner's inputs by name.
  const std::map<std::string, Tensor>& secrets() const { return secrets_; }
  const std::vector<Published>& published() const { return published_; }

  /// Declares the owner's inputs and computes the logits, less the smallest value of their type, for images
  /// of shape [batch, ..], given less the smallest value of theirs. Reveals: nothing. `layers`, if not null,
  /// gets the value of each operator. Fails: Errc::unsupported for an average over a window too large for the
  /// ring.
  Value compute(Builder& b, const Value& images, Role owner, std::vector<Value>* layers = nullptr) const;

 private:
  const Network& network_;
  SecureOptions options_;
  std::map<std::string, Tensor> secrets_;
  std::vector<Published> published_;  ///< by operator
};

}  // namespace tacet::apps::infer
