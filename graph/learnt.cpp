#include "graph/learnt.hpp"

namespace tacet {

std::vector<Learnt> learnt(const Plan& plan) {
  std::vector<Learnt> out;
  for (const Choice& c : plan.choices) {
    const OpRow& row = op_row(c.op);
    const std::string where = plan.graph.location_text(c.location);
    if (c.op == Op::reveal && !c.inside)
      out.push_back({row.name, "", "the value", "all parties", where, c.times});
    if (c.discloses) out.push_back({row.name, "", std::string(row.discloses), "", where, c.times});
  }
  for (const OutputInfo& info : plan.graph.outputs()) {
    std::string by;
    for (const Role role : info.receivers) by += (by.empty() ? "" : ", ") + plan.graph.role_name(role);
    out.push_back({op_row(Op::output).name, info.name, "the value", by, plan.graph.location(info.node), 1});
  }
  return out;
}

}  // namespace tacet
