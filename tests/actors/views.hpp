#pragma once

// What a coalition sees of a whole computation. Every computation here is elementwise, and its values have
// one element for each assignment of what the coalition does not know: masks from keys it does not hold take
// their values from the bits of the element's number, all other masks are the same in every element. One run
// of the engines so gives the exact distribution of the messages.

#include <algorithm>
#include <array>
#include <bit>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "graph/functions.hpp"
#include "protocols/layout.hpp"
#include "simulator.hpp"

namespace tacet::actors::testing {

using Coalition = std::set<std::uint32_t>;

/// What may be wrong with masks, to see that it is noticed.
enum class Flaw {
  none,
  one_lane,     ///< all who mask with one key in one step use one mask
  one_address,  ///< all steps use one mask, whatever for
  one_domain,   ///< a summand is shared in both domains with one mask: the digits of the integer
  known_key,    ///< masks come from a key that everyone holds
};

/// A computation on secrets, which a client outside the coalition brings one by one. What it returns goes
/// back to that client, so that the coalition learns nothing from outputs.
class Sketch {
 public:
  Sketch(Builder& builder, std::uint64_t count, std::span<const u128> secrets)
      : b(builder), count_(count), secrets_(secrets) {}
  Value secret(ElementType element) {
    TACET_ASSERT(inputs_.size() < secrets_.size());
    inputs_.emplace_back(element, shape(), std::vector<u128>(count_, secrets_[inputs_.size()]));
    return b.input("secret " + std::to_string(inputs_.size()), b.client("owner"), element, shape());
  }
  Shape shape() const { return {static_cast<std::int64_t>(count_)}; }
  const std::vector<Tensor>& inputs() const { return inputs_; }

  Builder& b;

 private:
  std::uint64_t count_;
  std::span<const u128> secrets_;
  std::vector<Tensor> inputs_;
};

struct Computation {
  std::string name;
  std::function<std::vector<Value>(Sketch&)> build;
  std::map<std::string, std::string, std::less<>> prefer = {};  ///< variants, by operation
};

/// Unknown masks and the bits of the element's number that are their values.
struct Unknowns {
  Unknowns(const Plan& p, const Coalition& members, Flaw wrong, std::uint64_t seed, std::uint64_t elements)
      : plan(p), coalition(members), flaw(wrong), known(seed), count(elements), layout(p.setting.n) {
    for (std::uint32_t i = 0; i < plan.steps.size(); ++i)
      if (plan.steps[i].op == Op::output)
        outputs.insert(i);
      else if (plan.steps[i].op == Op::leaf)
        leaves.insert(i);
  }
  using Name =
      std::tuple<int, std::uint32_t, std::uint32_t, std::uint64_t, std::uint32_t, int, std::uint64_t>;
  unsigned offset(const Name& name, unsigned width) {
    const auto [it, added] = offsets.try_emplace(name, bits);
    if (added) bits += width;
    return it->second;
  }
  bool holds(protocols::KeyRef::Kind kind, std::uint32_t a, std::uint32_t b) const {
    using Kind = protocols::KeyRef::Kind;
    if (kind == Kind::pair) return coalition.contains(a) || coalition.contains(b);
    if (kind == Kind::share && flaw == Flaw::known_key) return true;
    return std::any_of(coalition.begin(), coalition.end(),
                       [&](std::uint32_t p) { return layout.holds(p, a); });
  }

  const Plan& plan;
  const Coalition& coalition;
  const Flaw flaw;
  const std::uint64_t known;  ///< decides the masks that are known
  const std::uint64_t count;  ///< elements of every value, a power of two from 64
  std::uint64_t sample = 0;   ///< if not 0, unknown masks are random instead, and this decides them
  const protocols::Layout layout;
  std::set<std::uint32_t>
      outputs;  ///< steps whose results go to the client alone: their masks touch nothing else
  std::set<std::uint32_t> leaves;
  std::map<Name, unsigned> offsets;
  unsigned bits = 0;
};

inline std::uint64_t mixed(std::uint64_t x) {
  x = (x ^ (x >> 31)) * 0x9E3779B97F4A7C15;
  x = (x ^ (x >> 29)) * 0xBF58476D1CE4E5B9;
  return x ^ (x >> 32);
}

class EnumeratedSource final : public protocols::MaskSource {
 public:
  EnumeratedSource(Unknowns& unknowns, std::uint32_t self) : u_(unknowns), self_(self) {}

  void fill(const protocols::Draw& draw, std::uint64_t first, std::span<std::byte> out) override {
    const Buffer& buffer = u_.plan.buffers[u_.plan.steps[draw.address].buffer];
    TACET_ASSERT(draw.tag != protocols::DrawTag::permutation);
    const bool is_ring = buffer.element.domain == Domain::ring;
    TACET_ASSERT(buffer.elements % u_.count == 0 && (!is_ring || buffer.element.width <= 8));
    const std::uint64_t plane = ElementType::plane_words(buffer.elements);
    // A node's piece of the buffer, and of bits one plane of it, is one mask.
    for (std::size_t i = 0; i < out.size();) {
      const std::uint64_t at = first + i;
      const std::uint64_t row = is_ring ? 0 : at / 8 / plane;
      const std::uint64_t element = is_ring ? at : at / 8 % plane * 64;
      const std::uint64_t left = u_.count - element % u_.count;
      const std::size_t take = std::min<std::uint64_t>(out.size() - i, is_ring ? left : left / 8);
      const std::uint64_t piece = element / u_.count;
      const auto target = out.subspan(i, take);
      if (is_ring) {
        ring_mask(draw, piece, buffer.element.width, element % u_.count, target);
      } else {
        bit_mask(draw, piece, row, element % u_.count, target);
      }
      i += take;
    }
  }

 private:
  /// Where the mask begins among the bits of the element's number, or the known value.
  std::pair<bool, std::uint64_t> find(const protocols::Draw& draw, std::uint64_t piece, std::uint64_t row,
                                      unsigned width) {
    const protocols::KeyRef& key = draw.key;
    std::uint32_t a = key.which, b = key.client;
    if (key.kind == protocols::KeyRef::Kind::pair)
      a = std::min(self_, key.which), b = std::max(self_, key.which);
    Unknowns::Name name{static_cast<int>(key.kind), a,    b, draw.address, draw.lane,
                        static_cast<int>(draw.tag), piece};
    if (u_.flaw == Flaw::one_lane) std::get<4>(name) = 0;
    const bool shared =
        u_.flaw == Flaw::one_address ||
        (u_.flaw == Flaw::one_domain && u_.leaves.contains(static_cast<std::uint32_t>(draw.address)));
    if (shared) std::get<3>(name) = 0, std::get<5>(name) = 0, std::get<6>(name) = 0;
    if (u_.flaw == Flaw::one_address) std::get<4>(name) = 0;
    std::uint64_t hash = mixed(u_.known + row);
    std::apply([&](auto... part) { ((hash = mixed(hash + static_cast<std::uint64_t>(part))), ...); }, name);
    if (u_.holds(key.kind, a, b) || u_.outputs.contains(static_cast<std::uint32_t>(draw.address)))
      return {false, hash};
    if (u_.sample != 0) return {true, mixed(hash + u_.sample)};
    // Planes are masks of their own; of one mask for several purposes, plane i is bit i.
    if (shared) return {true, u_.offset(name, 8) + row};
    std::get<6>(name) = piece << 8 | row;
    return {true, u_.offset(name, width)};
  }

  void ring_mask(const protocols::Draw& draw, std::uint64_t piece, unsigned width, std::uint64_t j,
                 std::span<std::byte> out) {
    const auto [unknown, value] = find(draw, piece, 0, width);
    for (std::size_t i = 0; i < out.size(); ++i) {
      const std::uint64_t mask = !unknown         ? value
                                 : u_.sample != 0 ? mixed(value + j + i)
                                 : value < 64     ? (j + i) >> value
                                                  : 0;
      out[i] = static_cast<std::byte>(mask & low_mask<u128>(width));
    }
  }

  void bit_mask(const protocols::Draw& draw, std::uint64_t piece, std::uint64_t row, std::uint64_t j,
                std::span<std::byte> out) {
    // Bit `value` of 64 consecutive numbers.
    static constexpr std::uint64_t kPatterns[] = {0xAAAAAAAAAAAAAAAA, 0xCCCCCCCCCCCCCCCC, 0xF0F0F0F0F0F0F0F0,
                                                  0xFF00FF00FF00FF00, 0xFFFF0000FFFF0000, 0xFFFFFFFF00000000};
    const auto [unknown, value] = find(draw, piece, row, 1);
    for (std::size_t i = 0; i + 8 <= out.size(); i += 8, j += 64) {
      const std::uint64_t word = !unknown         ? -(value & 1)
                                 : u_.sample != 0 ? mixed(value + j)
                                 : value < 6      ? kPatterns[value]
                                 : value < 64     ? -(j >> value & 1)
                                                  : 0;
      std::memcpy(out.data() + i, &word, 8);
    }
  }

  Unknowns& u_;
  const std::uint32_t self_;
};

class EnumeratedMasks final : public protocols::Masks {
 public:
  EnumeratedMasks(Unknowns& unknowns, std::uint32_t self) : unknowns_(unknowns), self_(self) {}
  std::unique_ptr<protocols::MaskSource> make_source() const override {
    return std::make_unique<EnumeratedSource>(unknowns_, self_);
  }

 private:
  Unknowns& unknowns_;
  std::uint32_t self_;
};

/// All that a coalition receives in one element, from those outside it.
using View = std::array<std::uint64_t, 8>;

/// Element by element. `count` is that of every value.
inline std::vector<View> views_of(const Simulator& sim, const Plan& plan, const Coalition& coalition,
                                  std::uint64_t count) {
  std::vector<View> out(count, View{});
  unsigned used = 0;
  const auto streams = sim.streams();
  const auto append = [&](unsigned width, auto value_at) {
    if (used % 64 + width > 64) used += 64 - used % 64;
    TACET_ASSERT(used + width <= 64 * std::tuple_size_v<View>);
    for (std::uint64_t j = 0; j < count; ++j) out[j][used / 64] |= std::uint64_t{value_at(j)} << used % 64;
    used += width;
  };
  for (const LinkPlan& link : plan.links) {
    if (!coalition.contains(link.to.value) || coalition.contains(link.from.value)) continue;
    const std::vector<std::byte>& stream = streams.at({link.from.value, link.to.value});
    for (const Segment& segment : link.segments) {
      const Step& step = plan.steps[segment.step];
      const ElementType element = plan.buffers[step.buffer].element;
      TACET_ASSERT(step.range.size() % count == 0);
      const std::byte* bytes = stream.data() + segment.offset;
      for (std::uint64_t piece = 0; piece < step.range.size() / count; ++piece) {
        if (element.domain == Domain::ring)
          append(element.width,
                 [&](std::uint64_t j) { return static_cast<unsigned>(bytes[piece * count + j]); });
        for (unsigned row = 0; element.domain == Domain::bits && row < element.width; ++row) {
          const std::byte* plane = bytes + (row * step.range.size() + piece * count) / 8;
          append(1, [&](std::uint64_t j) {
            return static_cast<unsigned>(plane[j / 8] >> (j % 8) & std::byte{1});
          });
        }
      }
    }
  }
  return out;
}

/// Runs a computation whose values have `count` elements.
struct Session {
  Session(const Computation& computation, std::uint32_t n, std::span<const u128> secrets, std::uint64_t count,
          std::uint64_t order,
          const std::function<MakeKernels(const std::shared_ptr<const Plan>&)>& kernels) {
    Builder b;
    Sketch sketch(b, count, secrets);
    std::size_t number = 0;
    for (const Value& v : computation.build(sketch))
      b.output("out" + std::to_string(number++), v, b.client("owner"));
    PlanOptions options;
    options.policy.prefer = computation.prefer;
    options.tile_bytes = std::uint64_t{1} << 30;  // every step whole
    plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::rss, n, 1}, options));
    TACET_ASSERT(plan->graph.inputs().size() == sketch.inputs().size());
    sim = std::make_unique<Simulator>(plan, sketch.inputs(), kernels(plan), order);
    const bool finished = sim->run();
    TACET_ASSERT(finished && !sim->engine(n).failure());
  }
  std::shared_ptr<const Plan> plan;
  std::unique_ptr<Simulator> sim;
};

/// The views of one coalition, element by element, and what it did not know.
struct Seen {
  std::vector<View> views;
  unsigned unknown_bits = 0;
};
inline Seen watch(const Computation& computation, std::uint32_t n, const Coalition& coalition, Flaw flaw,
                  std::uint64_t known, std::span<const u128> secrets, std::uint64_t count,
                  std::uint64_t sample = 0) {
  std::unique_ptr<Unknowns> unknowns;
  const Session session(computation, n, secrets, count, known, [&](const std::shared_ptr<const Plan>& plan) {
    unknowns = std::make_unique<Unknowns>(*plan, coalition, flaw, known, count);
    unknowns->sample = sample;
    return [&](EndpointId e) {
      return protocols::make_kernels(unknowns->plan.setting, e,
                                     std::make_unique<EnumeratedMasks>(*unknowns, e.value));
    };
  });
  return {views_of(*session.sim, *session.plan, coalition, count), unknowns->bits};
}

/// The views under all assignments, in order: their distribution. `bits` is what the enumeration needed the
/// last time; it grows if that is too little. Nothing if there are more than `limit`.
inline std::optional<std::vector<View>> distribution(const Computation& computation, std::uint32_t n,
                                                     const Coalition& coalition, Flaw flaw,
                                                     std::uint64_t known, std::span<const u128> secrets,
                                                     unsigned& bits, unsigned limit) {
  while (bits <= limit) {
    Seen seen = watch(computation, n, coalition, flaw, known, secrets, std::uint64_t{1} << bits);
    if (seen.unknown_bits <= bits) {
      std::sort(seen.views.begin(), seen.views.end());
      return std::move(seen.views);
    }
    bits = seen.unknown_bits;
  }
  return std::nullopt;
}

/// Coalitions of `size` among n parties.
inline std::vector<Coalition> coalitions(std::uint32_t n, std::uint32_t size) {
  std::vector<Coalition> out;
  for (std::uint32_t set = 0; set < 1u << n; ++set) {
    if (std::popcount(set) != static_cast<int>(size)) continue;
    Coalition members;
    for (std::uint32_t p = 0; p < n; ++p)
      if ((set >> p & 1) != 0) members.insert(p);
    out.push_back(members);
  }
  return out;
}

}  // namespace tacet::actors::testing
