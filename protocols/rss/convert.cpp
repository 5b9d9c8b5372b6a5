// Summands of a value: party j <= t adds up the shares of which it is the smallest holder. The last summand
// is share 0, which all its holders know, so it needs no sharing.

#include <cstring>

#include "protocols/rss/endpoint.hpp"
#include "protocols/rss/planes.hpp"

namespace tacet::protocols::rss {
namespace {

/// z = the low bits of x, shifted, as words of another width.
void convert_words(const std::byte* x, unsigned from, std::byte* z, unsigned to, unsigned shift,
                   std::size_t n) {
  with_word(from, [&]<class From>(std::type_identity<From>) {
    with_word(to, [&]<class To>(std::type_identity<To>) {
      const auto* in = reinterpret_cast<const From*>(x);
      auto* out = reinterpret_cast<To*>(z);
      const From mask = low_mask<From>(from);
      if (shift >= from) {
        std::memset(z, 0, n * sizeof(To));
      } else {
        for (std::size_t i = 0; i < n; ++i)
          out[i] = static_cast<To>(static_cast<From>(in[i] & mask) >> shift);
      }
    });
  });
}

/// What this party makes of its summand: its components `slots` added up, shifted right by `shift`, in the
/// domain of the result. Elements of the range only.
class Summand {
 public:
  Summand(const StepArgs& args, std::span<const std::uint32_t> slots, RssScratch& scratch)
      : args_(args), from_(args.operands[0]), to_(args.result->element), slots_(slots) {
    const std::uint64_t count = args.range.size();
    stride_ = to_.domain == Domain::ring ? 0 : ElementType::plane_words(count) * 8;
    out_ = scratch.wide(0, to_.memory_bytes(count));
    std::byte* sum = scratch.wide(1, from_.element.memory_bytes(kPiece));
    const auto shift = static_cast<unsigned>(args.attributes[1]);
    for (std::uint64_t i = 0; i < count; i += kPiece)
      convert(i, std::min<std::uint64_t>(kPiece, count - i), sum, shift);
  }

  const std::byte* at(const Strip& strip) const {
    if (to_.domain == Domain::ring) return out_ + (strip.word - args_.range.begin) * word_bytes(to_.width);
    const std::uint64_t plane = strip.plane * ElementType::plane_words(args_.result->shape.elements());
    return out_ + strip.plane * stride_ + (strip.word - plane - args_.range.begin / 64) * 8;
  }

 private:
  static constexpr std::uint64_t kPiece =
      512;  ///< elements that are worked on at once, in the first-level cache

  /// Elements i .. i+n of the range, by way of `sum`.
  void convert(std::uint64_t i, std::uint64_t n, std::byte* sum, unsigned shift) {
    const WordOps& ops = word_ops(from_.element);
    const unsigned width = from_.element.width;
    const std::uint64_t first = args_.range.begin + i;
    const auto add_up = [&](std::uint64_t word, std::size_t words, std::byte* out) {
      addends_.clear();
      for (const std::uint32_t slot : slots_)
        addends_.push_back({from_.components[slot] + word * ops.bytes, 1, false});
      ops.combine(out, addends_, words);
    };
    if (from_.element.domain == Domain::ring) {
      add_up(first, n, sum);
      if (to_.domain == Domain::ring) {
        convert_words(sum, width, out_ + i * word_bytes(to_.width), to_.width, shift, n);
      } else {
        planes_of(sum, width, n, shift, to_.width, out_ + i / 8, stride_);
      }
      return;
    }
    const std::uint64_t plane = ElementType::plane_words(from_.shape.elements());
    const std::size_t words = (n + 63) / 64, wanted = width > shift ? width - shift : 0;
    if (to_.domain == Domain::ring) {
      for (unsigned bit = 0; bit < wanted; ++bit)
        add_up((bit + shift) * plane + first / 64, words, sum + bit * kPiece / 8);
      words_of(sum, kPiece / 8, static_cast<unsigned>(wanted), to_.width, n,
               out_ + i * word_bytes(to_.width));
      return;
    }
    for (unsigned bit = 0; bit < to_.width; ++bit) {
      std::byte* out = out_ + bit * stride_ + i / 8;
      if (bit < wanted) {
        add_up((bit + shift) * plane + first / 64, words, out);
      } else {
        std::memset(out, 0, words * 8);
      }
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
