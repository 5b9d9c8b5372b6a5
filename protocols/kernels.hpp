#pragma once

#include <cstddef>
#include <memory>
#include <span>
#include <vector>

#include "graph/plan.hpp"

namespace tacet::protocols {

/// A value as a kernel sees it: one component if public, the scheme's number of components if secret. All
/// components have the same layout (Tensor's, for `shape`).
struct Operand {
  ElementType element;
  bool secret = false;
  Shape shape;
  std::vector<std::byte*> components;  // written only where it is the result
  bool sparse = false;                 ///< secret, but share 0 is the value and all others are zero
};

/// Scratch memory and cipher contexts of one executing thread.
class Scratch {
 public:
  virtual ~Scratch() = default;
};

/// One execution of one step at one endpoint.
struct StepArgs {
  Op op = Op::constant;
  const OpRow& row() const { return op_row(op); }
  Exchange exchange = Exchange::none;
  std::uint64_t address = 0;  ///< of the step's randomness: its number in the plan
  std::span<const std::int64_t> attributes;
  std::span<const Operand> operands;  ///< none at a client
  /// Null at an endpoint that holds nothing of it; but at the client that owns an input it tells type and
  /// shape, without components.
  Operand* result = nullptr;
  Range range;                   ///< the elements to compute
  std::span<const Role> owners;  ///< the owner of an input; the receivers of an output (empty for reveal)
  std::uint32_t king = 0;        ///< the collecting party, where there is one
  /// An input's clear value at its owner: the elements of the range.
  const std::byte* clear_input = nullptr;
  /// Payloads to fill, by payload number of this endpoint's flows.
  std::span<const std::span<std::byte>> out;
  /// Payloads received, in the order of the step's flows to this endpoint. Only in finish().
  std::span<const std::span<const std::byte>> in;
  Scratch* scratch = nullptr;
};

/// What one endpoint computes in one session. Thread-safe as long as each thread brings its own Scratch.
class Kernels {
 public:
  virtual ~Kernels() = default;
  /// Components of a secret value here (0 at a client).
  virtual std::size_t components() const = 0;
  virtual std::unique_ptr<Scratch> make_scratch() const = 0;
  /// Everything that needs no message of this step: local results, and the payloads to send.
  virtual void start(const StepArgs& args) const = 0;
  /// Completes the result with the received payloads. Returns a description of what is wrong if they
  /// contradict each other (only where an output is opened to a client).
  virtual Status finish(const StepArgs& args) const = 0;
  /// Masks drawn by all steps so far.
  virtual std::uint64_t drawn_bytes() const = 0;
};

}  // namespace tacet::protocols
