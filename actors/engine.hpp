#pragma once

#include <atomic>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <queue>
#include <span>
#include <string>
#include <vector>

#include "actors/memory.hpp"
#include "graph/plan.hpp"
#include "protocols/kernels.hpp"

namespace tacet::actors {

/// Where an engine's effects go.
class Outbox {
 public:
  virtual ~Outbox() = default;
  /// Payload of a segment of the stream to `to`. Called while steps run, from any executing thread.
  virtual void put(EndpointId to, std::uint32_t segment, BlockPtr payload, std::uint32_t round) = 0;
  /// Nothing more can be computed now: what has been put should leave.
  virtual void flush() = 0;
  /// Ready steps wait for a thread.
  virtual void work_waits() = 0;
  /// Once, before any step that depends on an input: all that depends on none is complete here.
  virtual void offline_done() {}
};

/// Figures that anyone may read while the engine runs. No values.
struct Progress {
  EndpointId endpoint;
  std::uint32_t rounds_done = 0;
  std::uint32_t rounds = 0;
  std::uint64_t steps_done = 0;
  std::uint64_t steps = 0;
  std::uint64_t live_memory_bytes = 0;
  /// Steps that have begun and are not complete: the first few of the plan.
  std::vector<std::uint32_t> under_way;
  /// The peer that keeps the first of them waiting, and how many of them with the same node wait for it.
  std::optional<EndpointId> waits_for;
  std::uint32_t waiting_tiles = 0;
  struct Sent {
    EndpointId to;
    std::uint64_t bytes = 0;  ///< stream payload
  };
  std::vector<Sent> sent;
};

/// Who watches an engine at work. Sees which step, never a value. May be called by several threads at once.
struct Hooks {
  /// Before (true) and after (false) each phase of a step, from the thread that runs it, with the bytes of
  /// values and payloads alive here.
  std::function<void(std::uint32_t step, bool begins, std::uint64_t live_bytes)> step;
  /// A step's payload from a peer is complete: from the thread that reads its stream.
  std::function<void(std::uint32_t step, EndpointId from)> arrival;
};

/// One endpoint's part of a session: which steps are ready, what they compute, where their bytes go. Pure:
/// threads call it, it starts none; bytes come and go through memory. Steps run outside its lock, so any
/// number of threads may help.
class Engine {
 public:
  /// `inputs` are in the order of plan.graph.inputs(); empty tensors where this endpoint is not the owner. If
  /// there are none, provide() brings them: until then only the offline steps of the plan run.
  Engine(std::shared_ptr<const Plan> plan, EndpointId self, std::optional<std::vector<Tensor>> inputs,
         Outbox& outbox, Hooks hooks = {});

  /// Makes the steps that wait for nothing ready. What arrives before is kept.
  void begin(std::unique_ptr<protocols::Kernels> kernels);
  /// The inputs, if they were not there from the beginning. Once, from any thread.
  void provide(std::vector<Tensor> inputs);

  /// Where the next bytes of the stream from `from` belong: the rest of the current segment. Empty after the
  /// last. Only the thread that reads that stream calls window() and advance().
  std::span<std::byte> window(EndpointId from);
  /// `bytes` of the window have been filled by a frame of that round. True if a step became ready.
  bool advance(EndpointId from, std::size_t bytes, std::uint32_t round);

  /// Only after begin().
  std::unique_ptr<protocols::Scratch> make_scratch() const;
  /// Runs ready steps until there are none, or, if `small_only`, until the next is large. Then flushes the
  /// outbox. Returns whether ready steps are left.
  bool pump(protocols::Scratch& scratch, bool small_only);
  /// Makes pump() return soon and ignore what is ready.
  void stop();

  bool finished() const;
  /// What is wrong with received outputs, if something is.
  Status failure() const;
  Progress progress() const;
  std::uint64_t steps_done() const;
  /// The peer that keeps the earliest unfinished step waiting; nothing if the work is our own.
  std::optional<EndpointId> waiting_for() const;
  /// Rounds counted along the messages that really arrived, not taken from the plan.
  std::uint32_t measured_rounds() const;
  /// Those behind this endpoint when its offline steps were complete, and the payload they sent.
  std::uint32_t measured_offline_rounds() const;
  std::uint64_t offline_bytes() const;
  /// Masks drawn by all steps so far, and by the offline ones.
  std::uint64_t drawn_bytes() const { return kernels_ == nullptr ? 0 : kernels_->drawn_bytes(); }
  std::uint64_t offline_drawn_bytes() const;
  std::uint64_t peak_memory_bytes() const { return pool_->peak_bytes(); }
  std::uint64_t live_memory_bytes() const { return pool_->live_bytes(); }
  /// By name: what this endpoint has learnt. Complete once finished().
  std::map<std::string, Tensor> outputs() const;

 private:
  struct StepState {
    std::uint32_t waiting = 0;        ///< predecessors that are not complete
    std::uint32_t arriving = 0;       ///< incoming payloads that are not complete
    std::uint32_t clock = 0;          ///< rounds behind its operands, then behind its result, along messages
    std::uint32_t arrival_clock = 0;  ///< rounds behind what has arrived
    bool started = false;
    bool complete = false;
  };
  struct Memory {
    BlockPtr block;
    std::size_t stride = 0;  ///< bytes from one component to the next
    std::uint32_t users = 0;
  };
  struct InLink {
    const LinkPlan* link = nullptr;
    std::atomic<std::uint32_t> segment{0};
    std::size_t filled = 0;
    std::uint32_t round = 0;
  };
  struct Source {
    std::uint32_t buffer = ~std::uint32_t{0};
    protocols::Operand value;  ///< all of it
  };
  enum class Phase : std::uint8_t { start, finish };
  struct Task {
    std::uint32_t step;
    Phase phase;
    bool operator>(const Task& o) const { return step > o.step; }
  };

  std::optional<EndpointId> blocker() const;
  bool here(const Step& step) const;
  bool holds_result(const Step& step) const;
  bool is_large(const Step& step) const;
  void push(std::uint32_t step, Phase phase);
  void end_offline();
  void open_gate();
  void execute(const Task& task, protocols::Scratch& scratch);
  void complete(std::uint32_t step);
  void release(std::uint32_t buffer);
  void ensure_memory(std::uint32_t buffer);
  protocols::Operand whole(std::uint32_t buffer, const Shape& shape) const;
  protocols::Operand operand(const Step& step, std::size_t position, std::vector<BlockPtr>& temporary) const;
  bool lies_together(const Step& step, std::size_t position) const;
  protocols::Operand gather(const Step& step, std::size_t position, std::vector<BlockPtr>& temporary) const;
  Shape result_shape(const Step& step) const;
  Shape operand_shape(const Step& step, const ValueType& type) const;
  protocols::Operand tile_of(NodeId node, const Step& step, std::vector<BlockPtr>& temporary) const;
  protocols::Operand make_room(const ValueType& type, const Shape& shape,
                               std::vector<BlockPtr>& temporary) const;
  void copy_value(NodeId from, Range range, const protocols::Operand& to, std::uint64_t at,
                  Source& source) const;
  const std::byte* clear_input(const Step& step, std::vector<BlockPtr>& temporary) const;
  void call(const Task& task, protocols::Scratch& scratch);

  const std::shared_ptr<const Plan> plan_;
  const Plan& p_;
  const EndpointId self_;
  const bool is_party_;
  std::unique_ptr<protocols::Kernels> kernels_;
  std::optional<std::vector<Tensor>> inputs_;
  const bool gated_;  ///< online steps wait until offline ones are complete and inputs are there
  Outbox& outbox_;
  const Hooks hooks_;
  std::shared_ptr<BlockPool> pool_ = std::make_shared<BlockPool>();

  std::vector<std::uint32_t> out_segment_;  ///< by flow from here: its segment; of flows to here: its slot
  std::vector<BlockPtr> arrived_;           ///< payloads received, by slot
  std::vector<InLink> in_links_;            ///< by endpoint

  mutable std::mutex mutex_;
  std::vector<StepState> states_;
  std::vector<Memory> memory_;  ///< by buffer
  std::priority_queue<Task, std::vector<Task>, std::greater<>> ready_;
  std::vector<std::uint32_t> round_left_;  ///< steps of each round that are not complete
  std::uint64_t left_ = 0, total_ = 0, offline_left_ = 0;
  mutable std::uint32_t first_open_ = 0;  ///< all steps before it are complete, or none of ours
  std::uint32_t round_ = 0, clock_ = 0, offline_clock_ = 0;
  std::uint64_t offline_bytes_ = 0, offline_drawn_bytes_ = 0;
  bool offline_done_ = false;
  bool stopped_ = false;
  Status failure_;
};

}  // namespace tacet::actors
