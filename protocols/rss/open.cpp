// Opening: to parties, each from the t after it; to clients, from three rows of t+1 parties whose sums must
// agree.

#include <algorithm>
#include <cstring>
#include <string>

#include "protocols/rss/endpoint.hpp"

namespace tacet::protocols::rss {
namespace {

/// The parties first, first+1, .., first+t, who between them hold every share: each adds up those that nobody
/// before it in the row holds, and sends the sum to one receiver. `lane` tells the row's zero sharing from
/// others in the step.
struct Row {
  std::uint32_t first;  ///< the party at position 0
  std::uint32_t from;   ///< the first position that sends: 1 if position 0 is the receiver itself
  std::uint32_t lane;
};

Row party_row(std::uint32_t receiver) {
  return {receiver, 1, receiver};
}

Row client_row(const Setting& setting, std::uint32_t client, std::uint32_t rotation) {
  const std::uint64_t lane = setting.n + std::uint64_t{3} * client + rotation;
  TACET_ASSERT(lane < 65536);
  return {client_rotations(setting)[rotation], 0, static_cast<std::uint32_t>(lane)};
}

/// Where this party stands in the row, if it does.
std::uint32_t position(const Endpoint& at, const Row& row) {
  return (at.party() + at.setting.n - row.first) % at.setting.n;
}

/// This party's part, masked so that the receiver learns the sum of the parts and nothing else.
/// Source: [BBY23] opening; the masks are a zero sharing from pairwise keys as in [CDI05].
void send_part(const Endpoint& at, const StepArgs& args, RssScratch& scratch, const Row& row,
               std::span<std::byte> payload) {
  const Operand& operand = args.operands[0];
  const WordOps& ops = word_ops(operand.element);
  const auto slots = at.layout.open_slots(position(at, row));
  std::vector<Addend> addends(slots.size());
  for_each_strip(operand.element, operand.shape.elements(), args.range, [&](const Strip& strip) {
    std::byte *sum = scratch.strip(0), *mask = scratch.strip(1);
    for (std::size_t i = 0; i < slots.size(); ++i)
      addends[i] = {operand.components[slots[i]] + strip.word * ops.bytes, 1, false};
    ops.combine(sum, addends, strip.words);
    StripMasks masks(*scratch.masks, args, operand.element, strip);
    for (std::uint32_t j = row.from; j <= at.setting.t(); ++j) {
      const std::uint32_t other = (row.first + j) % at.setting.n;
      if (other == at.party()) continue;
      masks.zero_sharing(other, row.lane, mask);
      (at.party() < other ? ops.add : ops.subtract)(sum, mask, strip.words);
    }
    ops.pack(payload.data() + strip.wire, sum, operand.element.width, strip.elements);
  });
}

void send_public(const StepArgs& args, std::span<std::byte> payload) {
  const Operand& operand = args.operands[0];
  const WordOps& ops = word_ops(operand.element);
  for_each_strip(operand.element, operand.shape.elements(), args.range, [&](const Strip& strip) {
    ops.pack(payload.data() + strip.wire, operand.components[0] + strip.word * ops.bytes,
             operand.element.width, strip.elements);
  });
}

bool is_receiver(const Endpoint& at, const StepArgs& args) {
  if (args.owners.empty()) return at.is_party();
  return std::any_of(args.owners.begin(), args.owners.end(),
                     [&](Role role) { return endpoint_of(role, at.setting) == at.self; });
}

void start_result(const Endpoint& at, const StepArgs& args) {
  const Operand& operand = args.operands[0];
  const WordOps& ops = word_ops(operand.element);
  std::vector<Addend> addends(operand.components.size());
  TACET_ASSERT(args.result != nullptr && addends.size() == (operand.secret ? at.layout.slots() : 1));
  for_each_strip(operand.element, operand.shape.elements(), args.range, [&](const Strip& strip) {
    for (std::size_t i = 0; i < addends.size(); ++i)
      addends[i] = {operand.components[i] + strip.word * ops.bytes, 1, false};
    std::byte* out = args.result->components[0] + strip.word * ops.bytes;
    ops.combine(out, addends, strip.words);
    if (!operand.secret) ops.reduce(out, operand.element.width, strip.elements);
  });
}

/// A way in which a client has heard a value, and who could have changed it.
struct Report {
  std::vector<std::uint32_t> parties;
  std::vector<std::span<const std::byte>> parts;  // which add up to the value
};

/// What the client's payloads, one of each sender in turn, say about the value.
std::vector<Report> reports(const Endpoint& at, const StepArgs& args, bool secret) {
  const std::uint64_t bytes = range_bytes(args);
  std::vector<Report> out;
  if (!secret) {
    for (std::uint32_t p = 0; p <= at.setting.t(); ++p) out.push_back({{p}, {args.in[p]}});
    return out;
  }
  out.resize(3);
  const auto firsts = client_rotations(at.setting);
  for (std::uint32_t p = 0; p < at.setting.n; ++p) {
    std::size_t copy = 0;
    for (std::size_t r = 0; r < firsts.size(); ++r) {
      if ((p + at.setting.n - firsts[r]) % at.setting.n > at.setting.t()) continue;
      out[r].parties.push_back(p);
      out[r].parts.push_back(args.in[p].subspan(bytes * copy++, bytes));
    }
  }
  return out;
}

/// The parties of whom one alone could have caused the differences: the reports without it agree.
std::string suspects(const std::vector<Report>& all, const std::vector<std::vector<bool>>& differ,
                     std::uint32_t n) {
  std::string names;
  for (std::uint32_t p = 0; p < n; ++p) {
    const auto has = [&](const Report& r) {
      return std::find(r.parties.begin(), r.parties.end(), p) != r.parties.end();
    };
    bool explains = std::any_of(all.begin(), all.end(), has);
    for (std::size_t i = 0; i < all.size(); ++i)
      for (std::size_t j = 0; j < i; ++j)
        explains = explains && (has(all[i]) || has(all[j]) || !differ[i][j]);
    if (explains) names += (names.empty() ? "" : " or ") + ("party " + std::to_string(p));
  }
  return names.empty() ? "more than one party" : names;
}

Status finish_at_client(const Endpoint& at, const StepArgs& args, RssScratch& scratch, bool secret) {
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  const auto all = reports(at, args, secret);
  std::vector<std::vector<bool>> differ(all.size(), std::vector<bool>(all.size(), false));
  bool agree = true;
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    const std::size_t bytes = strip.words * ops.bytes;
    for (std::size_t i = 0; i < all.size(); ++i) {
      std::byte* value = scratch.wide(i, kStripBytes);
      std::memset(value, 0, bytes);
      for (const auto part : all[i].parts)
        ops.unpack_add(value, part.data() + strip.wire, result.element.width, strip.elements);
      ops.reduce(value, result.element.width, strip.elements);
      for (std::size_t j = 0; j < i; ++j) {
        if (std::memcmp(value, scratch.wide(j, kStripBytes), bytes) == 0) continue;
        differ[i][j] = true;
        agree = false;
      }
    }
    std::memcpy(result.components[0] + strip.word * ops.bytes, scratch.wide(0, kStripBytes), bytes);
  });
  if (agree) return std::nullopt;
  return Fault{Fault::Kind::malformed,
               "the parties disagree about an output: if one of them is wrong, it is " +
                   suspects(all, differ, at.setting.n)};
}

}  // namespace

void send_part_to(const Endpoint& at, const StepArgs& args, RssScratch& scratch, std::uint32_t receiver,
                  std::span<std::byte> payload) {
  send_part(at, args, scratch, party_row(receiver), payload);
}

void start_open(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  if (!at.is_party()) return;
  const Operand& operand = args.operands[0];
  const std::uint64_t bytes = range_bytes(args);
  const auto flows = open_flows(args.owners, operand.secret, at.setting);
  const auto firsts = client_rotations(at.setting);
  std::size_t sent = 0;
  for (const FlowPattern& flow : flows) {
    if (flow.from != at.self) continue;
    ++sent;
    TACET_ASSERT(flow.payload < args.out.size());
    const std::span<std::byte> payload = args.out[flow.payload];
    TACET_ASSERT(payload.size() == bytes * flow.copies);
    if (!operand.secret) {
      send_public(args, payload);
    } else if (at.setting.is_party(flow.to)) {
      send_part(at, args, scratch, party_row(flow.to.value), payload);
    } else {
      std::size_t copy = 0;
      for (std::uint32_t r = 0; r < firsts.size(); ++r) {
        const Row row = client_row(at.setting, flow.to.value - at.setting.n, r);
        if (position(at, row) > at.setting.t()) continue;
        send_part(at, args, scratch, row, payload.subspan(bytes * copy++, bytes));
      }
    }
  }
  TACET_ASSERT(sent == args.out.size());
  if (is_receiver(at, args)) start_result(at, args);
}

Status finish_open(const Endpoint& at, const StepArgs& args, RssScratch& scratch) {
  if (!is_receiver(at, args)) return std::nullopt;
  // A client has no operands to look at, but it hears a public value from t+1 parties and a secret one from
  // all.
  const bool secret = at.is_party() ? args.operands[0].secret : args.in.size() != at.setting.t() + 1;
  const std::uint64_t bytes = range_bytes(args);
  std::vector<std::uint64_t> expected;
  for (const FlowPattern& flow : open_flows(args.owners, secret, at.setting))
    if (flow.to == at.self) expected.push_back(bytes * flow.copies);
  if (auto fault = check_payloads(args, expected)) return fault;
  if (!at.is_party()) return finish_at_client(at, args, scratch, secret);
  if (!secret) return std::nullopt;
  Operand& result = *args.result;
  const WordOps& ops = word_ops(result.element);
  for_each_strip(result.element, result.shape.elements(), args.range, [&](const Strip& strip) {
    std::byte* out = result.components[0] + strip.word * ops.bytes;
    for (const auto payload : args.in)
      ops.unpack_add(out, payload.data() + strip.wire, result.element.width, strip.elements);
    ops.reduce(out, result.element.width, strip.elements);
  });
  return std::nullopt;
}

}  // namespace tacet::protocols::rss
