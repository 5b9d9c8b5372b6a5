#pragma once

#include <kj/string.h>

// Cap'n Proto 0.9 compares a C string with a kj::StringPtr on the right, which clang rejects in C++20: found
// by argument, these overloads must stand before its headers.
#if defined(__clang__)
namespace kj {
inline bool operator==(const char* a, const StringPtr& b) {
  return b.operator==(StringPtr(a));
}
inline bool operator!=(const char* a, const StringPtr& b) {
  return !(a == b);
}
}  // namespace kj
#endif

#include <capnp/message.h>
#include <capnp/serialize.h>
