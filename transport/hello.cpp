#include "transport/hello.hpp"

#include <openssl/evp.h>
#include <openssl/rand.h>

#include <algorithm>

#include "transport/detail/capnp.hpp"
// After the header above.
#include "messages.capnp.h"
#include "transport/detail/hex.hpp"
#include "transport/detail/message.hpp"
#include "transport/limits.hpp"
#include "transport/printable.hpp"

namespace tacet::transport {

namespace {

template <std::size_t N>
capnp::Data::Reader as_data(const std::array<std::byte, N>& bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), N};
}

template <std::size_t N>
bool copy_data(capnp::Data::Reader from, std::array<std::byte, N>& to) {
  if (from.size() != N) return false;
  std::memcpy(to.data(), from.begin(), N);
  return true;
}

void write(const Hello& hello, wire::Hello::Builder out) {
  TACET_ASSERT(hello.scheme.size() <= kMaxSchemeBytes);
  out.setVersion(hello.version);
  out.setFrom(hello.from.value);
  out.setTo(hello.to.value);
  out.setDirection(static_cast<wire::Direction>(hello.direction));
  out.setN(hello.n);
  out.setT(hello.t);
  out.setScheme(hello.scheme.c_str());
  out.setPlanDigest(as_data(hello.plan_digest));
  out.setNonce(as_data(hello.nonce));
  out.setSilenceMs(hello.silence_ms);
  out.setAttempt(hello.attempt);
  out.setStallMs(hello.stall_ms);
  const auto count = static_cast<unsigned>(std::min(hello.facts.size(), kMaxFacts));
  auto facts = out.initFacts(count);
  for (unsigned i = 0; i < count; ++i) {
    facts[i].setName(printable(hello.facts[i].name, kMaxFactNameBytes).c_str());
    facts[i].setValue(printable(hello.facts[i].value, kMaxFactValueBytes).c_str());
  }
}

Result<Hello> read(wire::Hello::Reader in) {
  const auto malformed = [](const char* what) {
    return Fault{Fault::Kind::malformed, std::string("a hello is malformed: ") + what};
  };
  Hello hello;
  hello.version = in.getVersion();
  hello.from = EndpointId{in.getFrom()};
  hello.to = EndpointId{in.getTo()};
  hello.n = in.getN();
  hello.t = in.getT();
  const auto direction = static_cast<std::uint16_t>(in.getDirection());
  if (direction > static_cast<std::uint16_t>(Direction::dialler_receives))
    return malformed("unknown direction");
  hello.direction = static_cast<Direction>(direction);
  const auto scheme = in.getScheme();
  if (scheme.size() > kMaxSchemeBytes) return malformed("the scheme's name is too long");
  hello.scheme = printable({scheme.begin(), scheme.size()}, kMaxSchemeBytes);
  if (!copy_data(in.getPlanDigest(), hello.plan_digest)) return malformed("the digest is not 32 bytes");
  if (!copy_data(in.getNonce(), hello.nonce)) return malformed("the nonce is not 16 bytes");
  hello.silence_ms = in.getSilenceMs();
  hello.attempt = in.getAttempt();
  hello.stall_ms = in.getStallMs();
  if (in.getFacts().size() > kMaxFacts) return malformed("it tells too much");
  for (const auto fact : in.getFacts()) {
    const auto name = fact.getName(), value = fact.getValue();
    hello.facts.push_back({printable({name.begin(), name.size()}, kMaxFactNameBytes),
                           printable({value.begin(), value.size()}, kMaxFactValueBytes)});
  }
  return hello;
}

std::string short_hex(const Digest& digest) {
  return detail::to_hex(digest).substr(0, 12) + "...";
}

const std::string* value_of(const std::vector<Fact>& facts, const std::string& name) {
  const auto at = std::find_if(facts.begin(), facts.end(), [&](const Fact& f) { return f.name == name; });
  return at == facts.end() ? nullptr : &at->value;
}

/// "depth is 21, but 20 at party 0; size is 5, unknown at party 0", the first few.
std::string differing(const std::vector<Fact>& mine, const std::vector<Fact>& theirs,
                      const std::string& here) {
  constexpr std::size_t kShown = 5;
  std::vector<std::string> parts;
  for (const Fact& fact : theirs)
    if (const std::string* ours = value_of(mine, fact.name); ours == nullptr || *ours != fact.value)
      parts.push_back(fact.name + " is " + fact.value + ", " +
                      (ours == nullptr ? "unknown" : "but " + *ours) + " at " + here);
  for (const Fact& fact : mine)
    if (value_of(theirs, fact.name) == nullptr)
      parts.push_back(fact.name + " is unknown, but " + fact.value + " at " + here);
  std::string text;
  for (std::size_t i = 0; i < std::min(parts.size(), kShown); ++i) text += (i == 0 ? "" : "; ") + parts[i];
  if (parts.size() > kShown) text += "; and " + std::to_string(parts.size() - kShown) + " more";
  return text;
}

}  // namespace

std::vector<std::byte> encode_hello(const Hello& hello) {
  capnp::MallocMessageBuilder builder;
  write(hello, builder.initRoot<wire::Hello>());
  return detail::to_bytes(builder);
}

std::vector<std::byte> encode_reply(const HelloReply& reply) {
  capnp::MallocMessageBuilder builder;
  auto root = builder.initRoot<wire::HelloReply>();
  root.setVerdict(static_cast<wire::HelloReply::Verdict>(reply.verdict));
  root.setReason(printable(reply.reason, kMaxControlTextBytes).c_str());
  root.setCulprit(reply.culprit.value);
  write(reply.hello, root.initHello());
  return detail::to_bytes(builder);
}

Result<Hello> decode_hello(Bytes message) {
  return detail::with_message<Hello>("hello", message, kMaxHelloBytes, [](auto& reader) {
    return read(reader.template getRoot<wire::Hello>());
  });
}

Result<HelloReply> decode_reply(Bytes message) {
  return detail::with_message<HelloReply>(
      "hello reply", message, kMaxHelloBytes, [](auto& reader) -> Result<HelloReply> {
        const auto root = reader.template getRoot<wire::HelloReply>();
        HelloReply reply;
        const auto verdict = static_cast<std::uint16_t>(root.getVerdict());
        if (verdict > static_cast<std::uint16_t>(HelloReply::Verdict::over))
          return Fault{Fault::Kind::malformed, "a hello reply has an unknown verdict"};
        reply.verdict = static_cast<HelloReply::Verdict>(verdict);
        const auto reason = root.getReason();
        reply.reason = printable({reason.begin(), reason.size()}, kMaxControlTextBytes);
        Result<Hello> hello = read(root.getHello());
        if (!hello) return hello.fault();
        reply.hello = std::move(*hello);
        reply.culprit = EndpointId{root.getCulprit()};
        return reply;
      });
}

std::string describe(EndpointId id, const std::string& name, std::uint32_t n) {
  const std::string kind = id.value < n ? "party " : "client ";
  return kind + std::to_string(id.value) + (name.empty() ? "" : " (" + name + ")");
}

std::optional<std::string> disagreement(const Hello& mine, const Hello& theirs) {
  const std::string here = describe(mine.from, "", mine.n);
  const auto differs = [&](const std::string& what, const auto& their_value, const auto& my_value) {
    return what + their_value + ", but " + my_value + " at " + here;
  };
  if (mine.version != theirs.version)
    return differs("speaks another version of the protocol: its version is ", std::to_string(theirs.version),
                   std::to_string(mine.version));
  // Scheme, n and t are part of the plan: whoever differs in one of them has another plan for that reason.
  if (mine.scheme != theirs.scheme)
    return differs("uses another scheme: its scheme is ", theirs.scheme, mine.scheme);
  if (mine.n != theirs.n)
    return differs("expects another number of parties: its n is ", std::to_string(theirs.n),
                   std::to_string(mine.n));
  if (mine.t != theirs.t)
    return differs("expects another threshold: its t is ", std::to_string(theirs.t), std::to_string(mine.t));
  if (mine.plan_digest != theirs.plan_digest) {
    const std::string what = differing(mine.facts, theirs.facts, here);
    return "runs another program, or one with other settings: " + what + (what.empty() ? "" : "; ") +
           differs("its plan is ", short_hex(theirs.plan_digest), short_hex(mine.plan_digest));
  }
  return std::nullopt;
}

Nonce fresh_nonce() {
  Nonce nonce;
  TACET_ASSERT(RAND_bytes(reinterpret_cast<unsigned char*>(nonce.data()), nonce.size()) == 1);
  return nonce;
}

SessionId session_id(std::span<const Nonce> party_nonces, const Digest& plan_digest) {
  // The label keeps this hash apart from every other use of SHA-256; the lengths are fixed by the count
  // before them.
  constexpr std::string_view kLabel = "tacet session 1";
  std::vector<std::byte> input;
  const auto append = [&](const void* data, std::size_t size) {
    const auto* bytes = static_cast<const std::byte*>(data);
    input.insert(input.end(), bytes, bytes + size);
  };
  append(kLabel.data(), kLabel.size());
  append(plan_digest.data(), plan_digest.size());
  for (int shift = 0; shift < 32; shift += 8)
    input.push_back(static_cast<std::byte>(party_nonces.size() >> shift));
  for (const Nonce& nonce : party_nonces) append(nonce.data(), nonce.size());
  SessionId id;
  unsigned int length = 0;
  TACET_ASSERT(EVP_Digest(input.data(), input.size(), reinterpret_cast<unsigned char*>(id.data()), &length,
                          EVP_sha256(), nullptr) == 1);
  return id;
}

std::uint64_t short_session(const SessionId& session) {
  std::uint64_t value = 0;
  for (int i = 7; i >= 0; --i) value = value << 8 | std::to_integer<std::uint64_t>(session[i]);
  return value;
}

}  // namespace tacet::transport
