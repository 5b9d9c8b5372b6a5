#include "apps/cli/people.hpp"

#include <cstdio>
#include <nlohmann/json.hpp>

#include "apps/io/data.hpp"
#include "graph/learnt.hpp"

namespace tacet::apps {
namespace {

std::string subject(const Learnt& l) {
  std::string out(l.operation);
  if (!l.name.empty()) out += " " + l.name;
  return l.times > 1 ? out + " x" + std::to_string(l.times) : out;
}

void print_row(const std::string& a, const std::string& b, const std::string& c, const std::string& d) {
  std::printf("%-32s %-24s %-36s %s\n", a.c_str(), b.c_str(), c.c_str(), d.c_str());
}

}  // namespace

std::string input_text(const Graph& graph, const InputInfo& input) {
  const ElementType element = element_of(graph, input);
  const std::string shape = graph.type(input.node).shape.to_string();
  return element.to_string() + " " + shape +
         (input.declared ? ", " + declared_text(*input.declared, element) : "");
}

void print_people(const Plan& plan) {
  const Graph& graph = plan.graph;
  print_row("brought", "by", "holds", "line");
  for (const InputInfo& in : graph.inputs())
    print_row("input " + in.name, graph.role_name(in.owner), input_text(graph, in), graph.location(in.node));
  std::printf("\n");
  print_row("learnt", "by", "", "line");
  for (const Learnt& l : learnt(plan)) {
    print_row(subject(l), l.by.empty() ? "see below" : l.by, l.by.empty() ? "" : l.what, l.location);
    if (l.by.empty()) std::printf("  %s\n", l.what.c_str());
  }
  std::printf("\n");
}

void add_people(nlohmann::ordered_json& out, const Plan& plan) {
  const Graph& graph = plan.graph;
  out["inputs"] = nlohmann::ordered_json::array();
  for (const InputInfo& in : graph.inputs()) {
    const ElementType element = element_of(graph, in);
    nlohmann::ordered_json one{{"name", in.name},
                               {"by", graph.role_name(in.owner)},
                               {"element", element.to_string()},
                               {"shape", graph.type(in.node).shape.dims()},
                               {"location", graph.location(in.node)}};
    if (in.declared) one["declared"] = declared_text(*in.declared, element);
    out["inputs"].push_back(std::move(one));
  }
  out["learnt"] = nlohmann::ordered_json::array();
  for (const Learnt& l : learnt(plan)) {
    nlohmann::ordered_json one{
        {"operation", l.operation}, {"what", l.what}, {"location", l.location}, {"times", l.times}};
    if (!l.name.empty()) one["name"] = l.name;
    if (!l.by.empty()) one["by"] = l.by;
    out["learnt"].push_back(std::move(one));
  }
}

std::string disclosures_text(const Plan& plan) {
  std::string out;
  for (const Learnt& l : learnt(plan))
    if (l.by.empty())
      out += subject(l) + (l.location.empty() ? "" : " at " + l.location) + " discloses " + l.what + "\n";
  return out;
}

}  // namespace tacet::apps
