#include "actors/out_stream.hpp"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include <rapidcheck/boost_test.h>
#include <boost/test/unit_test.hpp>
#include <numeric>

#include "support.hpp"

namespace tacet::actors {
namespace {

using testing::block_of;

/// A stream with segments of the given sizes and known bytes, without any computation behind it.
struct Planned {
  Plan plan;
  std::vector<std::byte> bytes;

  explicit Planned(const std::vector<std::uint64_t>& sizes) {
    LinkPlan link;
    link.from = EndpointId{0}, link.to = EndpointId{1};
    for (std::uint32_t i = 0; i < sizes.size(); ++i) {
      plan.flows.push_back({link.from, link.to, 0, sizes[i]});
      link.segments.push_back({i, i, link.bytes});
      link.bytes += sizes[i];
    }
    plan.links.push_back(link);
    for (std::uint64_t i = 0; i < link.bytes; ++i)
      bytes.push_back(static_cast<std::byte>(i * 131 + (i >> 8) * 7));
  }

  const LinkPlan& link() const { return plan.links[0]; }
  OutStream stream() const { return OutStream(&plan, &link()); }
  BlockPtr segment(std::uint32_t i) const {
    return block_of(std::span(bytes).subspan(link().segments[i].offset, plan.flows[i].bytes));
  }
};

constexpr std::uint64_t kNoLimit = ~std::uint64_t{0};

/// The bytes of a draft, after checking that its pieces add up to what it says.
std::vector<std::byte> contents(const FrameDraft& draft) {
  std::vector<std::byte> out;
  for (const auto part : draft.parts) out.insert(out.end(), part.begin(), part.end());
  BOOST_TEST_REQUIRE(out.size() == draft.bytes);
  return out;
}

bool dies(const std::function<void()>& action) {
  const pid_t child = fork();
  BOOST_TEST_REQUIRE(child >= 0);
  if (child == 0) {
    close(2);
    // Neither the test framework nor a sanitizer may turn the abort into something else.
    for (const int s : {SIGABRT, SIGILL, SIGTRAP, SIGSEGV}) signal(s, SIG_DFL);
    action();
    _exit(0);
  }
  int status = 0;
  BOOST_TEST_REQUIRE(waitpid(child, &status, 0) == child);
  return WIFSIGNALED(status);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(out_stream)

BOOST_AUTO_TEST_CASE(nothing_leaves_before_the_first_segment_is_there) {
  const Planned planned({3, 5, 2});
  OutStream stream = planned.stream();
  FrameDraft draft;
  stream.put(1, planned.segment(1), 4);
  stream.put(2, planned.segment(2), 4);
  BOOST_TEST(stream.ready_bytes() == 0u);
  BOOST_TEST(!stream.next(draft, kNoLimit, kNoLimit));
  stream.put(0, planned.segment(0), 4);
  BOOST_TEST(stream.ready_bytes() == 10u);
  BOOST_TEST_REQUIRE(stream.next(draft, kNoLimit, kNoLimit));
  BOOST_TEST(draft.offset == 0u);
  BOOST_TEST(draft.round == 4u);
  BOOST_TEST((contents(draft) == planned.bytes));
  BOOST_TEST(stream.complete());
  BOOST_TEST(stream.sent_bytes() == 10u);
  BOOST_TEST(!stream.next(draft, kNoLimit, kNoLimit));
}

BOOST_AUTO_TEST_CASE(a_frame_ends_where_the_round_changes) {
  const Planned planned({4, 4, 4, 4});
  OutStream stream = planned.stream();
  const std::uint32_t rounds[] = {0, 0, 2, 0};
  for (std::uint32_t i = 0; i < 4; ++i) stream.put(i, planned.segment(i), rounds[i]);
  FrameDraft draft;
  const std::pair<std::uint32_t, std::uint32_t> expected[] = {{8, 0}, {4, 2}, {4, 0}};  // bytes, round
  for (const auto& [bytes, round] : expected) {
    BOOST_TEST_REQUIRE(stream.next(draft, kNoLimit, kNoLimit));
    BOOST_TEST(draft.bytes == bytes);
    BOOST_TEST(draft.round == round);
  }
  BOOST_TEST(stream.complete());
}

BOOST_AUTO_TEST_CASE(both_limits_hold) {
  const Planned planned({10});
  OutStream stream = planned.stream();
  stream.put(0, planned.segment(0), 0);
  FrameDraft draft;
  BOOST_TEST(!stream.next(draft, 5, 0));
  BOOST_TEST_REQUIRE(stream.next(draft, 3, 5));
  BOOST_TEST(draft.bytes == 3u);
  BOOST_TEST_REQUIRE(stream.next(draft, 5, 2));
  BOOST_TEST(draft.bytes == 2u);
  BOOST_TEST(draft.offset == 3u);
  BOOST_TEST(!stream.complete());
  BOOST_TEST(stream.ready_bytes() == 5u);
}

BOOST_AUTO_TEST_CASE(payload_lives_as_long_as_its_frame_and_no_longer) {
  const Planned planned({4, 4});
  OutStream stream = planned.stream();
  const BlockPtr first = planned.segment(0), second = planned.segment(1);
  stream.put(0, first, 0);
  stream.put(1, second, 0);
  FrameDraft draft;
  BOOST_TEST_REQUIRE(stream.next(draft, 6, kNoLimit));
  BOOST_TEST(first.use_count() == 2);   // the draft's; the stream has let go
  BOOST_TEST(second.use_count() == 3);  // two bytes are still to come
  BOOST_TEST_REQUIRE(stream.next(draft, 6, kNoLimit));
  BOOST_TEST(first.use_count() == 1);
  BOOST_TEST(second.use_count() == 2);
}

BOOST_AUTO_TEST_CASE(a_direction_without_messages_is_complete_at_once) {
  OutStream stream(nullptr, nullptr);
  FrameDraft draft;
  BOOST_TEST(stream.complete());
  BOOST_TEST(!stream.next(draft, kNoLimit, kNoLimit));
}

BOOST_AUTO_TEST_CASE(misuse_stops_the_program) {
  const Planned planned({4, 4});
  const auto with_stream = [&](const std::function<void(OutStream&)>& action) {
    return dies([&] {
      OutStream stream = planned.stream();
      action(stream);
    });
  };
  const auto put = [&](OutStream& s, std::uint32_t segment) {
    s.put(segment, planned.segment(segment % 2), 0);
  };
  BOOST_TEST(!with_stream([&](OutStream& s) { put(s, 1), put(s, 0); }));
  BOOST_TEST(with_stream([&](OutStream& s) { put(s, 1), put(s, 1); }));
  BOOST_TEST(with_stream([&](OutStream& s) {
    put(s, 0);
    FrameDraft draft;
    (void)s.next(draft, kNoLimit, kNoLimit);
    put(s, 0);
  }));
  BOOST_TEST(with_stream([&](OutStream& s) { put(s, 2); }));
  BOOST_TEST(with_stream([&](OutStream& s) { s.put(0, block_of(std::span(planned.bytes).first(3)), 0); }));
  BOOST_TEST(dies([&] { OutStream(nullptr, nullptr).put(0, planned.segment(0), 0); }));
}

RC_BOOST_PROP(any_order_and_any_limits_give_the_planned_bytes, ()) {
  const auto sizes = *rc::gen::container<std::vector<std::uint64_t>>(rc::gen::inRange<std::uint64_t>(1, 300));
  const Planned planned(sizes);
  OutStream stream = planned.stream();
  std::mt19937_64 rng(*rc::gen::arbitrary<std::uint64_t>());
  std::vector<std::uint32_t> order(sizes.size()), rounds(sizes.size());
  std::iota(order.begin(), order.end(), 0u);
  std::shuffle(order.begin(), order.end(), rng);
  for (std::uint32_t& r : rounds) r = static_cast<std::uint32_t>(testing::below(rng, 3));

  std::vector<std::byte> got;
  std::vector<bool> there(sizes.size(), false);
  std::size_t segment = 0, put = 0;  // `segment`: where the next byte lies, found independently of the stream
  FrameDraft draft;
  while (got.size() != planned.bytes.size()) {
    if (put != order.size() && rng() % 2 == 0) {
      stream.put(order[put], planned.segment(order[put]), rounds[order[put]]);
      there[order[put++]] = true;
    }
    std::uint64_t ready = 0;
    for (std::size_t s = segment; s < sizes.size() && there[s]; ++s)
      ready += planned.link().segments[s].offset + sizes[s] -
               std::max<std::uint64_t>(got.size(), planned.link().segments[s].offset);
    RC_ASSERT(stream.ready_bytes() == ready);
    const std::uint64_t max = 1 + testing::below(rng, 700), credit = testing::below(rng, 700);
    const bool sent = stream.next(draft, max, credit);
    RC_ASSERT(sent == (ready != 0 && credit != 0));
    if (!sent) continue;
    RC_ASSERT(draft.offset == got.size());
    RC_ASSERT(draft.bytes > 0u && draft.bytes <= std::min({max, credit, ready}));
    const auto bytes = contents(draft);
    got.insert(got.end(), bytes.begin(), bytes.end());
    for (; segment < sizes.size() && planned.link().segments[segment].offset < got.size(); ++segment) {
      RC_ASSERT(rounds[segment] == draft.round);
      if (planned.link().segments[segment].offset + sizes[segment] > got.size()) break;
    }
    // A frame stops short of every limit only where the round changes.
    if (draft.bytes < std::min({max, credit, ready})) RC_ASSERT(rounds[segment] != draft.round);
  }
  RC_ASSERT(got == planned.bytes);
  RC_ASSERT(stream.complete());
}

BOOST_AUTO_TEST_SUITE_END()
}  // namespace tacet::actors
