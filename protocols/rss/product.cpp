// Products of two secrets: a local product gives each party an additive share, resharing makes it replicated
// again.

#include <algorithm>
#include <array>

#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

/// Of an operation that is computed on whole operands.
const ProductForm& form_for(const Endpoint& at, const StepArgs& args) {
  const bool is_bits = args.result->element.domain == Domain::bits;
  if (args.row().elementwise) return is_bits ? at.forms.elementwise_bits : at.forms.elementwise;
  return is_bits ? at.forms.matrix_bits : at.forms.matrix;
}

/// Resharing of what lies in component 0: masks for the shares the others fill from the same keys, the rest
/// to them. Source: [BBY23] resharing; lanes keep the senders' masks apart.
void reshare_strip(const Endpoint& at, const StepArgs& args, RssScratch& scratch, const Strip& strip) {
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  StripMasks masks(*scratch.masks, args, result.element, strip);
  const std::size_t offset = strip.word * ops.bytes;
  std::byte* own = result.components[0] + offset;
  std::byte* mask = scratch.strip(0);
  for (std::uint32_t slot = 1; slot < at.layout.slots(); ++slot) {
    const std::uint32_t share = at.layout.share_at(at.party(), slot);
    std::byte* out = result.components[slot] + offset;
    bool first = true;
    for (const std::uint32_t lane : at.layout.lanes(slot)) {
      masks.share(share, at.after(lane), first ? out : mask);
      if (lane == 0) ops.subtract(own, out, strip.words);  // lane 0 comes first
      if (!first) ops.add(out, mask, strip.words);
      first = false;
    }
  }
  ops.pack(args.out[0].data() + strip.wire, own, result.element.width, strip.elements);
  for (const std::uint32_t lane : at.layout.lanes(0)) {
    masks.share(at.layout.chi(at.party()), at.after(lane), mask);
    ops.add(own, mask, strip.words);
  }
}

/// The first party that holds both shares: who multiplies them.
std::uint32_t first_common_holder(const Layout& layout, std::uint32_t a, std::uint32_t b) {
  for (const std::uint32_t p : layout.holders(b))
    if (layout.holds(p, a)) return p;
  return layout.n();
}

/// One factor of a term: the slot itself where that is all, else the combination, made in `room`.
const std::byte* factor(const WordOps& ops, const Operand& operand, std::span<const Weight> weights,
                        const Strip& strip, bool stretch, std::vector<Addend>& addends, std::byte* room) {
  const std::size_t offset = (stretch ? strip.plane : strip.word) * ops.bytes;
  if (weights.size() == 1 && weights[0].factor == 1 && !stretch)
    return operand.components[weights[0].slot] + offset;
  addends.clear();
  for (const Weight& w : weights) addends.push_back({operand.components[w.slot] + offset, w.factor, stretch});
  ops.combine(room, addends, strip.words);
  return room;
}

/// Element by element, strip by strip: product and resharing while the strip is in the cache.
void multiply_strips(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const Operand& result = *args.result;
  const std::size_t word = word_ops(result.element).bytes;
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    multiply_strip(at, args, scratch, strip, result.components[0] + strip.word * word);
    reshare_strip(at, args, scratch, strip);
  });
}

/// A whole operand combined for one term of a form.
View combined(const Operand& operand, std::span<const Weight> weights, std::size_t index,
              RssScratch& scratch) {
  if (weights.size() == 1 && weights[0].factor == 1)
    return {operand.components[weights[0].slot], operand.element, &operand.shape};
  const WordOps& ops = word_ops(operand.element);
  const std::size_t bytes = operand.element.memory_bytes(operand.shape.elements());
  std::byte* room = scratch.wide(index, bytes);
  std::vector<Addend> addends(weights.size());
  for (std::size_t at = 0; at < bytes; at += kStripBytes) {
    for (std::size_t i = 0; i < weights.size(); ++i)
      addends[i] = {operand.components[weights[i].slot] + at, weights[i].factor, false};
    ops.combine(room + at, addends, std::min(bytes - at, kStripBytes) / ops.bytes);
  }
  return {room, operand.element, &operand.shape};
}

/// Any bilinear operation: its kernel once for each term, on combined operands.
void multiply_whole(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const Operand &x = args.operands[0], &y = args.operands[1];
  Operand& result = *args.result;
  const ProductForm& form = form_for(at, args);
  // Among three parties one side is used as it is; that should be the larger. All know the shapes and choose
  // alike.
  const bool mirror = at.setting.n == 3 && x.shape.elements() < y.shape.elements();
  const MutableView out{result.components[0], result.element, &result.shape};
  for (std::size_t i = 0; i < form.size(); ++i) {
    const std::array views{combined(x, mirror ? form[i].b : form[i].a, 0, scratch),
                           combined(y, mirror ? form[i].a : form[i].b, 1, scratch)};
    args.row().kernel(args.attributes, views, out, args.range, i != 0);
  }
  for_each_strip(result.element, result.shape.elements(), args.range,
                 [&](const Strip& strip) { reshare_strip(at, args, scratch, strip); });
}

}  // namespace

void multiply_strip(const Endpoint& at, const StepArgs& args, RssScratch& scratch, const Strip& strip,
                    std::byte* out) {
  const Operand &x = args.operands[0], &y = args.operands[1];
  const ElementType element = args.result->element;
  const WordOps& ops = word_ops(element);
  const ProductForm& form = element.domain == Domain::bits ? at.forms.elementwise_bits : at.forms.elementwise;
  const std::uint64_t elements = args.result->shape.elements();
  const bool stretch_x = x.shape.elements() != elements, stretch_y = y.shape.elements() != elements;
  const std::size_t offset = strip.word * ops.bytes;
  if (at.setting.n == 3 && !stretch_x && !stretch_y) {
    ops.multiply_three(out, x.components[0] + offset, x.components[1] + offset, y.components[0] + offset,
                       y.components[1] + offset, strip.words);
    return;
  }
  std::vector<Addend> addends;
  for (std::size_t i = 0; i < form.size(); ++i) {
    const std::byte* fx = factor(ops, x, form[i].a, strip, stretch_x, addends, scratch.strip(1));
    const std::byte* fy = factor(ops, y, form[i].b, strip, stretch_y, addends, scratch.strip(2));
    ops.multiply(out, fx, fy, strip.words, i != 0);
  }
}

void start_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  TACET_ASSERT(args.operands.size() == 2 && args.operands[0].secret && args.operands[1].secret);
  TACET_ASSERT(args.out.size() == 1 && args.out[0].size() == range_bytes(args));
  const std::uint64_t elements = args.result->shape.elements();
  const auto simple = [&](const Operand& operand) {
    const std::uint64_t own = operand.shape.elements();
    return own == elements || own == 1;
  };
  if (args.row().elementwise && simple(args.operands[0]) && simple(args.operands[1])) {
    multiply_strips(at, args, scratch);
  } else {
    multiply_whole(at, args, scratch);
  }
}

void start_sparse_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const bool first_sparse = args.operands[0].sparse;
  TACET_ASSERT(first_sparse != args.operands[1].sparse);
  const Operand &x = args.operands[first_sparse ? 1 : 0], &y = args.operands[first_sparse ? 0 : 1];
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  const std::uint64_t elements = result.shape.elements();
  const auto slot = at.layout.slot_of(at.party(), 0);  // where this party knows y
  TACET_ASSERT(args.out.size() == (slot ? 1 : 0));
  std::vector<Weight> own, top;  // the shares of x that this party multiplies, and the share all knowers hold
  if (slot) {
    top = {{*slot, 1}};
    for (std::uint32_t s = 0; s < at.layout.slots(); ++s) {
      const std::uint32_t share = at.layout.share_at(at.party(), s);
      if (share != 0 && first_common_holder(at.layout, share, 0) == at.party()) own.push_back({s, 1});
    }
  }
  const auto simple = [&](const Operand& operand) {
    return operand.shape.elements() == elements || operand.shape.elements() == 1;
  };
  if (args.row().elementwise && simple(x) && simple(y)) {
    const bool stretch_x = x.shape.elements() != elements, stretch_y = y.shape.elements() != elements;
    std::vector<Addend> addends;
    for_each_strip(result.element, elements, args.range, [&](const Strip& strip) {
      std::byte* summand = scratch.strip(1);
      if (slot) {
        const std::byte* fy = factor(ops, y, top, strip, stretch_y, addends, scratch.strip(0));
        ops.multiply(summand, factor(ops, x, own, strip, stretch_x, addends, scratch.strip(2)), fy,
                     strip.words, false);
        ops.multiply(result.components[*slot] + strip.word * ops.bytes,
                     factor(ops, x, top, strip, stretch_x, addends, scratch.strip(2)), fy, strip.words,
                     false);
      }
      reshare_to(at, args, scratch, strip, 0, summand);
    });
    return;
  }
  const std::size_t bytes = result.element.memory_bytes(elements);
  std::byte* summand = scratch.wide(2, slot ? bytes : 0);
  if (slot) {
    const auto multiply = [&](std::span<const Weight> weights, std::byte* out) {
      const View fx = combined(x, weights, 0, scratch), fy = combined(y, top, 1, scratch);
      const std::array views{first_sparse ? fy : fx, first_sparse ? fx : fy};
      args.row().kernel(args.attributes, views, {out, result.element, &result.shape}, args.range, false);
    };
    multiply(own, summand);
    multiply(top, result.components[*slot]);
  }
  for_each_strip(result.element, elements, args.range, [&](const Strip& strip) {
    reshare_to(at, args, scratch, strip, 0, slot ? summand + strip.word * ops.bytes : nullptr);
  });
}

void reshare_to(const Endpoint& at, const StepArgs& args, RssScratch& scratch, const Strip& strip,
                std::uint32_t target, std::byte* own) {
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  StripMasks masks(*scratch.masks, args, result.element, strip);
  const bool sends = at.layout.holds(at.party(), target);
  std::byte* mask = scratch.strip(0);
  for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot) {
    const std::uint32_t share = at.layout.share_at(at.party(), slot);
    if (share == target) continue;
    std::byte* out = result.components[slot] + strip.word * ops.bytes;
    bool first = true;
    for (const std::uint32_t sender : at.layout.holders(target)) {
      if (!at.layout.holds(sender, share)) continue;
      std::byte* drawn = first ? out : mask;
      masks.share(share, sender, drawn);
      if (sender == at.party()) ops.subtract(own, drawn, strip.words);
      if (!first) ops.add(out, drawn, strip.words);
      first = false;
    }
  }
  if (!sends) return;
  ops.pack(args.out[0].data() + strip.wire, own, result.element.width, strip.elements);
  ops.add(result.components[*at.layout.slot_of(at.party(), target)] + strip.word * ops.bytes, own,
          strip.words);
}

Status finish_reshare_to(const Endpoint& at, const StepArgs& args, std::uint32_t target) {
  const bool hears = at.layout.holds(at.party(), target);
  const std::vector<std::uint64_t> bytes(hears ? at.setting.t() : 0, range_bytes(args));
  if (auto fault = check_payloads(args, bytes)) return fault;
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  for (const auto payload : args.in)
    for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
      ops.unpack_add(result.components[*at.layout.slot_of(at.party(), target)] + strip.word * ops.bytes,
                     payload.data() + strip.wire, result.element.width, strip.elements);
    });
  return std::nullopt;
}

Status finish_product(const Endpoint& at, const StepArgs& args) {
  const std::vector<std::uint64_t> bytes(at.setting.t(), range_bytes(args));
  if (auto fault = check_payloads(args, bytes)) return fault;
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  std::size_t next = 0;
  for (std::uint32_t from = 0; from < at.setting.n; ++from) {  // flows are listed by sender
    const std::uint32_t distance = (from + at.setting.n - at.party()) % at.setting.n;
    if (distance == 0 || distance > at.setting.t()) continue;
    const auto payload = args.in[next++];
    std::byte* component = result.components[at.layout.received_slot(distance)];
    for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
      ops.unpack_add(component + strip.word * ops.bytes, payload.data() + strip.wire, result.element.width,
                     strip.elements);
    });
  }
  return std::nullopt;
}

}  // namespace tacet::protocols::rss
