// Products of two secrets: a local product gives each party an additive share, resharing makes it replicated
// again.

#include <algorithm>
#include <array>

#include "graph/gates.hpp"
#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

/// Of an operation that is computed on whole operands.
const ProductForm& form_for(const Endpoint& at, const StepArgs& args) {
  const bool is_bits = args.result->element.domain == Domain::bits;
  if (args.row().elementwise) return is_bits ? at.forms.elementwise_bits : at.forms.elementwise;
  return is_bits ? at.forms.matrix_bits : at.forms.matrix;
}

/// What dealers mask from the key of one share: `sum` becomes the sum of their masks, and a strip of this
/// party's own, if it is among them, loses its mask. They are uniform and independent, as if each were drawn;
/// but what is drawn is their sum and all but the last, so that who deals nothing draws once and all dealers
/// but the last draw twice.
void deal(const Endpoint& at, const WordOps& ops, StripMasks& masks, std::uint32_t share,
          std::span<const std::uint32_t> dealers, const Strip& strip, std::byte* sum, std::byte* own,
          std::byte* room) {
  const std::uint32_t last = dealers.back();
  masks.share(share, last, sum);
  if (last == at.party()) {
    ops.subtract(own, sum, strip.words);
    for (const std::uint32_t dealer : dealers.first(dealers.size() - 1)) {
      masks.share(share, dealer, room);
      ops.add(own, room, strip.words);
    }
  } else if (std::find(dealers.begin(), dealers.end(), at.party()) != dealers.end()) {
    masks.share(share, at.party(), room);
    ops.subtract(own, room, strip.words);
  }
}

/// Resharing of what lies in component 0: masks for the shares the others fill from the same keys, the rest
/// to them. Source: [BBY23] resharing.
void reshare_strip(const Endpoint& at, const StepArgs& args, RssScratch& scratch, const Strip& strip) {
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  StripMasks masks(*scratch.masks, args, result.element, strip);
  const std::size_t offset = strip.word * ops.bytes;
  std::byte *own = result.components[0] + offset, *filled = scratch.strip(0);
  for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot) {
    const std::uint32_t share = at.layout.share_at(at.party(), slot);
    deal(at, ops, masks, share, at.layout.dealers(share), strip,
         slot == 0 ? filled : result.components[slot] + offset, own, scratch.strip(1));
  }
  ops.pack(args.out[0].data() + strip.wire, own, result.element.width, strip.elements);
  ops.add(own, filled, strip.words);
}

/// The first party that holds both shares: who multiplies them.
std::uint32_t first_common_holder(const Layout& layout, std::uint32_t a, std::uint32_t b) {
  for (const std::uint32_t p : layout.holders(b))
    if (layout.holds(p, a)) return p;
  return layout.n();
}

/// Whether operands lie as the result does, or are single elements that stretch.
bool is_simple(const StepArgs& args) {
  const std::uint64_t elements = args.result->shape.elements();
  return args.row().elementwise &&
         std::all_of(args.operands.begin(), args.operands.end(), [&](const Operand& o) {
           return o.shape.elements() == elements || o.shape.elements() == 1;
         });
}

/// Element by element, strip by strip: product and resharing while the strip is in the cache.
void multiply_strips(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const Operand& result = *args.result;
  Factors factors(at, args);
  const std::size_t word = word_ops(result.element).bytes;
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    factors.multiply(scratch, strip, result.components[0] + strip.word * word);
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

Factor::Factor(const Endpoint& at, const StepArgs& args, const Operand& operand)
    : ops_(word_ops(operand.element)), open_slot_(at.layout.slot_of(at.party(), 0)) {
  const std::uint64_t elements = args.result->shape.elements();
  plane_words_ = ElementType::plane_words(elements);
  is_plain_ = true;
  add_source(operand, elements);
}

Factor::Factor(const Endpoint& at, const StepArgs& args, std::span<const std::int64_t> sums)
    : ops_(word_ops(args.result->element)), open_slot_(at.layout.slot_of(at.party(), 0)), sums_(sums) {
  const std::uint64_t elements = args.result->shape.elements();
  plane_words_ = ElementType::plane_words(elements);
  for (const Operand& operand : args.operands) add_source(operand, elements);
  for (std::size_t i = 0; i < sums.size(); i += 1 + static_cast<std::size_t>(sums[i])) starts_.push_back(i);
}

void Factor::add_source(const Operand& operand, std::uint64_t elements) {
  const auto index = static_cast<std::uint32_t>(sources_.size());
  sources_.push_back({&operand, operand.shape.elements() != elements});
  if (operand.element.domain == Domain::bits)
    for (std::uint32_t p = 0; p < operand.element.width; ++p) planes_.push_back({index, p});
}

/// What a plane, or run of words, of one source adds to the factor.
void Factor::add(const Source& source, std::size_t word, std::span<const Weight> weights) {
  for (const Weight& w : weights) {
    // What is public, or sparse, lies in share 0.
    if ((!source.operand->secret || source.operand->sparse) && open_slot_ != w.slot) continue;
    const std::uint32_t slot = source.operand->secret ? w.slot : 0;
    addends_.push_back({source.operand->components[slot] + word * ops_.bytes, w.factor, source.stretch});
  }
}

const std::byte* Factor::combine(std::span<const Weight> weights, const Strip& strip, std::byte* room) {
  static constexpr std::uint64_t kOne = 1;
  addends_.clear();
  if (is_plain_) {
    const bool is_bits = !planes_.empty();
    const Source& source = sources_[0];
    add(source, source.stretch ? (is_bits ? strip.plane : 0) : strip.word, weights);
  } else {
    const std::size_t in_plane = strip.word - strip.plane * plane_words_;
    const std::int64_t* terms = sums_.data() + starts_[strip.plane];
    for (std::int64_t left = *terms++; left > 0; --left, ++terms) {
      if (*terms >= 0) {
        const auto [index, plane] = planes_[static_cast<std::size_t>(*terms)];
        const Source& source = sources_[index];
        add(source, source.stretch ? plane : plane * plane_words_ + in_plane, weights);
      } else {
        for (const Weight& w : weights)
          if (open_slot_ == w.slot)
            addends_.push_back({reinterpret_cast<const std::byte*>(&kOne), w.factor, true});
      }
    }
  }
  if (addends_.size() == 1 && addends_[0].factor == 1 && !addends_[0].stretch) return addends_[0].words;
  ops_.combine(room, addends_, strip.words);
  return room;
}

namespace {

Factor side(const Endpoint& at, const StepArgs& args, std::size_t index) {
  if (args.op != Op::gates) return {at, args, args.operands[index]};
  const GateSums sums = sums_of_gates(args.attributes);
  return {at, args, index == 0 ? sums.left : sums.right};
}

}  // namespace

Factors::Factors(const Endpoint& at, const StepArgs& args)
    : at_(at),
      ops_(word_ops(args.result->element)),
      form_(args.result->element.domain == Domain::bits ? at.forms.elementwise_bits : at.forms.elementwise),
      x_(side(at, args, 0)),
      y_(side(at, args, 1)) {}

void Factors::multiply(RssScratch& scratch, const Strip& strip, std::byte* out) {
  if (at_.setting.n == 3) {
    const Weight first[] = {{0, 1}}, second[] = {{1, 1}};
    ops_.multiply_three(
        out, x_.combine(first, strip, scratch.strip(1)), x_.combine(second, strip, scratch.strip(2)),
        y_.combine(first, strip, scratch.strip(3)), y_.combine(second, strip, scratch.strip(4)), strip.words);
    return;
  }
  for (std::size_t i = 0; i < form_.size(); ++i) {
    const std::byte* fx = x_.combine(form_[i].a, strip, scratch.strip(1));
    const std::byte* fy = y_.combine(form_[i].b, strip, scratch.strip(2));
    ops_.multiply(out, fx, fy, strip.words, i != 0);
  }
}

void start_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  TACET_ASSERT(args.out.size() == 1 && args.out[0].size() == range_bytes(args));
  TACET_ASSERT(args.op == Op::gates ||
               (args.operands.size() == 2 && args.operands[0].secret && args.operands[1].secret));
  if (is_simple(args)) {
    multiply_strips(at, args, scratch);
  } else {
    multiply_whole(at, args, scratch);
  }
}

void start_sparse_product(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  const bool is_gates = args.op == Op::gates, first_sparse = !is_gates && args.operands[0].sparse;
  TACET_ASSERT(is_gates || first_sparse != args.operands[1].sparse);
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
  if (is_simple(args)) {
    Factor x = side(at, args, first_sparse ? 1 : 0), y = side(at, args, first_sparse ? 0 : 1);
    for_each_strip(result.element, elements, args.range, [&](const Strip& strip) {
      std::byte* summand = scratch.strip(1);
      if (slot) {
        const std::byte* fy = y.combine(top, strip, scratch.strip(0));
        ops.multiply(summand, x.combine(own, strip, scratch.strip(2)), fy, strip.words, false);
        ops.multiply(result.components[*slot] + strip.word * ops.bytes,
                     x.combine(top, strip, scratch.strip(2)), fy, strip.words, false);
      }
      reshare_to(at, args, scratch, strip, 0, summand);
    });
    return;
  }
  TACET_ASSERT(!is_gates);
  const Operand &x = args.operands[first_sparse ? 1 : 0], &y = args.operands[first_sparse ? 0 : 1];
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
  std::vector<std::uint32_t> dealers;
  for (std::uint32_t slot = 0; slot < at.layout.slots(); ++slot) {
    const std::uint32_t share = at.layout.share_at(at.party(), slot);
    if (share == target) continue;
    dealers.clear();
    for (const std::uint32_t p : at.layout.holders(target))
      if (at.layout.holds(p, share)) dealers.push_back(p);
    deal(at, ops, masks, share, dealers, strip, result.components[slot] + strip.word * ops.bytes, own,
         scratch.strip(0));
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
