#include "graph/plan.hpp"

#include <algorithm>
#include <array>
#include <map>
#include <numeric>

#include "graph/cost.hpp"
#include "graph/fixed_point.hpp"
#include "graph/flows.hpp"
#include "graph/gates.hpp"
#include "graph/limits.hpp"
#include "graph/optimize.hpp"

namespace tacet {
namespace {

constexpr std::uint32_t kNone = ~std::uint32_t{0};
/// What fits into a tile so many times, and takes no more than so many bytes of one component, is small.
constexpr std::uint64_t kSmall = 8, kSmallBytes = std::uint64_t{8} << 10;
/// The stage of the join at the end of a wave, behind all others of its round.
constexpr std::uint32_t kGate = kNone;
/// The group of a node that has not been looked at.
constexpr std::uint32_t kUnknown = kNone - 1;

/// When a node can start: after `round` rounds, behind `stage` times all that a whole value needs, behind
/// `depth` local steps on the same tile.
struct Level {
  std::uint32_t round = 0;
  std::uint32_t stage = 0;
  std::uint32_t depth = 0;
  auto operator<=>(const Level&) const = default;
};

/// A node, or a tile of one, on its way into a step. What is equal in all but the last may share a step.
struct Item {
  bool online;
  std::uint32_t round, stage;
  std::uint32_t tile;  ///< kNone: a join, behind all tiles
  std::uint32_t depth;
  std::uint32_t op;
  std::uint32_t group;  ///< nodes that look alike; kNone if the node must stand alone
  std::uint32_t node;   ///< of the join at the end of a wave: its region; its depth is the number of the wave
  auto operator<=>(const Item&) const = default;
};

/// Values side by side, as far as looked at.
struct Run {
  Place start;
  std::uint64_t elements = 0;
  bool is_broken = false;

  void add(const Place& place, std::uint64_t more) {
    is_broken = is_broken || place.tile != 0 || place.buffer != start.buffer ||
                place.offset != start.offset + elements;
    elements += more;
  }
  /// Planes of a part of a buffer have the stride of the whole.
  bool is_whole(const std::vector<Buffer>& buffers) const {
    const Buffer& buffer = buffers[start.buffer];
    return !is_broken && (buffer.element.domain == Domain::ring || buffer.elements == elements);
  }
};

/// Values that are cut alike, because they are computed from each other element by element.
struct Cut {
  std::uint64_t elements = 0;
  std::uint64_t tile = 0;
  std::uint32_t tiles = 0;
};

/// The values of one cut that can go through waves together: no way leads from one of them to another by a
/// value that is not cut alike.
struct Region {
  std::uint32_t cut = 0;
  bool offline = false;
  std::uint32_t first = kNone, last = 0;  ///< rounds before its first step and behind its last
  Waves waves;
  bool waved() const { return waves.count > 1; }
  std::uint32_t wave_of(std::uint32_t tile) const { return waved() ? tile / waves.tiles : 0; }
  std::uint32_t delay(std::uint32_t tile) const { return wave_of(tile) * waves.skew; }
  /// How much later the last wave ends than the first.
  std::uint32_t tail() const { return (waves.count - 1) * waves.skew; }
};

class Planner {
 public:
  Planner(Plan& plan, const PlanOptions& options)
      : plan_(plan),
        graph_(plan.graph),
        setting_(plan.setting),
        options_(options),
        flows_(plan.graph, plan.setting) {}

  void run() {
    offline_ = plan_.offline_first ? offline_nodes(graph_) : std::vector<bool>(graph_.size(), false);
    talks_.resize(graph_.size());
    for (std::uint32_t i = 0; i < graph_.size(); ++i) talks_[i] = talks(NodeId{i});
    cut_values();
    find_regions();
    lay_out();
    if (set_waves(~std::uint64_t{0})) lay_out();
    // The estimate counts what is alive in plan order; a few attempts bring it below the budget if anything
    // can.
    for (std::uint64_t budget = options_.memory_bytes; budget != 0 && exceeds_memory() && set_waves(budget);
         budget = budget / 4 * 3)
      lay_out();
    for (Region& r : regions_) {
      if (!r.waved()) continue;
      r.waves.first_round = r.first + before_phase(r.offline);
      r.waves.rounds = r.last - r.first;
      plan_.waves.push_back(r.waves);
    }
  }

 private:
  bool is_alias(NodeId id) const { return graph_.node(id).op == Op::reshape; }
  bool is_constant(NodeId id) const { return graph_.node(id).op == Op::constant; }
  /// What a reshape reshapes.
  NodeId root(NodeId id) const {
    while (is_alias(id)) id = graph_.operands(id)[0];
    return id;
  }

  /// Whether computing the node takes a message. Empty values do not, nor does telling parties what is
  /// public.
  bool talks(NodeId id) {
    if (exchange_of(graph_, id) == Exchange::none || graph_.type(id).elements() == 0) return false;
    return !flows_.of(id, 0).empty();
  }

  bool can_be_cut(NodeId id) const {
    const std::uint64_t elements = graph_.type(id).elements();
    if (elements <= 64 || !op_row(graph_.node(id).op).elementwise || is_constant(id) || is_alias(id))
      return false;
    for (const NodeId operand : graph_.operands(id)) {
      const std::uint64_t count = graph_.type(operand).elements();
      if (count != elements && count != 1) return false;
    }
    return true;
  }

  bool is_cut(NodeId id) const { return cut_of_[root(id).value] != kNone; }
  bool cut_alike(NodeId a, NodeId b) const {
    const std::uint32_t cut = cut_of_[root(a).value];
    return cut != kNone && cut == cut_of_[root(b).value];
  }

  /// Joins values that are computed from each other element by element, and cuts them where they are large.
  void cut_values() {
    cut_of_.assign(graph_.size(), kNone);
    is_read_whole_.assign(graph_.size(), false);
    std::vector<bool> can(graph_.size());
    for (std::uint32_t i = 0; i < graph_.size(); ++i) can[i] = can_be_cut(NodeId{i});
    if (std::find(can.begin(), can.end(), true) == can.end()) return;
    std::vector<std::uint32_t> parent(graph_.size());
    std::iota(parent.begin(), parent.end(), 0);
    const auto find = [&](std::uint32_t i) {
      while (parent[i] != i) i = parent[i] = parent[parent[i]];
      return i;
    };
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      if (!can[i]) continue;
      for (const NodeId operand : graph_.operands(NodeId{i})) {
        const std::uint32_t from = root(operand).value;
        if (can[from] && graph_.type(operand).elements() == graph_.type(NodeId{i}).elements())
          parent[find(i)] = find(from);
      }
    }
    std::vector<ElementType> widest(graph_.size(), bits(1));
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      if (!can[i]) continue;
      ElementType& wide = widest[find(i)];
      const ElementType own = graph_.type(NodeId{i}).element;
      if (tile_elements(own, options_) < tile_elements(wide, options_)) wide = own;
    }
    std::vector<std::uint32_t> cut_of_set(graph_.size(), kNone);
    std::uint64_t steps = 0;
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      if (!can[i]) continue;
      const std::uint64_t elements = graph_.type(NodeId{i}).elements();
      const std::uint64_t tile = tile_elements(widest[find(i)], options_);
      if (elements <= tile) continue;
      steps += (elements + tile - 1) / tile;
      if (steps > kMaxSteps)
        throw Error(Errc::unsupported, "the plan has more than " + std::to_string(kMaxSteps) +
                                           " steps: values of up to " + std::to_string(elements) +
                                           " elements are computed " + std::to_string(tile) +
                                           " at a time; expected fewer elements");
      std::uint32_t& cut = cut_of_set[find(i)];
      if (cut == kNone) {
        cut = static_cast<std::uint32_t>(cuts_.size());
        cuts_.push_back({elements, tile, static_cast<std::uint32_t>((elements + tile - 1) / tile)});
      }
      cut_of_[i] = cut;
    }
    for (std::uint32_t i = 0; i < graph_.size(); ++i)
      for (const NodeId operand : graph_.operands(NodeId{i}))
        if (is_cut(operand) && !is_alias(NodeId{i}) && !cut_alike(operand, NodeId{i}))
          is_read_whole_[root(operand).value] = true;
  }

  /// A value's region follows from its cut, its phase, and how many values that are not cut alike lie before
  /// it on a way.
  void find_regions() {
    region_of_.assign(graph_.size(), kNone);
    if (cuts_.empty()) return;
    std::vector<std::uint32_t> steps_out(graph_.size(), 0);
    std::map<std::array<std::uint32_t, 3>, std::uint32_t> known;
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      const NodeId id{i};
      for (const NodeId operand : graph_.operands(id)) {
        const bool leaves = is_cut(operand) && !is_alias(id) && !cut_alike(operand, id);
        steps_out[i] = std::max(steps_out[i], steps_out[operand.value] + (leaves ? 1 : 0));
      }
    }
    put_off(steps_out);
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      if (cut_of_[i] == kNone) continue;
      const auto [at, fresh] = known.try_emplace({cut_of_[i], offline_[i] ? 0u : 1u, steps_out[i]},
                                                 static_cast<std::uint32_t>(regions_.size()));
      if (fresh) {
        Region region;
        region.cut = cut_of_[i], region.offline = offline_[i];
        regions_.push_back(region);
      }
      region_of_[i] = at->second;
    }
    begins_wave_.assign(graph_.size(), true);
    std::vector<bool> ends_wave(graph_.size(), true);
    for (std::uint32_t i = 0; i < graph_.size(); ++i)
      for (const NodeId operand : graph_.operands(NodeId{i})) {
        const std::uint32_t from = root(operand).value;
        if (region_of_[i] != kNone && region_of_[from] == region_of_[i])
          begins_wave_[i] = ends_wave[from] = false;
      }
    ends_of_.resize(regions_.size());
    for (std::uint32_t i = 0; i < graph_.size(); ++i)
      if (region_of_[i] != kNone && ends_wave[i]) ends_of_[region_of_[i]].push_back(i);
  }

  /// What could be computed in an earlier region than all that needs it, such as random words, goes with
  /// that: else all of it would lie in memory before the first of it is used.
  void put_off(std::vector<std::uint32_t>& steps_out) const {
    std::vector<std::uint32_t> latest(graph_.size(), kNone);
    for (std::uint32_t i = graph_.size(); i-- > 0;) {
      const NodeId id{i};
      if (is_alias(id)) continue;
      if (cut_of_[i] != kNone && latest[i] != kNone) steps_out[i] = std::max(steps_out[i], latest[i]);
      for (const NodeId operand : graph_.operands(id)) {
        const std::uint32_t from = root(operand).value;
        if (cut_of_[from] == kNone || offline_[from] != offline_[i]) continue;
        // A value that is read whole ends its region.
        const std::uint32_t at = cut_alike(id, operand) ? steps_out[i] : std::max(steps_out[i], 1u) - 1;
        latest[from] = std::min(latest[from], at);
      }
    }
  }

  void lay_out() {
    items_.clear(), constants_.clear();
    plan_.buffers.clear(), plan_.steps.clear(), plan_.step_nodes.clear(), plan_.flows.clear();
    plan_.successors.clear(), plan_.uses.clear(), plan_.together.clear(), plan_.links.clear();
    plan_.rounds = plan_.offline_rounds = 0;
    find_levels();
    make_items();
    plan_.places.assign(graph_.size(), {});
    first_step_.assign(graph_.size(), kNone);
    join_of_.assign(graph_.size(), kNone);
    tile_steps_.clear();
    gates_.assign(regions_.size(), {});
    joined_.clear();
    for (std::size_t i = 0; i < items_.size();) i = emit(i);
    connect();
    lay_out_streams();
  }

  bool exceeds_memory() const {
    for (std::uint32_t p = 0; p < setting_.n; ++p)
      if (peak_memory_bytes(plan_, EndpointId{p}) > options_.memory_bytes) return true;
    return false;
  }

  /// Cuts regions into waves, so that what is under way at once stays in the processor's cache as long as a
  /// wave has something to send in each round, and in any case within the budget beside what no wave can
  /// free. False if nothing changes.
  bool set_waves(std::uint64_t budget) {
    struct Use {
      std::uint64_t now = 0, flying = 0, peak = 0, beside = 0, sent = 0;
    };
    if (regions_.empty()) return false;
    std::vector<Use> uses(regions_.size());
    std::vector<std::uint32_t> region_of_buffer(plan_.buffers.size(), kNone);  // of those that waves free
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      const Place& place = plan_.places[i];
      if (region_of_[i] == kNone || place.tile == 0) continue;
      std::fill_n(region_of_buffer.begin() + place.buffer, cuts_[cut_of_[i]].tiles, region_of_[i]);
    }
    const EndpointId at{0};
    std::uint64_t beside = 0;
    std::uint32_t round = 0;
    const auto alive = [&](std::uint32_t buffer) -> std::uint64_t& {
      return region_of_buffer[buffer] != kNone ? uses[region_of_buffer[buffer]].now : beside;
    };
    follow_memory(
        plan_, [&](std::uint32_t buffer) { alive(buffer) += buffer_bytes(plan_, plan_.buffers[buffer], at); },
        [&](const Step& step) {
          if (std::exchange(round, step.round) != step.round)
            for (Use& u : uses) u.flying = 0;
          const std::uint32_t region = region_of_[plan_.nodes(step)[0].value];
          if (region == kNone) return;
          Use& u = uses[region];
          for (const Flow& f : plan_.step_flows(step)) {
            if (f.from == at || f.to == at) u.flying += f.bytes;
            u.sent += f.bytes;
          }
          u.peak = std::max(u.peak, u.now + u.flying);
          u.beside = std::max(u.beside, beside);
        },
        [&](std::uint32_t buffer) { alive(buffer) -= buffer_bytes(plan_, plan_.buffers[buffer], at); });
    const std::vector<Region> before = regions_;
    const auto tiles_of = [&](const Region& r) { return r.waved() ? r.waves.tiles : cuts_[r.cut].tiles; };
    const auto set_tiles = [&](Region& r, std::uint64_t wave) {
      const std::uint32_t tiles = cuts_[r.cut].tiles;
      r.waves.count = static_cast<std::uint32_t>((tiles + wave - 1) / wave);
      r.waves.tiles = static_cast<std::uint32_t>((tiles + r.waves.count - 1) / r.waves.count);
    };
    bool changed = false;
    for (std::size_t i = 0; i < regions_.size(); ++i) {
      Region& r = regions_[i];
      const Use& u = uses[i];
      const std::uint32_t tiles = cuts_[r.cut].tiles, now = tiles_of(r);
      const std::uint64_t under_way = r.waved() ? std::min<std::uint64_t>(tiles, kWavesAtOnce * now) : tiles;
      const auto that_fit = [&](std::uint64_t bytes) {
        return bytes / kWavesAtOnce * under_way / std::max<std::uint64_t>(u.peak, 1);
      };
      std::uint64_t wave = now;
      if (u.peak > options_.cache_bytes)
        wave = std::min(wave, std::max(that_fit(options_.cache_bytes), least_wave(r, u.sent)));
      // Where what no wave can free takes it all, tiny waves would not help.
      if (u.peak + u.beside > budget)
        wave = std::min(wave, that_fit(std::max(budget - std::min(budget, u.beside), budget / 4)));
      wave = std::max<std::uint64_t>(wave, 1);
      if (wave >= now) continue;
      changed = true;
      set_tiles(r, wave);
    }
    // Where regions wait for each other's last waves, each has to begin its own so much later that rounds
    // multiply: fewer waves then, as many as before if need be.
    while (changed && !find_levels()) {
      changed = false;
      for (std::size_t i = 0; i < regions_.size(); ++i) {
        const std::uint32_t now = tiles_of(before[i]);
        const std::uint64_t wave = std::uint64_t{4} * tiles_of(regions_[i]);
        regions_[i].waves = before[i].waves;
        if (wave >= now) continue;
        changed = true;
        set_tiles(regions_[i], wave);
      }
      if (!changed) find_levels();
    }
    return changed;
  }

  /// Tiles of a wave whose rounds take longer to send than to begin.
  std::uint64_t least_wave(const Region& r, std::uint64_t sent) const {
    constexpr double kWorthARound = 8;
    const double by_tile_and_round =
        static_cast<double>(sent) / setting_.n / cuts_[r.cut].tiles / std::max(1u, r.last - r.first);
    const double needed = kWorthARound * options_.policy.round_seconds * options_.policy.bytes_per_second;
    return by_tile_and_round == 0 ? 1 : static_cast<std::uint64_t>(needed / by_tile_and_round) + 1;
  }

  /// In a plan that is offline first the rounds of each phase begin at 0, and those of the online phase are
  /// then moved behind the others.
  /// False, with nothing found, if waves would take too many rounds.
  bool find_levels() {
    do {
      if (!find_starts()) return false;
    } while (widen_skews());
    return true;
  }

  /// False if the last wave of a region begins too late.
  bool find_starts() {
    for (const Region& r : regions_)
      if (std::uint64_t{r.waves.count - 1} * r.waves.skew > kMostRounds) return false;
    start_.assign(graph_.size(), {});
    std::vector<Level> ready(graph_.size());  // when its result can be used
    std::uint32_t online_rounds = 0;
    plan_.offline_rounds = 0;
    for (Region& r : regions_) r.first = kNone, r.last = 0;
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      const NodeId id{i};
      for (const NodeId operand : graph_.operands(id)) {
        if (offline_[operand.value] && !offline_[i]) continue;
        Level r = ready[operand.value];
        const NodeId from = root(operand);
        if (!is_alias(id) && !is_constant(from)) {
          const std::uint32_t region = region_of_[from.value];
          if (region == kNone || region != region_of_[i]) {
            if (region != kNone) r.round += regions_[region].tail();
            // A tile of one region can follow the same tile of another; all else follows whole values.
            if (!talks_[from.value] && !cut_alike(from, id)) r = {r.round, r.stage + 1, 0};
          }
        }
        start_[i] = std::max(start_[i], r);
      }
      if (is_constant(id) || is_alias(id)) {
        ready[i] = start_[i];
      } else if (talks_[i]) {
        ready[i] = {start_[i].round + 1, 0, 0};
      } else {
        ready[i] = {start_[i].round, start_[i].stage, start_[i].depth + 1};
      }
      const std::uint32_t region = region_of_[i];
      const std::uint32_t tail = region == kNone ? 0 : regions_[region].tail();
      if (region != kNone) {
        Region& r = regions_[region];
        r.first = std::min(r.first, start_[i].round);
        r.last = std::max(r.last, ready[i].round);
      }
      std::uint32_t& rounds = offline_[i] ? plan_.offline_rounds : online_rounds;
      rounds = std::max(rounds, ready[i].round + tail);
    }
    plan_.rounds = plan_.offline_rounds + online_rounds;
    return plan_.rounds <= kMostRounds;
  }

  static constexpr std::uint32_t kMostRounds = 1u << 20;  ///< of a plan with waves

  /// A wave must have ended before the one `kWavesAtOnce` later begins. True if one has to begin later.
  bool widen_skews() {
    bool changed = false;
    for (Region& r : regions_) {
      const std::uint32_t skew = r.waved() ? (r.last - r.first) / kWavesAtOnce + 1 : 0;
      changed = changed || skew > r.waves.skew;
      r.waves.skew = std::max(r.waves.skew, skew);
    }
    return changed;
  }

  /// Rounds that have ended when a phase begins.
  std::uint32_t before_phase(bool offline) const { return offline ? 0 : plan_.offline_rounds; }

  /// In plan order. Items come by nodes, so where rounds are told apart little is left to sort.
  void make_items() {
    const auto slot = [](const Item& item) { return item.round + (item.online ? 1 : 0); };
    std::vector<std::size_t> end_of(plan_.rounds + 3, 0);
    for_each_item([&](const Item& item) { ++end_of[slot(item) + 1]; });
    std::partial_sum(end_of.begin(), end_of.end(), end_of.begin());
    items_.resize(end_of.back());
    for_each_item([&](Item item) {
      if (item.group == kUnknown) item.group = group_of(NodeId{item.node});
      items_[end_of[slot(item)]++] = item;
    });
    auto begin = items_.begin();
    for (const std::size_t place : end_of) {
      const auto end = items_.begin() + static_cast<std::ptrdiff_t>(place);
      if (!std::is_sorted(begin, end)) std::sort(begin, end);
      begin = end;
    }
    for (std::uint32_t i = 0; i < graph_.size(); ++i)
      if (is_constant(NodeId{i})) place_constant(NodeId{i});
  }

  template <class F>
  void for_each_item(F f) const {
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      const NodeId id{i};
      if (is_constant(id) || is_alias(id)) continue;
      const std::uint32_t round = start_[i].round + before_phase(offline_[i]);
      const auto op = static_cast<std::uint32_t>(graph_.node(id).op);
      Item item{!offline_[i], round, start_[i].stage, 0, start_[i].depth, op, kNone, i};
      const std::uint32_t region = region_of_[i];
      if (region == kNone) {
        item.group = kUnknown;
        f(item);
        continue;
      }
      const Region& r = regions_[region];
      const std::uint32_t tiles = cuts_[r.cut].tiles;
      for (item.tile = 0; item.tile < tiles; ++item.tile) {
        item.round = round + r.delay(item.tile);
        f(item);
      }
      if (is_read_whole_[i]) {
        item.round = round + r.tail(), item.tile = kNone;
        f(item);
      }
    }
    for (std::uint32_t i = 0; i < regions_.size(); ++i) {
      const Region& r = regions_[i];
      for (std::uint32_t wave = 0; wave + kWavesAtOnce < r.waves.count; ++wave) {
        const std::uint32_t round = r.last + wave * r.waves.skew + before_phase(r.offline);
        f(Item{!r.offline, round, kGate, kNone, wave, 0, kNone, i});
      }
    }
  }

  void place_constant(NodeId id) {
    Buffer buffer;
    buffer.element = graph_.type(id).element;
    buffer.elements = graph_.type(id).elements();
    buffer.constant = static_cast<std::int32_t>(graph_.attributes(id)[0]);
    constants_.emplace_back(id, buffer);
  }

  /// Small elementwise nodes without broadcasting that agree in everything but their operands share a number.
  /// Of larger ones a step of its own costs less than bringing operands together.
  std::uint32_t group_of(NodeId id) {
    const ValueType& type = graph_.type(id);
    const OpRow& row = op_row(graph_.node(id).op);
    if (!row.elementwise || type.elements() == 0 ||
        type.elements() > tile_elements(type.element, options_) / kSmall ||
        type.element.memory_bytes(type.elements()) > kSmallBytes)
      return kNone;
    std::vector<std::int64_t>& key = key_;  // kept for its memory: there may be millions of nodes
    key.assign({type.element.domain == Domain::ring, type.element.width,
                static_cast<std::int64_t>(type.visibility)});
    for (const NodeId operand : graph_.operands(id)) {
      const ValueType& t = graph_.type(operand);
      if (t.elements() != type.elements()) return kNone;
      key.push_back(static_cast<std::int64_t>(t.visibility) << 16 |
                    static_cast<std::int64_t>(t.element.domain) << 8 | t.element.width);
    }
    switch (graph_.node(id).op) {
      case Op::input:
      case Op::output:
        append_flow_key(graph_, id, 0, key);
        break;
      case Op::random:
        break;
      default:
        key.insert(key.end(), graph_.attributes(id).begin(), graph_.attributes(id).end());
    }
    return groups_.number(key);
  }

  /// Turns the item at `at`, with those that can share its step, into a step. Returns the next item to look
  /// at.
  std::size_t emit(std::size_t at) {
    const Item& first = items_[at];
    const auto number = static_cast<std::uint32_t>(plan_.steps.size());
    Step step;
    step.round = first.round;
    step.offline = plan_.offline_first && !first.online;
    if (first.tile == kNone) {
      step.join = true;
      step.buffer = kNone;
      if (first.stage == kGate) {
        gates_[first.node].push_back(number);
        joined_.push_back(ends_of_wave(first.node, first.depth));
      } else {
        join_of_[first.node] = number;
        const auto tiles = tile_steps_.begin() + first_step_[first.node];
        joined_.emplace_back(tiles, tiles + cuts_[cut_of_[first.node]].tiles);
      }
      plan_.steps.push_back(step);
      return at + 1;
    }
    const NodeId node{first.node};
    const ValueType& type = graph_.type(node);
    step.op = static_cast<Op>(first.op);
    step.exchange = exchange_of(graph_, node);
    step.tile = first.tile;
    step.nodes_begin = static_cast<std::uint32_t>(plan_.step_nodes.size());
    if (cut_of_[node.value] != kNone) {
      const Cut& cut = cuts_[cut_of_[node.value]];
      if (first_step_[node.value] == kNone) {
        first_step_[node.value] = static_cast<std::uint32_t>(tile_steps_.size());
        tile_steps_.resize(tile_steps_.size() + cut.tiles);
        place_cut(node, cut);
      }
      tile_steps_[first_step_[node.value] + first.tile] = number;
      step.range = {first.tile * cut.tile, std::min(cut.elements, (first.tile + 1) * cut.tile)};
      const Place& place = plan_.places[node.value];
      step.buffer = place.buffer + (place.tile != 0 ? first.tile : 0);
      Buffer& buffer = plan_.buffers[step.buffer];
      if (buffer.first_step == kNone) buffer.first_step = number;
      plan_.step_nodes.push_back(node);
      step.node_count = 1;
      push_step(step);
      return at + 1;
    }
    std::size_t end = at + 1;
    std::uint64_t elements = type.elements();
    if (first.group != kNone) {
      const std::uint64_t tile = tile_elements(type.element, options_);
      const auto alike = [&](const Item& b) {
        return b.group == first.group && b.op == first.op && b.round == first.round &&
               b.stage == first.stage && b.tile == first.tile && b.online == first.online;
      };
      while (end < items_.size() && alike(items_[end]) &&
             elements + graph_.type(NodeId{items_[end].node}).elements() <= tile)
        elements += graph_.type(NodeId{items_[end++].node}).elements();
    }
    step.buffer = static_cast<std::uint32_t>(plan_.buffers.size());
    step.range = {0, elements};
    step.node_count = static_cast<std::uint32_t>(end - at);
    Buffer buffer = buffer_for(node, elements);
    buffer.first_step = number;
    plan_.buffers.push_back(buffer);
    std::uint64_t offset = 0;
    for (std::size_t i = at; i < end; ++i) {
      const NodeId id{items_[i].node};
      plan_.step_nodes.push_back(id);
      plan_.places[id.value] = {step.buffer, offset, 0};
      first_step_[id.value] = number;
      offset += graph_.type(id).elements();
    }
    push_step(step);
    return end;
  }

  /// The steps of a wave that none of its others follows.
  std::vector<std::uint32_t> ends_of_wave(std::uint32_t region, std::uint32_t wave) const {
    const Region& r = regions_[region];
    const std::uint32_t begin = wave * r.waves.tiles,
                        end = std::min(begin + r.waves.tiles, cuts_[r.cut].tiles);
    std::vector<std::uint32_t> out;
    for (const std::uint32_t node : ends_of_[region])
      for (std::uint32_t tile = begin; tile < end; ++tile)
        out.push_back(tile_steps_[first_step_[node] + tile]);
    return out;
  }

  Buffer buffer_for(NodeId node, std::uint64_t elements) const {
    Buffer buffer;
    buffer.element = graph_.type(node).element;
    buffer.secret = graph_.type(node).secret();
    buffer.elements = elements;
    buffer.keep = graph_.node(node).op == Op::output;
    return buffer;
  }

  /// The tiles of a value lie in memory of their own, which is free as soon as nobody needs the tile; but
  /// side by side where all of it is needed at once.
  void place_cut(NodeId node, const Cut& cut) {
    const auto first = static_cast<std::uint32_t>(plan_.buffers.size());
    const ElementType element = graph_.type(node).element;
    const bool together =
        element.lies_in_one_run() && (is_read_whole_[node.value] || graph_.node(node).op == Op::output);
    plan_.places[node.value] = {first, 0, together ? 0 : cut.tile};
    Buffer buffer = buffer_for(node, cut.elements);
    buffer.first_step = kNone;
    for (std::uint64_t begin = 0; begin < cut.elements; begin += together ? cut.elements : cut.tile) {
      if (!together) buffer.elements = std::min(cut.tile, cut.elements - begin);
      plan_.buffers.push_back(buffer);
    }
  }

  /// Appends a step with its messages.
  void push_step(Step step) {
    step.flows_begin = static_cast<std::uint32_t>(plan_.flows.size());
    if (step.exchange != Exchange::none) {
      const NodeId id = plan_.step_nodes[step.nodes_begin];
      const ElementType element = graph_.type(id).element;
      const std::uint64_t bytes = element.payload_bytes(step.range.size());
      if (bytes != 0)
        for (const FlowPattern& f : flows_.of(id, plan_.king(step)))
          plan_.flows.push_back({f.from, f.to, f.payload, f.copies * bytes});
    }
    step.flow_count = static_cast<std::uint32_t>(plan_.flows.size()) - step.flows_begin;
    plan_.steps.push_back(step);
  }

  /// Places constants and aliases, then finds which steps wait for which.
  void connect() {
    for (const auto& [id, buffer] : constants_) {
      plan_.places[id.value] = {static_cast<std::uint32_t>(plan_.buffers.size()), 0, 0};
      plan_.buffers.push_back(buffer);
    }
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      if (!is_alias(NodeId{i})) continue;
      const std::uint32_t operand = graph_.operands(NodeId{i})[0].value;
      plan_.places[i] = plan_.places[operand];
      first_step_[i] = first_step_[operand];
    }

    std::vector<std::pair<std::uint32_t, std::uint32_t>> edges;  // producer, consumer
    std::vector<std::uint32_t> wait_stamp(plan_.steps.size(), kNone), use_stamp(plan_.buffers.size(), kNone);
    std::vector<Run> runs;  // by position of an operand
    for (std::uint32_t s = 0, join = 0; s < plan_.steps.size(); ++s) {
      Step& step = plan_.steps[s];
      const auto wait_for = [&](std::uint32_t producer) {
        if (wait_stamp[producer] == s) return;
        wait_stamp[producer] = s;
        edges.emplace_back(producer, s);
        ++step.predecessors;
      };
      const auto use = [&](std::uint32_t buffer) {
        if (use_stamp[buffer] == s) return;
        use_stamp[buffer] = s;
        ++plan_.buffers[buffer].users;
        plan_.uses.push_back(buffer);
        ++step.use_count;
      };
      step.uses_begin = static_cast<std::uint32_t>(plan_.uses.size());
      if (step.join) {
        for (const std::uint32_t producer : joined_[join++]) wait_for(producer);
        continue;
      }
      use(step.buffer);
      runs.clear();
      for (const NodeId id : plan_.nodes(step)) {
        const bool is_tile = cut_of_[id.value] != kNone;
        std::size_t position = 0;
        for (const NodeId operand : graph_.operands(id)) {
          // Nodes of a step are far apart in memory: what is looked up for each of them counts.
          const std::uint32_t producer = first_step_[operand.value];
          if (step.node_count > 1) {
            if (position == runs.size()) runs.push_back({plan_.places[operand.value], 0});
            runs[position].add(plan_.places[operand.value], graph_.type(id).elements());
          }
          ++position;
          if (producer == kNone) {
            use(plan_.places[operand.value].buffer);  // a constant
          } else if (cuts_.empty() || !is_cut(operand)) {
            use(plan_.places[operand.value].buffer);
            wait_for(producer);
          } else {
            const NodeId from = root(operand);
            const Place& place = plan_.places[from.value];
            const bool tile = is_tile && cut_alike(from, id);
            const bool together = place.tile == 0;
            const std::uint32_t first = tile && !together ? step.tile : 0;
            const std::uint32_t end = tile || together ? first + 1 : cuts_[cut_of_[from.value]].tiles;
            for (std::uint32_t i = first; i < end; ++i) use(place.buffer + i);
            wait_for(tile ? tile_steps_[first_step_[from.value] + step.tile] : join_of_[from.value]);
          }
        }
        if (is_tile) {
          const std::uint32_t r = region_of_[id.value], wave = regions_[r].wave_of(step.tile);
          if (begins_wave_[id.value] && wave >= kWavesAtOnce) wait_for(gates_[r][wave - kWavesAtOnce]);
        }
      }
      step.together_begin = static_cast<std::uint32_t>(plan_.together.size());
      for (const Run& run : runs) plan_.together.push_back(run.is_whole(plan_.buffers));
    }
    std::vector<std::uint32_t> count(plan_.steps.size() + 1, 0);
    for (const auto& [producer, consumer] : edges) ++plan_.steps[producer].successor_count;
    std::uint32_t at = 0;
    for (Step& step : plan_.steps) {
      step.successors_begin = at;
      at += step.successor_count;
    }
    plan_.successors.resize(edges.size());
    for (const auto& [producer, consumer] : edges)
      plan_.successors[plan_.steps[producer].successors_begin + count[producer]++] = consumer;
  }

  void lay_out_streams() {
    std::map<std::pair<std::uint32_t, std::uint32_t>, LinkPlan> links;
    std::vector<LinkPlan*> fast(std::size_t{setting_.endpoints()} * setting_.endpoints(), nullptr);
    for (std::uint32_t s = 0; s < plan_.steps.size(); ++s) {
      const Step& step = plan_.steps[s];
      for (std::uint32_t f = step.flows_begin; f < step.flows_begin + step.flow_count; ++f) {
        const Flow& flow = plan_.flows[f];
        LinkPlan*& link = fast[flow.from.value * setting_.endpoints() + flow.to.value];
        if (link == nullptr) {
          link = &links[{flow.from.value, flow.to.value}];
          link->from = flow.from, link->to = flow.to;
        }
        link->segments.push_back({s, f, link->bytes});
        link->bytes += flow.bytes;
      }
    }
    for (auto& [ends, link] : links) plan_.links.push_back(std::move(link));
  }

  Plan& plan_;
  const Graph& graph_;
  const Setting& setting_;
  const PlanOptions& options_;
  // By node. Of a reshape, what it reshapes counts.
  std::vector<bool> offline_, talks_, is_read_whole_, begins_wave_;
  std::vector<std::uint32_t> cut_of_, region_of_;  ///< kNone if it is not cut
  std::vector<Level> start_;
  std::vector<std::uint32_t> first_step_;  ///< its step; of a cut one, where its steps begin in tile_steps_;
                                           ///< kNone of a constant
  std::vector<std::uint32_t> join_of_;     ///< the step that ends with its last tile, if somebody needs it
  std::vector<Cut> cuts_;
  std::vector<Region> regions_;
  std::vector<std::vector<std::uint32_t>> ends_of_;  ///< by region: nodes that none of it follows
  std::vector<std::vector<std::uint32_t>> gates_;    ///< by region: the joins at the ends of waves
  std::vector<Item> items_;
  std::vector<std::uint32_t> tile_steps_;
  std::vector<std::vector<std::uint32_t>> joined_;  ///< by join in plan order: what it waits for
  std::vector<std::pair<NodeId, Buffer>> constants_;
  KeyNumbers groups_;
  std::vector<std::int64_t> key_;
  KnownFlows flows_;
};

}  // namespace

std::uint64_t tile_elements(ElementType widest, const PlanOptions& options) {
  const std::uint64_t bits = widest.domain == Domain::ring ? 8 * word_bytes(widest.width) : widest.width;
  return std::max<std::uint64_t>(64, options.tile_bytes * 8 / bits / 64 * 64);
}

Plan make_plan(const Graph& graph, const Setting& setting, const PlanOptions& given) {
  verify(graph, setting);
  constexpr std::uint64_t kMaxTile = std::uint64_t{1} << 40, kTilesInMemory = 1024, kLeastTile = 4096;
  if (given.tile_bytes == 0 || given.tile_bytes > kMaxTile)
    throw Error(Errc::bad_argument,
                "a tile of " + std::to_string(given.tile_bytes) + " bytes: expected 1 to 2^40");
  PlanOptions options = given;
  if (options.memory_bytes != 0)
    options.tile_bytes =
        std::min(options.tile_bytes, std::max(options.memory_bytes / kTilesInMemory, kLeastTile));
  Plan plan;
  plan.setting = setting;
  plan.tile_bytes = options.tile_bytes;
  plan.offline_first = options.policy.offline_first;
  plan.graph = has_fractions(graph) ? optimize(place_truncations(graph).graph) : optimize(graph);
  Lowering lowering(setting, options.policy);
  plan.graph = lowering.run(plan.graph);
  plan.choices = lowering.take_choices();
  if (lowering.replaced()) plan.graph = optimize(plan.graph);  // else it is optimised already
  plan.graph = fuse_gates(std::move(plan.graph));
  Planner(plan, options).run();
  return plan;
}

std::uint32_t Plan::king(const Step& step) const {
  if (!has_king(step.exchange)) return 0;
  return static_cast<std::uint32_t>(
      (static_cast<std::uint64_t>(graph.attributes(nodes(step)[0])[0]) + step.tile) % setting.n);
}

bool Plan::holds_result(const Step& step, EndpointId at) const {
  if (step.op != Op::output) return setting.is_party(at);
  const auto index = static_cast<std::size_t>(graph.attributes(nodes(step)[0])[0]);
  const std::vector<Role>& receivers = graph.outputs()[index].receivers;
  return std::any_of(receivers.begin(), receivers.end(),
                     [&](Role r) { return endpoint_of(r, setting) == at; });
}

const LinkPlan* Plan::link(EndpointId from, EndpointId to) const {
  for (const LinkPlan& l : links)
    if (l.from == from && l.to == to) return &l;
  return nullptr;
}

}  // namespace tacet
