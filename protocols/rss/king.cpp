// Products that are opened without a sharing in between: to everyone, or to one party that passes them on.

#include <array>
#include <cstring>

#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

/// This party's additive share of a b + r, masked by a zero sharing of all parties: nothing but the sum can
/// be read from all of them together. Source: [CDI05] zero sharing from pairwise keys.
void masked_product(const Endpoint& at, const StepArgs& args, Factors& factors, RssScratch& scratch,
                    const Strip& strip, std::byte* out) {
  const ElementType element = args.result->element;
  const WordOps& ops = word_ops(element);
  factors.multiply(scratch, strip, out);
  if (args.operands.size() > 2)
    for (const std::uint32_t slot : at.layout.leaf_slots(at.party()))
      ops.add(out, args.operands[2].components[slot] + strip.word * ops.bytes, strip.words);
  StripMasks masks(*scratch.masks, args, element, strip);
  std::byte* mask = scratch.strip(0);
  for (std::uint32_t other = 0; other < at.setting.n; ++other) {
    if (other == at.party()) continue;
    masks.zero_sharing(other, 0, mask);
    (at.party() < other ? ops.add : ops.subtract)(out, mask, strip.words);
  }
}

template <class F>
void each_strip(const StepArgs& args, F&& f) {
  const Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  for_each_strip(result.element, result.shape.elements(), args.range,
                 [&](const Strip& strip) { f(ops, strip, strip.word * ops.bytes); });
}

/// Adds all that arrived to component 0, which becomes the clear value.
Status add_arrived(const StepArgs& args, std::size_t messages) {
  const std::vector<std::uint64_t> bytes(messages, range_bytes(args));
  if (auto fault = check_payloads(args, bytes)) return fault;
  each_strip(args, [&](const WordOps& ops, const Strip& strip, std::size_t offset) {
    std::byte* out = args.result->components[0] + offset;
    for (const auto payload : args.in)
      ops.unpack_add(out, payload.data() + strip.wire, args.result->element.width, strip.elements);
    ops.reduce(out, args.result->element.width, strip.elements);
  });
  return std::nullopt;
}

}  // namespace

void start_open_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  Factors factors(at, args);
  each_strip(args, [&](const WordOps& ops, const Strip& strip, std::size_t offset) {
    std::byte* out = args.result->components[0] + offset;
    masked_product(at, args, factors, scratch, strip, out);
    ops.pack(args.out[0].data() + strip.wire, out, args.result->element.width, strip.elements);
  });
}

Status finish_open_product(const Endpoint& at, const StepArgs& args) {
  return add_arrived(args, at.setting.n - 1);
}

void start_to_king(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const bool is_king = at.party() == args.king;
  Operand& result = *args.result;
  std::optional<Factors> factors;
  if (args.op == Op::mul_to_king) factors.emplace(at, args);
  each_strip(args, [&](const WordOps& ops, const Strip& strip, std::size_t offset) {
    for (std::byte* component : result.components)
      std::memset(component + offset, 0, strip.words * ops.bytes);
    if (args.op == Op::open_to_king) {
      if (is_king)
        for (std::byte* component : args.operands[0].components)
          ops.add(result.components[0] + offset, component + offset, strip.words);
      return;
    }
    std::byte* own = is_king ? result.components[0] + offset : scratch.wide(0, kStripBytes);
    masked_product(at, args, *factors, scratch, strip, own);
    if (!is_king) ops.pack(args.out[0].data() + strip.wire, own, result.element.width, strip.elements);
  });
  const std::uint32_t distance = (at.party() + at.setting.n - args.king) % at.setting.n;
  if (args.op == Op::open_to_king && distance >= 1 && distance <= at.setting.t())
    send_part_to(at, args, scratch, args.king, args.out[0]);
}

Status finish_to_king(const Endpoint& at, const StepArgs& args) {
  if (at.party() != args.king) return check_payloads(args, {});
  return add_arrived(args, args.op == Op::open_to_king ? at.setting.t() : at.setting.n - 1);
}

void start_from_king(const Endpoint& at, const StepArgs& args) {
  const bool is_king = at.party() == args.king, opens = args.exchange == Exchange::open_from_king;
  const Operand& heard = args.operands[0];
  Operand& result = *args.result;
  each_strip(args, [&](const WordOps& ops, const Strip& strip, std::size_t offset) {
    const std::size_t bytes = strip.words * ops.bytes;
    if (opens) {
      if (is_king) std::memcpy(result.components[0] + offset, heard.components[0] + offset, bytes);
    } else {
      for (std::size_t slot = 0; slot < result.components.size(); ++slot)
        std::memcpy(result.components[slot] + offset, args.operands[1].components[slot] + offset, bytes);
      if (is_king) ops.add(result.components[0] + offset, heard.components[0] + offset, strip.words);
    }
    if (is_king)
      ops.pack(args.out[0].data() + strip.wire, heard.components[0] + offset, result.element.width,
               strip.elements);
  });
}

Status finish_from_king(const Endpoint& at, const StepArgs& args) {
  const bool opens = args.exchange == Exchange::open_from_king;
  const std::uint32_t distance = (args.king + at.setting.n - at.party()) % at.setting.n;
  const bool hears = distance != 0 && (opens || distance <= at.setting.t());
  const std::uint64_t expected = range_bytes(args);
  if (auto fault = check_payloads(args, {&expected, hears ? 1u : 0u})) return fault;
  if (!hears) return std::nullopt;
  Operand& result = *args.result;
  std::byte* component = result.components[opens ? 0 : at.layout.received_slot(distance)];
  each_strip(args, [&](const WordOps& ops, const Strip& strip, std::size_t offset) {
    (opens ? ops.unpack : ops.unpack_add)(component + offset, args.in[0].data() + strip.wire,
                                          result.element.width, strip.elements);
  });
  return std::nullopt;
}

}  // namespace tacet::protocols::rss
