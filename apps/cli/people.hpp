#pragma once

#include <nlohmann/json_fwd.hpp>
#include <string>

#include "graph/plan.hpp"

namespace tacet::apps {

/// As "fixed(64, 16) [3], -1.5 to 1.5": what an input of a plan holds, as the program has declared it.
std::string input_text(const Graph& graph, const InputInfo& input);

/// Who brings which inputs, and who learns what.
void print_people(const Plan& plan);
/// The same as "inputs" and "learnt" of an object.
void add_people(nlohmann::ordered_json& out, const Plan& plan);

/// What operations of a plan disclose beside their results, one line each; empty if nothing.
std::string disclosures_text(const Plan& plan);

}  // namespace tacet::apps
