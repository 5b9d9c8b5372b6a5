// Mistakes that protocols of this kind invite, each with what would notice it. Whether what a coalition sees
// tells anything, and that the same mistakes made on purpose are noticed, is in views_test.cpp.

#include <boost/test/unit_test.hpp>
#include <map>
#include <mutex>
#include <set>
#include <tuple>

#include "composites.hpp"
#include "protocols/layout.hpp"
#include "simulator.hpp"

namespace tacet::actors {
namespace {

using protocols::Draw;
using protocols::DrawTag;
using protocols::KeyRef;
using testing::Keys;
using testing::Simulator;

/// A draw, with the key named from outside and who drew.
struct Drawn {
  std::uint32_t at = 0;
  KeyRef::Kind kind = KeyRef::Kind::share;
  std::uint32_t a = 0, b = 0;  ///< the share and the client, or the two parties
  std::uint64_t address = 0;
  std::uint16_t lane = 0;
  DrawTag tag = DrawTag::ring;
  auto operator<=>(const Drawn&) const = default;
};

/// Passes draws through and keeps their names.
class Recorded final : public protocols::Masks {
 public:
  Recorded(std::unique_ptr<protocols::Masks> masks, std::uint32_t self, std::set<Drawn>& drawn)
      : masks_(std::move(masks)), self_(self), drawn_(drawn) {}
  std::unique_ptr<protocols::MaskSource> make_source() const override {
    return std::make_unique<Source>(masks_->make_source(), self_, drawn_);
  }

 private:
  struct Source final : protocols::MaskSource {
    Source(std::unique_ptr<protocols::MaskSource> from, std::uint32_t e, std::set<Drawn>& to)
        : source(std::move(from)), self(e), drawn(to) {}
    void fill(const Draw& draw, std::uint64_t first, std::span<std::byte> out) override {
      const bool pair = draw.key.kind == KeyRef::Kind::pair;
      drawn.insert({self, draw.key.kind, pair ? std::min(self, draw.key.which) : draw.key.which,
                    pair ? std::max(self, draw.key.which) : draw.key.client, draw.address, draw.lane,
                    draw.tag});
      source->fill(draw, first, out);
    }
    std::unique_ptr<protocols::MaskSource> source;
    const std::uint32_t self;
    std::set<Drawn>& drawn;
  };
  std::unique_ptr<protocols::Masks> masks_;
  const std::uint32_t self_;
  std::set<Drawn>& drawn_;
};

/// A run with masks that are used once: twice stops the program.
struct Run {
  std::shared_ptr<const Plan> plan;
  std::unique_ptr<Simulator> sim;
  std::set<Drawn> drawn;
};
std::unique_ptr<Run> run(const Graph& graph, const std::vector<Tensor>& inputs, const Setting& setting,
                         const PlanOptions& options, std::uint64_t order) {
  auto out = std::make_unique<Run>();
  out->plan = std::make_shared<const Plan>(make_plan(graph, setting, options));
  const Keys keys(setting);
  std::vector<Tensor> needed;
  for (const InputInfo& info : out->plan->graph.inputs())
    for (std::size_t i = 0; i < inputs.size(); ++i)
      if (graph.inputs()[i].name == info.name) needed.push_back(inputs[i]);
  out->sim = std::make_unique<Simulator>(
      out->plan, needed,
      [&](EndpointId e) {
        return protocols::make_kernels(
            setting, e,
            std::make_unique<Recorded>(protocols::checked_masks(protocols::aes_masks(keys.ring(e))), e.value,
                                       out->drawn));
      },
      order);
  BOOST_TEST_REQUIRE(out->sim->run());
  return out;
}

/// Calls f with a run of all composites, computed in each way they have.
template <class F>
void every_way(std::uint32_t n, unsigned k, F f) {
  auto rng = testing::generator("traps");
  const auto all = testing::program(k, n == 3, rng);
  for (std::size_t round = 0; round < testing::most_variants(); ++round)
    f(*run(all->b.graph(), all->inputs, {Scheme::rss, n, 0}, {.policy = testing::forcing(round)}, rng()));
}

template <class F>
void every_step(const Plan& plan, F f) {
  for (const Step& step : plan.steps)
    if (!step.join) f(step);
}

/// What its draws are addressed by.
std::uint32_t number(const Plan& plan, const Step& step) {
  return static_cast<std::uint32_t>(&step - plan.steps.data());
}

bool is_reshare(Exchange e) {
  return e == Exchange::reshare || e == Exchange::reshare_sparse;
}

Value apply(Op op, std::initializer_list<Value> operands,
            std::initializer_list<std::int64_t> attributes = {}) {
  return operands.begin()->builder().apply(op, std::span(operands.begin(), operands.size()),
                                           std::span(attributes.begin(), attributes.size()), {});
}

/// The widest random value that has gone into a value since anything was last opened.
unsigned widest_mask(const Graph& graph, NodeId value) {
  std::vector<NodeId> left{value};
  std::set<std::uint32_t> seen;
  unsigned widest = 0;
  while (!left.empty()) {
    const NodeId id = left.back();
    left.pop_back();
    if (!seen.insert(id.value).second || !graph.type(id).secret()) continue;
    if (graph.node(id).op == Op::random) widest = std::max<unsigned>(widest, graph.type(id).element.width);
    for (const NodeId operand : graph.operands(id)) left.push_back(operand);
  }
  return widest;
}

/// Openings of what depends on an input, in a ring larger than any mask that went into it. A product that is
/// opened has its mask as the last operand.
std::size_t bare_openings(const Graph& graph, std::size_t& openings) {
  const std::vector<bool> offline = offline_nodes(graph);
  std::size_t out = 0;
  for (std::uint32_t i = 0; i < graph.size(); ++i) {
    const NodeId id{i};
    const Op op = graph.node(id).op;
    const bool opens =
        op == Op::open_from_king || (op != Op::output && op_row(op).op_class == OpClass::reveal);
    if (offline[i] || !opens) continue;
    NodeId opened = graph.operands(id).back();
    if (op == Op::open_from_king) opened = graph.operands(opened).back();
    ++openings;
    out += widest_mask(graph, opened) < graph.type(id).element.width;
  }
  return out;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(traps)

// (a) One mask for several senders gives away differences of their local products.
BOOST_AUTO_TEST_CASE(every_sender_of_a_product_masks_in_a_lane_of_its_own) {
  for (const std::uint32_t n : {3u, 5u, 7u}) {
    const protocols::Layout layout(n);
    Builder b;
    const Value x = b.input("x", Builder::party(0), ring(32), {4});
    const Value y = b.input("y", Builder::party(1), ring(32), {4});
    b.output("sparse", apply(Op::part, {x}, {layout.t(), 1}) * y, Builder::party(0));
    b.output("dense", x * y, Builder::party(0));
    auto rng = testing::generator("lanes");
    const auto done = run(b.graph(), testing::random_inputs(b.graph(), rng), {Scheme::rss, n, 0}, {}, rng());
    std::size_t products = 0;
    every_step(*done->plan, [&](const Step& step) {
      if (!is_reshare(step.exchange)) return;
      ++products;
      for (std::uint32_t share = 0; share < layout.shares(); ++share) {
        const bool sparse = step.exchange == Exchange::reshare_sparse;
        std::set<std::uint16_t> expected, seen;
        for (const std::uint32_t p : layout.holders(share))
          if (sparse ? share != 0 && layout.holds(p, 0) : layout.chi(p) != share)
            expected.insert(static_cast<std::uint16_t>(p));
        for (const Drawn& d : done->drawn)
          if (d.address == number(*done->plan, step) && d.kind == KeyRef::Kind::share && d.a == share)
            seen.insert(d.lane);
        BOOST_TEST((seen == expected), "n " << n << ", share " << share);
      }
    });
    BOOST_TEST(products == 2u);
  }
}

// (b) One mask in two domains gives away the value. (h) One mask for two purposes gives away a difference.
BOOST_AUTO_TEST_CASE(no_mask_serves_two_steps_or_two_domains) {
  for (const std::uint32_t n : {3u, 5u})
    every_way(n, 8, [](const Run& done) {  // checked masks: nothing is drawn twice from one name
      std::set<std::uint64_t> addresses;
      for (const Drawn& d : done.drawn) addresses.insert(d.address);
      std::size_t leaves = 0;
      every_step(*done.plan, [&](const Step& step) {
        if (step.range.size() == 0) return;
        const bool is_addressed = addresses.contains(number(*done.plan, step));
        // Whoever masks draws at the step's own address, and whoever computes locally draws nowhere.
        if (step.op == Op::random || step.op == Op::permutation || step.exchange == Exchange::input ||
            step.exchange == Exchange::leaf || is_reshare(step.exchange)) {
          BOOST_TEST(is_addressed);
        } else if (step.exchange == Exchange::none) {
          BOOST_TEST(!is_addressed);
        }
        leaves += step.op == Op::leaf;
      });
      BOOST_TEST(leaves != 0u);
      for (const Drawn& d : done.drawn) {
        BOOST_REQUIRE((d.address < done.plan->steps.size() && !done.plan->steps[d.address].join));
        const Domain domain = done.plan->buffers[done.plan->steps[d.address].buffer].element.domain;
        BOOST_TEST((d.tag == DrawTag::ring   ? domain == Domain::ring
                    : d.tag == DrawTag::bits ? domain == Domain::bits
                                             : true));
      }
    });
}

BOOST_AUTO_TEST_CASE(another_session_has_other_masks) {
  auto rng = testing::generator("sessions");
  const auto all = testing::program(8, false, rng);
  const auto first = run(all->b.graph(), all->inputs, {}, {}, 1),
             second = run(all->b.graph(), all->inputs, {}, {}, 1);
  const auto one = first->sim->streams(), other = second->sim->streams();
  BOOST_TEST(one.size() == 6u);
  std::size_t all_bytes = 0, same = 0;
  for (const auto& [ends, bytes] : one) {
    all_bytes += bytes.size();
    for (std::size_t i = 0; i < bytes.size(); ++i) same += bytes[i] == other.at(ends)[i];
    BOOST_TEST((bytes != other.at(ends)));
  }
  BOOST_TEST(all_bytes > 10000u);
  BOOST_TEST(same < all_bytes / 4);  // padding is equal
}

// (c) x + r with r smaller than the ring in which the sum is opened gives x away.
BOOST_AUTO_TEST_CASE(nothing_is_opened_in_a_ring_larger_than_its_mask) {
  for (const unsigned k : {3u, 8u, 31u}) {
    std::size_t openings = 0;
    every_way(3, k, [&](const Run& done) { BOOST_TEST(bare_openings(done.plan->graph, openings) == 0u); });
    BOOST_TEST(openings > 20u);
    Builder b;
    const Value x = b.input("x", Builder::party(0), ring(k));
    b.output("out", reveal(x + eda_bit(b, k - 1, k).value), Builder::party(1));
    BOOST_TEST(bare_openings(make_plan(b.graph(), {}).graph, openings) == 1u);
  }
}

// (d) A mask from a key that the receiver holds is none.
BOOST_AUTO_TEST_CASE(every_message_has_a_mask_that_its_receiver_does_not_know) {
  for (const std::uint32_t n : {3u, 5u}) {
    const protocols::Layout layout(n);
    every_way(n, 8, [&](const Run& done) {
      std::map<std::pair<std::uint64_t, std::uint32_t>, std::vector<Drawn>> by_step;
      for (const Drawn& d : done.drawn) by_step[{d.address, d.at}].push_back(d);
      std::size_t messages = 0;
      every_step(*done.plan, [&](const Step& step) {
        // What a king passes on, and what is opened, was masked before.
        const bool masks = step.exchange == Exchange::input || step.exchange == Exchange::leaf ||
                           is_reshare(step.exchange) || step.exchange == Exchange::open_product ||
                           step.op == Op::mul_to_king;
        if (!masks) return;
        for (const Flow& flow : done.plan->step_flows(step)) {
          ++messages;
          const auto& drawn = by_step[{number(*done.plan, step), flow.from.value}];
          BOOST_TEST(std::any_of(drawn.begin(), drawn.end(), [&](const Drawn& d) {
            // The sender's own lane, or a pair it is one of.
            const std::uint32_t to = flow.to.value;
            return d.kind == KeyRef::Kind::pair ? d.a != to && d.b != to
                                                : d.lane == flow.from.value && !layout.holds(to, d.a);
          }));
        }
      });
      BOOST_TEST(messages > 100u);
    });
  }
}

// (e) Masks that depend on what was drawn before differ between holders as soon as schedules do.
BOOST_AUTO_TEST_CASE(neither_schedule_nor_tiles_change_results_and_schedules_change_no_byte) {
  auto rng = testing::generator("orders");
  for (const std::uint32_t n : {3u, 5u}) {
    const auto all = testing::program(5, false, rng);
    const Setting setting{Scheme::rss, n, 0};
    const auto plan = std::make_shared<const Plan>(make_plan(all->b.graph(), setting));
    const Keys keys(setting);
    std::vector<Tensor> needed;
    for (const InputInfo& info : plan->graph.inputs())
      for (std::size_t i = 0; i < all->inputs.size(); ++i)
        if (all->b.graph().inputs()[i].name == info.name) needed.push_back(all->inputs[i]);
    std::map<testing::Ends, std::vector<std::byte>> first;
    std::set<std::vector<std::pair<std::uint32_t, std::uint32_t>>> schedules;
    for (int i = 0; i < 6; ++i) {
      Simulator sim(plan, needed, keys, rng());
      const bool finished = sim.run();
      const std::string wrong = verdict(sim, *plan, finished, all->expected);
      BOOST_TEST(wrong.empty(), wrong);
      schedules.insert(sim.schedule());
      if (first.empty()) first = sim.streams();
      BOOST_TEST((sim.streams() == first));
    }
    BOOST_TEST(schedules.size() == 6u);
    PlanOptions tiles;
    tiles.tile_bytes = 64;
    const auto tiled = run(all->b.graph(), all->inputs, setting, tiles, rng());
    const auto outputs = tiled->sim->engine(0).outputs();
    for (std::size_t o = 0; o < all->expected.size(); ++o)
      BOOST_TEST((outputs.at(all->b.graph().outputs()[o].name) == all->expected[o]));
  }
}

// An only element has whatever rank the program gave it; a tile to which it stretches is a row.
BOOST_AUTO_TEST_CASE(only_elements_of_any_rank_stretch_to_tiles) {
  auto rng = testing::generator("only elements");
  for (const std::uint32_t n : {3u, 5u, 7u}) {
    Builder b;
    std::vector<Tensor> inputs;
    const auto input = [&](ElementType element, const Shape& shape) {
      inputs.push_back(testing::random_tensor(element, shape, rng));
      return b.input("in" + std::to_string(inputs.size()), Builder::party(inputs.size() % n), element, shape);
    };
    std::vector<Value> results;
    for (const Shape& one : {Shape{}, Shape{1}, Shape{1, 1}, Shape{1, 1, 1}})
      for (const Shape& many : {Shape{130}, Shape{1, 130}, Shape{13, 1, 10}}) {
        for (const ElementType element : {ring(8), ring(64), ring(128), bits(1), bits(9)}) {
          const Value x = input(element, one), y = input(element, many);
          const Value c = b.constant(testing::random_tensor(element, many, rng));
          const Value d = b.constant(testing::random_tensor(element, one, rng));
          if (element.domain == Domain::ring)
            for (const Value& v : {x + c, c - x, x * c, y + d, d - y, y * d, x + y, x * y})
              results.push_back(v);
          else
            for (const Value& v : {x ^ c, x & c, x | c, y ^ d, y & d, y | d, x ^ y, x & y})
              results.push_back(v);
        }
        results.push_back(select(input(bits(1), one), input(ring(32), many), input(ring(32), one)));
        results.push_back(
            apply(Op::either, {input(ring(32), one), input(ring(32), many), input(ring(32), one)}));
      }
    for (std::size_t i = 0; i < results.size(); ++i)
      b.output("out" + std::to_string(i), results[i], {Builder::party(0)});
    PlanOptions tiles;
    tiles.tile_bytes = 64;
    const auto expected = evaluate(b.graph(), inputs);
    const auto outputs = run(b.graph(), inputs, {Scheme::rss, n, 0}, tiles, rng())->sim->engine(0).outputs();
    for (std::size_t o = 0; o < expected.size(); ++o)
      BOOST_TEST((outputs.at(b.graph().outputs()[o].name) == expected[o]), b.graph().outputs()[o].name);
  }
}

// (f) Converting a bit with a random one made beforehand opens that bit, not a ring element.
BOOST_AUTO_TEST_CASE(a_bit_is_converted_by_opening_one_bit) {
  for (const std::uint32_t n : {3u, 5u, 7u}) {
    const Setting setting{Scheme::rss, n, 0};
    const ValueType type{Visibility::secret, bits(1), {64}};
    const std::int64_t k[] = {64};
    Policy policy;
    policy.offline_first = true;
    const Traffic traffic = operation_traffic(Op::to_ring, {&type, 1}, k, setting, policy, "random_bit");
    BOOST_TEST(traffic.online_rounds == 1u);
    for (const std::uint64_t bytes : traffic.online_bytes) BOOST_TEST(bytes == setting.t() * 64 / 8);
  }
}

// (g) Public values and sparse ones count in the same share: else a sum of both would count twice or not at
// all.
BOOST_AUTO_TEST_CASE(public_and_sparse_values_lie_in_one_share) {
  auto rng = testing::generator("one share");
  for (const std::uint32_t n : {3u, 5u, 7u})
    for (const ElementType element : {ring(32), bits(9)}) {
      const bool is_ring = element.domain == Domain::ring;
      const std::int64_t t = (n - 1) / 2;
      Builder b;
      const Value x = b.input("x", Builder::party(0), element, {5});
      const Value y = b.input("y", Builder::party(1), element, {5});
      const Value c = b.constant(testing::random_tensor(element, {5}, rng));
      Value rest = apply(Op::part, {x}, {0, 0});
      const auto add = [&](const Value& u, const Value& v) { return is_ring ? u + v : u ^ v; };
      const auto times = [&](const Value& u, const Value& v) { return is_ring ? u * v : u & v; };
      for (std::int64_t j = 1; j < t; ++j) rest = add(rest, apply(Op::part, {x}, {j, 0}));
      const Value sparse = apply(Op::part, {x}, {t, 1});
      // (sparse + c) y + rest y = (x + c) y, and the same with sparse products only.
      b.output("out", add(times(add(sparse, c), y), times(rest, y)), Builder::party(0));
      const Value square = times(add(sparse, c), add(c, sparse));
      b.output("square", add(square, times(rest, add(add(sparse, c), add(x, c)))), Builder::party(0));
      Builder clear;
      const Value cx = clear.input("x", Builder::party(0), element, {5});
      const Value cy = clear.input("y", Builder::party(1), element, {5});
      const Value cc = clear.constant(b.graph().constants()[0]);
      clear.output("out", times(add(cx, cc), cy), Builder::party(0));
      clear.output("square", times(add(cx, cc), add(cx, cc)), Builder::party(0));
      const auto inputs = testing::random_inputs(b.graph(), rng);
      const auto expected = evaluate(clear.graph(), inputs);
      const auto done = run(b.graph(), inputs, {Scheme::rss, n, 0}, {}, rng());
      const auto outputs = done->sim->engine(0).outputs();
      BOOST_TEST((outputs.at("out") == expected[0]), element.to_string() << ", n " << n);
      BOOST_TEST((outputs.at("square") == expected[1]), element.to_string() << ", n " << n);
    }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
