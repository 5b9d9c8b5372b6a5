#pragma once

// Engines of all endpoints in one thread. Messages arrive in random pieces, links take turns at random, and
// steps run in a random order: before a step begins, others that are ready may run first, as on another
// thread.

#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <random>
#include <span>
#include <vector>

#include "actors/engine.hpp"
#include "graph/flows.hpp"
#include "protocols/make_kernels.hpp"
#include "support.hpp"

namespace tacet::actors::testing {

struct Ends {
  std::uint32_t from = 0;
  std::uint32_t to = 0;
  auto operator<=>(const Ends&) const = default;
};

using MakeKernels = std::function<std::unique_ptr<protocols::Kernels>(EndpointId)>;

class Simulator {
 public:
  /// `inputs` are those of all owners, in the order of the plan's graph.inputs().
  Simulator(const std::shared_ptr<const Plan>& plan, const std::vector<Tensor>& inputs, const Keys& keys,
            std::uint64_t order)
      : Simulator(
            plan, inputs,
            [&](EndpointId e) { return protocols::make_kernels(plan->setting, e, keys.ring(e)); }, order) {}
  Simulator(std::shared_ptr<const Plan> plan, const std::vector<Tensor>& inputs, const MakeKernels& kernels,
            std::uint64_t order)
      : plan_(std::move(plan)), rng_(order) {
    TACET_ASSERT(inputs.size() == plan_->graph.inputs().size());
    for (std::uint32_t e = 0; e < plan_->setting.endpoints(); ++e) {
      std::vector<Tensor> own(inputs.size());
      for (std::size_t i = 0; i < inputs.size(); ++i)
        if (endpoint_of(plan_->graph.inputs()[i].owner, plan_->setting).value == e) own[i] = inputs[i];
      nodes_.push_back(std::make_unique<Node>(*this, e, std::move(own), kernels(EndpointId{e})));
    }
    for (const LinkPlan& link : plan_->links) {
      Stream& stream = streams_[{link.from.value, link.to.value}];
      stream.link = &link;
      stream.blocks.resize(link.segments.size());
    }
  }

  /// True when every endpoint has finished; false when nothing can move any more.
  bool run() {
    for (const auto& node : nodes_) node->engine->begin(std::move(node->kernels));
    for (std::size_t idle = 0; idle < 3;) {
      const bool moved = rng_() % 2 == 0 ? pump_one() : deliver_one();
      if (moved) {
        idle = 0;
        continue;
      }
      // Chance may have looked in the wrong places: look in all.
      bool any = deliver_one();
      for (std::uint32_t e = 0; e < nodes_.size(); ++e) any = pump(e, false) || any;
      for (const auto& node : nodes_) any = node->provide() || any;
      idle = any ? 0 : idle + 1;
    }
    return std::all_of(nodes_.begin(), nodes_.end(), [](const auto& n) { return n->engine->finished(); });
  }

  const Engine& engine(std::uint32_t e) const { return *nodes_[e]->engine; }
  std::size_t endpoints() const { return nodes_.size(); }
  /// Everything that went over a link, in stream order.
  std::map<Ends, std::vector<std::byte>> streams() const {
    std::map<Ends, std::vector<std::byte>> out;
    for (const auto& [ends, stream] : streams_) out[ends] = stream.delivered;
    return out;
  }
  /// Sizes of the segments handed over, by position in the stream.
  std::map<Ends, std::vector<std::uint64_t>> segment_sizes() const {
    std::map<Ends, std::vector<std::uint64_t>> out;
    for (const auto& [ends, stream] : streams_) out[ends] = stream.sizes;
    return out;
  }
  /// Steps in the order in which phases began, with the endpoint.
  const std::vector<std::pair<std::uint32_t, std::uint32_t>>& schedule() const { return schedule_; }
  std::function<void()> between;  ///< called between any two events
  bool misaddressed = false;      ///< a segment twice, or of another link
  bool premature = false;  ///< inputs asked for before the offline steps were complete, or after others

 private:
  struct Stream {
    const LinkPlan* link = nullptr;
    std::vector<std::pair<BlockPtr, std::uint32_t>> blocks;  // by segment, with the sender's round
    std::vector<std::uint64_t> sizes;
    std::size_t head = 0, sent = 0;
    std::vector<std::byte> delivered;
    bool ready() const { return head < blocks.size() && blocks[head].first != nullptr; }
  };

  struct Node : Outbox {
    Node(Simulator& s, std::uint32_t e, std::vector<Tensor> own, std::unique_ptr<protocols::Kernels> with)
        : sim(s), self(e), inputs(std::move(own)), kernels(std::move(with)) {
      engine = std::make_unique<Engine>(
          s.plan_, EndpointId{e}, s.plan_->offline_first ? std::nullopt : std::optional(inputs), *this,
          Hooks{.step = [this](std::uint32_t step, bool begins, std::uint64_t) { before_step(step, begins); },
                .arrival = {}});
    }
    void put(EndpointId to, std::uint32_t segment, BlockPtr payload, std::uint32_t round) override {
      const auto it = sim.streams_.find({self, to.value});
      if (it == sim.streams_.end() || segment >= it->second.blocks.size() ||
          it->second.blocks[segment].first != nullptr || segment < it->second.head) {
        sim.misaddressed = true;
        return;
      }
      it->second.blocks[segment] = {std::move(payload), round};
    }
    void flush() override {}
    void work_waits() override {}
    void offline_done() override {
      std::uint64_t offline = 0;
      if (sim.plan_->setting.is_party(EndpointId{self}))
        for (const Step& step : sim.plan_->steps) offline += step.offline;
      if (asked || provided || engine->progress().steps_done != offline) sim.premature = true;
      asked = true;
    }
    /// Inputs come some time after they were asked for.
    bool provide() {
      if (!asked || provided || !sim.plan_->offline_first) return false;
      provided = true;
      engine->provide(inputs);
      return true;
    }
    void before_step(std::uint32_t step, bool begins) {
      if (!begins) return;
      if (depth < 4 && sim.rng_() % 3 == 0) {
        ++depth;
        (void)engine->pump(scratch(), sim.rng_() % 2 == 0);
        --depth;
      }
      sim.schedule_.emplace_back(self, step);
    }
    /// A thread has one scratch; a step that runs before another one's eyes is on another thread.
    protocols::Scratch& scratch() {
      while (scratches.size() <= depth) scratches.push_back(engine->make_scratch());
      return *scratches[depth];
    }

    Simulator& sim;
    const std::uint32_t self;
    const std::vector<Tensor> inputs;
    std::unique_ptr<protocols::Kernels> kernels;  ///< until the engine begins
    bool asked = false, provided = false;
    std::unique_ptr<Engine> engine;
    std::vector<std::unique_ptr<protocols::Scratch>> scratches;
    std::size_t depth = 0;
  };

  bool pump(std::uint32_t e, bool small_only) {
    Node& node = *nodes_[e];
    const std::size_t before = schedule_.size();
    const bool provided = rng_() % 3 == 0 && node.provide();
    const bool left = node.engine->pump(node.scratch(), small_only);
    TACET_ASSERT(small_only || !left);
    if (between) between();
    return provided || schedule_.size() != before;
  }
  bool pump_one() { return pump(static_cast<std::uint32_t>(below(rng_, nodes_.size())), rng_() % 2 == 0); }

  /// A piece of some link's next segment.
  bool deliver_one() {
    std::vector<std::pair<Ends, Stream*>> ready;
    for (auto& [ends, stream] : streams_)
      if (stream.ready()) ready.emplace_back(ends, &stream);
    if (ready.empty()) return false;
    auto& [ends, stream] = ready[below(rng_, ready.size())];
    auto& [block, round] = stream->blocks[stream->head];
    Engine& to = *nodes_[ends.to]->engine;
    const std::span<std::byte> window = to.window(EndpointId{ends.from});
    TACET_ASSERT(window.size() == block->size() - stream->sent);
    const std::size_t take = rng_() % 2 == 0 ? window.size() : 1 + below(rng_, window.size());
    std::memcpy(window.data(), block->data() + stream->sent, take);
    stream->delivered.insert(stream->delivered.end(), window.begin(),
                             window.begin() + static_cast<std::ptrdiff_t>(take));
    stream->sent += take;
    if (stream->sent == block->size()) {
      stream->sizes.push_back(block->size());
      block.reset();
      ++stream->head;
      stream->sent = 0;
    }
    (void)to.advance(EndpointId{ends.from}, take, round);
    if (between) between();
    return true;
  }

  std::shared_ptr<const Plan> plan_;
  std::mt19937_64 rng_;
  std::vector<std::unique_ptr<Node>> nodes_;
  std::map<Ends, Stream> streams_;
  std::vector<std::pair<std::uint32_t, std::uint32_t>> schedule_;
};

/// Whether endpoint `e` learns the output.
inline bool receives(const OutputInfo& info, const Setting& setting, std::uint32_t e) {
  return std::any_of(info.receivers.begin(), info.receivers.end(),
                     [&](Role r) { return (r.is_client ? setting.n + r.index : r.index) == e; });
}

/// What an endpoint still holds at the end: constants (a client looks at none), and the buffers of outputs it
/// learns.
inline std::uint64_t memory_left(const Plan& plan, std::uint32_t e) {
  std::uint64_t bytes = 0;
  if (e < plan.setting.n)
    for (const Tensor& constant : plan.graph.constants()) bytes += constant.size_bytes();
  std::vector<bool> counted(plan.buffers.size(), false);
  for (const OutputInfo& info : plan.graph.outputs()) {
    const Place place = plan.places[info.node.value];
    if (counted[place.buffer] || !receives(info, plan.setting, e)) continue;
    counted[place.buffer] = true;
    const std::uint64_t elements = plan.graph.type(info.node).elements();
    const std::uint64_t tiles = place.tile == 0 ? 1 : (elements + place.tile - 1) / place.tile;
    for (std::uint32_t i = place.buffer; i < place.buffer + tiles; ++i)
      bytes += (plan.buffers[i].element.memory_bytes(plan.buffers[i].elements) + 63) / 64 * 64;
  }
  return bytes;
}

/// Messages that follow each other: those of the offline phase of a plan that has one, and all. Without waves
/// these are the plan's rounds; messages of one wave need not wait for those of another.
struct Chains {
  std::uint32_t offline = 0, all = 0;
};
inline Chains chains(const Plan& plan) {
  Chains out;
  std::vector<std::uint32_t> start(plan.steps.size(), 0);
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s) {
    const Step& step = plan.steps[s];
    const std::uint32_t end =
        (step.offline ? start[s] : std::max(start[s], out.offline)) + (step.flow_count != 0);
    if (step.offline) out.offline = std::max(out.offline, end);
    out.all = std::max(out.all, end);
    for (const std::uint32_t next : plan.step_successors(step)) start[next] = std::max(start[next], end);
  }
  return out;
}

/// What is wrong after a run, or nothing: outputs against `expected` (in the order of graph.outputs()),
/// rounds, bytes and memory against the plan.
inline std::string verdict(const Simulator& sim, const Plan& plan, bool finished,
                           const std::vector<Tensor>& expected) {
  if (!finished) return "nothing moves, but not everyone has finished";
  if (sim.misaddressed) return "a segment twice, or of no link";
  if (sim.premature) return "inputs were asked for at the wrong time";
  const Chains expected_rounds = chains(plan);
  std::uint32_t rounds = 0;
  for (std::uint32_t e = 0; e < sim.endpoints(); ++e) {
    const std::string who = "endpoint " + std::to_string(e) + ": ";
    const Engine& engine = sim.engine(e);
    if (const Status failure = engine.failure()) return who + failure->detail;
    const auto outputs = engine.outputs();
    std::size_t learnt = 0;
    for (std::size_t o = 0; o < plan.graph.outputs().size(); ++o) {
      const OutputInfo& info = plan.graph.outputs()[o];
      if (!receives(info, plan.setting, e)) continue;
      ++learnt;
      const auto it = outputs.find(info.name);
      if (it == outputs.end() || !(it->second == expected[o]))
        return who + "output " + info.name + " is wrong";
    }
    if (outputs.size() != learnt) return who + "has learnt what is not meant for it";
    if (engine.live_memory_bytes() != memory_left(plan, e))
      return who + "holds " + std::to_string(engine.live_memory_bytes()) + " bytes at the end, expected " +
             std::to_string(memory_left(plan, e));
    const Progress progress = engine.progress();
    if (progress.steps_done != progress.steps || progress.rounds_done != plan.rounds)
      return who + "progress is not complete";
    if (engine.waiting_for()) return who + "still waits for someone";
    rounds = std::max(rounds, engine.measured_rounds());
    if (engine.measured_offline_rounds() != (e < plan.setting.n ? expected_rounds.offline : 0))
      return who + std::to_string(engine.measured_offline_rounds()) + " offline rounds measured, " +
             std::to_string(expected_rounds.offline) + " planned";
  }
  if (rounds != expected_rounds.all)
    return std::to_string(rounds) + " rounds measured, " + std::to_string(expected_rounds.all) + " planned";
  if (plan.waves.empty() && (rounds != plan.rounds || expected_rounds.offline != plan.offline_rounds))
    return "the plan's rounds are not those of its messages";
  const auto streams = sim.streams();
  for (const LinkPlan& link : plan.links)
    if (streams.at({link.from.value, link.to.value}).size() != link.bytes) return "a link carried too little";
  return {};
}

}  // namespace tacet::actors::testing
