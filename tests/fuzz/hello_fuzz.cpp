#include "transport/hello.hpp"

/// Both messages of the handshake. What decodes must encode to something that decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tacet::transport;
  const Bytes input(reinterpret_cast<const std::byte*>(data), size);
  if (auto hello = decode_hello(input)) {
    auto again = decode_hello(encode_hello(*hello));
    TACET_ASSERT(again && *again == *hello);
  }
  if (auto reply = decode_reply(input)) {
    auto again = decode_reply(encode_reply(*reply));
    TACET_ASSERT(again && again->verdict == reply->verdict && again->hello == reply->hello);
  }
  return 0;
}
