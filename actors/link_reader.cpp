#include "actors/link_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "transport/limits.hpp"

namespace tacet::actors {
namespace {

using transport::FrameKind;

/// Payloads up to this size are read at once even if they belong to many steps.
constexpr std::size_t kScatterBytes = 64 * 1024;
constexpr std::uint64_t kAcknowledgeEvery = transport::kMaxUnackedBytes / 4;

/// Fills the buffer. Every byte that arrives renews the patience: a slow network is not a silent peer.
Status read_all(transport::ByteSource& source, std::span<std::byte> buffer,
                std::chrono::milliseconds silence) {
  while (!buffer.empty()) {
    Result<std::size_t> got = source.read_some(buffer, transport::Clock::now() + silence);
    if (!got) return got.fault();
    if (*got == 0) return Fault{Fault::Kind::closed, "the peer ended its stream too early"};
    buffer = buffer.subspan(*got);
  }
  return {};
}

}  // namespace

LinkReader::LinkReader(EndpointId peer, std::unique_ptr<transport::ByteSource> source, const LinkPlan* link,
                       std::uint64_t session, Engine& engine, LinkWriter& back)
    : peer_(peer),
      source_(std::move(source)),
      planned_bytes_(link == nullptr ? 0 : link->bytes),
      session_(session),
      engine_(engine),
      back_(back) {}

Fault LinkReader::malformed(const std::string& what) const {
  return {Fault::Kind::malformed, "it sent " + what};
}

Status LinkReader::read_payload(const transport::FrameHeader& header, std::chrono::milliseconds silence,
                                bool& ready) {
  std::size_t left = header.payload_bytes;
  while (left != 0) {
    const std::span<std::byte> window = engine_.window(peer_);
    TACET_ASSERT(!window.empty());
    if (window.size() < left && left <= kScatterBytes) {
      small_.resize(left);
      if (Status s = read_all(*source_, small_, silence)) return s;
      for (std::size_t at = 0; at < left;) {
        const std::span<std::byte> to = engine_.window(peer_);
        const std::size_t take = std::min(to.size(), left - at);
        std::memcpy(to.data(), small_.data() + at, take);
        ready |= engine_.advance(peer_, take, header.round);
        at += take;
      }
      return {};
    }
    const std::size_t take = std::min(window.size(), left);
    if (Status s = read_all(*source_, window.first(take), silence)) return s;
    ready |= engine_.advance(peer_, take, header.round);
    left -= take;
  }
  return {};
}

LinkReader::Outcome LinkReader::run(std::chrono::milliseconds silence,
                                    const std::function<void()>& large_work) {
  const std::unique_ptr<protocols::Scratch> scratch = engine_.make_scratch();
  std::array<std::byte, transport::kFrameHeaderBytes> bytes;
  while (true) {
    if (Status s = read_all(*source_, bytes, silence)) return *s;
    last_heard_.store(transport::Clock::now(), std::memory_order_relaxed);
    Result<transport::FrameHeader> header = transport::decode_header(bytes);
    if (!header) return header.fault();
    if (header->session != session_) return malformed("a frame of another session");
    switch (header->kind) {
      case FrameKind::data: {
        if (header->offset != offset_ || header->payload_bytes > planned_bytes_ - offset_)
          return malformed("bytes " + std::to_string(header->offset) + " to " +
                           std::to_string(header->offset + header->payload_bytes) +
                           " of its stream, expected from " + std::to_string(offset_) + " up to at most " +
                           std::to_string(planned_bytes_));
        bool ready = false;
        if (Status s = read_payload(*header, silence, ready)) return *s;
        offset_ += header->payload_bytes;
        if (ready && engine_.pump(*scratch, true)) large_work();
        if (offset_ - acknowledged_ >= kAcknowledgeEvery) back_.acknowledge(acknowledged_ = offset_);
        break;
      }
      case FrameKind::ack:
        back_.acknowledged(header->offset);
        break;
      case FrameKind::heartbeat:
        break;
      case FrameKind::abort: {
        std::vector<std::byte> payload(header->payload_bytes);
        if (Status s = read_all(*source_, payload, silence)) return *s;
        Result<transport::AbortNotice> notice = transport::decode_abort(payload);
        if (!notice) return notice.fault();
        return *notice;
      }
      case FrameKind::end:
        if (offset_ != planned_bytes_ || header->offset != offset_)
          return malformed("the end of its stream at byte " + std::to_string(header->offset) + " of " +
                           std::to_string(planned_bytes_));
        last_heard_.store(transport::Clock::time_point::max(), std::memory_order_relaxed);
        return Ended{};
      case FrameKind::setup:
        return malformed("a setup message in the middle of its stream");
    }
  }
}

}  // namespace tacet::actors
