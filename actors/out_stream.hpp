#pragma once

#include <deque>
#include <span>
#include <vector>

#include "actors/memory.hpp"
#include "graph/plan.hpp"

namespace tacet::actors {

/// What the next frame carries: consecutive bytes of the stream, in pieces that stay where the kernels wrote
/// them.
struct FrameDraft {
  std::uint64_t offset = 0;
  std::uint32_t bytes = 0;
  std::uint32_t round = 0;
  std::vector<std::span<const std::byte>> parts;
  std::vector<BlockPtr> owners;
};

/// The planned byte stream to one peer. Steps hand over their segments in any order; frames leave in stream
/// order. Pure: no thread, no socket.
class OutStream {
 public:
  OutStream() = default;
  /// `link` may be null: nothing is ever sent.
  OutStream(const Plan* plan, const LinkPlan* link) : plan_(plan), link_(link) {}

  /// Payload of the segment with that index; `round` is the sender's clock when it was computed.
  void put(std::uint32_t segment, BlockPtr payload, std::uint32_t round);

  /// Bytes that could leave now, were there no credit limit.
  std::uint64_t ready_bytes() const { return ready_; }
  /// Fills `draft` with at most `max_bytes` and at most `credit`. A frame never mixes rounds. False if
  /// nothing can go.
  bool next(FrameDraft& draft, std::uint64_t max_bytes, std::uint64_t credit);

  std::uint64_t sent_bytes() const { return sent_; }
  bool complete() const { return link_ == nullptr || sent_ == link_->bytes; }

 private:
  struct Slot {
    BlockPtr payload;
    std::uint32_t round = 0;
  };
  std::uint64_t segment_bytes(std::uint32_t segment) const {
    return plan_->flows[link_->segments[segment].flow].bytes;
  }

  const Plan* plan_ = nullptr;
  const LinkPlan* link_ = nullptr;
  std::deque<Slot> slots_;       ///< from segment head_ on; empty payload: not computed yet
  std::uint32_t head_ = 0;       ///< first segment not sent in full
  std::uint32_t ready_end_ = 0;  ///< first segment at or after head_ whose payload is missing
  std::uint64_t head_sent_ = 0;  ///< bytes of the head segment already sent
  std::uint64_t ready_ = 0;
  std::uint64_t sent_ = 0;
};

}  // namespace tacet::actors
