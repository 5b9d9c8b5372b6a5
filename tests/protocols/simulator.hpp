#pragma once

// All endpoints of a session in one process: runs one step at a time by starting it everywhere, carrying the
// payloads as the flows say, and finishing it everywhere.

#include <algorithm>
#include <cstring>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "graph/flows.hpp"
#include "graph/tensor.hpp"
#include "protocols/layout.hpp"
#include "protocols/make_kernels.hpp"

namespace tacet::protocols::testing {

/// A key that depends on the seed and on which key it is, the same at everyone who holds it.
inline Key test_key(std::uint64_t seed, std::uint32_t kind, std::uint32_t a, std::uint32_t b) {
  const std::uint64_t name[] = {seed, kind, a, b};
  const Digest digest = sha256(std::as_bytes(std::span(name)));
  return Key(std::span(digest).first<Key::kBytes>());
}

inline KeyRing test_keys(const Setting& setting, EndpointId self, std::uint64_t seed) {
  const Layout layout(setting.n);
  KeyRing ring(setting);
  const bool is_party = setting.is_party(self);
  const auto holds = [&](std::uint32_t share) { return is_party && layout.holds(self.value, share); };
  for (std::uint32_t share = 0; share < layout.shares(); ++share) {
    if (holds(share)) ring.set(KeyRef::share(share), test_key(seed, 0, share, 0));
    for (std::uint32_t c = 0; c < setting.clients; ++c)
      if (share != 0 && (holds(share) || self.value == setting.n + c))
        ring.set(KeyRef::of_client(c, share), test_key(seed, 2, c, share));
  }
  for (std::uint32_t q = 0; is_party && q < setting.n; ++q)
    if (q != self.value)
      ring.set(KeyRef::pair(q), test_key(seed, 1, std::min(q, self.value), std::max(q, self.value)));
  return ring;
}

using MakeMasks = std::function<std::unique_ptr<Masks>(EndpointId)>;

inline MakeMasks test_masks(const Setting& setting, std::uint64_t seed = 1) {
  return [=](EndpointId self) {
    return checked_masks(setting.scheme == Scheme::plain ? zero_masks()
                                                         : aes_masks(test_keys(setting, self, seed)));
  };
}

/// A value everywhere: components by endpoint and slot. Where nothing is held there are none.
struct Spread {
  ElementType element;
  bool secret = false;
  Shape shape;
  std::vector<std::vector<AlignedBytes>> components;

  Operand at(std::size_t endpoint) {
    Operand out{element, secret, shape, {}};
    for (AlignedBytes& c : components[endpoint]) out.components.push_back(c.data());
    return out;
  }
};

struct Message {
  EndpointId from;
  std::vector<std::byte> bytes;
};

class Simulator {
 public:
  using Tamper = std::function<void(EndpointId from, EndpointId to, std::span<std::byte>)>;

  explicit Simulator(const Setting& setting) : Simulator(setting, test_masks(setting)) {}
  Simulator(const Setting& setting, const MakeMasks& masks) : setting_(setting), layout_(setting.n) {
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e) {
      kernels_.push_back(make_kernels(setting, EndpointId{e}, masks(EndpointId{e})));
      scratch_.push_back(kernels_.back()->make_scratch());
    }
    received.resize(setting.endpoints());
    faults.resize(setting.endpoints());
  }

  const Setting& setting() const { return setting_; }
  const Layout& layout() const { return layout_; }
  const Kernels& kernels(std::size_t endpoint) const { return *kernels_[endpoint]; }

  Spread input(Role owner, Tensor value) {
    Spread out = make(value.element(), true, value.shape());
    run(Op::input, Exchange::input, {}, {}, &out, {&owner, 1}, input_flows(owner, setting_), &value, owner);
    return out;
  }

  Spread random(ElementType element, const Shape& shape) {
    Spread out = make(element, true, shape);
    run(Op::random, Exchange::none, {}, {}, &out, {}, {});
    return out;
  }

  Spread constant(const Tensor& value) const {
    Spread out = make(value.element(), false, value.shape());
    for (std::uint32_t p = 0; p < setting_.n; ++p)
      if (value.size_bytes() != 0) std::memcpy(out.components[p][0].data(), value.data(), value.size_bytes());
    return out;
  }

  /// Any operation but sources and those that reveal.
  Spread apply(Op op, std::vector<Spread*> operands, std::vector<std::int64_t> attributes = {}) {
    const OpRow& row = op_row(op);
    std::vector<ValueType> types;
    for (const Spread* s : operands)
      types.push_back({s->secret ? Visibility::secret : Visibility::open, s->element, s->shape});
    std::vector<const ValueType*> refs;
    for (const ValueType& t : types) refs.push_back(&t);
    const ValueType type = row.infer(refs, attributes);
    Spread out = make(type.element, type.secret(), type.shape);
    const bool product = row.op_class == OpClass::bilinear &&
                         (op == Op::gates || (operands[0]->secret && operands[1]->secret));
    run(op, product ? Exchange::reshare : Exchange::none, attributes, operands, &out, {},
        product ? reshare_flows(setting_) : std::vector<FlowPattern>{});
    return out;
  }

  /// Opens to the receivers, or to all parties if there are none; nothing elsewhere.
  std::vector<Tensor> open(Spread& value, std::vector<Role> receivers = {}) {
    Spread out = make(value.element, false, value.shape);
    for (std::uint32_t e = 0; e < setting_.endpoints(); ++e) {
      const bool hears = receivers.empty() ? e < setting_.n
                                           : std::any_of(receivers.begin(), receivers.end(), [&](Role role) {
                                               return endpoint_of(role, setting_).value == e;
                                             });
      out.components[e].clear();
      if (hears) out.components[e].push_back(garbage(value.element.memory_bytes(value.shape.elements())));
    }
    run(receivers.empty() ? Op::reveal : Op::output, Exchange::open, {}, {&value}, &out, receivers,
        open_flows(receivers, value.secret, setting_));
    std::vector<Tensor> tensors(setting_.endpoints());
    for (std::uint32_t e = 0; e < setting_.endpoints(); ++e) {
      if (out.components[e].empty()) continue;
      tensors[e] = Tensor(value.element, value.shape);
      if (tensors[e].size_bytes() != 0)
        std::memcpy(tensors[e].data(), out.components[e][0].data(), tensors[e].size_bytes());
    }
    return tensors;
  }

  /// Adds up the shares, after checking that all holders of each have the same.
  Tensor reconstruct(Spread& value, bool* consistent = nullptr) const {
    std::vector<u128> sum(value.shape.elements(), 0);
    bool same = true;
    const std::uint64_t count = value.shape.elements();
    for (std::uint32_t share = 0; share < layout_.shares(); ++share) {
      bool first = true;
      std::vector<u128> seen(count);
      for (std::uint32_t p = 0; p < setting_.n; ++p) {
        const auto slot = layout_.slot_of(p, share);
        if (!slot) continue;
        for (std::uint64_t i = 0; i < count; ++i) {
          const u128 v = load_element(value.components[p][*slot].data(), value.element, count, i);
          if (first) seen[i] = v;
          same = same && seen[i] == v;
        }
        first = false;
      }
      for (std::uint64_t i = 0; i < count; ++i)
        sum[i] = value.element.domain == Domain::ring ? sum[i] + seen[i] : sum[i] ^ seen[i];
    }
    if (consistent != nullptr) *consistent = same;
    return Tensor(value.element, value.shape, sum);
  }

  /// A sharing by hand: `shares` by number of the share, each the same at all holders.
  Spread spread(ElementType element, const Shape& shape, const std::vector<Tensor>& shares) const {
    Spread out = make(element, true, shape);
    for (std::uint32_t p = 0; p < setting_.n; ++p)
      for (std::uint32_t slot = 0; slot < layout_.slots(); ++slot) {
        const Tensor& share = shares[layout_.share_at(p, slot)];
        if (share.size_bytes() != 0)
          std::memcpy(out.components[p][slot].data(), share.data(), share.size_bytes());
      }
    return out;
  }

  /// Random shares that add up to `value`.
  Spread share(const Tensor& value, std::mt19937_64& random) const {
    std::vector<Tensor> shares;
    const std::uint64_t count = value.elements();
    std::vector<u128> rest = value.values();
    for (std::uint32_t i = 0; i < layout_.shares(); ++i) {
      std::vector<u128> v(count);
      for (std::uint64_t j = 0; j < count; ++j) {
        v[j] = i + 1 == layout_.shares() ? rest[j] : static_cast<u128>(random()) << 64 | random();
        rest[j] = value.element().domain == Domain::ring ? rest[j] - v[j] : rest[j] ^ v[j];
      }
      shares.emplace_back(value.element(), value.shape(), v);
    }
    return spread(value.element(), value.shape(), shares);
  }

  std::uint64_t tile = 0;  ///< elementwise steps are cut into tiles of so many elements if not 0
  Tamper tamper;           ///< changes payloads on their way
  std::vector<std::vector<Message>> received;  ///< by receiver, since the start
  std::vector<Status> faults;                  ///< by endpoint, of the last step
  bool sizes_match = true;                     ///< no payload was filled beyond what the flows say

  /// Memory that was not zero before: kernels must write every word they own.
  static AlignedBytes garbage(std::size_t bytes) {
    AlignedBytes out(bytes);
    if (bytes != 0) std::memset(out.data(), 0xA5, bytes);
    return out;
  }

 private:
  Spread make(ElementType element, bool secret, const Shape& shape) const {
    Spread out{element, secret, shape, {}};
    out.components.resize(setting_.endpoints());
    for (std::uint32_t p = 0; p < setting_.n; ++p)
      for (std::size_t c = 0; c < (secret ? layout_.slots() : 1); ++c)
        out.components[p].push_back(garbage(element.memory_bytes(shape.elements())));
    return out;
  }

  void run(Op op, Exchange exchange, std::vector<std::int64_t> attributes, std::vector<Spread*> operands,
           Spread* result, std::span<const Role> owners, const std::vector<FlowPattern>& flows,
           const Tensor* clear = nullptr, Role owner = {}) {
    ++address_;
    std::fill(faults.begin(), faults.end(), std::nullopt);
    const std::uint64_t elements = result->shape.elements();
    const std::uint64_t step =
        tile == 0 || !op_row(op).elementwise ? std::max<std::uint64_t>(elements, 1) : tile;
    std::uint64_t begin = 0;
    do {
      const Range range{begin, std::min(elements, begin + step)};
      run_range(op, exchange, attributes, operands, result, owners, flows, clear, owner, range);
      begin += step;
    } while (begin < elements);
  }

  void run_range(Op op, Exchange exchange, const std::vector<std::int64_t>& attributes,
                 const std::vector<Spread*>& operands, Spread* result, std::span<const Role> owners,
                 const std::vector<FlowPattern>& flows, const Tensor* clear, Role owner, Range range) {
    const std::size_t bytes = result->element.payload_bytes(range.size());
    std::map<std::pair<std::uint32_t, std::uint32_t>, std::vector<std::byte>>
        payloads;  // by sender and number
    constexpr std::byte kGuard{0xC3};
    if (bytes != 0)
      for (const FlowPattern& f : flows)
        payloads[{f.from.value, f.payload}].assign(bytes * f.copies + 1, std::byte{0xC3});
    std::vector<StepArgs> all(setting_.endpoints());
    std::vector<std::vector<Operand>> inputs(all.size());
    std::vector<Operand> results(all.size());
    for (std::uint32_t e = 0; e < all.size(); ++e) {
      StepArgs& args = all[e];
      for (Spread* s : operands)
        if (setting_.is_party(EndpointId{e})) inputs[e].push_back(s->at(e));
      results[e] = result->at(e);
      args.op = op, args.exchange = exchange, args.address = address_;
      args.attributes = attributes, args.operands = inputs[e], args.range = range, args.owners = owners;
      const bool owns = clear != nullptr && endpoint_of(owner, setting_).value == e;
      if (!results[e].components.empty() || owns) args.result = &results[e];
      if (owns) args.clear_input = clear->data();
      args.scratch = scratch_[e].get();
      std::vector<std::span<std::byte>> out;
      for (auto& [key, payload] : payloads)
        if (key.first == e) out.push_back(std::span(payload).first(payload.size() - 1));
      args.out = out;
      kernels_[e]->start(args);
      args.out = {};
    }
    for (const auto& [key, payload] : payloads) sizes_match = sizes_match && payload.back() == kGuard;
    for (std::uint32_t e = 0; e < all.size(); ++e) {
      std::vector<std::span<const std::byte>> in;
      const std::size_t before = received[e].size();
      for (const FlowPattern& f : flows) {
        if (f.to.value != e || bytes == 0) continue;
        const auto& payload = payloads[{f.from.value, f.payload}];
        Message message{f.from, {payload.begin(), payload.end() - 1}};
        if (tamper) tamper(f.from, f.to, message.bytes);
        received[e].push_back(std::move(message));
      }
      for (std::size_t i = before; i < received[e].size(); ++i) in.push_back(received[e][i].bytes);
      all[e].in = in;
      if (Status fault = kernels_[e]->finish(all[e])) faults[e] = fault;
      all[e].in = {};
    }
  }

  Setting setting_;
  Layout layout_;
  std::vector<std::unique_ptr<Kernels>> kernels_;
  std::vector<std::unique_ptr<Scratch>> scratch_;
  std::uint64_t address_ = 0;
};

/// Values at the edges of the type, then random ones.
inline std::vector<u128> edge_values(ElementType element) {
  const u128 all = low_mask<u128>(element.width);
  const u128 top = u128{1} << (element.width - 1);
  std::vector<u128> out{0, 1 & all, all, top, top - 1, (top + 1) & all};
  std::sort(out.begin(), out.end());
  out.erase(std::unique(out.begin(), out.end()), out.end());
  return out;
}

inline Tensor random_tensor(ElementType element, const Shape& shape, std::mt19937_64& random) {
  std::vector<u128> v(shape.elements());
  for (u128& x : v) x = static_cast<u128>(random()) << 64 | random();
  return Tensor(element, shape, v);
}

/// All pairs of edge values, then `extra` random pairs.
inline std::pair<Tensor, Tensor> edge_pairs(ElementType element, std::size_t extra, std::mt19937_64& random) {
  std::vector<u128> a, b;
  const auto edges = edge_values(element);
  for (const u128 x : edges)
    for (const u128 y : edges) a.push_back(x), b.push_back(y);
  for (std::size_t i = 0; i < extra; ++i) {
    a.push_back(static_cast<u128>(random()) << 64 | random());
    b.push_back(static_cast<u128>(random()) << 64 | random());
  }
  const Shape shape{static_cast<std::int64_t>(a.size())};
  return {Tensor(element, shape, a), Tensor(element, shape, b)};
}

/// The operation's meaning in the clear.
inline Tensor clear(Op op, std::vector<const Tensor*> operands, std::vector<std::int64_t> attributes = {}) {
  std::vector<ValueType> types;
  std::vector<View> views;
  for (const Tensor* t : operands) {
    types.push_back({Visibility::open, t->element(), t->shape()});
    views.push_back({t->data(), t->element(), &t->shape()});
  }
  std::vector<const ValueType*> refs;
  for (const ValueType& t : types) refs.push_back(&t);
  const ValueType type = op_row(op).infer(refs, attributes);
  Tensor out(type.element, type.shape);
  op_row(op).kernel(attributes, views, {out.data(), type.element, &type.shape}, {0, out.elements()}, false);
  return Tensor(type.element, type.shape, out.values());
}

inline std::vector<ElementType> tested_elements() {
  std::vector<ElementType> out;
  for (const unsigned k : {1, 7, 8, 16, 31, 32, 60, 64, 72, 128}) out.push_back(ring(k));
  out.push_back(bits(1));
  out.push_back(bits(5));
  return out;
}

}  // namespace tacet::protocols::testing
