#include "transport/detail/presence.hpp"

#include "transport/detail/capnp.hpp"

#include <algorithm>

// After the header above.
#include "messages.capnp.h"
#include "transport/detail/message.hpp"
#include "transport/limits.hpp"
#include "transport/printable.hpp"

namespace tacet::transport::detail {

std::vector<std::byte> encode_presence(const Presence& presence) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<wire::Presence>();
  root.setState(static_cast<wire::Presence::State>(presence.state));
  root.setSilenceMs(presence.silence_ms);
  root.setStallMs(presence.stall_ms);
  root.setCulprit(presence.culprit.value);
  root.setAccuser(presence.accuser.value);
  root.setReason(printable(presence.reason, kMaxControlTextBytes).c_str());
  std::size_t left = kMaxMissing;
  const auto count = static_cast<unsigned>(std::min(presence.rows.size(), kMaxMissing));
  auto rows = root.initRows(count);
  for (unsigned r = 0; r < count; ++r) {
    const Row& row = presence.rows[r];
    rows[r].setOf(row.of.value);
    const auto size = static_cast<unsigned>(std::min(row.missing.size(), left));
    auto missing = rows[r].initMissing(size);
    for (unsigned i = 0; i < size; ++i) {
      missing[i].setEndpoint(row.missing[i].who.value);
      missing[i].setTried(row.missing[i].tried);
      missing[i].setRefuses(row.missing[i].refuses);
      missing[i].setWhy(printable(row.missing[i].why, kMaxMissingBytes).c_str());
    }
    left -= size;
  }
  return to_bytes(builder);
}

Result<Presence> decode_presence(Bytes message) {
  return with_message<Presence>("presence", message, kMaxHelloBytes, [](auto& reader) -> Result<Presence> {
    const auto malformed = [](const char* what) {
      return Fault{Fault::Kind::malformed, std::string("a presence is malformed: ") + what};
    };
    const auto root = reader.template getRoot<wire::Presence>();
    Presence presence;
    const auto state = static_cast<std::uint16_t>(root.getState());
    if (state > static_cast<std::uint16_t>(Presence::State::leaving)) return malformed("unknown state");
    presence.state = static_cast<Presence::State>(state);
    presence.silence_ms = root.getSilenceMs();
    presence.stall_ms = root.getStallMs();
    presence.culprit = EndpointId{root.getCulprit()};
    presence.accuser = EndpointId{root.getAccuser()};
    const auto reason = root.getReason();
    presence.reason = printable({reason.begin(), reason.size()}, kMaxControlTextBytes);
    std::size_t words = 0;
    if (root.getRows().size() > kMaxMissing) return malformed("too many rows");
    for (const auto row : root.getRows()) {
      presence.rows.push_back({EndpointId{row.getOf()}, {}});
      words += row.getMissing().size();
      if (words > kMaxMissing) return malformed("too many words");
      for (const auto one : row.getMissing()) {
        const auto why = one.getWhy();
        presence.rows.back().missing.push_back({EndpointId{one.getEndpoint()}, one.getTried(),
                                                printable({why.begin(), why.size()}, kMaxMissingBytes),
                                                one.getRefuses()});
      }
    }
    return presence;
  });
}

}  // namespace tacet::transport::detail
