#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow random_row() {
  return {.name = "random",
          .op_class = OpClass::source,
          .elementwise = true,
          .cost =
              [](const Setting&) {
                return Cost{0, 0, 0};
              },
          .doc = "A uniform secret value that nobody knows, from the parties' common keys.",
          .shapes = "[...]; attribute 0: a number that tells draws apart",
          .reveals = "nothing",
          .source = "[CDI05] section 2"};
}

}  // namespace tacet::ops
