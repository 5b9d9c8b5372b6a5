// Summands of a value: party j <= t adds up the shares of which it is the smallest holder. The last summand
// is share 0, which all its holders know, so it needs no sharing.

#include <array>
#include <cstring>

#include "graph/bit_transpose.hpp"
#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

/// 64 elements at a time, as two halves of 128-bit integers.
struct Batch {
  std::array<std::uint64_t, 64> low{}, high{};
};

void load_ring(const std::byte* words, unsigned width, std::size_t count, Batch& batch) {
  with_word(width, [&]<class Word>(std::type_identity<Word>) {
    const auto* x = reinterpret_cast<const Word*>(words);
    for (std::size_t i = 0; i < count; ++i) {
      const u128 v = x[i] & low_mask<Word>(width);
      batch.low[i] = static_cast<std::uint64_t>(v);
      if constexpr (sizeof(Word) > 8) batch.high[i] = static_cast<std::uint64_t>(v >> 64);
    }
  });
}

void store_ring(std::byte* words, unsigned width, std::size_t count, const Batch& batch, unsigned shift) {
  with_word(width, [&]<class Word>(std::type_identity<Word>) {
    auto* z = reinterpret_cast<Word*>(words);
    for (std::size_t i = 0; i < count; ++i)
      z[i] = static_cast<Word>((static_cast<u128>(batch.high[i]) << 64 | batch.low[i]) >> shift);
  });
}

/// Strip by strip what this party makes of its summand: its components `slots` added up, shifted right by
/// `shift`, in the domain of the result. Elements of the range only.
class Summand {
 public:
  Summand(const StepArgs& args, std::span<const std::uint32_t> slots, RssScratch& scratch)
      : args_(args), from_(args.operands[0]), to_(args.result->element), slots_(slots) {
    const std::uint64_t count = args.range.size();
    stride_ = to_.domain == Domain::ring ? 0 : ElementType::plane_words(count) * 8;
    out_ = scratch.wide(0, to_.memory_bytes(count));
    const auto shift = static_cast<unsigned>(args.attributes[1]);
    for (std::uint64_t i = 0; i < count; i += 64) {
      const std::size_t n = std::min<std::uint64_t>(64, count - i);
      Batch batch;
      load(args.range.begin + i, n, batch);
      store(i, n, batch, shift);
    }
  }

  const std::byte* at(const Strip& strip) const {
    if (to_.domain == Domain::ring) return out_ + (strip.word - args_.range.begin) * word_bytes(to_.width);
    const std::uint64_t plane = strip.plane * ElementType::plane_words(args_.result->shape.elements());
    return out_ + strip.plane * stride_ + (strip.word - plane - args_.range.begin / 64) * 8;
  }

 private:
  void load(std::uint64_t first, std::size_t n, Batch& batch) {
    const WordOps& ops = word_ops(from_.element);
    alignas(64) std::array<std::byte, 64 * 16> sum;
    const auto add_up = [&](std::uint64_t word, std::size_t words) {
      addends_.clear();
      for (const std::uint32_t slot : slots_)
        addends_.push_back({from_.components[slot] + word * ops.bytes, 1, false});
      ops.combine(sum.data(), addends_, words);
    };
    if (from_.element.domain == Domain::ring) {
      add_up(first, n);
      load_ring(sum.data(), from_.element.width, n, batch);
      return;
    }
    const std::uint64_t plane = ElementType::plane_words(from_.shape.elements());
    for (unsigned bit = 0; bit < from_.element.width; ++bit) {
      add_up(bit * plane + first / 64, 1);
      std::memcpy(bit < 64 ? &batch.low[bit] : &batch.high[bit - 64], sum.data(), 8);
    }
    if (from_.element.width == 1) {  // one row of a transposition that would cost as much as 64
      const std::uint64_t row = batch.low[0];
      for (unsigned i = 0; i < 64; ++i) batch.low[i] = row >> i & 1;
      return;
    }
    transpose_bits(batch.low);
    if (from_.element.width > 64) transpose_bits(batch.high);
  }

  void store(std::uint64_t i, std::size_t n, Batch& batch, unsigned shift) {
    if (to_.domain == Domain::ring) {
      store_ring(out_ + i * word_bytes(to_.width), to_.width, n, batch, shift);
      return;
    }
    for (std::size_t j = n; j < 64; ++j) batch.low[j] = batch.high[j] = 0;
    transpose_bits(batch.low);
    if (from_.element.width > 64) transpose_bits(batch.high);
    for (unsigned bit = 0; bit < to_.width; ++bit) {
      const unsigned source = bit + shift;
      const std::uint64_t word = source < 64 ? batch.low[source] : source < 128 ? batch.high[source - 64] : 0;
      std::memcpy(out_ + bit * stride_ + i / 8, &word, 8);
    }
  }

  const StepArgs& args_;
  const Operand& from_;
  ElementType to_;
  std::span<const std::uint32_t> slots_;
  std::vector<Addend> addends_;
  std::size_t stride_ = 0;
  std::byte* out_ = nullptr;
};

}  // namespace

void keep_part(const Endpoint& at, const StepArgs& args) {
  const Operand& from = args.operands[0];
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  const auto j = static_cast<std::uint32_t>(args.attributes[0]);
  for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot) {
    const bool keeps = at.layout.leaf_of(at.layout.share_at(at.party(), slot)) == j;
    for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
      std::byte* out = result.components[slot] + strip.word * ops.bytes;
      if (keeps) {
        std::memcpy(out, from.components[slot] + strip.word * ops.bytes, strip.words * ops.bytes);
      } else {
        std::memset(out, 0, strip.words * ops.bytes);
      }
    });
  }
}

void start_leaf(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const auto j = static_cast<std::uint32_t>(args.attributes[0]);
  Operand& result = *args.result;
  if (args.exchange != Exchange::none) {
    if (at.party() != j) return share_from_party(at, args, scratch, j, {});
    const Summand summand(args, at.layout.leaf_slots(j), scratch);
    return share_from_party(at, args, scratch, j, [&](const Strip& strip) { return summand.at(strip); });
  }
  TACET_ASSERT(j == at.setting.t());
  const WordOps& ops = word_ops(result.element);
  const auto carrier = at.layout.slot_of(at.party(), 0);
  std::optional<Summand> summand;
  const std::uint32_t slots[1] = {carrier.value_or(0)};
  if (carrier) summand.emplace(args, slots, scratch);
  for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot)
    for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
      std::byte* out = result.components[slot] + strip.word * ops.bytes;
      if (carrier == slot) {
        std::memcpy(out, summand->at(strip), strip.words * ops.bytes);
      } else {
        std::memset(out, 0, strip.words * ops.bytes);
      }
    });
}

Status finish_leaf(const Endpoint& at, const StepArgs& args) {
  return receive_share(at, args, {false, static_cast<std::uint32_t>(args.attributes[0])});
}

}  // namespace tacet::protocols::rss
