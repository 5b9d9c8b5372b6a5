#include "graph/ops/common.hpp"

namespace tacet::ops {

OpRow constant_row() {
  return {.name = "constant",
          .op_class = OpClass::source,
          .doc = "A public value written in the program.",
          .shapes = "[...]; attribute 0: index into the graph's constants",
          .reveals = "nothing: it is public",
          .source = "none"};
}

}  // namespace tacet::ops
