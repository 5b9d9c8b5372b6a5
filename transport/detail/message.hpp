#pragma once

#include <kj/exception.h>
#include "transport/detail/capnp.hpp"

#include <cstring>
#include <string>
#include <vector>

#include "graph/error.hpp"
#include "transport/stream.hpp"

/// What reading and writing small Cap'n Proto messages have in common.
namespace tacet::transport::detail {

/// Runs a decoder and turns the library's exceptions, which hostile bytes provoke, into a fault.
template <class T, class Decode>
Result<T> guarded(const char* what, Decode&& decode) {
  try {
    return decode();
  } catch (const kj::Exception& e) {
    return Fault{Fault::Kind::malformed,
                 std::string("a ") + what + " is malformed: " + e.getDescription().cStr()};
  }
}

/// Decodes one message of at most `max_bytes` in one segment. The traversal limit stops pointers that lead in
/// circles, the nesting limit stops recursion.
template <class T, class Decode>
Result<T> with_message(const char* what, Bytes message, std::size_t max_bytes, Decode&& decode) {
  if (message.size() > max_bytes || message.size() % sizeof(capnp::word) != 0)
    return Fault{Fault::Kind::malformed,
                 std::string("a ") + what + " has a length of " + std::to_string(message.size()) + " bytes"};
  return guarded<T>(what, [&]() -> Result<T> {
    std::vector<capnp::word> words(message.size() / sizeof(capnp::word));
    if (!message.empty()) std::memcpy(words.data(), message.data(), message.size());
    capnp::ReaderOptions options;
    options.traversalLimitInWords = 2 * max_bytes / sizeof(capnp::word);
    options.nestingLimit = 8;
    capnp::FlatArrayMessageReader reader(kj::arrayPtr(words.data(), words.size()), options);
    return decode(reader);
  });
}

inline std::vector<std::byte> to_bytes(capnp::MessageBuilder& builder) {
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(builder);
  const auto bytes = words.asBytes();
  std::vector<std::byte> out(bytes.size());
  std::memcpy(out.data(), bytes.begin(), bytes.size());
  return out;
}

}  // namespace tacet::transport::detail
