#include "transport/frame.hpp"

#include "transport/detail/capnp.hpp"

#include <algorithm>
#include <cstring>

#include "messages.capnp.h"
#include "transport/detail/message.hpp"
#include "transport/detail/presence.hpp"
#include "transport/printable.hpp"

namespace tacet::transport {

namespace {

constexpr std::size_t kWords = kFrameHeaderBytes / sizeof(capnp::word);
using HeaderWords = std::array<capnp::word, kWords>;

/// What the root pointer of every header is: a struct right behind it, of four data words and no pointers.
/// Checking it first leaves no layout to a hostile sender.
constexpr std::uint64_t kRootPointer = std::uint64_t{4} << 32;

Fault malformed(const std::string& what) {
  return {Fault::Kind::malformed, "a frame header is wrong: " + what};
}

/// Nothing, or why no correct peer sends this length with this kind.
const char* length_error(FrameKind kind, std::uint32_t payload_bytes) {
  switch (kind) {
    case FrameKind::data:
      if (payload_bytes == 0) return "data without payload";
      return payload_bytes <= kMaxFramePayloadBytes ? nullptr : "payload above the limit";
    case FrameKind::setup:
      return payload_bytes <= kMaxFramePayloadBytes ? nullptr : "setup payload above the limit";
    case FrameKind::abort:
      return payload_bytes <= kMaxAbortBytes ? nullptr : "abort payload above the limit";
    case FrameKind::presence:
      return payload_bytes <= kMaxHelloBytes ? nullptr : "presence payload above the limit";
    case FrameKind::ack:
    case FrameKind::heartbeat:
    case FrameKind::end:
      return payload_bytes == 0 ? nullptr : "payload after a kind that has none";
  }
  return "unknown kind";
}

}  // namespace

void encode_header(const FrameHeader& header, std::span<std::byte, kFrameHeaderBytes> out) {
  TACET_ASSERT(length_error(header.kind, header.payload_bytes) == nullptr);
  HeaderWords scratch{};
  capnp::MallocMessageBuilder builder(kj::arrayPtr(scratch.data(), scratch.size()));
  auto root = builder.initRoot<wire::FrameHeader>();
  root.setKind(static_cast<wire::FrameHeader::Kind>(header.kind));
  root.setPayloadBytes(header.payload_bytes);
  root.setSession(header.session);
  root.setOffset(header.offset);
  root.setRound(header.round);
  std::memcpy(out.data(), scratch.data(), kFrameHeaderBytes);
}

Result<FrameHeader> decode_header(std::span<const std::byte, kFrameHeaderBytes> in) {
  HeaderWords words;
  std::memcpy(words.data(), in.data(), kFrameHeaderBytes);
  std::uint64_t root_pointer = 0;
  std::memcpy(&root_pointer, words.data(), sizeof root_pointer);
  if (root_pointer != kRootPointer) return malformed("it is no frame header");
  return detail::guarded<FrameHeader>("frame header", [&]() -> Result<FrameHeader> {
    const kj::ArrayPtr<const capnp::word> segment(words.data(), words.size());
    capnp::SegmentArrayMessageReader reader(kj::arrayPtr(&segment, 1));
    const auto root = reader.getRoot<wire::FrameHeader>();
    const auto kind = static_cast<std::uint16_t>(root.getKind());
    if (kind > static_cast<std::uint16_t>(FrameKind::presence)) return malformed("unknown kind");
    FrameHeader header{static_cast<FrameKind>(kind), root.getSession(), root.getOffset(),
                       root.getPayloadBytes(), root.getRound()};
    if (const char* error = length_error(header.kind, header.payload_bytes)) return malformed(error);
    return header;
  });
}

std::vector<std::byte> encode_abort(const AbortNotice& notice) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<wire::Abort>();
  root.setLast(notice.last);
  const auto heard_count = static_cast<unsigned>(std::min(notice.heard.size(), kMaxHeard));
  auto heard = root.initHeard(heard_count);
  for (unsigned i = 0; i < heard_count; ++i) heard.set(i, notice.heard[i].value);
  if (notice.follows) root.setFollows(notice.follows->value);
  const auto count = static_cast<unsigned>(std::min(notice.statements.size(), kMaxStatements));
  auto statements = root.initStatements(count);
  for (unsigned i = 0; i < count; ++i) {
    const Statement& statement = notice.statements[i];
    auto out = statements[i];
    out.setAccuser(statement.accuser.value);
    out.setCulprit(statement.culprit.value);
    out.setCause(static_cast<wire::Abort::Cause>(statement.cause));
    out.setReason(printable(statement.reason, kMaxControlTextBytes).c_str());
  }
  return detail::to_bytes(builder);
}

Result<AbortNotice> decode_abort(Bytes payload) {
  return detail::with_message<AbortNotice>(
      "abort notice", payload, kMaxAbortBytes, [](auto& reader) -> Result<AbortNotice> {
        const auto root = reader.template getRoot<wire::Abort>();
        AbortNotice notice;
        notice.last = root.getLast();
        if (const auto follows = root.getFollows(); follows != ~std::uint32_t{0})
          notice.follows = EndpointId{follows};
        if (root.getStatements().size() > kMaxStatements || root.getHeard().size() > kMaxHeard)
          return Fault{Fault::Kind::malformed, "an abort notice says too much"};
        for (const std::uint32_t e : root.getHeard()) notice.heard.push_back(EndpointId{e});
        for (const auto in : root.getStatements()) {
          const auto cause = static_cast<std::uint16_t>(in.getCause());
          if (cause > static_cast<std::uint16_t>(Cause::stalled))
            return Fault{Fault::Kind::malformed, "an abort notice has an unknown cause"};
          const auto reason = in.getReason();
          notice.statements.push_back({EndpointId{in.getAccuser()}, EndpointId{in.getCulprit()},
                                       static_cast<Cause>(cause),
                                       printable({reason.begin(), reason.size()}, kMaxControlTextBytes)});
        }
        return notice;
      });
}

Result<std::optional<AbortNotice>> notice_in_presence(EndpointId from, Bytes payload) {
  Result<detail::Presence> presence = detail::decode_presence(payload);
  if (!presence) return presence.fault();
  if (presence->state != detail::Presence::State::leaving) return std::optional<AbortNotice>{};
  const EndpointId accuser = presence->culprit == from ? presence->accuser : from;
  const Cause cause = presence->culprit == accuser ? Cause::own : Cause::closed;
  return std::optional(AbortNotice{{{accuser, presence->culprit, cause, presence->reason}}, true, {}, {}});
}

}  // namespace tacet::transport
