#include "apps/draw/document.hpp"

#include <algorithm>
#include <nlohmann/json.hpp>
#include <numeric>
#include <unordered_map>
#include <vector>

#include "apps/draw/text.hpp"
#include "graph/cost.hpp"
#include "graph/flows.hpp"
#include "graph/scopes.hpp"

namespace tacet::apps {
namespace {

using Json = nlohmann::ordered_json;
using Column = std::vector<std::uint64_t>;

/// Numbers for texts, each of which stands in the document once.
class Strings {
 public:
  std::uint64_t number(const std::string& text) {
    const auto [at, is_new] = numbers_.try_emplace(text, all_.size());
    if (is_new) all_.push_back(text);
    return at->second;
  }
  const std::vector<std::string>& all() const { return all_; }

 private:
  std::vector<std::string> all_{""};
  std::unordered_map<std::string, std::uint64_t> numbers_{{"", 0}};
};

enum NodeKind : std::uint8_t { local, private_input, sent, opened_to_all, learnt, random_secret, constant };

class Document {
 public:
  explicit Document(const Plan& plan)
      : plan_(plan), graph_(plan.graph), tree_(scopes_of(plan)), nodes_(tree_.scopes.size(), 0) {
    for (const std::uint32_t s : tree_.of_node) ++nodes_[s];
  }

  Json run(const std::string& title, std::span<const Profile> profiles) {
    Json out;
    out["format"] = 1;
    out["title"] = title;
    out["parties"] = plan_.setting.n, out["corrupt"] = plan_.setting.t();
    out["scheme"] = to_string(plan_.setting.scheme);
    if (const auto warning = warning_of(plan_.setting.scheme); !warning.empty()) out["warning"] = warning;
    out["endpoints"] = Json::array();
    for (std::uint32_t e = 0; e < plan_.setting.endpoints(); ++e)
      out["endpoints"].push_back(endpoint_label(plan_, e));
    const PlanCost cost = cost_of(plan_);
    out["rounds"] = plan_.rounds;
    out["offline_first"] = plan_.offline_first, out["offline_rounds"] = plan_.offline_rounds;
    out["bytes_sent"] = cost.bytes_sent, out["peak_memory_bytes"] = cost.peak_memory_bytes;
    out["round_bytes"] = cost.round_bytes;
    out["profiles"] = Json::array();
    for (const Profile& p : profiles)
      out["profiles"].push_back(
          {{"name", p.name}, {"round_seconds", p.round_seconds}, {"bytes_per_second", p.bytes_per_second}});
    out["scopes"] = scopes();
    out["nodes"] = nodes();
    Column from, to;
    for (std::uint32_t i = 0; i < graph_.size(); ++i)
      for (const NodeId operand : graph_.operands(NodeId{i})) from.push_back(operand.value), to.push_back(i);
    out["edges"] = {{"from", from}, {"to", to}};
    Column critical;
    for (const NodeId id : critical_path(plan_)) critical.push_back(id.value);
    out["critical"] = critical;
    out["strings"] = strings_.all();
    return out;
  }

 private:
  Json scopes() {
    const std::vector<ScopeCost> costs = scope_costs(plan_, tree_);
    std::vector<std::int64_t> parent;
    Column name, kind, location, variant, times, first, last, rounds, round_bytes, offline, online, memory;
    const auto sum = [](const Column& c) { return std::accumulate(c.begin(), c.end(), std::uint64_t{0}); };
    for (std::size_t i = 0; i < costs.size(); ++i) {
      const PlanScope& s = tree_.scopes[i];
      parent.push_back(s.kind == ScopeKind::program ? -1 : static_cast<std::int64_t>(s.parent));
      name.push_back(strings_.number(std::string(s.name)));
      kind.push_back(static_cast<std::uint64_t>(s.kind));
      location.push_back(strings_.number(graph_.location_text(s.location)));
      variant.push_back(strings_.number(std::string(s.variant)));
      times.push_back(s.times);
      first.push_back(costs[i].first_round), last.push_back(std::max(costs[i].end_round, 1u) - 1);
      rounds.push_back(costs[i].rounds), round_bytes.push_back(costs[i].round_bytes);
      offline.push_back(sum(costs[i].offline_bytes)), online.push_back(sum(costs[i].online_bytes));
      memory.push_back(costs[i].peak_memory_bytes);
    }
    return {{"parent", parent},
            {"name", name},
            {"kind", kind},
            {"location", location},
            {"variant", variant},
            {"times", times},
            {"first_round", first},
            {"last_round", last},
            {"rounds", rounds},
            {"round_bytes", round_bytes},
            {"offline_bytes", offline},
            {"online_bytes", online},
            {"memory", memory}};
  }

  Json nodes() {
    const std::vector<RoundSpan> spans = round_spans(plan_);
    const std::vector<bool> is_offline = offline_nodes(graph_);
    Column bytes(graph_.size(), 0);
    for_each_part(plan_, [&](const Step&, NodeId id, bool, EndpointId, std::uint64_t sent) {
      bytes[id.value] += sent;
    });
    Column op, scope, name, location, type, elements, first, last, memory, kind, people, offline;
    for (std::uint32_t i = 0; i < graph_.size(); ++i) {
      const NodeId id{i};
      const ValueType& t = graph_.type(id);
      op.push_back(strings_.number(std::string(op_row(graph_.node(id).op).name)));
      scope.push_back(shown_scope(id));
      name.push_back(strings_.number(name_of(id)));
      location.push_back(strings_.number(graph_.location(id)));
      type.push_back(strings_.number(t.to_string()));
      elements.push_back(t.elements());
      first.push_back(std::min(spans[i].first, plan_.rounds));
      last.push_back(std::min(spans[i].last, plan_.rounds));
      memory.push_back(t.element.memory_bytes(t.elements()) * (t.secret() ? plan_.setting.components() : 1));
      const NodeKind k = kind_of(id);
      kind.push_back(k);
      people.push_back(strings_.number(people_of(id, k)));
      offline.push_back(is_offline[i] ? 1 : 0);
    }
    return {{"op", op},          {"scope", scope},       {"name", name},         {"location", location},
            {"type", type},      {"elements", elements}, {"first_round", first}, {"last_round", last},
            {"bytes", bytes},    {"memory", memory},     {"kind", kind},         {"people", people},
            {"offline", offline}};
  }

  /// An operation that has become one node needs no scope around it.
  std::uint32_t shown_scope(NodeId id) const {
    const std::uint32_t s = tree_.of_node[id.value];
    return tree_.scopes[s].kind == ScopeKind::operation && nodes_[s] == 1 ? tree_.scopes[s].parent : s;
  }

  std::size_t index(NodeId id) const { return static_cast<std::size_t>(graph_.attributes(id)[0]); }

  std::string name_of(NodeId id) const {
    if (graph_.node(id).op == Op::input) return graph_.inputs()[index(id)].name;
    if (graph_.node(id).op == Op::output) return graph_.outputs()[index(id)].name;
    return {};
  }

  NodeKind kind_of(NodeId id) const {
    switch (graph_.node(id).op) {
      case Op::input:
        return private_input;
      case Op::output:
        return learnt;
      case Op::random:
        return random_secret;
      case Op::constant:
        return constant;
      default:
        break;
    }
    switch (exchange_of(graph_, id)) {
      case Exchange::none:
        return local;
      case Exchange::open:
      case Exchange::open_product:
      case Exchange::open_from_king:
        return opened_to_all;
      default:
        return sent;
    }
  }

  /// Who brings or learns a value. What the program itself does not reveal is opened under masks.
  std::string people_of(NodeId id, NodeKind kind) const {
    if (kind == private_input) return "from " + graph_.role_name(graph_.inputs()[index(id)].owner);
    if (kind == opened_to_all) {
      const PlanScope& scope = tree_.scopes[tree_.of_node[id.value]];
      const bool revealed = scope.kind != ScopeKind::operation || scope.name == op_row(Op::reveal).name;
      return revealed ? "learnt by all parties" : "opened to all parties under a mask";
    }
    if (kind != learnt) return {};
    std::string out;
    for (const Role role : graph_.outputs()[index(id)].receivers)
      out += (out.empty() ? "learnt by " : ", ") + graph_.role_name(role);
    return out;
  }

  const Plan& plan_;
  const Graph& graph_;
  ScopeTree tree_;
  std::vector<std::uint32_t> nodes_;  ///< by scope: directly in it
  Strings strings_;
};

}  // namespace

std::string to_document(const Plan& plan, const std::string& title, std::span<const Profile> profiles,
                        const std::string& live) {
  Json out = Document(plan).run(title, profiles);
  if (!live.empty()) out["live"] = live;
  // Names are the user's: bytes that are no UTF-8 are replaced.
  return out.dump(-1, ' ', false, Json::error_handler_t::replace);
}

}  // namespace tacet::apps
