#include <boost/test/unit_test.hpp>
#include <thread>
#include <vector>

#include "transport/ceiling.hpp"
#include "transport/memory.hpp"
#include "transport/shaped.hpp"
#include "transport/tls.hpp"

namespace tacet::transport {
namespace {

using namespace std::chrono_literals;

Deadline soon() {
  return Clock::now() + 10s;
}

double milliseconds_since(Deadline begin) {
  return std::chrono::duration<double, std::milli>(Clock::now() - begin).count();
}

StreamPair shaped(StreamPair pair, const LinkShape& link) {
  pair.sink = shape(std::move(pair.sink), link);
  return pair;
}

void check_delay(StreamPair pair) {
  for (int i = 0; i < 5; ++i) {
    std::byte byte{};
    const Deadline begin = Clock::now();
    BOOST_REQUIRE(!write_all(*pair.sink, Bytes(&byte, 1), soon()));
    BOOST_REQUIRE(!read_exact(*pair.source, std::span(&byte, 1), soon()));
    BOOST_TEST(milliseconds_since(begin) >= 20);
  }
}

/// 4 MB at 20 MB/s take 200 ms. They come soon, as does all that is waited for here: what is much slower
/// fails.
void check_rate(StreamPair pair) {
  constexpr std::size_t kBytes = 4'000'000;
  std::vector<std::byte> got(kBytes);
  const Deadline begin = Clock::now();
  Status sent;
  std::thread writer([&] {
    const std::vector<std::byte> bytes(kBytes);
    sent = write_all(*pair.sink, bytes, soon());
    if (!sent) sent = pair.sink->finish(soon());
  });
  BOOST_TEST(!read_exact(*pair.source, got, soon()));
  const double took = milliseconds_since(begin);
  writer.join();
  BOOST_TEST(!sent);
  BOOST_TEST(took > 200 * 0.95);
}

}  // namespace

BOOST_AUTO_TEST_SUITE(shaped_link)

BOOST_AUTO_TEST_CASE(the_delay_is_what_was_asked_for) {
  check_delay(shaped(memory_pair(), {.delay = 20ms}));
  check_delay(shaped(tls_pair(make_identity("a", 1), make_identity("b", 1)), {.delay = 20ms}));
}

BOOST_AUTO_TEST_CASE(the_rate_is_what_was_asked_for) {
  check_rate(shaped(memory_pair(), {.bytes_per_second = 20'000'000}));
  check_rate(
      shaped(tls_pair(make_identity("a", 1), make_identity("b", 1)), {.bytes_per_second = 20'000'000}));
}

BOOST_AUTO_TEST_CASE(the_delay_does_not_lower_the_rate) {
  // Were each piece sent when the one before has arrived, it would take longer than anything may here.
  check_rate(shaped(memory_pair(), {.delay = 500ms, .bytes_per_second = 20'000'000}));
}

BOOST_AUTO_TEST_CASE(the_writer_does_not_wait_for_the_delay) {
  const StreamPair pair = shaped(memory_pair(), {.delay = 1h});
  std::byte byte{};
  BOOST_TEST(!write_all(*pair.sink, Bytes(&byte, 1), soon()));
  BOOST_TEST(!pair.source->read_some(std::span(&byte, 1), Clock::now()));
}

BOOST_AUTO_TEST_CASE(the_queue_is_bounded) {
  StreamPair pair = shaped(memory_pair(), {.delay = 1s, .bytes_per_second = 1'000'000});
  const std::vector<std::byte> much(10'000'000);
  auto taken = pair.sink->write_some(much);
  BOOST_REQUIRE(taken);
  BOOST_TEST(*taken < 2'000'000u);
  auto more = pair.sink->write_some(much);
  BOOST_REQUIRE(more);
  BOOST_TEST(*more == 0u);
}

BOOST_AUTO_TEST_CASE(every_outgoing_stream_of_a_mesh_is_shaped) {
  Hello a, b;
  a.from = EndpointId{0};
  b.from = EndpointId{1};
  const std::pair<EndpointId, EndpointId> link{a.from, b.from};
  auto meshes = memory_mesh(std::array{a, b}, std::span(&link, 1));
  shape(meshes[a.from], {.delay = 20ms});
  const Deadline begin = Clock::now();
  std::byte byte{};
  BOOST_TEST(!write_all(*meshes[a.from][0].out, Bytes(&byte, 1), soon()));
  BOOST_TEST(!read_exact(*meshes[b.from][0].in, std::span(&byte, 1), soon()));
  BOOST_TEST(milliseconds_since(begin) >= 20);
}

BOOST_AUTO_TEST_CASE(ceilings_are_measured_for_every_medium) {
  for (const Medium medium : {Medium::memory, Medium::tcp, Medium::tls}) {
    auto ceiling = measure_ceiling(medium, 3, 1, 3'000'001);
    BOOST_REQUIRE(ceiling);
    BOOST_TEST(ceiling->bytes == 3u * 3'000'001u);
    BOOST_TEST(ceiling->bytes_per_second() > 0);
    auto round_trip = ping_pong_us(medium, 100);
    BOOST_REQUIRE(round_trip);
    BOOST_TEST(*round_trip > 0);
  }
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tacet::transport
