#include "actors/out_stream.hpp"

#include <algorithm>

namespace tacet::actors {

void OutStream::put(std::uint32_t segment, BlockPtr payload, std::uint32_t round) {
  TACET_ASSERT(link_ != nullptr && segment >= head_ && segment < link_->segments.size());
  TACET_ASSERT(payload->size() == segment_bytes(segment));
  const std::size_t at = segment - head_;
  if (at >= slots_.size()) slots_.resize(at + 1);
  TACET_ASSERT(slots_[at].payload == nullptr);  // the same step twice would use its masks twice
  slots_[at] = {std::move(payload), round};
  while (ready_end_ - head_ < slots_.size() && slots_[ready_end_ - head_].payload != nullptr)
    ready_ += segment_bytes(ready_end_++);
}

bool OutStream::next(FrameDraft& draft, std::uint64_t max_bytes, std::uint64_t credit) {
  const std::uint64_t limit = std::min({max_bytes, credit, ready_});
  if (limit == 0) return false;
  draft.parts.clear();
  draft.owners.clear();
  draft.offset = sent_;
  draft.round = slots_.front().round;
  std::uint64_t bytes = 0;
  while (bytes < limit && slots_.front().round == draft.round) {
    Slot& slot = slots_.front();
    const std::uint64_t left = segment_bytes(head_) - head_sent_;
    const std::uint64_t take = std::min(left, limit - bytes);
    draft.parts.emplace_back(slot.payload->data() + head_sent_, take);
    bytes += take;
    if (take < left) {
      draft.owners.push_back(slot.payload);
      head_sent_ += take;
      break;
    }
    draft.owners.push_back(std::move(slot.payload));
    slots_.pop_front();
    ++head_;
    head_sent_ = 0;
    if (slots_.empty()) break;
  }
  draft.bytes = static_cast<std::uint32_t>(bytes);
  sent_ += bytes;
  ready_ -= bytes;
  return true;
}

}  // namespace tacet::actors
