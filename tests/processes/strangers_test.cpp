// Strangers at a party's port, before and during a job: they get nothing, and the job does not notice.
#include <arpa/inet.h>
#include <sys/socket.h>
#include <unistd.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <random>
#include <thread>

#include "tests/processes/job.hpp"

using namespace tacet::test;
using Json = nlohmann::json;

namespace {

/// Connections to one port; closed when it goes.
class Strangers {
 public:
  explicit Strangers(std::uint16_t port) : port_(port) {}
  ~Strangers() {
    for (const int fd : fds_) ::close(fd);
  }

  void call(const std::string& bytes = "") {
    const int fd = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    BOOST_TEST_REQUIRE(fd >= 0);
    fds_.push_back(fd);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_port = htons(port_);
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(fd, reinterpret_cast<sockaddr*>(&address), sizeof address) != 0) return;
    ++answered_;
    static_cast<void>(::send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL));
  }

  /// One of each kind.
  void annoy() {
    std::mt19937 rng(17);
    std::string noise(20'000, '\0');
    for (char& c : noise) c = static_cast<char>(rng());
    call(noise);
    call("GET / HTTP/1.1\r\nHost: localhost\r\n\r\n");
    call(std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03",
                     11));  // a TLS greeting that never goes on
    call("x");
    for (int i = 0; i < 300; ++i) call();
  }

  int answered() const { return answered_; }

 private:
  std::uint16_t port_;
  std::vector<int> fds_;
  int answered_ = 0;
};

}  // namespace

BOOST_AUTO_TEST_SUITE(strangers)

BOOST_AUTO_TEST_CASE(strangers_before_a_job_keep_nobody_out) {
  const Endpoints all(3, {});
  const ProcessPtr p0 = start(all.party("mult3", 0, {"-i", "a=6"}));
  Strangers strangers(all.port(0));
  const auto deadline = Clock::now() + 5s;
  while (strangers.answered() == 0 && Clock::now() < deadline) {
    strangers.call();
    std::this_thread::sleep_for(10ms);
  }
  strangers.annoy();
  BOOST_TEST(strangers.answered() > 300);
  BOOST_TEST(!p0->ended(), p0->err());
  const auto begin = Clock::now();
  const ProcessPtr p1 = start(all.party("mult3", 1, {"-i", "b=7"})),
                   p2 = start(all.party("mult3", 2, {"-i", "c=8"}));
  BOOST_TEST_REQUIRE(all_end({p0.get(), p1.get(), p2.get()}, 5s));
  for (const ProcessPtr* p : {&p0, &p1, &p2})
    BOOST_TEST((Json::parse((*p)->out())["outputs"] == Json{{"product", 336}}), (*p)->err());
  BOOST_TEST_MESSAGE("with 300 silent strangers at the door a job of three parties took "
                     << std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - begin).count()
                     << " ms");
}

BOOST_AUTO_TEST_CASE(strangers_during_a_job_do_not_touch_it) {
  LongJob job(3, {}, /*depth=*/1000);
  job.wait_until_it_runs();
  std::vector<std::unique_ptr<Strangers>> strangers;
  for (std::uint32_t p = 0; p < 3; ++p) {
    strangers.push_back(std::make_unique<Strangers>(job.endpoints().port(p)));
    strangers.back()->annoy();
  }
  for (std::uint32_t p = 0; p < 3; ++p) {
    BOOST_TEST(!job.party(p).ended(), "the job was too short for this test");
    BOOST_TEST(strangers[p]->answered() > 0);
  }
  job.check_everyone_succeeds();
}

BOOST_AUTO_TEST_SUITE_END()
