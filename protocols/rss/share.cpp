// Inputs and random values: shares that are masks, and one that makes them add up to a value.

#include <cstring>

#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

/// By a client: all shares but share 0 are masks from keys the client has given to their holders.
void start_client_input(const Endpoint& at, const StepArgs& args, RssScratch& scratch, std::uint32_t client) {
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    StripMasks masks(*scratch.masks, args, result.element, strip);
    for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot) {
      const std::uint32_t share = at.layout.share_at(at.party(), slot);
      if (share != 0) masks.client_input(client, share, result.components[slot] + strip.word * ops.bytes);
    }
  });
}

/// At that client.
void send_client_input(const Endpoint& at, const StepArgs& args, RssScratch& scratch, std::uint32_t client,
                       ElementType element, std::uint64_t elements) {
  const WordOps& ops = word_ops(element);
  for_each_strip(element, elements, args.range, [&](const Strip& strip) {
    StripMasks masks(*scratch.masks, args, element, strip);
    std::byte *rest = scratch.strip(0), *mask = scratch.strip(1);
    std::memcpy(rest, args.clear_input + strip.word * ops.bytes, strip.words * ops.bytes);
    for (std::uint32_t share = 1; share < at.layout.shares(); ++share) {
      masks.client_input(client, share, mask);
      ops.subtract(rest, mask, strip.words);
    }
    ops.pack(args.out[0].data() + strip.wire, rest, element.width, strip.elements);
  });
}

}  // namespace

void share_from_party(const Endpoint& at, const StepArgs& args, RssScratch& scratch, std::uint32_t owner,
                      const Fetch& fetch) {
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  const std::uint32_t filled = at.layout.chi(owner);
  const bool is_owner = at.party() == owner;
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    StripMasks masks(*scratch.masks, args, result.element, strip);
    const std::size_t offset = strip.word * ops.bytes, bytes = strip.words * ops.bytes;
    std::byte* rest = scratch.strip(0);  // what chi(p) has to make up
    if (is_owner) std::memcpy(rest, fetch(strip), bytes);
    for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot) {
      const std::uint32_t share = at.layout.share_at(at.party(), slot);
      std::byte* out = result.components[slot] + offset;
      if (!at.layout.holds(owner, share)) {
        std::memset(out, 0, bytes);
      } else if (share != filled) {
        masks.share(share, owner, out);
        if (is_owner) ops.subtract(rest, out, strip.words);
      }
    }
    if (is_owner) {
      std::memcpy(result.components[0] + offset, rest, bytes);
      ops.pack(args.out[0].data() + strip.wire, rest, result.element.width, strip.elements);
    }
  });
}

Status receive_share(const Endpoint& at, const StepArgs& args, Role owner) {
  const std::uint32_t share = owner.is_client ? 0 : at.layout.chi(owner.index);
  const auto slot = at.layout.slot_of(at.party(), share);
  const bool hears = slot && endpoint_of(owner, at.setting) != at.self;
  const std::uint64_t bytes = range_bytes(args);
  if (auto fault = check_payloads(args, {&bytes, hears ? 1u : 0u})) return fault;
  if (!hears) return std::nullopt;
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    ops.unpack(result.components[*slot] + strip.word * ops.bytes, args.in[0].data() + strip.wire,
               result.element.width, strip.elements);
  });
  return std::nullopt;
}

void draw_random(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    StripMasks masks(*scratch.masks, args, result.element, strip);
    for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot)
      masks.share(at.layout.share_at(at.party(), slot), 0, result.components[slot] + strip.word * ops.bytes);
  });
}

void start_input(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  TACET_ASSERT(args.owners.size() == 1);
  const Role owner = args.owners[0];
  const bool sends = endpoint_of(owner, at.setting) == at.self;
  TACET_ASSERT(args.out.size() == (sends ? 1u : 0u));
  if (!at.is_party()) {
    if (!sends) return;
    TACET_ASSERT(args.result != nullptr);  // tells the type; a client holds no component
    TACET_ASSERT(args.out[0].size() == range_bytes(args));
    send_client_input(at, args, scratch, owner.index, args.result->element, args.result->shape.elements());
    return;
  }
  TACET_ASSERT(!sends || args.out[0].size() == range_bytes(args));
  if (owner.is_client) {
    start_client_input(at, args, scratch, owner.index);
  } else {
    TACET_ASSERT(!sends || args.clear_input != nullptr);
    const std::size_t word = word_ops(args.result->element).bytes;
    share_from_party(at, args, scratch, owner.index,
                     [&](const Strip& strip) { return args.clear_input + strip.word * word; });
  }
}

Status finish_input(const Endpoint& at, const StepArgs& args) {
  return at.is_party() ? receive_share(at, args, args.owners[0]) : std::nullopt;
}

}  // namespace tacet::protocols::rss
