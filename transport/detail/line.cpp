#include "transport/detail/line.hpp"

#include <poll.h>

namespace tacet::transport::detail {

pollfd Line::wait() const {
  const int descriptor = established_.session->descriptor();
  if (we_send()) return {descriptor, static_cast<short>(pending_ ? POLLRDHUP | POLLOUT : POLLRDHUP), 0};
  return {begun_ ? -1 : descriptor, POLLIN, 0};
}

Result<bool> Line::say(const Presence& presence) {
  Result<bool> idle = flush();
  if (!idle || !*idle) return idle;
  const std::vector<std::byte> payload = encode_presence(presence);
  FrameHeader header;
  header.kind = FrameKind::presence;
  header.payload_bytes = static_cast<std::uint32_t>(payload.size());
  std::array<std::byte, kFrameHeaderBytes> bytes;
  encode_header(header, bytes);
  std::vector<std::byte> record(bytes.begin(), bytes.end());
  record.insert(record.end(), payload.begin(), payload.end());
  if (Status fault = established_.session->append(record)) return *fault;
  Result<bool> flushed = flush();
  if (!flushed) return flushed;
  return true;
}

Result<bool> Line::flush() {
  Result<bool> flushed = established_.session->flush();
  pending_ = flushed && !*flushed;
  return flushed;
}

/// True once bytes_ is full.
Result<bool> Line::fill(bool& in_order) {
  using State = TlsSession::Read::State;
  while (have_ < bytes_.size()) {
    Result<TlsSession::Read> got = established_.session->read(std::span(bytes_).subspan(have_));
    if (!got) return got.fault();
    if (got->state == State::would_block) return false;
    if (got->state == State::end) {
      in_order = true;
      return Fault{Fault::Kind::closed, "closed the connection"};
    }
    have_ += got->bytes;
  }
  have_ = 0;
  return true;
}

Line::Heard Line::listen(bool to_the_end) {
  Heard heard;
  const auto broken = [&](Fault fault) {
    heard.fault = std::move(fault);
    return heard;
  };
  while (!begun_ || to_the_end) {
    Result<bool> full = fill(heard.in_order);
    if (!full) return broken(full.fault());
    if (!*full) return heard;
    if (!header_) {
      Result<FrameHeader> header = decode_header(std::span<const std::byte, kFrameHeaderBytes>(bytes_));
      if (!header) return broken(header.fault());
      if (header->kind != FrameKind::presence && !begun_)
        return broken({Fault::Kind::malformed, "sent a frame before it had begun"});
      bytes_.resize(header->payload_bytes);
      header_ = *header;
      continue;
    }
    if (header_->kind == FrameKind::abort) {
      Result<AbortNotice> notice = decode_abort(bytes_);
      if (!notice) return broken(notice.fault());
      if (!heard.notice) heard.notice = std::move(*notice);
    } else if (header_->kind == FrameKind::presence && !begun_) {
      Result<Presence> presence = decode_presence(bytes_);
      if (!presence) return broken(presence.fault());
      begun_ = presence->state == Presence::State::begun;
      heard.presences.push_back(std::move(*presence));
    }
    header_.reset();
    bytes_.resize(kFrameHeaderBytes);
  }
  return heard;
}

void Line::close() {
  established_.session->append_close();
  (void)established_.session->flush();
  established_.session->shut_write();
}

}  // namespace tacet::transport::detail
