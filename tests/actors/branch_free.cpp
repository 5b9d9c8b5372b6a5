// Runs every operation on shares while memcheck takes keys, masks and shares for memory that nobody has
// written: it then reports each branch and each address that depends on them. What a protocol opens is
// written as soon as it is open. The test that starts this under valgrind is
// tests/processes/branch_free_test.cpp.
//
// Without arguments it must end without a report. `branch` and `address` do with one share what no kernel
// may: a report must come.

#include <cstdio>
#include <cstring>
#include <map>
#include <set>
#include <string>

#include "composites.hpp"
#include "graph/data.hpp"
#include "simulator.hpp"

#if __has_include(<valgrind/memcheck.h>)
#include <valgrind/memcheck.h>
#else  // as good as not running there
#define RUNNING_ON_VALGRIND 0
#define VALGRIND_MAKE_MEM_UNDEFINED(p, n) static_cast<void>(0)
#define VALGRIND_MAKE_MEM_DEFINED(p, n) static_cast<void>(0)
#define VALGRIND_GET_VBITS(p, v, n) 0
#endif

namespace tacet::actors {
namespace {

using protocols::StepArgs;
using testing::Simulator;

enum class Leak { none, branch, address };

void hide(const void* p, std::size_t bytes) {
  static_cast<void>(VALGRIND_MAKE_MEM_UNDEFINED(p, bytes));
}
void show(const void* p, std::size_t bytes) {
  static_cast<void>(VALGRIND_MAKE_MEM_DEFINED(p, bytes));
}
bool is_hidden(const std::byte* p) {
  unsigned char bits = 0;
  return VALGRIND_GET_VBITS(p, &bits, 1) == 1 && bits != 0;
}

/// Keys agreed on with contributions that are hidden, so that what follows from them is.
class HiddenKeys {
 public:
  explicit HiddenKeys(const Setting& setting) {
    const protocols::Digest session = protocols::sha256(std::as_bytes(std::span("branch free")));
    for (std::uint32_t e = 0; e < setting.endpoints(); ++e)
      setups_.emplace_back(setting, EndpointId{e}, session);
    for (std::uint32_t a = 0; a < setting.endpoints(); ++a)
      for (std::uint32_t b = 0; b < setting.endpoints(); ++b) {
        if (a == b || (!setting.is_party(EndpointId{a}) && !setting.is_party(EndpointId{b}))) continue;
        const std::vector<std::byte> message = setups_[a].message_to(EndpointId{b});
        hide(message.data(), message.size());
        TACET_ASSERT(!setups_[b].receive(EndpointId{a}, message));
      }
  }
  protocols::KeyRing ring(EndpointId self) const { return setups_[self.value].finish(); }

 private:
  std::vector<protocols::KeySetup> setups_;
};

/// Permutations are drawn from masks and then are addresses: their holders know them, and SECURITY.md says
/// so.
class Masks final : public protocols::Masks {
 public:
  explicit Masks(protocols::KeyRing keys) : masks_(protocols::aes_masks(std::move(keys))) {}
  std::unique_ptr<protocols::MaskSource> make_source() const override {
    return std::make_unique<Source>(masks_->make_source());
  }

 private:
  class Source final : public protocols::MaskSource {
   public:
    explicit Source(std::unique_ptr<protocols::MaskSource> source) : source_(std::move(source)) {}
    void fill(const protocols::Draw& draw, std::uint64_t first_byte, std::span<std::byte> out) override {
      source_->fill(draw, first_byte, out);
      // A client's own keys are not hidden above: nobody has told it them.
      if (draw.tag == protocols::DrawTag::permutation) {
        show(out.data(), out.size());
      } else {
        hide(out.data(), out.size());
      }
    }

   private:
    std::unique_ptr<protocols::MaskSource> source_;
  };
  std::unique_ptr<protocols::Masks> masks_;
};

/// Which operations have run on what was hidden.
std::set<Op> hidden_ops;

/// Shows what a step opens, to those to whom it is open.
class Kernels final : public protocols::Kernels {
 public:
  Kernels(const Setting& setting, EndpointId self, std::unique_ptr<protocols::Kernels> kernels, Leak leak)
      : setting_(setting), self_(self), kernels_(std::move(kernels)), leak_(leak) {}
  std::size_t components() const override { return kernels_->components(); }
  std::unique_ptr<protocols::Scratch> make_scratch() const override { return kernels_->make_scratch(); }
  std::uint64_t drawn_bytes() const override { return kernels_->drawn_bytes(); }

  void start(const StepArgs& args) const override {
    kernels_->start(args);
    note(args);
  }

  Status finish(const StepArgs& args) const override {
    if (!setting_.is_party(self_))  // a client compares what it has heard three times
      for (const auto payload : args.in) show(payload.data(), payload.size());
    Status status = kernels_->finish(args);
    if (opens(args)) {
      const ElementType element = args.result->element;
      show(args.result->components[0], element.memory_bytes(args.result->shape.elements()));
    }
    note(args);
    return status;
  }

 private:
  bool opens(const StepArgs& args) const {
    if (args.result == nullptr || args.result->components.empty()) return false;
    switch (args.exchange) {
      case Exchange::open:
      case Exchange::open_product:
      case Exchange::open_from_king:
        return true;
      case Exchange::to_king:
        return self_.value == args.king;
      default:
        return false;
    }
  }

  void note(const StepArgs& args) const {
    const auto look = [&](const protocols::Operand& value) {
      for (const std::byte* component : value.components) {
        if (args.range.size() == 0 || !is_hidden(component)) continue;
        hidden_ops.insert(args.op);
        if (leak_ == Leak::branch && (component[0] & std::byte{1}) != std::byte{0}) std::puts("a branch");
        static const volatile char table[256]{};
        if (leak_ == Leak::address) static_cast<void>(table[std::to_integer<int>(component[0])]);
      }
    };
    for (const protocols::Operand& operand : args.operands) look(operand);
    if (args.result != nullptr) look(*args.result);
  }

  Setting setting_;
  EndpointId self_;
  std::unique_ptr<protocols::Kernels> kernels_;
  Leak leak_;
};

void run(const Builder& b, std::vector<Tensor> inputs, std::uint32_t n, const PlanOptions& options,
         const std::string& what, Leak leak) {
  const Setting setting{Scheme::rss, n, static_cast<std::uint32_t>(b.graph().clients().size())};
  const auto plan = std::make_shared<const Plan>(make_plan(b.graph(), setting, options));
  std::vector<Tensor> needed;  // inputs nobody uses are not part of the plan
  for (const InputInfo& info : plan->graph.inputs())
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (b.graph().inputs()[i].name == info.name) needed.push_back(inputs[i]);
  for (Tensor& t : needed)
    if (t.size_bytes() != 0) hide(t.data(), t.size_bytes());
  const HiddenKeys keys(setting);
  Simulator sim(
      plan, needed,
      [&](EndpointId e) {
        auto kernels = protocols::make_kernels(setting, e, std::make_unique<Masks>(keys.ring(e)));
        return std::make_unique<Kernels>(setting, e, std::move(kernels), leak);
      },
      1);
  const bool finished = sim.run();
  std::printf("%s: %zu steps\n", what.c_str(), plan->steps.size());
  TACET_ASSERT(finished);
  for (std::uint32_t e = 0; e < sim.endpoints(); ++e) TACET_ASSERT(!sim.engine(e).failure());
}

/// Operations that no composite is made of, single elements that stretch, clients, and tiles.
void build_rest(Builder& b, unsigned k, std::vector<Tensor>& inputs, std::mt19937_64& rng) {
  const auto bring = [&](Role owner, ElementType element, const Shape& shape) {
    inputs.push_back(testing::random_tensor(element, shape, rng));
    return b.input("in" + std::to_string(inputs.size()), owner, element, shape);
  };
  std::size_t outputs = 0;
  const auto tell = [&](const Value& v) {
    ++outputs;
    b.output("out" + std::to_string(outputs), v, outputs % 2 == 0 ? b.client("bob") : Builder::party(1));
  };
  const Role alice = b.client("alice");
  const Value x = bring(alice, ring(k), {70}), y = bring(Builder::party(0), ring(k), {70}),
              one = bring(Builder::party(2), ring(k), {});
  const Value p = bring(alice, bits(k), {70}), q = bring(Builder::party(0), bits(k), {70}),
              bit = bring(Builder::party(1), bits(k), {1});
  for (const Value& v : {x * one, one * x, dot(x, y), x * y - x, -x, sum(x), prefix_sum(x)}) tell(v);
  for (const Value& v : {p & bit, bit & q, p ^ bit, (p ^ bit) & (bit ^ q), ~(p ^ bit), p | q, bit_add(p, bit),
                         bit_sub(bit, q), bit_less(p, bit)})
    tell(v);
  const Value m = reshape(x, {7, 10}), w = reshape(y, {10, 7}), s = bring(alice, ring(k), {1, 10});
  for (const Value& v : {matmul(m, w), transpose(m) * s.builder().constant(ring(k), 3), m * s,
                         slice(m, 1, 1, 9, 2), concat({m, m}, 0)})
    tell(v);
  tell(
      conv2d(reshape(x, {1, 7, 5, 2}), reshape(slice(y, 0, 0, 36), {2, 3, 3, 2}), {.padding = {1, 1, 1, 1}}));
  tell(transpose(reshape(p, {7, 10})) ^ reshape(bit, {1, 1}));
  const Value few = slice(x, 0, 0, 9), index = slice(y, 0, 0, 3);
  const Value strings = slice(q, 0, 0, 9);
  for (const Value& v : {shuffle(few), shuffle(strings), sort(few), rank(few), one_hot(index, 6, ring(k)),
                         one_hot(index, 6, bits(1)), read(few, index), read(strings, index),
                         write(few, at(y, 0, 0), at(x, 0, 1)), histogram(few, 5), histogram(few, 5, few)})
    tell(v);
}

int run_all(Leak leak) {
  std::mt19937_64 rng(1);
  for (const auto& [n, k] : {std::pair{3u, 8u}, {3u, 72u}, {5u, 64u}, {7u, 31u}}) {
    for (const std::uint64_t tile : {std::uint64_t{64}, PlanOptions{}.tile_bytes}) {
      Builder b;
      std::vector<Tensor> inputs;
      build_rest(b, k, inputs, rng);
      PlanOptions options;
      options.tile_bytes = tile;
      run(b, inputs, n, options, "n " + std::to_string(n) + ", k " + std::to_string(k) + ", operations",
          leak);
      if (leak != Leak::none) return 0;
      if (n != 3) break;
    }
  }
  const auto composites = [&](std::uint32_t n, unsigned k, std::size_t ways) {
    const auto made = testing::program(k, false, rng);
    for (std::size_t way = 0; way < ways; ++way)
      run(made->b, made->inputs, n, {.policy = testing::forcing(way)},
          "n " + std::to_string(n) + ", k " + std::to_string(k) + ", way " + std::to_string(way), leak);
  };
  composites(3, 8, testing::most_variants());
  composites(5, 16, 1);
  // Nothing may have lost what was hidden: then there would be nothing to report.
  int missing = 0;
  for (const OpRow& row : op_table()) {
    const auto op = static_cast<Op>(&row - op_table().data());
    const bool on_shares = row.op_class != OpClass::clear && row.op_class != OpClass::composite &&
                           op != Op::constant && op != Op::permutation && op != Op::reshape &&
                           op != Op::with_fraction;
    if (!on_shares || hidden_ops.contains(op)) continue;
    std::fprintf(stderr, "%s has not run on anything hidden\n", std::string(row.name).c_str());
    ++missing;
  }
  std::printf("%zu operations have run on what was hidden\n", hidden_ops.size());
  return missing == 0 ? 0 : 1;
}

}  // namespace
}  // namespace tacet::actors

int main(int argc, char** argv) {
  using tacet::actors::Leak;
  if (RUNNING_ON_VALGRIND == 0) {
    std::puts("skipped: not under valgrind, or built without its headers");
    return 77;
  }
  const std::string leak = argc > 1 ? argv[1] : "";
  return tacet::actors::run_all(leak == "branch"    ? Leak::branch
                                : leak == "address" ? Leak::address
                                                    : Leak::none);
}
