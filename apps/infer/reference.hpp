#pragma once

#include <cstdint>
#include <span>
#include <vector>

#include "apps/infer/tflite.hpp"

namespace tacet::apps::infer {

/// The elements of every tensor by its index, as they stand in the file; none for constants and for what has
/// not been computed.
using TensorValues = std::vector<std::vector<std::int32_t>>;

/// What a network computes from an input, in the clear and bit for bit as the file format's reference kernels
/// do: everything up to the logits, which are values[network.logits].
/// Fails: Errc::shape_mismatch for another number of elements, Errc::value_out_of_range naming the first one
/// that the input's type does not have.
TensorValues run_reference(const Network& network, std::span<const std::int32_t> input);

/// One operator, which must not be a final one, of a network that has been checked; what it reads must be in
/// `values`.
std::vector<std::int32_t> run_operator(const Network& network, const Operator& op,
                                       const TensorValues& values);

}  // namespace tacet::apps::infer
