#include <cstring>

#include "transport/frame.hpp"

/// A frame as it comes from a stream: a header, and an abort notice if the header promises one. What decodes
/// must encode to something that decodes to the same.
extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace tacet::transport;
  const Bytes input(reinterpret_cast<const std::byte*>(data), size);
  (void)decode_abort(input);
  if (size < kFrameHeaderBytes) return 0;
  auto header = decode_header(input.first<kFrameHeaderBytes>());
  if (!header) return 0;
  std::array<std::byte, kFrameHeaderBytes> again;
  encode_header(*header, again);
  auto second = decode_header(again);
  TACET_ASSERT(second && *second == *header);
  if (header->kind == FrameKind::abort) (void)decode_abort(input.subspan(kFrameHeaderBytes));
  return 0;
}
