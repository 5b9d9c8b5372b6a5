// Both halves of a link over streams in memory, with an engine whose kernels only note what they are given.

#include <atomic>
#include <boost/test/unit_test.hpp>
#include <future>
#include <numeric>
#include <thread>

#include "actors/link_reader.hpp"
#include "actors/link_writer.hpp"
#include "graph/builder.hpp"
#include "support.hpp"
#include "transport/detail/presence.hpp"
#include "transport/limits.hpp"
#include "transport/memory.hpp"

namespace tacet::actors {
namespace {

using namespace std::chrono_literals;
using testing::block_of;
using transport::Clock;
using transport::FrameHeader;
using transport::FrameKind;

constexpr std::uint64_t kSession = 0x1234567890ABCDEF;
constexpr EndpointId kSender{0}, kReceiver{2};
constexpr auto kSoon = 10s;  // a bound on what should take no time, on a busy machine under a sanitizer

/// Notes the payload of each tile where it belongs.
class Notes final : public protocols::Kernels {
 public:
  Notes(const Plan& plan, std::vector<std::byte>& bytes) : plan_(plan), bytes_(bytes) {}
  std::size_t components() const override { return 1; }
  std::unique_ptr<protocols::Scratch> make_scratch() const override {
    return std::make_unique<protocols::Scratch>();
  }
  void start(const protocols::StepArgs&) const override {}
  Status finish(const protocols::StepArgs& args) const override {
    TACET_ASSERT(args.in.size() == 1 && args.in[0].size() == args.range.size());
    std::copy(args.in[0].begin(), args.in[0].end(),
              bytes_.begin() + static_cast<std::ptrdiff_t>(plan_.steps[args.address].range.begin));
    return {};
  }
  std::uint64_t drawn_bytes() const override { return 0; }

 private:
  const Plan& plan_;
  std::vector<std::byte>& bytes_;
};

struct Quiet : Outbox {
  void put(EndpointId, std::uint32_t, BlockPtr, std::uint32_t) override {}
  void flush() override {}
  void work_waits() override {}
};

/// One input of party 0, a byte per element, which goes to party 2 in segments of `segment` bytes.
struct Planned {
  std::shared_ptr<const Plan> plan;
  const LinkPlan* link = nullptr;
  std::vector<std::byte> bytes;

  explicit Planned(std::uint64_t count, std::uint64_t segment = 64) {
    Builder b;
    b.output("o", b.input("x", Builder::party(0), ring(8), {static_cast<std::int64_t>(count)}),
             Builder::party(0));
    plan = std::make_shared<const Plan>(make_plan(b.graph(), {Scheme::plain, 3, 0}, {segment}));
    link = plan->link(kSender, kReceiver);
    BOOST_TEST_REQUIRE(link != nullptr);
    BOOST_TEST_REQUIRE(link->bytes == count);
    std::mt19937_64 rng(count);
    bytes = testing::random_bytes(count, rng);
  }
  std::uint32_t segments() const { return static_cast<std::uint32_t>(link->segments.size()); }
  BlockPtr segment(std::uint32_t i) const {
    const Segment& s = link->segments[i];
    return block_of(std::span(bytes).subspan(s.offset, plan->flows[s.flow].bytes));
  }
};

/// A writer whose frames the test reads itself.
struct Sending {
  const Planned& planned;
  transport::StreamPair pair;
  std::atomic<int> faults{0};
  LinkWriter writer;
  std::thread server;

  explicit Sending(const Planned& p, std::size_t capacity = 1 << 20)
      : planned(p),
        pair(transport::memory_pair(capacity)),
        writer(std::move(pair.sink), OutStream(p.plan.get(), p.link), kSession,
               [this](const Fault&) { ++faults; }) {}
  ~Sending() {
    writer.cut();
    if (server.joinable()) server.join();
  }
  void serve() {
    server = std::thread([this] { writer.serve(kSoon); });
  }
  void put(std::uint32_t begin, std::uint32_t end, std::uint32_t round = 0) {
    for (std::uint32_t i = begin; i < end; ++i) writer.put(i, planned.segment(i), round);
  }

  /// The next frame, or nothing if none comes in that time or the stream ends.
  std::optional<FrameHeader> frame(std::vector<std::byte>* payload = nullptr,
                                   std::chrono::milliseconds patience = kSoon) {
    std::array<std::byte, transport::kFrameHeaderBytes> bytes;
    const Status status = transport::read_exact(*pair.source, bytes, Clock::now() + patience);
    last = status ? std::optional(status->kind) : std::nullopt;
    if (status) return std::nullopt;
    auto header = transport::decode_header(bytes);
    BOOST_TEST_REQUIRE(bool(header));
    BOOST_TEST(header->session == kSession);
    std::vector<std::byte> body(header->payload_bytes);
    if (!body.empty()) BOOST_TEST_REQUIRE(!transport::read_exact(*pair.source, body, Clock::now() + kSoon));
    if (payload != nullptr) *payload = std::move(body);
    return *header;
  }
  bool ends_cleanly() {
    std::byte byte;
    auto got = pair.source->read_some({&byte, 1}, Clock::now() + kSoon);
    return got && *got == 0;
  }
  bool silent_for(std::chrono::milliseconds time) {
    return !frame(nullptr, time) && last == Fault::Kind::timeout;
  }

  std::optional<Fault::Kind> last;
};

/// A reader that the test feeds, with its engine and the writer that would acknowledge.
struct Receiving {
  const Planned& planned;
  std::vector<std::byte> noted;
  Quiet quiet;
  Engine engine;
  transport::StreamPair forth, back;
  LinkWriter back_writer;
  LinkReader reader;
  std::uint64_t sent = 0;
  std::vector<transport::AbortNotice> notices;

  explicit Receiving(const Planned& p, std::size_t capacity = 1 << 20, bool set_up = true)
      : planned(p),
        noted(p.bytes.size()),
        engine(p.plan, kReceiver, std::vector<Tensor>(1), quiet),
        forth(transport::memory_pair(capacity)),
        back(transport::memory_pair()),
        back_writer(std::move(back.sink), OutStream(p.plan.get(), p.plan->link(kReceiver, kSender)), kSession,
                    [](const Fault&) {}),
        reader(kSender, std::move(forth.source), p.link, kSession, engine, back_writer) {
    engine.begin(std::make_unique<Notes>(*p.plan, noted));
    if (set_up) control(FrameKind::setup);
    (void)engine.pump(*engine.make_scratch(), false);
  }

  void raw(std::span<const std::byte> bytes) {
    BOOST_TEST_REQUIRE(!transport::write_all(*forth.sink, bytes, Clock::now() + kSoon));
  }
  static std::array<std::byte, transport::kFrameHeaderBytes> header(FrameKind kind, std::uint64_t offset,
                                                                    std::uint32_t payload = 0,
                                                                    std::uint64_t session = kSession) {
    std::array<std::byte, transport::kFrameHeaderBytes> bytes;
    transport::encode_header({kind, session, offset, payload, 0}, bytes);
    return bytes;
  }
  void control(FrameKind kind, std::uint64_t offset = 0) { raw(header(kind, offset)); }
  void data(std::uint32_t count) {
    raw(header(FrameKind::data, sent, count));
    raw(std::span(planned.bytes).subspan(sent, count));
    sent += count;
  }
  LinkReader::Outcome run(std::chrono::milliseconds silence = kSoon) {
    LinkReader::Events events;
    events.setup = [](std::span<const std::byte>) -> Status { return {}; };
    events.large_work = [this] { (void)engine.pump(*engine.make_scratch(), false); };
    events.notice = [this](const transport::AbortNotice& notice) -> Status {
      notices.push_back(notice);
      return {};
    };
    return reader.run(silence, events);
  }
  /// What the reader says when the stream ends after what has been written.
  LinkReader::Outcome rest() {
    forth.sink.reset();
    return run();
  }
};

transport::AbortNotice notice_of(std::uint32_t culprit, const std::string& reason) {
  return {{{kSender, EndpointId{culprit}, transport::Cause::malformed, reason}}, true, {}, {}};
}

std::string text(const LinkReader::Outcome& outcome) {
  if (std::holds_alternative<LinkReader::Ended>(outcome)) return "ended";
  if (std::holds_alternative<LinkReader::Left>(outcome)) return "left";
  return std::get<Fault>(outcome).detail;
}

bool is_fault(const LinkReader::Outcome& outcome, Fault::Kind kind) {
  const auto* fault = std::get_if<Fault>(&outcome);
  return fault != nullptr && fault->kind == kind;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(link)

// --- writing
// ----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(a_small_frame_leaves_on_the_thread_that_flushes) {
  const Planned planned(128);
  Sending s(planned);  // nobody serves
  s.put(0, 2, 7);
  s.writer.flush();
  std::vector<std::byte> payload;
  const auto frame = s.frame(&payload, 0ms);
  BOOST_TEST_REQUIRE(frame.has_value());
  BOOST_TEST((*frame == FrameHeader{FrameKind::data, kSession, 0, 128, 7}));
  BOOST_TEST((payload == planned.bytes));
  BOOST_TEST(s.writer.payload_bytes() == 128u);
  BOOST_TEST(s.writer.frames() == 1u);
}

BOOST_AUTO_TEST_CASE(what_the_network_does_not_take_is_left_to_serve) {
  const Planned planned(6400);
  Sending s(planned, 50);
  s.put(0, planned.segments());
  const auto begin = Clock::now();
  s.writer.flush();  // must not wait for a reader
  s.writer.flush();
  BOOST_TEST((Clock::now() - begin < 5s));
  std::vector<std::byte> got(50);
  BOOST_TEST_REQUIRE(!transport::read_exact(*s.pair.source, got, Clock::now() + kSoon));
  std::byte byte;
  BOOST_TEST(!s.pair.source->read_some({&byte, 1}, Clock::now() + 20ms));  // until somebody serves
  s.serve();
  std::vector<std::byte> all(planned.bytes.size() + transport::kFrameHeaderBytes - got.size());
  BOOST_TEST_REQUIRE(!transport::read_exact(*s.pair.source, all, Clock::now() + kSoon));
  got.insert(got.end(), all.begin(), all.end());
  BOOST_TEST(
      std::equal(planned.bytes.begin(), planned.bytes.end(), got.begin() + transport::kFrameHeaderBytes));
}

BOOST_AUTO_TEST_CASE(unacknowledged_bytes_never_exceed_the_window) {
  constexpr std::uint64_t kWindow = std::uint64_t{16} << 20;
  BOOST_TEST_REQUIRE(kWindow == transport::kMaxUnackedBytes);
  const Planned planned(kWindow + (std::uint64_t{3} << 20) + 17, 1 << 18);
  Sending s(planned);
  s.serve();
  s.put(0, planned.segments());
  s.writer.flush();
  std::uint64_t got = 0;
  const auto drain = [&](std::uint64_t until) {
    std::vector<std::byte> payload;
    bool equal = true;
    while (got < until) {
      const auto frame = s.frame(&payload);
      if (!frame) break;
      BOOST_TEST_REQUIRE(frame->offset == got);
      BOOST_TEST_REQUIRE(got + payload.size() <= until);
      equal = equal && std::equal(payload.begin(), payload.end(),
                                  planned.bytes.begin() + static_cast<std::ptrdiff_t>(got));
      got += payload.size();
    }
    BOOST_TEST(equal);
    BOOST_TEST(got == until);
    BOOST_TEST(s.silent_for(30ms));
  };
  drain(kWindow);
  s.writer.end();  // is not due before the rest has left
  s.writer.acknowledged(1);
  drain(kWindow + 1);
  s.writer.acknowledged(0);  // an old acknowledgement takes nothing back and gives nothing
  drain(kWindow + 1);
  s.writer.acknowledged(std::uint64_t{1} << 20);
  drain(kWindow + (std::uint64_t{1} << 20));
  s.writer.acknowledged(~std::uint64_t{0});  // more than was ever sent counts as all of it
  while (got < planned.bytes.size()) {
    const auto frame = s.frame();
    BOOST_TEST_REQUIRE((frame && frame->kind == FrameKind::data));
    got += frame->payload_bytes;
  }
  const auto last = s.frame();
  BOOST_TEST_REQUIRE((last && last->kind == FrameKind::end));
  BOOST_TEST(last->offset == planned.bytes.size());
  s.writer.peer_ended();
  BOOST_TEST(s.ends_cleanly());
}

BOOST_AUTO_TEST_CASE(control_frames_pass_a_closed_window) {
  const Planned planned(transport::kMaxUnackedBytes + 64, 1 << 18);
  Sending s(planned);
  s.serve();
  s.put(0, planned.segments());
  s.writer.flush();
  for (std::uint64_t got = 0; got < transport::kMaxUnackedBytes;) got += s.frame().value().payload_bytes;
  s.writer.acknowledge(99);
  auto frame = s.frame();
  BOOST_TEST_REQUIRE((frame && frame->kind == FrameKind::ack));
  BOOST_TEST(frame->offset == 99u);
  // The first clears the mark of what has left; none leaves while the other thread puts its pen down.
  const auto deadline = Clock::now() + kSoon;
  for (frame.reset(); !frame && Clock::now() < deadline; frame = s.frame(nullptr, 1ms))
    s.writer.heartbeat(1, 2);
  BOOST_TEST_REQUIRE((frame && frame->kind == FrameKind::heartbeat));
}

BOOST_AUTO_TEST_CASE(a_heartbeat_leaves_at_every_call_unless_something_else_did) {
  const Planned planned(128);
  Sending s(planned);
  for (int i = 0; i < 3; ++i) {
    s.writer.heartbeat(1, 2);
    const auto frame = s.frame(nullptr, 0ms);
    BOOST_TEST_REQUIRE((frame && frame->kind == FrameKind::heartbeat), "call " << i);
  }
  s.put(0, 1);
  s.writer.flush();
  BOOST_TEST((s.frame().value().kind == FrameKind::data));
  s.writer.heartbeat(1, 2);
  BOOST_TEST(s.silent_for(0ms));
  s.writer.heartbeat(1, 2);
  const auto frame = s.frame(nullptr, 0ms);
  BOOST_TEST((frame && frame->kind == FrameKind::heartbeat));
}

BOOST_AUTO_TEST_CASE(acknowledgements_carry_the_newest_offset) {
  const Planned planned(64);
  Sending s(planned, 1);  // the first byte of a frame fits: the rest waits for serve()
  s.writer.acknowledge(10);
  s.writer.acknowledge(20);
  s.writer.acknowledge(30);
  s.serve();
  BOOST_TEST(s.frame().value().offset == 10u);
  BOOST_TEST(s.frame().value().offset == 30u);
  BOOST_TEST(s.silent_for(10ms));
}

BOOST_AUTO_TEST_CASE(the_end_follows_the_last_byte_and_the_stream_closes_when_both_have_ended) {
  const Planned planned(640);
  Sending s(planned);
  s.serve();
  s.writer.end();
  BOOST_TEST(s.silent_for(20ms));
  s.put(1, planned.segments());
  s.writer.flush();
  BOOST_TEST(s.silent_for(20ms));
  BOOST_TEST(!s.writer.ended());
  s.put(0, 1);
  s.writer.flush();
  BOOST_TEST((s.frame().value() == FrameHeader{FrameKind::data, kSession, 0, 640, 0}));
  BOOST_TEST((s.frame().value() == FrameHeader{FrameKind::end, kSession, 640, 0, 0}));
  BOOST_TEST(s.writer.ended());
  s.writer.end();
  s.writer.acknowledge(5);  // the peer's stream goes on
  BOOST_TEST((s.frame().value() == FrameHeader{FrameKind::ack, kSession, 5, 0, 0}));
  s.writer.peer_ended();
  BOOST_TEST(s.ends_cleanly());
  s.server.join();  // serve() has nothing left to do
  s.writer.heartbeat(1, 2), s.writer.heartbeat(1, 2), s.writer.acknowledge(6), s.writer.flush(),
      s.writer.end();
  BOOST_TEST(s.writer.frames() == 3u);
  BOOST_TEST(s.faults == 0);
}

BOOST_AUTO_TEST_CASE(an_abort_drops_what_waits_and_is_the_last_frame) {
  const Planned planned(20'480, 1024);
  Sending s(planned, 100);
  s.put(0, 10);
  s.writer.flush();  // the first frame is under way and must be completed
  s.put(10, 20);
  s.writer.acknowledge(3);
  s.writer.abort(notice_of(1, "left"));
  s.serve();
  std::vector<std::byte> payload;
  auto frame = s.frame(&payload);
  BOOST_TEST_REQUIRE((frame && frame->kind == FrameKind::data));
  BOOST_TEST(frame->payload_bytes == 10'240u);
  frame = s.frame(&payload);
  BOOST_TEST_REQUIRE((frame && frame->kind == FrameKind::abort));
  auto notice = transport::decode_abort(payload);
  BOOST_TEST_REQUIRE(bool(notice));
  BOOST_TEST((*notice == notice_of(1, "left")));
  BOOST_TEST(s.ends_cleanly());
  s.server.join();
  s.writer.end(), s.writer.flush(), s.writer.heartbeat(1, 2), s.writer.abort(notice_of(0, "again"));
  BOOST_TEST(s.writer.frames() == 2u);
}

BOOST_AUTO_TEST_CASE(an_abort_is_heard_after_the_end_but_not_once_both_have_ended) {
  const Planned planned(64);
  for (const bool both : {false, true}) {
    Sending s(planned);
    s.put(0, 1);
    s.writer.end();
    BOOST_TEST((s.frame().value().kind == FrameKind::data));
    BOOST_TEST((s.frame().value().kind == FrameKind::end));
    if (both) s.writer.peer_ended();
    s.writer.abort(notice_of(1, "was told to stop"));
    s.serve();
    if (!both) {
      std::vector<std::byte> payload;
      BOOST_TEST((s.frame(&payload).value().kind == FrameKind::abort));
      BOOST_TEST((*transport::decode_abort(payload) == notice_of(1, "was told to stop")));
    }
    BOOST_TEST(s.ends_cleanly());
  }
}

BOOST_AUTO_TEST_CASE(a_broken_stream_is_reported_once_and_ends_serve) {
  const Planned planned(6400);
  for (const bool inline_first : {true, false}) {
    Sending s(planned, 10);
    s.pair.source.reset();
    if (!inline_first) s.serve();
    s.put(0, 50);
    s.writer.flush();
    if (inline_first) s.serve();
    s.server.join();
    s.put(50, planned.segments());
    s.writer.flush(), s.writer.heartbeat(1, 2), s.writer.end(), s.writer.abort(notice_of(1, "x"));
    BOOST_TEST(s.faults == 1);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_breaks_after_the_end_is_for_the_reader_to_judge) {
  const Planned planned(64);
  Sending s(planned);
  s.put(0, 1);
  s.writer.end();
  BOOST_TEST((s.frame().value().kind == FrameKind::data));
  BOOST_TEST((s.frame().value().kind == FrameKind::end));
  s.pair.source.reset();  // it has ended, too, but that is still under way
  s.writer.heartbeat(1, 2), s.writer.heartbeat(1, 2);
  s.serve();
  s.server.join();
  BOOST_TEST(s.faults == 0);
}

BOOST_AUTO_TEST_CASE(cut_ends_serve_wherever_it_waits) {
  const Planned planned(6400);
  for (const bool blocked : {false, true}) {
    Sending s(planned, 10);
    s.serve();
    if (blocked) s.put(0, planned.segments()), s.writer.flush();  // nobody reads
    std::this_thread::sleep_for(20ms);
    auto ended = std::async(std::launch::async, [&] { s.server.join(); });
    s.writer.cut();
    BOOST_TEST((ended.wait_for(kSoon) == std::future_status::ready));
    s.writer.flush(), s.writer.heartbeat(1, 2), s.writer.end();
  }
}

// --- reading
// ----------------------------------------------------------------------------------------------------

BOOST_AUTO_TEST_CASE(frames_need_not_match_segments) {
  auto rng = testing::generator("frames");
  for (std::size_t i = 0; i < testing::cases(100); ++i) {
    const Planned planned(1 + testing::below(rng, 3000), 64);
    Receiving r(planned);
    while (r.sent < planned.bytes.size()) {
      if (rng() % 4 == 0) r.control(FrameKind::heartbeat);
      if (rng() % 4 == 0) r.control(FrameKind::ack, rng());
      r.data(static_cast<std::uint32_t>(1 + testing::below(rng, planned.bytes.size() - r.sent)));
    }
    r.back_writer.end();
    r.control(FrameKind::end, planned.bytes.size());
    const auto outcome = r.rest();
    BOOST_TEST_REQUIRE(std::holds_alternative<LinkReader::Ended>(outcome), text(outcome));
    BOOST_TEST_REQUIRE((r.noted == planned.bytes));
    BOOST_TEST_REQUIRE(r.engine.finished());
  }
}

BOOST_AUTO_TEST_CASE(a_peer_that_has_ended_is_watched_until_we_have) {
  const Planned planned(64);
  const auto ended = [&](Receiving& r) {
    r.data(64);
    r.control(FrameKind::end, 64);
  };
  {
    Receiving r(planned);
    ended(r);
    const auto outcome = r.rest();
    BOOST_TEST(is_fault(outcome, Fault::Kind::closed), text(outcome));
    BOOST_TEST(r.reader.peer_ended());
  }
  {
    Receiving r(planned);
    ended(r);
    BOOST_TEST(is_fault(r.run(50ms), Fault::Kind::timeout));
  }
  {
    Receiving r(planned);
    ended(r);
    const auto notice = transport::encode_abort(notice_of(1, "was told to stop"));
    r.raw(r.header(FrameKind::abort, 0, static_cast<std::uint32_t>(notice.size())));
    r.raw(notice);
    BOOST_TEST(std::holds_alternative<LinkReader::Left>(r.run()));
    BOOST_TEST_REQUIRE(r.notices.size() == 1u);
  }
  for (const bool closes : {false, true}) {
    Receiving r(planned);
    ended(r);
    std::thread later([&] {
      while (!r.reader.peer_ended()) std::this_thread::sleep_for(1ms);
      r.back_writer.end();
      if (closes)
        r.forth.sink.reset();
      else
        r.control(FrameKind::heartbeat);
    });
    const auto outcome = r.run();  // while the other thread tests
    later.join();
    BOOST_TEST(std::holds_alternative<LinkReader::Ended>(outcome), text(outcome));
  }
}

BOOST_AUTO_TEST_CASE(what_no_correct_peer_sends_is_a_fault) {
  const Planned planned(200);
  struct Wrong {
    const char* name;
    std::function<void(Receiving&)> send;
    const char* says;
  };
  const auto header = [](FrameKind kind, std::uint64_t offset, std::uint32_t payload = 0,
                         std::uint64_t session = kSession) {
    return Receiving::header(kind, offset, payload, session);
  };
  const std::vector<std::byte> some(2000, std::byte{1});
  const Wrong table[] = {
      {"another session", [&](Receiving& r) { r.raw(header(FrameKind::heartbeat, 0, 0, kSession + 1)); },
       "another session"},
      {"data of another session",
       [&](Receiving& r) {
         r.raw(header(FrameKind::data, 0, 10, 0));
         r.raw(some);
       },
       "another session"},
      {"a gap",
       [&](Receiving& r) {
         r.raw(header(FrameKind::data, 1, 10));
         r.raw(some);
       },
       "expected from 0"},
      {"again",
       [&](Receiving& r) {
         r.data(10);
         r.raw(header(FrameKind::data, 0, 10));
         r.raw(some);
       },
       "expected from 10"},
      {"too long",
       [&](Receiving& r) {
         r.raw(header(FrameKind::data, 0, 201));
         r.raw(some);
       },
       "at most 200"},
      {"too long at the end",
       [&](Receiving& r) {
         r.data(200);
         r.raw(header(FrameKind::data, 200, 1));
         r.raw(some);
       },
       "at most 200"},
      {"far away",
       [&](Receiving& r) {
         r.raw(header(FrameKind::data, ~std::uint64_t{0}, 5));
         r.raw(some);
       },
       "expected from 0"},
      {"early end",
       [&](Receiving& r) {
         r.data(199);
         r.control(FrameKind::end, 199);
       },
       "199 of 200"},
      {"early end with the right number",
       [&](Receiving& r) {
         r.data(199);
         r.control(FrameKind::end, 200);
       },
       "200 of 200"},
      {"end elsewhere",
       [&](Receiving& r) {
         r.data(200);
         r.control(FrameKind::end, 0);
       },
       "byte 0 of 200"},
      {"data after the end",
       [&](Receiving& r) {
         r.data(200);
         r.control(FrameKind::end, 200);
         r.raw(header(FrameKind::data, 200, 16));
         r.raw(some);
       },
       "after its end"},
      {"a second end",
       [&](Receiving& r) {
         r.data(200);
         r.control(FrameKind::end, 200);
         r.control(FrameKind::end, 200);
       },
       "after its end"},
      {"setup",
       [&](Receiving& r) {
         r.raw(header(FrameKind::setup, 0, 16));
         r.raw(some);
       },
       "setup"},
      {"garbage", [&](Receiving& r) { r.raw(some); }, "frame header"},
      {"garbage for an abort",
       [&](Receiving& r) {
         r.raw(header(FrameKind::abort, 0, 32));
         r.raw(some);
       },
       "abort notice"},
  };
  for (const Wrong& wrong : table) {
    Receiving r(planned);
    wrong.send(r);
    const auto outcome = r.rest();
    BOOST_TEST(is_fault(outcome, Fault::Kind::malformed), wrong.name << ": " << text(outcome));
    BOOST_TEST(text(outcome).find(wrong.says) != std::string::npos, wrong.name << ": " << text(outcome));
  }
}

BOOST_AUTO_TEST_CASE(any_bytes_end_in_an_outcome) {
  auto rng = testing::generator("garbage");
  const Planned planned(300);
  std::size_t malformed = 0;
  for (std::size_t i = 0; i < testing::cases(2000); ++i) {
    Receiving r(planned, 1 << 16);
    // A correct conversation, with a few bytes changed.
    std::vector<std::byte> bytes;
    const auto append = [&](std::span<const std::byte> more) {
      bytes.insert(bytes.end(), more.begin(), more.end());
    };
    append(r.header(FrameKind::heartbeat, 0));
    append(r.header(FrameKind::data, 0, 150));
    append(std::span(planned.bytes).first(150));
    append(r.header(FrameKind::ack, 77));
    if (rng() % 2 == 0) {
      const auto notice = transport::encode_abort(notice_of(1, "reason"));
      append(r.header(FrameKind::abort, 0, static_cast<std::uint32_t>(notice.size())));
      append(notice);
    } else {
      append(r.header(FrameKind::data, 150, 150));
      append(std::span(planned.bytes).last(150));
      append(r.header(FrameKind::end, 300));
    }
    for (std::uint64_t n = testing::below(rng, 4); n != 0; --n)
      bytes[testing::below(rng, bytes.size())] = static_cast<std::byte>(rng());
    if (rng() % 4 == 0) bytes.resize(testing::below(rng, bytes.size() + 1));
    if (rng() % 8 == 0) bytes = testing::random_bytes(bytes.size(), rng);
    r.raw(bytes);
    malformed += is_fault(r.rest(), Fault::Kind::malformed);
  }
  BOOST_TEST(malformed > testing::cases(2000) / 10);
}

BOOST_AUTO_TEST_CASE(notices_arrive_until_the_last) {
  const Planned planned(100);
  Receiving r(planned);
  transport::AbortNotice first = notice_of(7, "bad news"), last = notice_of(7, "bad news");
  first.last = false;
  last.statements.push_back({EndpointId{1}, EndpointId{2}, transport::Cause::closed, "more"});
  r.data(50);
  for (const auto& notice : {first, last}) {
    const auto bytes = transport::encode_abort(notice);
    r.raw(r.header(FrameKind::abort, 0, static_cast<std::uint32_t>(bytes.size())));
    r.raw(bytes);
  }
  BOOST_TEST(text(r.run()) == "left");
  BOOST_TEST((r.notices == std::vector{first, last}));
}

BOOST_AUTO_TEST_CASE(nothing_but_notices_follows_a_notice) {
  const Planned planned(100);
  Receiving r(planned);
  transport::AbortNotice notice = notice_of(7, "bad news");
  notice.last = false;
  const auto bytes = transport::encode_abort(notice);
  r.raw(r.header(FrameKind::abort, 0, static_cast<std::uint32_t>(bytes.size())));
  r.raw(bytes);
  r.data(50);
  const auto outcome = r.rest();
  BOOST_TEST(is_fault(outcome, Fault::Kind::malformed), text(outcome));
}

BOOST_AUTO_TEST_CASE(heartbeats_say_whom_the_peer_waits_for) {
  const Planned planned(100);
  Receiving r(planned);
  BOOST_TEST(r.reader.waits_for() == transport::kWaitsForNobody);
  r.control(FrameKind::heartbeat, 2);
  BOOST_TEST(is_fault(r.rest(), Fault::Kind::closed));
  BOOST_TEST(r.reader.waits_for() == 2u);
}

BOOST_AUTO_TEST_CASE(before_its_setup_a_peer_may_only_leave) {
  const Planned planned(100);
  for (const bool leaves : {true, false}) {
    Receiving r(planned, 1 << 20, /*set_up=*/false);
    if (!leaves) {
      r.data(50);
      const auto outcome = r.rest();
      BOOST_TEST(is_fault(outcome, Fault::Kind::malformed), text(outcome));
      continue;
    }
    transport::detail::Presence presence;
    const auto say = [&] {
      const auto bytes = transport::detail::encode_presence(presence);
      r.raw(r.header(FrameKind::presence, 0, static_cast<std::uint32_t>(bytes.size()), 0));
      r.raw(bytes);
    };
    say();
    presence.state = transport::detail::Presence::State::leaving;
    presence.culprit = kSender, presence.reason = "was interrupted";
    say();
    BOOST_TEST(text(r.run()) == "left");
    BOOST_TEST_REQUIRE(r.notices.size() == 1u);
    BOOST_TEST(
        (r.notices[0] == transport::AbortNotice{
                             {{kSender, kSender, transport::Cause::own, "was interrupted"}}, true, {}, {}}));
  }
}

BOOST_AUTO_TEST_CASE(a_stream_that_stops_is_closed_or_silent) {
  const Planned planned(100);
  {
    Receiving r(planned);
    r.data(50);
    BOOST_TEST(is_fault(r.rest(), Fault::Kind::closed));
  }
  {
    Receiving r(planned);
    r.raw(r.header(FrameKind::data, 0, 50));
    r.raw(std::span(planned.bytes).first(49));
    BOOST_TEST(is_fault(r.rest(), Fault::Kind::closed));
  }
  for (const bool inside_a_frame : {false, true}) {
    Receiving r(planned);
    if (inside_a_frame) r.raw(r.header(FrameKind::data, 0, 50));
    BOOST_TEST(is_fault(r.run(30ms), Fault::Kind::timeout));
  }
}

BOOST_AUTO_TEST_CASE(signs_of_life_and_slow_bytes_are_no_silence) {
  const Planned planned(100);
  Receiving r(planned);
  constexpr int kTimes = 30;
  std::thread peer([&] {
    for (int i = 0; i < kTimes; ++i) {
      std::this_thread::sleep_for(40ms);
      r.control(FrameKind::heartbeat);
    }
    // One frame, byte by byte: all of it takes longer than the silence that is allowed.
    r.raw(r.header(FrameKind::data, 0, kTimes));
    for (int i = 0; i < kTimes; ++i) {
      std::this_thread::sleep_for(40ms);
      r.raw(std::span(planned.bytes).subspan(static_cast<std::size_t>(i), 1));
    }
    r.forth.sink.reset();
  });
  const auto outcome = r.run(1s);
  peer.join();
  BOOST_TEST(is_fault(outcome, Fault::Kind::closed), text(outcome));
}

BOOST_AUTO_TEST_CASE(cut_wakes_the_reader) {
  const Planned planned(100);
  for (const bool inside_a_frame : {false, true}) {
    Receiving r(planned);
    if (inside_a_frame) r.raw(r.header(FrameKind::data, 0, 50));
    auto outcome = std::async(std::launch::async, [&] { return r.run(60s); });
    std::this_thread::sleep_for(20ms);
    r.reader.cut();
    BOOST_TEST_REQUIRE((outcome.wait_for(kSoon) == std::future_status::ready));
    BOOST_TEST(is_fault(outcome.get(), Fault::Kind::cancelled));
  }
}

// --- both halves
// ------------------------------------------------------------------------------------------------

namespace {

/// Both directions of a link between party 0, which sends the planned stream, and party 2, which
/// acknowledges.
struct Pair {
  const Planned& planned;
  std::vector<std::byte> noted_there;
  Quiet quiet;
  Engine there, here;
  transport::StreamPair forth, back;
  std::atomic<int> faults{0};
  LinkWriter writer, back_writer;
  LinkReader reader, back_reader;

  Pair(const Planned& p, std::size_t capacity)
      : planned(p),
        noted_there(p.bytes.size()),
        there(p.plan, kReceiver, std::vector<Tensor>(1), quiet),
        here(p.plan, kSender, std::vector<Tensor>(1), quiet),
        forth(transport::memory_pair(capacity)),
        back(transport::memory_pair(capacity)),
        writer(std::move(forth.sink), OutStream(p.plan.get(), p.link), kSession,
               [this](const Fault&) { ++faults; }),
        back_writer(std::move(back.sink), OutStream(p.plan.get(), nullptr), kSession,
                    [this](const Fault&) { ++faults; }),
        reader(kSender, std::move(forth.source), p.link, kSession, there, back_writer),
        back_reader(kReceiver, std::move(back.source), nullptr, kSession, here, writer) {
    there.begin(std::make_unique<Notes>(*p.plan, noted_there));
    (void)there.pump(*there.make_scratch(), false);
    writer.setup({}), back_writer.setup({});
  }
  void cut() { writer.cut(), back_writer.cut(), reader.cut(), back_reader.cut(); }
};

LinkReader::Events events_of(std::function<void()> large_work = [] {}) {
  return {[](std::span<const std::byte>) -> Status { return {}; }, std::move(large_work),
          [](const transport::AbortNotice&) -> Status { return {}; }};
}

/// Segments put and flushed by several threads in a random order while everything else runs. Nothing may
/// hang.
void stress(const Planned& planned, std::size_t capacity, unsigned threads, std::mt19937_64& rng) {
  Pair pair(planned, capacity);
  std::vector<std::uint32_t> order(planned.segments());
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), rng);
  std::atomic<std::size_t> next{0};
  std::atomic<bool> running{true};
  std::vector<std::future<void>> work;
  const auto spawn = [&](auto f) { work.push_back(std::async(std::launch::async, f)); };
  for (unsigned t = 0; t < threads; ++t)
    spawn([&, noise = std::mt19937_64(rng())]() mutable {
      for (std::size_t i; (i = next++) < order.size();) {
        pair.writer.put(order[i], planned.segment(order[i]), 0);
        if (noise() % 3 == 0) pair.writer.flush();
        if (noise() % 16 == 0) std::this_thread::yield();
      }
      pair.writer.flush();
    });
  for (LinkWriter* w : {&pair.writer, &pair.back_writer}) spawn([=] { w->serve(60s); });
  std::thread beats([&] {
    while (running)
      pair.writer.heartbeat(0, 0), pair.back_writer.heartbeat(0, 0), std::this_thread::sleep_for(1ms);
  });
  LinkReader::Outcome forth, back;
  spawn([&] {
    const auto scratch = pair.there.make_scratch();
    forth = pair.reader.run(60s, events_of([&] { (void)pair.there.pump(*scratch, false); }));
  });
  spawn([&] { back = pair.back_reader.run(60s, events_of()); });
  pair.writer.end(), pair.back_writer.end();
  bool hangs = false;
  const auto deadline = Clock::now() + 60s;
  for (auto& w : work) hangs = w.wait_until(deadline) != std::future_status::ready || hangs;
  running = false;
  beats.join();
  if (hangs) pair.cut();
  for (auto& w : work) w.get();
  BOOST_TEST_REQUIRE(!hangs);
  BOOST_TEST(std::holds_alternative<LinkReader::Ended>(forth), text(forth));
  BOOST_TEST(std::holds_alternative<LinkReader::Ended>(back), text(back));
  BOOST_TEST((pair.noted_there == planned.bytes));
  BOOST_TEST(pair.faults == 0);
  BOOST_TEST(pair.writer.payload_bytes() == planned.bytes.size());
}

}  // namespace

BOOST_AUTO_TEST_CASE(many_threads_lose_no_byte_and_no_wake_up) {
  auto rng = testing::generator("stress");
  const Planned few(64 * 100 + 1), many(64 * 4000 + 13);
  for (const unsigned threads : {1u, 3u, 8u}) {
    for (const std::size_t capacity : {1u, 41u, 100u}) stress(few, capacity, threads, rng);
    for (const std::size_t capacity : {5'000u, 1'000'000u}) stress(many, capacity, threads, rng);
  }
}

BOOST_AUTO_TEST_CASE(short_streams_end_in_every_order_of_events) {
  auto rng = testing::generator("short");
  for (std::size_t i = 0; i < testing::cases(150); ++i) {
    const Planned planned(1 + testing::below(rng, 400));
    stress(planned, 1 + testing::below(rng, 120), 2, rng);
  }
}

BOOST_AUTO_TEST_CASE(a_stream_longer_than_the_window_flows_on_acknowledgements) {
  auto rng = testing::generator("long");
  const Planned planned((std::uint64_t{40} << 20) + 5, 1 << 18);
  stress(planned, 1 << 16, 2, rng);
}

BOOST_AUTO_TEST_CASE(cut_in_the_middle_ends_everything) {
  auto rng = testing::generator("cut");
  const Planned planned(64 * 500);
  for (std::size_t i = 0; i < testing::cases(30); ++i) {
    Pair pair(planned, 1 + testing::below(rng, 300));
    std::vector<std::future<void>> work;
    const auto spawn = [&](auto f) { work.push_back(std::async(std::launch::async, f)); };
    spawn([&] {
      for (std::uint32_t s = 0; s < planned.segments(); ++s)
        pair.writer.put(s, planned.segment(s), 0), pair.writer.flush();
    });
    for (LinkWriter* w : {&pair.writer, &pair.back_writer}) spawn([=] { w->serve(60s); });
    spawn([&] {
      (void)pair.reader.run(60s,
                            events_of([&] { (void)pair.there.pump(*pair.there.make_scratch(), false); }));
    });
    spawn([&] { (void)pair.back_reader.run(60s, events_of()); });
    std::this_thread::sleep_for(std::chrono::microseconds(testing::below(rng, 4000)));
    pair.cut();
    for (auto& w : work) BOOST_TEST_REQUIRE((w.wait_for(kSoon) == std::future_status::ready));
  }
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
