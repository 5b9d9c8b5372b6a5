#pragma once

// What operations share that make one bit of each string.

#include "graph/composite/common.hpp"

namespace tacet::ops {

/// A row to which its kernel, variants, words and source are to be added.
inline OpRow bit_of_each_row(std::string_view name) {
  OpRow row = composite_row(name, 1);
  row.infer = [](Types in, Attributes) { return infer_strings(in, 1); };
  row.shapes = "a: bits(w) [...] -> bits(1) [...]";
  row.reveals = "nothing";
  return row;
}

/// Applies the operation. Fails: Errc::type_mismatch for single bits; `instead` is about all of those
/// together.
inline Value bit_of_each(Op op, const Value& a, const char* instead, const std::source_location& where) {
  const std::string name(op_row(op).name);
  at_line(name.c_str(), where, [&] { need_strings(a.type(), instead); });
  return apply(op, {a}, {}, where);
}

}  // namespace tacet::ops
