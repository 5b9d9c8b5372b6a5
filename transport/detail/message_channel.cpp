#include "transport/detail/message_channel.hpp"

namespace tacet::transport::detail {

Status append_message(TlsSession& session, Bytes message) {
  TACET_ASSERT(message.size() <= kMaxHelloBytes);
  std::vector<std::byte> framed;
  for (int shift = 0; shift < 32; shift += 8)
    framed.push_back(static_cast<std::byte>(message.size() >> shift));
  framed.insert(framed.end(), message.begin(), message.end());
  return session.append(framed);
}

Result<std::optional<std::vector<std::byte>>> MessageReader::poll(TlsSession& session) {
  using State = TlsSession::Read::State;
  for (;;) {
    if (have_ == bytes_.size()) {
      if (sized_) return std::optional(std::move(bytes_));
      std::size_t size = 0;
      for (std::size_t i = kPrefixBytes; i-- > 0;) size = size << 8 | std::to_integer<std::size_t>(bytes_[i]);
      if (size == 0 || size > kMaxHelloBytes)
        return Fault{Fault::Kind::malformed,
                     "the peer announced a hello of " + std::to_string(size) + " bytes"};
      bytes_.assign(size, std::byte{});
      have_ = 0;
      sized_ = true;
    }
    Result<TlsSession::Read> got = session.read(std::span(bytes_).subspan(have_));
    if (!got) return got.fault();
    if (got->state == State::would_block) return std::optional<std::vector<std::byte>>{};
    if (got->state == State::end)
      return Fault{Fault::Kind::closed, "the peer closed the connection before it said who it is"};
    have_ += got->bytes;
  }
}

}  // namespace tacet::transport::detail
