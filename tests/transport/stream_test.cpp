#include <boost/test/unit_test.hpp>
#include <cstring>
#include <random>
#include <thread>
#include <vector>

#include "transport/memory.hpp"
#include "transport/shaped.hpp"
#include "transport/tls.hpp"

namespace tacet::transport {
namespace {

using namespace std::chrono_literals;

enum class Kind { memory, tcp, tls, shaped_memory, shaped_tls };
constexpr Kind kAll[] = {Kind::memory, Kind::tcp, Kind::tls, Kind::shaped_memory, Kind::shaped_tls};
// Plain TCP exists for measurements only and cannot tell a clean end.
constexpr Kind kReal[] = {Kind::memory, Kind::tls, Kind::shaped_memory, Kind::shaped_tls};

std::ostream& operator<<(std::ostream& out, Kind kind) {
  constexpr const char* kNames[] = {"memory", "tcp", "tls", "shaped memory", "shaped tls"};
  return out << kNames[static_cast<int>(kind)];
}

StreamPair plain(Kind kind) {
  if (kind == Kind::memory || kind == Kind::shaped_memory) return memory_pair();
  if (kind == Kind::tcp) return tcp_pair();
  return tls_pair(make_identity("sender", 1), make_identity("receiver", 1));
}

StreamPair make(Kind kind) {
  StreamPair pair = plain(kind);
  if (kind == Kind::shaped_memory || kind == Kind::shaped_tls)
    pair.sink = shape(std::move(pair.sink), {.delay = 1ms, .bytes_per_second = 1'000'000'000});
  return pair;
}

Deadline in(std::chrono::milliseconds time) {
  return Clock::now() + time;
}

std::vector<std::byte> text(std::string_view s) {
  const auto* bytes = reinterpret_cast<const std::byte*>(s.data());
  return {bytes, bytes + s.size()};
}

/// The bytes both ends know without sharing memory: a block of a prime length, over and over.
class Pattern {
 public:
  Pattern() : block_(1'000'003) {
    std::mt19937_64 random(42);
    for (std::byte& b : block_) b = static_cast<std::byte>(random());
  }

  void fill(std::span<std::byte> out) {
    while (!out.empty()) {
      const std::size_t step = std::min(out.size(), block_.size() - position_);
      std::memcpy(out.data(), block_.data() + position_, step);
      position_ = (position_ + step) % block_.size();
      out = out.subspan(step);
    }
  }

 private:
  std::vector<std::byte> block_;
  std::size_t position_ = 0;
};

/// Sends in pieces of odd sizes, sometimes as header and payload.
Status send_pattern(ByteSink& sink, std::size_t total) {
  std::mt19937 random(7);
  Pattern pattern;
  std::vector<std::byte> buffer(400000);
  while (total > 0) {
    const std::size_t size =
        std::min<std::size_t>(total, random() % 3 == 0 ? 1 + random() % 40 : 1 + random() % buffer.size());
    pattern.fill(std::span(buffer).first(size));
    const Bytes piece = Bytes(buffer).first(size);
    const std::size_t head = std::min<std::size_t>(size, random() % 60);
    if (Status fault = write_all(sink, piece.first(head), piece.subspan(head), in(10s))) return fault;
    total -= size;
  }
  return sink.finish(in(10s));
}

Fault::Kind kind_of(const Status& status) {
  BOOST_REQUIRE(status);
  return status->kind;
}

template <class T>
Fault::Kind kind_of(const Result<T>& result) {
  BOOST_REQUIRE(!result);
  return result.fault().kind;
}

void for_each_of(std::span<const Kind> kinds, void (*check)(Kind)) {
  for (const Kind kind : kinds) BOOST_TEST_CONTEXT(kind) check(kind);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(stream)

void a_hundred_megabytes_arrive_intact_over(Kind kind) {
  constexpr std::size_t kTotal = 100'000'000;
  StreamPair pair = make(kind);
  Status sent;
  std::thread writer([&] { sent = send_pattern(*pair.sink, kTotal); });
  std::vector<std::byte> got(300001);
  std::vector<std::byte> expected(got.size());
  Pattern pattern;
  std::size_t total = 0;
  bool equal = true;
  for (;;) {
    auto count = pair.source->read_some(got, in(10s));
    if (!count) {
      BOOST_ERROR(count.fault().detail);
      pair.source->cut();
      break;
    }
    if (*count == 0) break;
    pattern.fill(std::span(expected).first(*count));
    equal = equal && std::memcmp(got.data(), expected.data(), *count) == 0;
    total += *count;
  }
  writer.join();
  BOOST_TEST(!sent);
  BOOST_TEST(equal);
  BOOST_TEST(total == kTotal);
  BOOST_TEST(pair.source->wire_bytes() >= kTotal);
  BOOST_TEST(pair.source->wire_bytes() == pair.sink->wire_bytes());
}

BOOST_AUTO_TEST_CASE(a_hundred_megabytes_arrive_intact) {
  for_each_of(kAll, a_hundred_megabytes_arrive_intact_over);
}

void a_clean_end_differs_from_an_abrupt_one_over(Kind kind) {
  std::byte byte{};
  {
    StreamPair pair = make(kind);
    BOOST_TEST(!write_all(*pair.sink, text("x"), in(10s)));
    BOOST_TEST(!pair.sink->finish(in(10s)));
    BOOST_TEST(!read_exact(*pair.source, std::span(&byte, 1), in(10s)));
    auto end = pair.source->read_some(std::span(&byte, 1), in(10s));
    BOOST_REQUIRE(end);
    BOOST_TEST(*end == 0u);
    BOOST_TEST((kind_of(read_exact(*pair.source, std::span(&byte, 1), in(10s))) == Fault::Kind::closed));
  }
  StreamPair pair = make(kind);
  BOOST_TEST(!write_all(*pair.sink, text("x"), in(10s)));
  BOOST_TEST(!read_exact(*pair.source, std::span(&byte, 1), in(10s)));
  pair.sink.reset();
  BOOST_TEST((kind_of(pair.source->read_some(std::span(&byte, 1), in(10s))) == Fault::Kind::closed));
}

BOOST_AUTO_TEST_CASE(a_clean_end_differs_from_an_abrupt_one) {
  for_each_of(kReal, a_clean_end_differs_from_an_abrupt_one_over);
}

void a_reader_that_left_is_noticed_over(Kind kind) {
  StreamPair pair = make(kind);
  pair.source.reset();
  const std::vector<std::byte> much(1 << 20);
  Status fault;
  for (int i = 0; i < 100 && !fault; ++i) fault = write_all(*pair.sink, much, in(5s));
  BOOST_TEST((kind_of(fault) == Fault::Kind::closed));
}

BOOST_AUTO_TEST_CASE(a_reader_that_left_is_noticed) {
  for_each_of(kAll, a_reader_that_left_is_noticed_over);
}

void cut_wakes_a_blocked_reader_over(Kind kind) {
  StreamPair pair = make(kind);
  std::thread other([&] {
    std::this_thread::sleep_for(20ms);
    pair.source->cut();
    pair.source->cut();
  });
  std::byte byte{};
  const auto begin = Clock::now();
  BOOST_TEST((kind_of(pair.source->read_some(std::span(&byte, 1), in(10s))) == Fault::Kind::cancelled));
  BOOST_TEST((Clock::now() - begin < 2s));
  other.join();
  BOOST_TEST((kind_of(pair.source->read_some(std::span(&byte, 1), in(10s))) == Fault::Kind::cancelled));
}

BOOST_AUTO_TEST_CASE(cut_wakes_a_blocked_reader) {
  for_each_of(kAll, cut_wakes_a_blocked_reader_over);
}

void cut_wakes_a_blocked_writer_and_ends_the_reader_over(Kind kind) {
  StreamPair pair = make(kind);
  std::thread other([&] {
    std::this_thread::sleep_for(50ms);
    pair.sink->cut();
  });
  const std::vector<std::byte> much(1 << 20);
  const auto begin = Clock::now();
  Status fault;
  // Nobody reads: after the buffers are full the writer waits.
  while (!fault) fault = write_all(*pair.sink, much, in(10s));
  BOOST_TEST((fault->kind == Fault::Kind::cancelled));
  BOOST_TEST((Clock::now() - begin < 3s));
  other.join();
  std::vector<std::byte> sink_hole(1 << 20);
  for (;;) {
    auto got = pair.source->read_some(sink_hole, in(5s));
    if (got && *got > 0) continue;
    BOOST_TEST((kind_of(got) == Fault::Kind::closed));
    break;
  }
}

BOOST_AUTO_TEST_CASE(cut_wakes_a_blocked_writer_and_ends_the_reader) {
  for_each_of(kReal, cut_wakes_a_blocked_writer_and_ends_the_reader_over);
}

void waits_end_at_their_deadline_over(Kind kind) {
  StreamPair pair = make(kind);
  std::byte byte{};
  BOOST_TEST((kind_of(pair.source->read_some(std::span(&byte, 1), in(30ms))) == Fault::Kind::timeout));
  BOOST_TEST((kind_of(pair.source->read_some(std::span(&byte, 1), Deadline{})) == Fault::Kind::timeout));
  const std::vector<std::byte> much(1 << 20);
  Status fault;
  while (!fault) fault = write_all(*pair.sink, much, in(300ms));
  BOOST_TEST((fault->kind == Fault::Kind::timeout));
}

BOOST_AUTO_TEST_CASE(waits_end_at_their_deadline) {
  for_each_of(kAll, waits_end_at_their_deadline_over);
}

void a_full_stream_would_block_and_goes_on_with_the_same_bytes_over(Kind kind) {
  StreamPair pair = make(kind);
  std::vector<std::byte> block(100'003);
  Pattern out;
  out.fill(block);
  std::size_t sent = 0;
  std::size_t position = 0;
  int blocked = 0;
  std::thread reader;
  std::size_t received = 0;
  bool equal = true;
  const auto read_all = [&] {
    std::vector<std::byte> got(65536);
    Pattern in_pattern;
    std::vector<std::byte> expected(block.size());
    in_pattern.fill(expected);
    for (;;) {
      auto count = pair.source->read_some(got, in(10s));
      if (!count || *count == 0) return;
      for (std::size_t i = 0; i < *count;) {
        const std::size_t at = (received + i) % expected.size();
        const std::size_t step = std::min(*count - i, expected.size() - at);
        equal = equal && std::memcmp(got.data() + i, expected.data() + at, step) == 0;
        i += step;
      }
      received += *count;
    }
  };
  // The bytes that were not taken come back at another address each time.
  while (sent < 40'000'000) {
    const std::vector<std::byte> moved(block.begin() + static_cast<std::ptrdiff_t>(position), block.end());
    auto taken = pair.sink->write_some(moved);
    BOOST_REQUIRE(taken);
    if (*taken == 0) {
      ++blocked;
      if (!reader.joinable()) reader = std::thread(read_all);
      BOOST_REQUIRE(!pair.sink->wait_writable(in(10s)));
    }
    sent += *taken;
    position = (position + *taken) % block.size();
  }
  if (!reader.joinable()) reader = std::thread(read_all);
  const Bytes rest = Bytes(block).subspan(position);
  BOOST_TEST(!write_all(*pair.sink, rest, in(10s)));
  BOOST_TEST(!pair.sink->finish(in(10s)));
  reader.join();
  BOOST_TEST(blocked > 0);
  BOOST_TEST(equal);
  BOOST_TEST(received == sent + rest.size());
}

BOOST_AUTO_TEST_CASE(a_full_stream_would_block_and_goes_on_with_the_same_bytes) {
  for_each_of(kAll, a_full_stream_would_block_and_goes_on_with_the_same_bytes_over);
}

BOOST_AUTO_TEST_CASE(a_header_and_its_payload_share_a_record) {
  const Identity a = make_identity("a", 1);
  const Identity b = make_identity("b", 1);
  StreamPair pair = tls_pair(a, b);
  const std::uint64_t before = pair.sink->wire_bytes();
  BOOST_TEST(!write_all(*pair.sink, text("header"), text("payload"), in(10s)));
  constexpr std::uint64_t kRecordOverhead = 5 + 1 + 16;  // record header, content type, tag
  BOOST_TEST(pair.sink->wire_bytes() - before == 13 + kRecordOverhead);
  std::vector<std::byte> got(100);
  auto first = pair.source->read_some(std::span(got).first(6), in(10s));
  BOOST_REQUIRE(first);
  BOOST_TEST(pair.source->has_pending());
  auto second = pair.source->read_some(got, in(10s));
  BOOST_REQUIRE(second);
  BOOST_TEST(*first + *second == 13u);
  BOOST_TEST(!pair.source->has_pending());
}

BOOST_AUTO_TEST_CASE(the_sender_changes_its_key_at_the_limit) {
  const Identity a = make_identity("a", 1);
  const Identity b = make_identity("b", 1);
  constexpr std::size_t kRecords = 1000;
  constexpr std::size_t kLimit = 10;
  const auto bytes_for = [&](std::uint64_t rekey_records) {
    StreamPair pair = tls_pair(a, b, {.rekey_records = rekey_records});
    const std::uint64_t before = pair.sink->wire_bytes();
    std::byte byte{};
    for (std::size_t i = 0; i < kRecords; ++i) {
      const std::byte sent = static_cast<std::byte>(i);
      BOOST_REQUIRE(!write_all(*pair.sink, Bytes(&sent, 1), in(10s)));
      BOOST_REQUIRE(!read_exact(*pair.source, std::span(&byte, 1), in(10s)));
      BOOST_REQUIRE((byte == sent));
    }
    return pair.sink->wire_bytes() - before;
  };
  constexpr std::uint64_t kKeyUpdate = 5 + 5 + 1 + 16;  // record header, message, content type, tag
  BOOST_TEST(bytes_for(kLimit) - bytes_for(kRekeyRecords) == (kRecords - 1) / kLimit * kKeyUpdate);
}

BOOST_AUTO_TEST_CASE(a_large_transfer_survives_many_changes_of_keys) {
  StreamPair pair = tls_pair(make_identity("a", 1), make_identity("b", 1), {.rekey_records = 3});
  Status sent;
  std::thread writer([&] { sent = send_pattern(*pair.sink, 5'000'000); });
  std::vector<std::byte> got(5'000'000);
  std::vector<std::byte> expected(got.size());
  Pattern().fill(expected);
  BOOST_TEST(!read_exact(*pair.source, got, in(10s)));
  writer.join();
  BOOST_TEST(!sent);
  BOOST_TEST((got == expected));
}

BOOST_AUTO_TEST_CASE(a_pair_refuses_an_expired_certificate) {
  const auto now = std::chrono::system_clock::now();
  const Validity past{now - std::chrono::hours(2), now - std::chrono::hours(1)};
  BOOST_CHECK_EXCEPTION(tls_pair(make_identity("a", 1), make_identity("b", past)), Error, [](const Error& e) {
    return std::string(e.what()).find("expired on") != std::string::npos;
  });
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tacet::transport
