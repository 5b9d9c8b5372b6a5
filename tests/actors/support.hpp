#pragma once

// What the tests of this folder share: one printed seed, random tensors, keys, blocks.

#include <cstdint>
#include <cstring>
#include <memory>
#include <random>
#include <span>
#include <string>
#include <vector>

#include "actors/memory.hpp"
#include "graph/plan.hpp"
#include "graph/tensor.hpp"
#include "protocols/crypto.hpp"
#include "protocols/keys.hpp"
#include "protocols/plan_digest.hpp"

namespace tacet::actors::testing {

/// Everything random in this program follows from it. TACET_TEST_SEED repeats a run.
std::uint64_t seed();
/// A generator of its own for each test, so that running one test alone repeats what it did among the others.
std::mt19937_64 generator(std::string_view test);
/// Times as many cases as by default, for long runs: TACET_TEST_FACTOR.
std::size_t cases(std::size_t by_default);

inline std::uint64_t below(std::mt19937_64& rng, std::uint64_t bound) {
  return rng() % bound;
}

inline Tensor random_tensor(ElementType element, const Shape& shape, std::mt19937_64& rng) {
  std::vector<u128> values(shape.elements());
  for (u128& v : values) v = static_cast<u128>(rng()) << 64 | rng();
  return Tensor(element, shape, values);
}

/// In the order of graph.inputs().
inline std::vector<Tensor> random_inputs(const Graph& graph, std::mt19937_64& rng) {
  std::vector<Tensor> inputs;
  for (const InputInfo& info : graph.inputs()) {
    const ValueType& type = graph.type(info.node);
    inputs.push_back(random_tensor(type.element, type.shape, rng));
  }
  return inputs;
}

inline BlockPtr block_of(std::span<const std::byte> bytes) {
  auto block = std::make_shared<Block>(bytes.size(), std::make_shared<BlockPool>());
  if (!bytes.empty()) std::memcpy(block->data(), bytes.data(), bytes.size());
  return block;
}

inline std::vector<std::byte> random_bytes(std::size_t count, std::mt19937_64& rng) {
  std::vector<std::byte> bytes(count);
  for (std::byte& b : bytes) b = static_cast<std::byte>(rng());
  return bytes;
}

/// The keys of a session, agreed on as endpoints do; rings can be taken as often as wanted.
class Keys {
 public:
  explicit Keys(const Setting& setting) {
    const protocols::Digest session = protocols::sha256(std::as_bytes(std::span("a session of the tests")));
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e)
      setups_.emplace_back(setting, EndpointId{e}, session);
    for (std::uint32_t a = 0; a < setting.endpoints(); ++a)
      for (std::uint32_t b = 0; b < setting.endpoints(); ++b)
        if (a != b && (setting.is_party(EndpointId{a}) || setting.is_party(EndpointId{b})))
          TACET_ASSERT(!setups_[b].receive(EndpointId{a}, setups_[a].message_to(EndpointId{b})));
  }
  protocols::KeyRing ring(EndpointId self) const { return setups_[self.value].finish(); }

 private:
  std::vector<protocols::KeySetup> setups_;
};

}  // namespace tacet::actors::testing
