#include "apps/cli/facts.hpp"

#include <algorithm>

#include "graph/build_identity.hpp"

namespace tacet::apps {

std::vector<transport::Fact> facts_of(const Job& job, const Options& options) {
  std::vector<transport::Fact> facts{{"program", job.name}};
  for (const auto& [name, value] : job.settings) facts.push_back({name, value});
  facts.push_back({"network", options.network});
  facts.push_back({"offline first", options.offline_first ? "yes" : "no"});
  facts.push_back({"memory", std::to_string(options.memory_bytes)});
  std::vector<std::string> preferred = options.prefer;
  std::sort(preferred.begin(), preferred.end());
  for (const std::string& one : preferred) facts.push_back({"preference", one});
  facts.push_back({"operations", std::to_string(job.plan->graph.size())});
  facts.push_back({"rounds", std::to_string(job.plan->rounds)});
  facts.push_back({"build", std::string(build_identity())});
  return facts;
}

}  // namespace tacet::apps
