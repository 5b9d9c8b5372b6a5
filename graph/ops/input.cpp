#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow input_row() {
  return {.name = "input",
          .op_class = OpClass::source,
          .elementwise = true,
          .cost =
              [](const Setting& s) {
                return Cost{1, s.t(), s.t()};
              },
          .doc = "A value that a party or a client brings, shared among all parties.",
          .shapes = "[...]; attribute 0: index into the graph's inputs",
          .reveals = "nothing",
          .source = "[CDI05] section 4; protocols of [BBY23]"};
}

}  // namespace tacet::ops
