#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <set>

#include "transport/detail/presence.hpp"
#include "transport/frame.hpp"
#include "transport/hello.hpp"
#include "transport/printable.hpp"

namespace tacet::transport {
namespace {

constexpr unsigned kSeed = 20240607;

std::array<std::byte, kFrameHeaderBytes> encoded(const FrameHeader& header) {
  std::array<std::byte, kFrameHeaderBytes> bytes;
  encode_header(header, bytes);
  return bytes;
}

Hello sample_hello() {
  Hello hello;
  hello.from = EndpointId{2};
  hello.to = EndpointId{1};
  hello.direction = Direction::dialler_receives;
  hello.plan_digest.fill(std::byte{0x3f});
  hello.scheme = "rss";
  hello.n = 3;
  hello.t = 1;
  hello.nonce = fresh_nonce();
  hello.facts = {{"program", "mult3"}, {"depth", "20"}};
  hello.silence_ms = 30'000;
  hello.attempt = 7;
  hello.stall_ms = 600'000;
  return hello;
}

/// What any decoder of hostile bytes is put through: every truncation, every flipped bit, and random bytes.
template <class Decode>
void torture(const std::vector<std::byte>& message, Decode decode) {
  for (std::size_t size = 0; size < message.size(); ++size) decode(Bytes(message).first(size));
  for (std::size_t bit = 0; bit < 8 * message.size(); ++bit) {
    std::vector<std::byte> flipped = message;
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    decode(flipped);
  }
  std::mt19937 random(kSeed);
  for (int i = 0; i < 20000; ++i) {
    std::vector<std::byte> noise(8 * (random() % 40));
    for (std::byte& b : noise) b = static_cast<std::byte>(random());
    // A plausible start leads deeper than pure noise.
    const std::size_t prefix =
        std::min<std::size_t>(8 * (random() % 4), std::min(noise.size(), message.size()));
    std::copy_n(message.begin(), prefix, noise.begin());
    decode(noise);
  }
}

}  // namespace

BOOST_AUTO_TEST_SUITE(codec)

BOOST_AUTO_TEST_CASE(headers_of_every_kind_round_trip) {
  for (const FrameKind kind : {FrameKind::data, FrameKind::ack, FrameKind::heartbeat, FrameKind::abort,
                               FrameKind::end, FrameKind::setup, FrameKind::presence}) {
    const bool has_payload = kind == FrameKind::data || kind == FrameKind::abort ||
                             kind == FrameKind::setup || kind == FrameKind::presence;
    const FrameHeader header{kind, 0x0123456789abcdefULL, ~std::uint64_t{0}, has_payload ? 77u : 0u,
                             0xfedcba98u};
    auto decoded = decode_header(encoded(header));
    BOOST_REQUIRE(decoded);
    BOOST_TEST((*decoded == header));
  }
}

BOOST_AUTO_TEST_CASE(a_flipped_bit_is_another_header_or_malformed) {
  const FrameHeader header{FrameKind::data, 7, 8, 9, 10};
  const auto bytes = encoded(header);
  for (std::size_t bit = 0; bit < 8 * bytes.size(); ++bit) {
    auto flipped = bytes;
    flipped[bit / 8] ^= std::byte{1} << static_cast<int>(bit % 8);
    auto decoded = decode_header(flipped);
    if (!decoded) {
      BOOST_TEST((decoded.fault().kind == Fault::Kind::malformed));
      continue;
    }
    BOOST_TEST(decoded->payload_bytes <= kMaxFramePayloadBytes);
  }
}

BOOST_AUTO_TEST_CASE(headers_beyond_the_limits_are_malformed) {
  // Bytes 12..15 hold the payload length, bytes 8..9 the kind (after the root pointer).
  const auto with = [](FrameKind kind, std::uint32_t payload_bytes) {
    auto bytes = encoded({FrameKind::heartbeat, 1, 2, 0, 3});
    const auto raw = static_cast<std::uint16_t>(kind);
    std::memcpy(bytes.data() + 8, &raw, sizeof raw);
    std::memcpy(bytes.data() + 12, &payload_bytes, sizeof payload_bytes);
    return static_cast<bool>(decode_header(bytes));
  };
  BOOST_TEST(with(FrameKind::data, kMaxFramePayloadBytes));
  BOOST_TEST(!with(FrameKind::data, kMaxFramePayloadBytes + 1));
  BOOST_TEST(!with(FrameKind::data, 0));
  BOOST_TEST(with(FrameKind::setup, kMaxFramePayloadBytes));
  BOOST_TEST(!with(FrameKind::setup, ~0u));
  BOOST_TEST(with(FrameKind::abort, kMaxAbortBytes));
  BOOST_TEST(!with(FrameKind::abort, kMaxAbortBytes + 1));
  BOOST_TEST(!with(FrameKind::ack, 1));
  BOOST_TEST(!with(FrameKind::end, 1));
  BOOST_TEST(!with(static_cast<FrameKind>(7), 0));
}

BOOST_AUTO_TEST_CASE(random_headers_never_pass_the_limits) {
  std::mt19937 random(kSeed);
  const auto valid = encoded({FrameKind::data, 1, 2, 3, 4});
  std::array<std::byte, kFrameHeaderBytes> bytes;
  for (int i = 0; i < 100000; ++i) {
    for (std::byte& b : bytes) b = static_cast<std::byte>(random());
    // Half of them keep the right root pointer and so reach the checks behind it.
    if (i % 2 == 0) std::memcpy(bytes.data(), valid.data(), 8);
    if (auto decoded = decode_header(bytes)) BOOST_REQUIRE(decoded->payload_bytes <= kMaxFramePayloadBytes);
  }
}

BOOST_AUTO_TEST_CASE(abort_notices_round_trip_and_are_made_printable) {
  const AbortNotice said{{{EndpointId{0}, EndpointId{3}, Cause::silent, "left \x1b[2J\n"},
                          {EndpointId{1}, EndpointId{1}, Cause::own, "was interrupted"}},
                         true,
                         EndpointId{2},
                         {EndpointId{0}, EndpointId{4}}};
  auto notice = decode_abort(encode_abort(said));
  BOOST_REQUIRE(notice);
  BOOST_TEST(notice->last);
  BOOST_TEST((notice->follows == said.follows));
  BOOST_TEST((notice->heard == said.heard));
  BOOST_REQUIRE(notice->statements.size() == 2u);
  BOOST_TEST(notice->statements[0].reason == "left \\x1b[2J\\x0a");
  BOOST_TEST((notice->statements[0].cause == Cause::silent));
  BOOST_TEST((notice->statements[1] == said.statements[1]));
  BOOST_TEST((*decode_abort(encode_abort({})) == AbortNotice{}));
  const AbortNotice longest{
      std::vector<Statement>(100, {EndpointId{0}, EndpointId{3}, Cause::closed, std::string(100000, 'x')}),
      false,
      {},
      {}};
  BOOST_TEST(encode_abort(longest).size() <= kMaxAbortBytes);
  notice = decode_abort(encode_abort(longest));
  BOOST_REQUIRE(notice);
  BOOST_TEST(notice->statements.size() == kMaxStatements);
  BOOST_TEST(notice->statements.back().reason.size() == kMaxControlTextBytes);
}

BOOST_AUTO_TEST_CASE(presences_round_trip_within_their_limits) {
  detail::Presence said;
  said.state = detail::Presence::State::leaving;
  said.rows = {
      {EndpointId{2}, {{EndpointId{1}, true, "did not answer"}, {EndpointId{4}, false, "did not call"}}},
      {EndpointId{0}, {}}};
  said.silence_ms = 5000, said.stall_ms = 60'000, said.culprit = EndpointId{1}, said.reason = "left";
  auto heard = detail::decode_presence(detail::encode_presence(said));
  BOOST_REQUIRE(heard);
  BOOST_TEST((heard->state == said.state));
  BOOST_TEST((heard->rows == said.rows));
  BOOST_TEST(heard->silence_ms == 5000u);
  BOOST_TEST(heard->stall_ms == 60'000u);
  BOOST_TEST(heard->culprit.value == 1u);
  BOOST_TEST(heard->reason == "left");
  // The most that anyone can say still fits and is understood.
  const detail::Missing wordy{EndpointId{1}, true, std::string(10'000, 'x')};
  said.rows.assign(100, {EndpointId{0}, std::vector<detail::Missing>(100, wordy)});
  said.reason = std::string(10'000, 'y');
  const auto longest = detail::encode_presence(said);
  BOOST_TEST(longest.size() <= kMaxHelloBytes);
  heard = detail::decode_presence(longest);
  BOOST_REQUIRE(heard);
  BOOST_TEST(heard->rows[0].missing.size() == kMaxMissing);
  BOOST_TEST(heard->rows[0].missing[0].why.size() == kMaxMissingBytes);
}

BOOST_AUTO_TEST_CASE(a_presence_is_a_notice_only_of_one_who_leaves) {
  detail::Presence said;
  auto notice = notice_in_presence(EndpointId{2}, detail::encode_presence(said));
  BOOST_REQUIRE(notice);
  BOOST_TEST(!notice->has_value());
  said.state = detail::Presence::State::leaving, said.culprit = EndpointId{1}, said.reason = "did not answer";
  notice = notice_in_presence(EndpointId{2}, detail::encode_presence(said));
  BOOST_REQUIRE((notice && notice->has_value()));
  const Statement expected{EndpointId{2}, EndpointId{1}, Cause::closed, "did not answer"};
  BOOST_TEST(((**notice).statements == std::vector{expected}));
  BOOST_TEST((**notice).last);
}

BOOST_AUTO_TEST_CASE(printable_keeps_text_and_nothing_else) {
  BOOST_TEST(printable("z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80", 100) ==
             "z\xc3\xbcrich \xe2\x82\xac \xf0\x9f\x98\x80");
  BOOST_TEST(printable("\x9b"
                       "2J",
                       100) == "\\x9b2J");
  BOOST_TEST(printable("\xc2\x9b", 100) == "\\u{9b}");
  BOOST_TEST(printable("a\xe2\x82", 100) == "a\\xe2\\x82");
  // What is left out is seen to be: an ellipsis has three bytes. Characters and escapes are whole or not
  // there.
  BOOST_TEST(printable("ab\xc3\xbc", 4) == "ab\xc3\xbc");
  BOOST_TEST(printable("ab\xc3\xbc", 3) == "…");
  BOOST_TEST(printable("ab\xc3\xbc"
                       "cdef",
                       7) == "ab\xc3\xbc…");
  BOOST_TEST(printable("ab\xc3\xbc"
                       "cdef",
                       6) == "ab…");
  BOOST_TEST(printable("ab\x1b"
                       "cdef",
                       8) == "ab…");
  BOOST_TEST(printable(printable("abcdefgh", 6), 6) == "abc…");
  BOOST_TEST(printable("\x1b[2J\r\n\t\x7f", 100) == "\\x1b[2J\\x0d\\x0a\\x09\\x7f");
  // What turns around, hides or breaks what stands next to it: U+202E, U+2066, U+200B, U+2028, U+FEFF, a tag.
  BOOST_TEST(printable("x\xe2\x80\xaey", 100) == "x\\u{202e}y");
  BOOST_TEST(printable("\xe2\x81\xa6\xe2\x80\x8b\xe2\x80\xa8\xef\xbb\xbf\xf3\xa0\x81\x81", 100) ==
             "\\u{2066}\\u{200b}\\u{2028}\\u{feff}\\u{e0041}");
  // Overlong forms, surrogates and what lies behind the last character are no characters.
  BOOST_TEST(printable("\xc0\x80\xe0\x80\x80\xed\xa0\x80\xf4\x90\x80\x80", 100) ==
             "\\xc0\\x80\\xe0\\x80\\x80\\xed\\xa0\\x80\\xf4\\x90\\x80\\x80");
  const std::string once = printable("\x1b\xe2\x80\xae", 100);
  BOOST_TEST(printable(once, 100) == once);
}

BOOST_AUTO_TEST_CASE(hellos_and_replies_round_trip) {
  const Hello hello = sample_hello();
  auto decoded = decode_hello(encode_hello(hello));
  BOOST_REQUIRE(decoded);
  BOOST_TEST((*decoded == hello));
  auto reply = decode_reply(encode_reply({HelloReply::Verdict::busy, "later", hello}));
  BOOST_REQUIRE(reply);
  BOOST_TEST((reply->verdict == HelloReply::Verdict::busy));
  BOOST_TEST(reply->reason == "later");
  BOOST_TEST((reply->hello == hello));
}

BOOST_AUTO_TEST_CASE(hostile_messages_are_faults_and_nothing_worse) {
  torture(encode_hello(sample_hello()), [](Bytes bytes) {
    if (auto hello = decode_hello(bytes)) BOOST_REQUIRE(hello->scheme.size() <= kMaxSchemeBytes);
  });
  torture(encode_reply({HelloReply::Verdict::refused, "no", sample_hello()}), [](Bytes bytes) {
    if (auto reply = decode_reply(bytes)) BOOST_REQUIRE(reply->reason.size() <= kMaxControlTextBytes);
  });
  const Statement gone{EndpointId{1}, EndpointId{2}, Cause::closed, "gone"};
  torture(encode_abort({{gone, gone}, true, {}, {}}), [](Bytes bytes) {
    if (auto notice = decode_abort(bytes))
      for (const Statement& s : notice->statements) BOOST_REQUIRE(s.reason.size() <= kMaxControlTextBytes);
  });
  detail::Presence presence;
  presence.rows = {{EndpointId{0}, {{EndpointId{1}, true, "did not answer"}}}};
  torture(detail::encode_presence(presence), [](Bytes bytes) {
    if (auto heard = detail::decode_presence(bytes)) BOOST_REQUIRE(heard->rows.size() <= kMaxMissing);
  });
  BOOST_TEST(!decode_hello(std::vector<std::byte>(kMaxHelloBytes + 8)));
  BOOST_TEST(!decode_hello({}));
}

BOOST_AUTO_TEST_CASE(disagreements_name_both_sides) {
  const Hello mine = sample_hello();
  BOOST_TEST(!disagreement(mine, mine));
  const auto said = [&](auto change) {
    Hello theirs = mine;
    change(theirs);
    return disagreement(mine, theirs).value_or("");
  };
  BOOST_TEST(said([](Hello& h) { h.plan_digest.fill(std::byte{0x91}); }) ==
             "runs another program, or one with other settings: its plan is 919191919191..., "
             "but 3f3f3f3f3f3f... at party 2");
  BOOST_TEST(said([](Hello& h) {
               h.plan_digest.fill(std::byte{0x91});
               h.facts = {{"program", "mult3"}, {"depth", "21"}, {"size", "5"}};
             }) ==
             "runs another program, or one with other settings: depth is 21, but 20 at party 2; size is 5, "
             "unknown at party 2; its plan is 919191919191..., but 3f3f3f3f3f3f... at party 2");
  BOOST_TEST(said([](Hello& h) { h.facts[1].value = "21"; }) ==
             "");  // the plan decides, not what is said of it
  BOOST_TEST(said([](Hello& h) { h.version = 9; }) ==
             "speaks another version of the protocol: its version is 9, but 3 at party 2");
  BOOST_TEST(said([](Hello& h) { h.scheme = "shamir"; }) ==
             "uses another scheme: its scheme is shamir, but rss at party 2");
  BOOST_TEST(said([](Hello& h) { h.n = 5; }) ==
             "expects another number of parties: its n is 5, but 3 at party 2");
  BOOST_TEST(said([](Hello& h) { h.t = 2; }) == "expects another threshold: its t is 2, but 1 at party 2");
}

BOOST_AUTO_TEST_CASE(a_session_depends_on_every_nonce_their_order_and_the_plan) {
  std::vector<Nonce> nonces{fresh_nonce(), fresh_nonce(), fresh_nonce()};
  Digest digest{};
  std::set<SessionId> seen{session_id(nonces, digest)};
  BOOST_TEST((session_id(nonces, digest) == *seen.begin()));
  std::swap(nonces[0], nonces[1]);
  seen.insert(session_id(nonces, digest));
  nonces[2] = fresh_nonce();
  seen.insert(session_id(nonces, digest));
  digest[0] = std::byte{1};
  seen.insert(session_id(nonces, digest));
  BOOST_TEST(seen.size() == 4u);
  SessionId id{};
  id[0] = std::byte{0x01};
  id[7] = std::byte{0x80};
  BOOST_TEST(short_session(id) == 0x8000000000000001ULL);
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tacet::transport
