// What a peer may do inside TLS itself.
#include "transport/detail/tls_session.hpp"

#include <fcntl.h>
#include <openssl/ssl.h>
#include <sys/socket.h>

#include <boost/test/unit_test.hpp>
#include <thread>

#include "transport/limits.hpp"

namespace tacet::transport::detail {
namespace {

/// The library's object of the session whose handshake goes on, which a peer of bad intent has in its hands.
SSL* shaking_hands = nullptr;

/// A peer that asks for new keys as often as it likes, and one that reads.
struct Ends {
  std::unique_ptr<TlsSession> asking, reading;
  SSL* raw = nullptr;

  Ends() {
    int ends[2] = {-1, -1};
    BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, ends) == 0);
    UniqueFd near(ends[0]), far(ends[1]);
    const int small = 4096;  // what the other side does not take soon waits on this one
    ::setsockopt(far.get(), SOL_SOCKET, SO_SNDBUF, &small, sizeof small);
    const Identity a = make_identity("a", 1), b = make_identity("b", 1);
    const auto context = std::make_shared<const TlsContext>(a, Role::dialler);
    SSL_CTX_set_info_callback(context->ssl_context(),
                              [](const SSL* ssl, int, int) { shaking_hands = const_cast<SSL*>(ssl); });
    asking = std::make_unique<TlsSession>(context, std::move(near),
                                          std::make_shared<const Pins>(Pins{b.fingerprint()}), TlsOptions());
    reading =
        std::make_unique<TlsSession>(std::make_shared<const TlsContext>(b, Role::acceptor), std::move(far),
                                     std::make_shared<const Pins>(Pins{a.fingerprint()}), TlsOptions());
    for (bool done = false; !done;) {
      Result<short> one = asking->handshake(), other = reading->handshake();
      BOOST_TEST_REQUIRE((one && other));
      done = *one == 0 && *other == 0;
    }
    raw = shaking_hands;
  }

  void ask() {
    BOOST_TEST_REQUIRE(SSL_key_update(raw, SSL_KEY_UPDATE_REQUESTED) == 1);
    BOOST_TEST_REQUIRE(SSL_do_handshake(raw) == 1);
    BOOST_TEST_REQUIRE(static_cast<bool>(asking->flush()));
  }
};

constexpr int kMany = 20'000;

/// How a handshake ends with a peer that has the right certificate and speaks TLS up to that version.
Status shake_hands_up_to(int version) {
  int ends[2] = {-1, -1};
  BOOST_TEST_REQUIRE(::socketpair(AF_UNIX, SOCK_STREAM, 0, ends) == 0);
  UniqueFd near(ends[0]), far(ends[1]);
  BOOST_TEST_REQUIRE(::fcntl(far.get(), F_SETFL, O_NONBLOCK) == 0);
  const Identity a = make_identity("a", 1), b = make_identity("b", 1);
  std::thread peer([&] {
    const std::unique_ptr<SSL_CTX, decltype(&SSL_CTX_free)> context(SSL_CTX_new(TLS_client_method()),
                                                                    &SSL_CTX_free);
    SSL_CTX_set_max_proto_version(context.get(), version);
    SSL_CTX_set_alpn_protos(context.get(), reinterpret_cast<const unsigned char*>(kAlpn.data()),
                            kAlpn.size());
    SSL_CTX_use_certificate(context.get(), a.impl().certificate.get());
    SSL_CTX_use_PrivateKey(context.get(), a.impl().key.get());
    const std::unique_ptr<SSL, decltype(&SSL_free)> ssl(SSL_new(context.get()), &SSL_free);
    SSL_set_fd(ssl.get(), near.get());
    SSL_connect(ssl.get());
  });
  Status fault;
  {
    TlsSession session(std::make_shared<const TlsContext>(b, Role::acceptor), std::move(far),
                       std::make_shared<const Pins>(Pins{a.fingerprint()}), TlsOptions());
    for (Result<short> events{short{1}}; !fault && *events != 0; std::this_thread::yield()) {
      events = session.handshake();
      if (!events) fault = events.fault();
    }
  }
  peer.join();
  return fault;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(tls_session)

BOOST_AUTO_TEST_CASE(whoever_asks_for_new_keys_without_end_is_refused) {
  Ends ends;
  std::vector<std::byte> buffer(kRecordBytes);
  std::string why;
  int asked = 0;
  for (; asked < kMany && why.empty(); ++asked) {
    ends.ask();
    if (Result<TlsSession::Read> got = ends.reading->read(buffer); !got) why = got.fault().detail;
  }
  BOOST_TEST(why == "the peer asks for new keys again and again and does not take them");
  BOOST_TEST(asked < kMany);
}

BOOST_AUTO_TEST_CASE(nothing_older_than_tls_1_3_is_spoken) {
  BOOST_TEST(!shake_hands_up_to(TLS1_3_VERSION));
  for (const int version : {TLS1_2_VERSION, TLS1_1_VERSION}) {
    const Status fault = shake_hands_up_to(version);
    BOOST_TEST_REQUIRE(fault.has_value());
    BOOST_TEST_MESSAGE(fault->detail);
  }
}

BOOST_AUTO_TEST_CASE(whoever_takes_the_answers_may_ask) {
  Ends ends;
  std::vector<std::byte> buffer(kRecordBytes);
  for (int i = 0; i < 10'000; ++i) {
    ends.ask();
    for (TlsSession* end : {ends.reading.get(), ends.asking.get()}) {
      Result<TlsSession::Read> got = end->read(buffer);
      BOOST_TEST_REQUIRE(static_cast<bool>(got), (got ? "" : got.fault().detail));
    }
  }
  const std::byte sent{42};
  BOOST_TEST_REQUIRE(!ends.asking->append(Bytes(&sent, 1)));
  BOOST_TEST_REQUIRE(static_cast<bool>(ends.asking->flush()));
  Result<TlsSession::Read> got{TlsSession::Read{}};
  do got = ends.reading->read(buffer);
  while (got && got->state == TlsSession::Read::State::would_block);
  BOOST_TEST_REQUIRE(static_cast<bool>(got));
  BOOST_TEST((got->bytes == 1 && buffer[0] == sent));
}

BOOST_AUTO_TEST_SUITE_END()

}  // namespace tacet::transport::detail
