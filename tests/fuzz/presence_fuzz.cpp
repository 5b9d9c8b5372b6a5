#include "transport/detail/presence.hpp"

#include "transport/frame.hpp"

/// What peers say before a job begins, also as an engine hears it that has begun already. What decodes must
/// encode to something that decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tacet::transport;
  const Bytes input(reinterpret_cast<const std::byte*>(data), size);
  (void)notice_in_presence(tacet::EndpointId{1}, input);
  if (auto presence = detail::decode_presence(input)) {
    const std::vector<std::byte> bytes = detail::encode_presence(*presence);
    auto again = detail::decode_presence(bytes);
    TACET_ASSERT(again && detail::encode_presence(*again) == bytes);
  }
  return 0;
}
