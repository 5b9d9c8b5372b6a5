#include "actors/link_reader.hpp"

#include <algorithm>
#include <array>
#include <cstring>

#include "protocols/crypto.hpp"
#include "transport/limits.hpp"

namespace tacet::actors {
namespace {

using transport::FrameKind;

/// Payloads up to this size are read at once even if they belong to many steps.
constexpr std::size_t kScatterBytes = 64 * 1024;
constexpr std::uint64_t kAcknowledgeEvery = transport::kMaxUnackedBytes / 4;

Result<std::optional<transport::AbortNotice>> as_optional(Result<transport::AbortNotice> notice) {
  if (!notice) return notice.fault();
  return std::optional(std::move(*notice));
}

}  // namespace

/// Fills the buffer. Every byte that arrives renews the patience: a slow network is not a silent peer.
Status LinkReader::read_all(std::span<std::byte> buffer, std::chrono::milliseconds silence) {
  while (!buffer.empty()) {
    Result<std::size_t> got = source_->read_some(buffer, transport::Clock::now() + silence);
    if (!got) return got.fault();
    if (*got == 0)
      return Fault{Fault::Kind::closed,
                   peer_ended() ? "ended its stream before others had" : "ended its stream too early"};
    last_heard_.store(transport::Clock::now(), std::memory_order_relaxed);
    buffer = buffer.subspan(*got);
  }
  return {};
}

Result<std::vector<std::byte>> LinkReader::read_small(std::uint32_t bytes,
                                                      std::chrono::milliseconds silence) {
  std::vector<std::byte> payload(bytes);
  if (Status s = read_all(payload, silence)) return *s;
  return payload;
}

LinkReader::LinkReader(EndpointId peer, std::unique_ptr<transport::ByteSource> source, const LinkPlan* link,
                       std::uint64_t session, Engine& engine, LinkWriter& back)
    : peer_(peer),
      source_(std::move(source)),
      planned_bytes_(link == nullptr ? 0 : link->bytes),
      session_(session),
      engine_(engine),
      back_(back) {}

Fault LinkReader::malformed(const std::string& what) const {
  return {Fault::Kind::malformed, "sent " + what};
}

Status LinkReader::read_payload(const transport::FrameHeader& header, std::chrono::milliseconds silence,
                                bool& ready) {
  std::size_t left = header.payload_bytes;
  while (left != 0) {
    const std::span<std::byte> window = engine_.window(peer_);
    TACET_ASSERT(!window.empty());
    if (window.size() < left && left <= kScatterBytes) {
      small_.resize(left);
      if (Status s = read_all(small_, silence)) return s;
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
    if (Status s = read_all(window.first(take), silence)) return s;
    ready |= engine_.advance(peer_, take, header.round);
    left -= take;
  }
  return {};
}

Status LinkReader::take_data(const transport::FrameHeader& header, std::chrono::milliseconds silence,
                             const Events& events) {
  const std::uint64_t offset = payload_bytes();
  if (header.offset != offset || header.payload_bytes > planned_bytes_ - offset)
    return malformed("bytes " + std::to_string(header.offset) + " to " +
                     std::to_string(header.offset + header.payload_bytes) + " of its stream, expected from " +
                     std::to_string(offset) + " up to at most " + std::to_string(planned_bytes_));
  bool ready = false;
  if (Status s = read_payload(header, silence, ready)) return s;
  offset_.store(offset + header.payload_bytes, std::memory_order_relaxed);
  if (ready && scratch_ == nullptr) scratch_ = engine_.make_scratch();
  if (ready && engine_.pump(*scratch_, true)) events.large_work();
  if (payload_bytes() - acknowledged_ >= kAcknowledgeEvery)
    back_.acknowledge(acknowledged_ = payload_bytes());
  return {};
}

Status LinkReader::take_end(const transport::FrameHeader& header) {
  if (payload_bytes() != planned_bytes_ || header.offset != payload_bytes())
    return malformed("the end of its stream at byte " + std::to_string(header.offset) + " of " +
                     std::to_string(planned_bytes_));
  peer_ended_.store(true, std::memory_order_relaxed);
  back_.peer_ended();
  return {};
}

LinkReader::Outcome LinkReader::run(std::chrono::milliseconds silence, const Events& events) {
  std::array<std::byte, transport::kFrameHeaderBytes> bytes;
  while (true) {
    if (peer_ended() && back_.ended()) {
      source_->cut();  // the peer's last signs of life need no reader
      last_heard_.store(transport::Clock::time_point::max(), std::memory_order_relaxed);
      return Ended{};
    }
    if (Status s = read_all(bytes, silence)) {
      // Nobody closes before it has heard that we have ended, too.
      if (peer_ended() && back_.ended() && s->kind == Fault::Kind::closed) continue;
      return *s;
    }
    Result<transport::FrameHeader> header = transport::decode_header(bytes);
    if (!header) return header.fault();
    const FrameKind kind = header->kind;
    if (header->session != session_ && kind != FrameKind::presence)
      return malformed("a frame of another session");
    const bool early = kind == FrameKind::setup || kind == FrameKind::presence;
    if (early ? set_up_ : !set_up_ && kind != FrameKind::abort)
      return malformed(early ? "a setup message in the middle of its stream"
                             : "its stream before its setup message");
    if (left_ && kind != FrameKind::abort) return malformed("more of its stream after an abort");
    if (peer_ended() && (kind == FrameKind::data || kind == FrameKind::end))
      return malformed("more of its stream after its end");
    switch (kind) {
      case FrameKind::data:
        if (Status s = take_data(*header, silence, events)) return *s;
        break;
      case FrameKind::ack:
        back_.acknowledged(header->offset);
        break;
      case FrameKind::heartbeat:
        waits_for_.store(header->offset, std::memory_order_relaxed);
        progress_.store(std::max(progress(), header->round), std::memory_order_relaxed);
        break;
      case FrameKind::setup:
      case FrameKind::presence:
      case FrameKind::abort: {
        Result<std::vector<std::byte>> payload = read_small(header->payload_bytes, silence);
        if (!payload) return payload.fault();
        if (kind == FrameKind::setup) {
          set_up_ = true;
          Status fault = events.setup(*payload);
          protocols::wipe(*payload);
          if (fault) return *fault;
          break;
        }
        Result<std::optional<transport::AbortNotice>> notice =
            kind == FrameKind::presence ? transport::notice_in_presence(peer_, *payload)
                                        : as_optional(transport::decode_abort(*payload));
        if (!notice) return notice.fault();
        if (!*notice) break;
        left_ = true;
        if (Status fault = events.notice(**notice)) return *fault;
        if ((*notice)->last) return Left{};
        break;
      }
      case FrameKind::end:
        if (Status fault = take_end(*header)) return *fault;
        break;
    }
  }
}

}  // namespace tacet::actors
