#pragma once

#include <string>

#include "graph/op.hpp"

namespace tacet {

/// The name of an operation in messages, which speak of what programs write.
inline std::string written_name(Op op) {
  switch (op) {
    case Op::lift:
      return "shift or conversion";
    case Op::maximum:
      return "max or min";
    case Op::extreme:
      return "largest or smallest";
    case Op::div_public:
      return "div";
    default:
      return std::string(op_row(op).name);
  }
}

}  // namespace tacet
