#include "actors/engine.hpp"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "graph/flows.hpp"
#include "graph/ops/common.hpp"

namespace tacet::actors {
namespace {

/// Word operations below which a step runs on the thread that made it ready instead of waking another.
constexpr std::uint64_t kInlineWork = std::uint64_t{1} << 15;

constexpr std::size_t round_up(std::size_t bytes) {
  return (bytes + 63) / 64 * 64;
}

/// Every word of a result is written by one step, but what lies behind the last element of a plane must be
/// defined as well.
void clear_padding(const Block& block, std::size_t stride, std::size_t components, ElementType element,
                   std::uint64_t elements) {
  if (element.domain != Domain::bits || elements % 64 == 0) return;
  const std::size_t plane = ElementType::plane_words(elements) * 8;
  for (std::size_t i = 0; i < components; ++i)
    for (unsigned bit = 0; bit < element.width; ++bit)
      std::memset(block.data() + i * stride + (bit + 1) * plane - 8, 0, 8);
}

/// Moves to element `begin` what lies in one run.
void skip_elements(protocols::Operand& value, std::uint64_t begin) {
  for (std::byte*& component : value.components) component += value.element.memory_bytes(begin);
}

}  // namespace

Engine::Engine(std::shared_ptr<const Plan> plan, EndpointId self, std::optional<std::vector<Tensor>> inputs,
               Outbox& outbox, Hooks hooks)
    : plan_(std::move(plan)),
      p_(*plan_),
      self_(self),
      is_party_(p_.setting.is_party(self)),
      inputs_(std::move(inputs)),
      gated_(p_.offline_first || !inputs_),
      outbox_(outbox),
      hooks_(std::move(hooks)),
      out_segment_(p_.flows.size(), 0),
      in_links_(p_.setting.endpoints()),
      states_(p_.steps.size()),
      memory_(p_.buffers.size()),
      round_left_(p_.rounds + 1, 0) {
  std::uint32_t slots = 0;
  for (const LinkPlan& link : p_.links) {
    if (link.from == self_)
      for (std::uint32_t i = 0; i < link.segments.size(); ++i) out_segment_[link.segments[i].flow] = i;
    if (link.to == self_) {
      in_links_[link.from.value].link = &link;
      for (const Segment& s : link.segments) {
        out_segment_[s.flow] = slots++;
        ++states_[s.step].arriving;
      }
    }
  }
  arrived_.resize(slots);
  for (std::size_t i = 0; i < memory_.size(); ++i) memory_[i].users = p_.buffers[i].users;
  for (std::uint32_t s = 0; s < p_.steps.size(); ++s) {
    if (!here(p_.steps[s])) continue;
    states_[s].waiting = is_party_ ? p_.steps[s].predecessors : 0;
    if (p_.steps[s].offline) {
      ++offline_left_;
    } else if (gated_) {
      ++states_[s].waiting;
    }
    ++round_left_[p_.steps[s].round];
    ++total_;
  }
  left_ = total_;
  while (round_ < p_.rounds && round_left_[round_] == 0) ++round_;  // a client may have nothing to do in them
  if (is_party_)
    for (const Tensor& constant : p_.graph.constants()) pool_->count(constant.size_bytes());
}

/// A client takes part only where its own bytes move.
bool Engine::here(const Step& step) const {
  if (is_party_) return true;
  const auto flows = p_.step_flows(step);
  return std::any_of(flows.begin(), flows.end(),
                     [&](const Flow& f) { return f.from == self_ || f.to == self_; });
}

bool Engine::holds_result(const Step& step) const {
  return p_.holds_result(step, self_);
}

bool Engine::is_large(const Step& step) const {
  if (step.join) return false;
  std::uint64_t work = step.range.size();
  if (!op_row(step.op).elementwise) {
    const auto operands = p_.graph.operands(p_.nodes(step)[0]);
    double product = static_cast<double>(work);
    for (const NodeId id : operands) {
      work += p_.graph.type(id).elements();
      product *= static_cast<double>(p_.graph.type(id).elements());
    }
    // [m,k] times [k,n] is m k n products: the root of mn mk kn.
    if (op_row(step.op).op_class == OpClass::bilinear) work += static_cast<std::uint64_t>(std::sqrt(product));
  }
  return work * kernels_->components() > kInlineWork;
}

void Engine::push(std::uint32_t step, Phase phase) {
  ready_.push({step, phase});
}

void Engine::begin(std::unique_ptr<protocols::Kernels> kernels) {
  bool no_offline = false;
  {
    const std::lock_guard lock(mutex_);
    kernels_ = std::move(kernels);
    no_offline = gated_ && offline_left_ == 0;
    for (std::uint32_t s = 0; s < p_.steps.size(); ++s)
      if (states_[s].waiting == 0 && here(p_.steps[s])) push(s, Phase::start);
  }
  if (no_offline) end_offline();
  outbox_.work_waits();
}

std::unique_ptr<protocols::Scratch> Engine::make_scratch() const {
  const std::lock_guard lock(mutex_);  // begin() may have been another thread's
  return kernels_->make_scratch();
}

void Engine::end_offline() {
  outbox_.offline_done();
  const std::lock_guard lock(mutex_);
  offline_done_ = true;
  offline_clock_ = clock_;
  offline_drawn_bytes_ = kernels_->drawn_bytes();
  if (inputs_) open_gate();
}

void Engine::provide(std::vector<Tensor> inputs) {
  {
    const std::lock_guard lock(mutex_);
    TACET_ASSERT(!inputs_);
    inputs_ = std::move(inputs);
    if (offline_done_) open_gate();
  }
  outbox_.work_waits();
}

/// Rounds of the online phase count from where the offline phase ended.
void Engine::open_gate() {
  for (std::uint32_t s = 0; s < p_.steps.size(); ++s) {
    if (p_.steps[s].offline || !here(p_.steps[s])) continue;
    states_[s].clock = std::max(states_[s].clock, offline_clock_);
    if (--states_[s].waiting == 0) push(s, Phase::start);
  }
}

std::span<std::byte> Engine::window(EndpointId from) {
  InLink& in = in_links_[from.value];
  if (in.link == nullptr || in.segment == in.link->segments.size()) return {};
  const Segment& segment = in.link->segments[in.segment];
  BlockPtr& block = arrived_[out_segment_[segment.flow]];
  if (block == nullptr) block = std::make_shared<Block>(p_.flows[segment.flow].bytes, pool_);
  return block->bytes().subspan(in.filled);
}

bool Engine::advance(EndpointId from, std::size_t bytes, std::uint32_t round) {
  InLink& in = in_links_[from.value];
  in.filled += bytes;
  in.round = std::max(in.round, round);
  const Segment& segment = in.link->segments[in.segment];
  TACET_ASSERT(in.filled <= p_.flows[segment.flow].bytes);
  if (in.filled < p_.flows[segment.flow].bytes) return false;
  ++in.segment;
  in.filled = 0;
  const std::uint32_t clock = std::exchange(in.round, 0) + 1;
  if (hooks_.arrival) hooks_.arrival(segment.step, from);
  const std::lock_guard lock(mutex_);
  StepState& state = states_[segment.step];
  state.arrival_clock = std::max(state.arrival_clock, clock);
  if (--state.arriving != 0 || !state.started) return false;
  push(segment.step, Phase::finish);
  return true;
}

bool Engine::pump(protocols::Scratch& scratch, bool small_only) {
  std::unique_lock lock(mutex_);
  while (!stopped_ && !ready_.empty()) {
    const Task task = ready_.top();
    if (small_only && is_large(p_.steps[task.step])) break;
    ready_.pop();
    if (task.phase == Phase::start && !p_.steps[task.step].join) ensure_memory(p_.steps[task.step].buffer);
    const bool more = !small_only && !ready_.empty() && is_large(p_.steps[ready_.top().step]);
    lock.unlock();
    if (more) outbox_.work_waits();  // another worker may take the next one
    execute(task, scratch);
    lock.lock();
  }
  const bool left = !stopped_ && !ready_.empty();
  lock.unlock();
  outbox_.flush();
  return left;
}

void Engine::stop() {
  const std::lock_guard lock(mutex_);
  stopped_ = true;
}

void Engine::execute(const Task& task, protocols::Scratch& scratch) {
  const Step& step = p_.steps[task.step];
  if (hooks_.step) hooks_.step(task.step, true, pool_->live_bytes());
  if (!step.join) call(task, scratch);
  if (hooks_.step) hooks_.step(task.step, false, pool_->live_bytes());
  {
    const std::lock_guard lock(mutex_);
    StepState& state = states_[task.step];
    if (task.phase == Phase::start) {
      TACET_ASSERT(!state.started);  // its masks would be used twice
      state.started = true;
      if (state.arriving != 0) return;
      for (const Flow& f : p_.step_flows(step))
        if (f.to == self_) {
          push(task.step, Phase::finish);
          return;
        }
    }
    complete(task.step);
    if (!step.offline || --offline_left_ != 0) return;
  }
  end_offline();
}

void Engine::complete(std::uint32_t s) {
  const Step& step = p_.steps[s];
  StepState& state = states_[s];
  state.complete = true;
  state.clock = std::max(state.clock + (step.flow_count != 0 ? 1 : 0), state.arrival_clock);
  clock_ = std::max(clock_, state.clock);
  if (is_party_) {
    for (const std::uint32_t next : p_.step_successors(step)) {
      StepState& successor = states_[next];
      successor.clock = std::max(successor.clock, state.clock);
      TACET_ASSERT(successor.waiting != 0);
      if (--successor.waiting == 0) push(next, Phase::start);
    }
  }
  if (is_party_)
    for (const std::uint32_t buffer : p_.step_uses(step)) release(buffer);
  --left_;
  --round_left_[step.round];
  while (round_ < p_.rounds && round_left_[round_] == 0) ++round_;
}

void Engine::release(std::uint32_t buffer) {
  Memory& memory = memory_[buffer];
  if (memory.users == 0) return;
  if (--memory.users == 0 && !p_.buffers[buffer].keep) memory.block.reset();
}

void Engine::ensure_memory(std::uint32_t index) {
  Memory& memory = memory_[index];
  if (memory.block != nullptr) return;
  const Buffer& buffer = p_.buffers[index];
  std::size_t components = buffer.secret ? kernels_->components() : 1;
  if (buffer.keep ? !holds_result(p_.steps[buffer.first_step]) : !is_party_) components = 0;
  memory.stride = round_up(buffer.element.memory_bytes(buffer.elements));
  memory.block = std::make_shared<Block>(memory.stride * components, pool_);
  clear_padding(*memory.block, memory.stride, components, buffer.element, buffer.elements);
}

/// All of a buffer, as a value of that shape.
protocols::Operand Engine::whole(std::uint32_t index, const Shape& shape) const {
  const Buffer& buffer = p_.buffers[index];
  protocols::Operand value{buffer.element, buffer.secret, shape, {}};
  if (buffer.constant >= 0) {
    const Tensor& constant = p_.graph.constants()[static_cast<std::size_t>(buffer.constant)];
    value.components.push_back(const_cast<std::byte*>(constant.data()));
    return value;
  }
  const Memory& memory = memory_[index];
  const std::size_t count = buffer.secret ? kernels_->components() : 1;
  for (std::size_t i = 0; i < count; ++i)
    value.components.push_back(memory.block->data() + i * memory.stride);
  return value;
}

/// Whether operand `position` of the step's nodes is a piece of one buffer.
bool Engine::lies_together(const Step& step, std::size_t position) const {
  if (step.node_count > 1) return p_.together[step.together_begin + position];
  const NodeId operand = p_.graph.operands(p_.nodes(step)[0])[position];
  const Place place = p_.places[operand.value];
  const Buffer& buffer = p_.buffers[place.buffer];
  // Planes of a part of a buffer have the stride of the whole.
  return place.tile == 0 &&
         (buffer.element.domain == Domain::ring || buffer.elements == p_.graph.type(operand).elements());
}

protocols::Operand Engine::operand(const Step& step, std::size_t position,
                                   std::vector<BlockPtr>& temporary) const {
  const auto nodes = p_.nodes(step);
  const NodeId first = p_.graph.operands(nodes[0])[position];
  const ValueType& type = p_.graph.type(first);
  if (p_.is_tile(step) && type.elements() != 1) return tile_of(first, step, temporary);
  if (!lies_together(step, position)) return gather(step, position, temporary);
  const Place place = p_.places[first.value];
  protocols::Operand value = whole(place.buffer, operand_shape(step, type));
  if (place.offset != 0) skip_elements(value, place.offset);
  return value;
}

/// The shape of what a step computes: its node's, or just a row of elements.
Shape Engine::result_shape(const Step& step) const {
  if (step.node_count == 1 && !p_.is_tile(step)) return p_.graph.type(p_.nodes(step)[0]).shape;
  return {static_cast<std::int64_t>(step.range.size())};
}

/// The shape of what a step takes whole: its only node's operand, or a row of elements of all its nodes. A
/// tile is a row, to which an only element stretches whatever its rank is.
Shape Engine::operand_shape(const Step& step, const ValueType& type) const {
  if (p_.is_tile(step)) return {};
  return step.node_count == 1 ? type.shape : result_shape(step);
}

/// The step's tile of a value of as many elements as its node.
protocols::Operand Engine::tile_of(NodeId node, const Step& step, std::vector<BlockPtr>& temporary) const {
  const Place place = p_.places[node.value];
  const Shape shape{static_cast<std::int64_t>(step.range.size())};
  if (place.tile != 0) return whole(place.buffer + step.tile, shape);
  const ValueType& type = p_.graph.type(node);
  if (type.element.lies_in_one_run()) {
    protocols::Operand value = whole(place.buffer, shape);
    skip_elements(value, place.offset + step.range.begin);
    return value;
  }
  protocols::Operand value = make_room(type, shape, temporary);
  Source source;
  copy_value(node, step.range, value, 0, source);
  return value;
}

protocols::Operand Engine::make_room(const ValueType& type, const Shape& shape,
                                     std::vector<BlockPtr>& temporary) const {
  const std::size_t count = type.secret() ? kernels_->components() : 1;
  const std::size_t stride = round_up(type.element.memory_bytes(shape.elements()));
  temporary.push_back(std::make_shared<Block>(stride * count, pool_));
  clear_padding(*temporary.back(), stride, count, type.element, shape.elements());
  protocols::Operand value{type.element, type.secret(), shape, {}};
  for (std::size_t i = 0; i < count; ++i) value.components.push_back(temporary.back()->data() + i * stride);
  return value;
}

/// Elements `range` of a value to the elements of another from `at` on. Whoever copies many remembers the
/// buffer: small values often lie side by side.
void Engine::copy_value(NodeId from, Range range, const protocols::Operand& to, std::uint64_t at,
                        Source& source) const {
  const Place place = p_.places[from.value];
  while (range.begin != range.end) {
    const std::uint32_t buffer =
        place.buffer + (place.tile != 0 ? static_cast<std::uint32_t>(range.begin / place.tile) : 0);
    const std::uint64_t begin = place.tile != 0 ? range.begin % place.tile : place.offset + range.begin;
    const std::uint64_t count = place.tile != 0 ? std::min(range.size(), place.tile - begin) : range.size();
    if (source.buffer != buffer)
      source = {buffer, whole(buffer, Shape{static_cast<std::int64_t>(p_.buffers[buffer].elements)})};
    for (std::size_t i = 0; i < to.components.size(); ++i)
      ops::copy_elements({source.value.components[i], to.element, &source.value.shape}, begin,
                         {to.components[i], to.element, &to.shape}, at, count);
    range.begin += count, at += count;
  }
}

/// Copies scattered operands of a step's nodes side by side.
protocols::Operand Engine::gather(const Step& step, std::size_t position,
                                  std::vector<BlockPtr>& temporary) const {
  const auto nodes = p_.nodes(step);
  const ValueType& type = p_.graph.type(p_.graph.operands(nodes[0])[position]);
  protocols::Operand value = make_room(type, operand_shape(step, type), temporary);
  std::uint64_t at = 0;
  Source source;
  for (const NodeId id : nodes) {
    const NodeId operand = p_.graph.operands(id)[position];
    const std::uint64_t size = p_.graph.type(operand).elements();
    copy_value(operand, {0, size}, value, at, source);
    at += size;
  }
  return value;
}

const std::byte* Engine::clear_input(const Step& step, std::vector<BlockPtr>& temporary) const {
  const auto nodes = p_.nodes(step);
  const auto input = [&](NodeId id) -> const Tensor& {
    return (*inputs_)[static_cast<std::size_t>(p_.graph.attributes(id)[0])];
  };
  const Tensor& first = input(nodes[0]);
  const ElementType element = first.element();
  const bool is_tile = p_.is_tile(step);
  if (nodes.size() == 1 && !is_tile) return first.data();
  if (is_tile && element.lies_in_one_run()) return first.data() + element.memory_bytes(step.range.begin);
  const Shape flat{static_cast<std::int64_t>(step.range.size())};
  const std::size_t bytes = round_up(element.memory_bytes(step.range.size()));
  temporary.push_back(std::make_shared<Block>(bytes, pool_));
  clear_padding(*temporary.back(), 0, 1, element, step.range.size());
  std::uint64_t at = 0;
  for (const NodeId id : nodes) {
    const Tensor& t = input(id);
    const std::uint64_t count = is_tile ? step.range.size() : t.elements();
    ops::copy_elements({t.data(), element, &t.shape()}, is_tile ? step.range.begin : 0,
                       {temporary.back()->data(), element, &flat}, at, count);
    at += count;
  }
  return temporary.back()->data();
}

void Engine::call(const Task& task, protocols::Scratch& scratch) {
  const Step& step = p_.steps[task.step];
  const NodeId first = p_.nodes(step)[0];
  const bool start = task.phase == Phase::start;
  std::vector<BlockPtr> temporary;

  std::vector<protocols::Operand> operands;
  if (is_party_)
    for (std::size_t i = 0; i < p_.graph.operands(first).size(); ++i) {
      operands.push_back(operand(step, i, temporary));
      operands.back().sparse = p_.graph.type(p_.graph.operands(first)[i]).visibility == Visibility::sparse;
    }
  const Shape shape = result_shape(step);
  protocols::Operand result;
  const bool holds = holds_result(step);
  if (holds) {
    result = whole(step.buffer, shape);
    if (p_.is_tile(step) && p_.places[first.value].tile == 0) skip_elements(result, step.range.begin);
  } else if (step.op == Op::input) {  // a client's: the type of what it shares, with no component here
    result = {p_.buffers[step.buffer].element, true, shape, {}};
  }

  std::vector<Role> owners;
  const std::byte* clear = nullptr;
  if (step.op == Op::input) {
    const InputInfo& info = p_.graph.inputs()[static_cast<std::size_t>(p_.graph.attributes(first)[0])];
    owners = {info.owner};
    if (start && endpoint_of(info.owner, p_.setting) == self_) clear = clear_input(step, temporary);
  } else if (step.op == Op::output) {
    owners = p_.graph.outputs()[static_cast<std::size_t>(p_.graph.attributes(first)[0])].receivers;
  }

  std::vector<BlockPtr> payloads;
  std::vector<std::span<std::byte>> out;
  std::vector<std::span<const std::byte>> in;
  for (std::uint32_t f = step.flows_begin; f < step.flows_begin + step.flow_count; ++f) {
    const Flow& flow = p_.flows[f];
    if (start && flow.from == self_ && flow.payload >= payloads.size()) {
      TACET_ASSERT(flow.payload == payloads.size());
      payloads.push_back(std::make_shared<Block>(flow.bytes, pool_));
      out.push_back(payloads.back()->bytes());
    }
    if (!start && flow.to == self_) in.push_back(arrived_[out_segment_[f]]->bytes());
  }

  protocols::StepArgs args;
  args.op = step.op;
  args.exchange = step.exchange;
  args.address = task.step;
  args.attributes = p_.graph.attributes(first);
  args.operands = operands;
  args.result = holds || step.op == Op::input ? &result : nullptr;
  args.range = {0, step.range.size()};
  args.owners = owners;
  args.king = p_.king(step);
  args.clear_input = clear;
  args.out = out;
  args.in = in;
  args.scratch = &scratch;
  if (start) {
    kernels_->start(args);
    const std::uint32_t clock = states_[task.step].clock;
    std::uint64_t offline_bytes = 0;
    for (std::uint32_t f = step.flows_begin; f < step.flows_begin + step.flow_count; ++f) {
      const Flow& flow = p_.flows[f];
      if (flow.from != self_) continue;
      if (step.offline) offline_bytes += flow.bytes;
      outbox_.put(flow.to, out_segment_[f], payloads[flow.payload], clock);
    }
    if (offline_bytes != 0) {
      const std::lock_guard lock(mutex_);
      offline_bytes_ += offline_bytes;
    }
    return;
  }
  Status status = kernels_->finish(args);
  for (std::uint32_t f = step.flows_begin; f < step.flows_begin + step.flow_count; ++f)
    if (p_.flows[f].to == self_) arrived_[out_segment_[f]].reset();
  if (status) {
    const std::lock_guard lock(mutex_);
    if (!failure_)
      failure_ = Fault{status->kind,
                       "output \"" +
                           p_.graph.outputs()[static_cast<std::size_t>(p_.graph.attributes(first)[0])].name +
                           "\": " + status->detail};
  }
}

bool Engine::finished() const {
  const std::lock_guard lock(mutex_);
  return left_ == 0;
}

Status Engine::failure() const {
  const std::lock_guard lock(mutex_);
  return failure_;
}

Progress Engine::progress() const {
  constexpr std::size_t kShown = 64, kLooked = 4096;
  Progress out;
  out.endpoint = self_;
  out.live_memory_bytes = pool_->live_bytes();
  const std::lock_guard lock(mutex_);
  out.rounds_done = round_, out.rounds = p_.rounds;
  out.steps_done = total_ - left_, out.steps = total_;
  out.waits_for = blocker();
  for (std::size_t s = first_open_; s < std::min(p_.steps.size(), first_open_ + kLooked); ++s)
    if (states_[s].started && !states_[s].complete && !p_.steps[s].join && out.under_way.size() < kShown)
      out.under_way.push_back(static_cast<std::uint32_t>(s));
  if (out.waits_for)
    for (const std::uint32_t s : out.under_way)
      if (states_[s].arriving != 0 && p_.nodes(p_.steps[s])[0] == p_.nodes(p_.steps[first_open_])[0])
        ++out.waiting_tiles;
  return out;
}

std::uint64_t Engine::steps_done() const {
  const std::lock_guard lock(mutex_);
  return total_ - left_;
}

std::optional<EndpointId> Engine::waiting_for() const {
  const std::lock_guard lock(mutex_);
  return blocker();
}

/// Under the lock.
std::optional<EndpointId> Engine::blocker() const {
  while (first_open_ < p_.steps.size() && (states_[first_open_].complete || !here(p_.steps[first_open_])))
    ++first_open_;
  if (first_open_ == p_.steps.size()) return std::nullopt;
  // All that the earliest step needs is complete: either it is ours to run, or its messages are missing.
  const StepState& state = states_[first_open_];
  if (!state.started || state.arriving == 0) return std::nullopt;
  for (const InLink& in : in_links_) {
    if (in.link == nullptr) continue;
    const std::uint32_t segment = in.segment.load(std::memory_order_relaxed);
    if (segment != in.link->segments.size() && in.link->segments[segment].step == first_open_)
      return in.link->from;
  }
  return std::nullopt;
}

std::uint32_t Engine::measured_rounds() const {
  const std::lock_guard lock(mutex_);
  return clock_;
}

std::uint32_t Engine::measured_offline_rounds() const {
  const std::lock_guard lock(mutex_);
  return offline_clock_;
}

std::uint64_t Engine::offline_bytes() const {
  const std::lock_guard lock(mutex_);
  return offline_bytes_;
}

std::uint64_t Engine::offline_drawn_bytes() const {
  const std::lock_guard lock(mutex_);
  return offline_drawn_bytes_;
}

std::map<std::string, Tensor> Engine::outputs() const {
  std::map<std::string, Tensor> out;
  for (const OutputInfo& info : p_.graph.outputs()) {
    const bool mine = std::any_of(info.receivers.begin(), info.receivers.end(),
                                  [&](Role r) { return endpoint_of(r, p_.setting) == self_; });
    if (!mine) continue;
    const ValueType& type = p_.graph.type(info.node);
    Tensor tensor(type.element, type.shape);
    Source source;
    copy_value(info.node, {0, tensor.elements()}, {type.element, false, type.shape, {tensor.data()}}, 0,
               source);
    out.emplace(info.name, std::move(tensor));
  }
  return out;
}

}  // namespace tacet::actors
