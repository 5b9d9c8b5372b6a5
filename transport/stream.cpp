#include "transport/stream.hpp"

#include <array>

namespace tacet::transport {

Status read_exact(ByteSource& source, std::span<std::byte> buffer, Deadline deadline) {
  while (!buffer.empty()) {
    Result<std::size_t> got = source.read_some(buffer, deadline);
    if (!got) return got.fault();
    if (*got == 0) return Fault{Fault::Kind::closed, "the stream ended in the middle of a message"};
    buffer = buffer.subspan(*got);
  }
  return std::nullopt;
}

Status write_all(ByteSink& sink, Bytes bytes, Deadline deadline) {
  return write_all(sink, {}, bytes, deadline);
}

Status write_all(ByteSink& sink, Bytes header, Bytes payload, Deadline deadline) {
  while (!header.empty() || !payload.empty()) {
    const std::array<Bytes, 2> parts{header, payload};
    Result<std::size_t> taken = sink.write_parts(parts);
    if (!taken) return taken.fault();
    const std::size_t of_header = std::min(*taken, header.size());
    header = header.subspan(of_header);
    payload = payload.subspan(*taken - of_header);
    if (header.empty() && payload.empty()) break;
    if (Status fault = sink.wait_writable(deadline)) return fault;
  }
  return std::nullopt;
}

}  // namespace tacet::transport
