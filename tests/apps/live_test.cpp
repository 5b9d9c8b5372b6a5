// What people see of a running job.
#include <httplib.h>

#include <boost/test/unit_test.hpp>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/live/dashboard.hpp"
#include "apps/live/news.hpp"
#include "graph/error.hpp"
#include "graph/functions.hpp"

using namespace tacet;
using namespace tacet::apps;
using Json = nlohmann::json;

namespace {

std::shared_ptr<const Plan> layers() {
  Builder b;
  const Value x = b.input("x", Builder::party(0), ring(32), {100'000});
  Value y = x;
  {
    const auto scope = b.scope("conv_3");
    y = y * y;
  }
  b.output("y", y * x, b.client("alice"));
  Setting setting;
  setting.n = 3, setting.clients = 1;
  return std::make_shared<const Plan>(make_plan(b.graph(), setting));
}

/// Steps of the multiplication in scope conv_3.
std::vector<std::uint32_t> tiles(const Plan& plan) {
  std::vector<std::uint32_t> out;
  for (std::uint32_t s = 0; s < plan.steps.size(); ++s)
    if (plan.steps[s].op == Op::mul && !plan.steps[s].join &&
        plan.graph.scope_of(plan.graph.node(plan.nodes(plan.steps[s])[0]).location) != 0)
      out.push_back(s);
  return out;
}

std::uint16_t free_port() {
  const int fd = ::socket(AF_INET, SOCK_STREAM, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET, address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof address;
  BOOST_TEST_REQUIRE(::bind(fd, reinterpret_cast<sockaddr*>(&address), size) == 0);
  BOOST_TEST_REQUIRE(::getsockname(fd, reinterpret_cast<sockaddr*>(&address), &size) == 0);
  ::close(fd);
  return ntohs(address.sin_port);
}

actors::Progress progress(const Plan& plan, std::uint32_t endpoint) {
  actors::Progress p;
  p.endpoint = EndpointId{endpoint};
  p.rounds_done = 1, p.rounds = plan.rounds, p.steps_done = 5, p.steps = 10;
  p.under_way = tiles(plan);
  p.sent = {{EndpointId{1}, 1000}};
  return p;
}

}  // namespace

BOOST_AUTO_TEST_SUITE(live)

BOOST_AUTO_TEST_CASE(news_say_who_waits_for_whom_and_since_when) {
  const auto plan = layers();
  BOOST_TEST_REQUIRE(tiles(*plan).size() > 1u);
  News news(plan);
  actors::Progress p = progress(*plan, 2);
  p.waits_for = EndpointId{0}, p.waiting_tiles = 2;
  news.update(p);
  news.update(progress(*plan, 0));
  news.update(progress(*plan, 3));  // a client: no line where there are parties
  std::this_thread::sleep_for(std::chrono::milliseconds(600));
  news.update(p);
  const std::vector<std::string> lines = news.lines(200);
  BOOST_TEST_REQUIRE(lines.size() == 2u);
  BOOST_TEST(lines[0].find("party 0: round 1 of ") == 0u, lines[0]);
  BOOST_TEST(lines[0].find("waits") == std::string::npos, lines[0]);
  BOOST_TEST(lines[1].find(", conv_3; waits for party 0: 2 tiles of conv_3, 0.") != std::string::npos,
             lines[1]);
  for (const std::string& line : news.lines(30)) BOOST_TEST(line.size() <= 30u);

  const Json j = Json::parse(news.to_json());
  BOOST_TEST((j["endpoints"].size() == 3));
  const Json& two = j["endpoints"][1];
  BOOST_TEST((two["endpoint"] == 2));
  BOOST_TEST((two["waits"]["endpoint"] == 0));
  BOOST_TEST((two["waits"]["tiles"] == 2));
  BOOST_TEST((two["waits"]["seconds"] >= 0.5));
  BOOST_TEST((two["scopes"] == Json{1}));
  BOOST_TEST((two["bytes_sent"] == 1000));
  BOOST_TEST((two["links"][0]["to"] == 1));
  BOOST_TEST((j["endpoints"][0]["waits"] == nullptr));
  BOOST_TEST((j["left_seconds"] > 0.0));
}

BOOST_AUTO_TEST_CASE(news_know_rates) {
  const auto plan = layers();
  News news(plan);
  actors::Progress p = progress(*plan, 0);
  news.update(p);
  std::this_thread::sleep_for(std::chrono::milliseconds(200));
  p.sent[0].bytes += 1'000'000;
  news.update(p);
  const double rate = Json::parse(news.to_json())["endpoints"][0]["bytes_per_second"];
  BOOST_TEST(rate > 1e4);
  BOOST_TEST(rate < 5e6);
}

BOOST_AUTO_TEST_CASE(a_page_and_its_events_are_served_until_the_end) {
  const std::uint16_t port = free_port();
  const std::string address = "127.0.0.1:" + std::to_string(port);
  std::string got;
  std::thread watcher;
  {
    Dashboard dashboard(address, "<p>page</p>", [] { return std::string("{\"seconds\":1}"); });
    BOOST_TEST(dashboard.url() == "http://" + address + "/");
    httplib::Client client("127.0.0.1", port);
    const auto page = client.Get("/");
    BOOST_TEST_REQUIRE((page && page->status == 200));
    BOOST_TEST(page->body == "<p>page</p>");
    BOOST_TEST(page->get_header_value("Content-Type").find("text/html") == 0u);
    const auto other = client.Get("/secret"), post = client.Post("/", "x", "text/plain");
    BOOST_TEST((other && other->status == 404));
    BOOST_TEST((!post || post->status != 200));
    watcher = std::thread([&] {
      httplib::Client events("127.0.0.1", port);
      events.Get("/events", [&](const char* data, std::size_t size) {
        got.append(data, size);
        return true;
      });
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(700));
    BOOST_CHECK_THROW(Dashboard(address, "", [] { return std::string(); }), Error);
    dashboard.end(true, "done");
  }
  watcher.join();
  BOOST_TEST(got.find("event: progress\ndata: {\"seconds\":1}\n\n") == 0u, got);
  BOOST_TEST(got.ends_with("event: end\ndata: {\"ok\":true,\"text\":\"done\"}\n\n"), got);
}

BOOST_AUTO_TEST_CASE(addresses_that_are_none_are_refused) {
  for (const char* address : {"8080", "localhost", "127.0.0.1:99999", "127.0.0.1:http", ""})
    BOOST_CHECK_EXCEPTION(Dashboard(address, "", [] { return std::string(); }), Error,
                          [](const Error& e) { return std::string(e.what()).find("--dashboard") == 0; });
}

BOOST_AUTO_TEST_CASE(a_dashboard_ends_although_somebody_watches) {
  const std::uint16_t port = free_port();
  std::thread watcher;
  const auto begin = std::chrono::steady_clock::now();
  {
    Dashboard dashboard("127.0.0.1:" + std::to_string(port), "", [] { return std::string("{}"); });
    watcher = std::thread([&] {
      httplib::Client events("127.0.0.1", port);
      events.Get("/events", [](const char*, std::size_t) { return true; });
    });
    std::this_thread::sleep_for(std::chrono::milliseconds(300));
  }
  watcher.join();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_SUITE_END()
