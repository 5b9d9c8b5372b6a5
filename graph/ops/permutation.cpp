#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow permutation_row() {
  return {.name = "permutation",
          .op_class = OpClass::source,
          .doc =
              "A uniform secret permutation: for each share a permutation that its holders draw from their "
              "common key, to be applied one after another.",
          .shapes = "partial ring(32) [m]; attribute 0: a number that tells draws apart",
          .reveals = "nothing",
          .source = "[LWZ11] oblivious shuffling"};
}

}  // namespace tacet::ops
