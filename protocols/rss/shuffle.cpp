// A secret permutation is one permutation for each share, known to the share's holders. They reorder additive
// shares of a value among themselves, and nobody else sees how.

#include <cstring>
#include <numeric>

#include "graph/ops/common.hpp"
#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

using Index = std::uint32_t;

/// The high half of a product tells a number below `bound` from 128 uniform bits; off by at most 2^-96.
Index below(u128 random, std::uint64_t bound) {
  const u128 low = (random & ~std::uint64_t{0}) * bound, high = (random >> 64) * bound;
  return static_cast<Index>((high + (low >> 64)) >> 64);
}

/// Row i of `from` becomes row p[i] of `to`, or backwards.
void reorder(const std::byte* from, std::byte* to, ElementType element, const Shape& shape,
             std::span<const Index> p, bool backwards) {
  std::vector<Index> inverse(backwards ? 0 : p.size());
  for (std::size_t i = 0; i < inverse.size(); ++i) inverse[p[i]] = static_cast<Index>(i);
  ops::gather_rows({from, element, &shape}, {to, element, &shape}, backwards ? p : inverse);
}

}  // namespace

void draw_permutation(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  Operand& result = *args.result;
  const std::uint64_t count = result.shape.elements();
  TACET_ASSERT(args.range.begin == 0 && args.range.end == count && count <= std::uint64_t{1} << 32);
  std::byte* drawn = scratch.wide(0, count * sizeof(u128));
  for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot) {
    const KeyRef key = KeyRef::share(at.layout.share_at(at.party(), slot));
    scratch.masks->fill({key, args.address, 0, DrawTag::permutation}, 0, {drawn, count * sizeof(u128)});
    auto* p = reinterpret_cast<Index*>(result.components[slot]);
    std::iota(p, p + count, Index{0});
    for (std::uint64_t i = count; i-- > 1;) {
      u128 random;
      std::memcpy(&random, drawn + i * sizeof(u128), sizeof(u128));
      std::swap(p[i], p[below(random, i + 1)]);
    }
  }
}

void start_shuffle(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const auto target = static_cast<std::uint32_t>(args.attributes[0]);
  const Operand &permutation = args.operands[0], &value = args.operands[1];
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  const std::size_t bytes = result.element.memory_bytes(result.shape.elements());
  const auto slot = at.layout.slot_of(at.party(), target);
  std::byte *sum = scratch.wide(0, slot ? bytes : 0), *own = scratch.wide(1, slot ? bytes : 0);
  if (slot) {
    // Each share belongs to the first of the reordering parties that holds it.
    std::vector<Addend> addends;
    for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
      addends.clear();
      for (std::uint32_t s = 0; s < at.layout.slots(); ++s) {
        const std::uint32_t share = at.layout.share_at(at.party(), s);
        for (const std::uint32_t p : at.layout.holders(target)) {
          if (!at.layout.holds(p, share)) continue;
          if (p == at.party()) addends.push_back({value.components[s] + strip.word * ops.bytes, 1, false});
          break;
        }
      }
      ops.combine(sum + strip.word * ops.bytes, addends, strip.words);
    });
    std::memset(own, 0, bytes);
    const auto* p = reinterpret_cast<const Index*>(permutation.components[*slot]);
    reorder(sum, own, result.element, result.shape, {p, permutation.shape.elements()},
            args.attributes[1] != 0);
    std::memset(result.components[*slot], 0, bytes);
  }
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    reshare_to(at, args, scratch, strip, target, slot ? own + strip.word * ops.bytes : nullptr);
  });
}

}  // namespace tacet::protocols::rss
