// What people see of a running job.
#include <httplib.h>
#include <spdlog/sinks/ostream_sink.h>
#include <spdlog/spdlog.h>

#include <boost/test/unit_test.hpp>
#include <future>
#include <list>
#include <nlohmann/json.hpp>
#include <sstream>
#include <thread>

#include "apps/limits.hpp"
#include "apps/live/dashboard.hpp"
#include "apps/live/job_log.hpp"
#include "apps/live/news.hpp"
#include "apps/live/request.hpp"
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

/// A connection that says what it likes.
class Raw {
 public:
  explicit Raw(std::uint16_t port, const std::string& text = "", bool slow = false)
      : fd_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const int least = 1;  // whatever is not read waits at the other side
    if (slow) ::setsockopt(fd_, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
    sockaddr_in address{};
    address.sin_family = AF_INET, address.sin_port = htons(port),
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    BOOST_TEST_REQUIRE(::connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof address) == 0);
    say(text);
  }
  ~Raw() { ::close(fd_); }
  Raw(const Raw&) = delete;
  void say(const std::string& text) {
    BOOST_TEST(::send(fd_, text.data(), text.size(), MSG_NOSIGNAL) == std::ssize(text));
  }
  /// All that comes until the other side closes, or until it holds `part`.
  std::string hear(const std::string& part = "") {
    std::string out;
    char buffer[4096];
    while (part.empty() || out.find(part) == std::string::npos) {
      const ssize_t got = ::recv(fd_, buffer, sizeof buffer, 0);
      if (got <= 0) break;
      out.append(buffer, static_cast<std::size_t>(got));
    }
    return out;
  }

 private:
  int fd_;
};

std::string get(const std::string& target, const std::string& host, const std::string& more = "") {
  return "GET " + target + " HTTP/1.1\r\nHost: " + host + "\r\n" + more + "\r\n";
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
  BOOST_TEST(lines[1].find(", conv_3; waits for party 0: 2 tiles of conv_3, ") != std::string::npos,
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

BOOST_AUTO_TEST_CASE(a_long_job_is_in_the_log_each_minute) {
  const auto plan = layers();
  News news(plan);
  JobLog log("layers", news);
  const auto sink = std::make_shared<std::ostringstream>();
  const auto logger =
      std::make_shared<spdlog::logger>("test", std::make_shared<spdlog::sinks::ostream_sink_mt>(*sink, true));
  logger->set_pattern("%v");
  const auto before = spdlog::default_logger();
  spdlog::set_default_logger(logger);
  // What the log has got at this time.
  const JobLog::Clock::time_point start = JobLog::Clock::now();
  const auto after = [&](std::chrono::milliseconds time, const actors::Progress& p) {
    news.update(p);
    log.update(p, start + time);
    const std::string text = sink->str();
    sink->str("");
    return text;
  };
  using namespace std::chrono_literals;
  actors::Progress waiting = progress(*plan, 0);
  waiting.rounds_done = 0, waiting.steps_done = 0;
  BOOST_TEST(after(0s, waiting) == "layers: everybody is there, the job begins\n");
  BOOST_TEST(after(100s, waiting) == "");
  BOOST_TEST(after(101s, progress(*plan, 0)).starts_with("party 0: round 1 of "));
  BOOST_TEST(after(160'999ms, progress(*plan, 0)) == "");
  BOOST_TEST(after(161s, progress(*plan, 0)).starts_with("party 0: round 1 of "));
  BOOST_TEST(after(162s, progress(*plan, 0)) == "");
  BOOST_TEST(after(3600s, progress(*plan, 0)).starts_with("party 0: round 1 of "));
  spdlog::set_default_logger(before);
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
    std::promise<void> first;
    watcher = std::thread([&] {
      httplib::Client events("127.0.0.1", port);
      events.Get("/events", [&](const char* data, std::size_t size) {
        if (got.empty()) first.set_value();
        got.append(data, size);
        return true;
      });
    });
    BOOST_TEST((first.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready));
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

BOOST_AUTO_TEST_CASE(requests_are_read_strictly) {
  const auto request =
      parse_request(get("/events", "localhost:80", "ORIGIN:\thttp://localhost:80 \r\nX: y\r\n"));
  BOOST_TEST_REQUIRE(request.has_value());
  BOOST_TEST(request->method == "GET");
  BOOST_TEST(request->target == "/events");
  BOOST_TEST(request->host == "localhost:80");
  BOOST_TEST(*request->origin == "http://localhost:80");
  const std::string good = get("/", "a");
  BOOST_TEST(parse_request(good).has_value());
  for (std::size_t size = 0; size < good.size(); ++size)
    BOOST_TEST(!parse_request(good.substr(0, size)), size << " bytes");
  for (const std::string& bad :
       {get("/", ""), get("/", "a", "Host: a\r\n"), get("/", "a", "Origin: x\r\nOrigin: y\r\n"),
        get("/", "a", "no colon\r\n"), get("/", "a", " folded: x\r\n"), get("/", "a b"), get("/ x", "a"),
        get("", "a"), std::string("GET / HTTP/1.0\r\nHost: a\r\n\r\n"), std::string("GET / HTTP/1.1\r\n\r\n"),
        std::string("\r\n\r\n"), std::string(10'000, 'x') + "\r\n\r\n", get("/", std::string("a\0b", 3))})
    BOOST_TEST(!parse_request(bad), bad);
}

BOOST_AUTO_TEST_CASE(only_the_page_itself_may_ask) {
  const auto meant = [](const std::string& host, std::optional<std::string> origin = {}) {
    return is_meant_for({"GET", "/", host, std::move(origin)}, "bank.example");
  };
  for (const char* host : {"127.0.0.1", "127.0.0.1:8080", "10.1.2.3:1", "[::1]", "[fe80::1]:80",
                           "localhost:9", "LocalHost", "bank.example", "Bank.Example:8080"}) {
    BOOST_TEST(meant(host), host);
    BOOST_TEST(meant(host, "http://" + std::string(host)), host);
    for (const char* origin :
         {"http://evil.example", "null", "", "https://127.0.0.1:8080", "http://127.0.0.1:1"})
      BOOST_TEST(!meant(host, origin), host << " from " << origin);
  }
  for (const char* host :
       {"evil.example", "evil.example:8080", "localhost.evil.example", "127.0.0.1.evil.example", "1.2.3",
        "[::1", "::1", "[127.0.0.1]", ":80", "bank.example.", "127.0.0.1:80.evil.example", "[evil]:80"})
    BOOST_TEST(!meant(host), host);

  const std::uint16_t port = free_port();
  const Dashboard dashboard("127.0.0.1:" + std::to_string(port), "secret", [] { return std::string("{}"); });
  const auto status = [&](const std::string& text) { return Raw(port, text).hear().substr(0, 12); };
  BOOST_TEST(status(get("/", "127.0.0.1")) == "HTTP/1.1 200");
  BOOST_TEST(status(get("/", "evil.example")) == "HTTP/1.1 403");
  BOOST_TEST(status(get("/events", "evil.example")) == "HTTP/1.1 403");
  BOOST_TEST(status(get("/events", "127.0.0.1", "Origin: http://evil.example\r\n")) == "HTTP/1.1 403");
  BOOST_TEST(status("HELLO\r\n\r\n") == "HTTP/1.1 400");
  BOOST_TEST(status(std::string(kMaxRequestBytes + 1, 'x')) == "HTTP/1.1 400");
  BOOST_TEST(status("POST" + get("/", "127.0.0.1").substr(3)) == "HTTP/1.1 405");
  BOOST_TEST(status(get("/other", "127.0.0.1")) == "HTTP/1.1 404");
}

// Browsers that do not read what they asked for, that never end what they ask, that say nothing, all at once.
BOOST_AUTO_TEST_CASE(slow_browsers_hold_up_neither_others_nor_the_end) {
  const std::uint16_t port = free_port();
  const std::string page(std::size_t{8} << 20, 'p');
  const std::string news = "{\"text\":\"" + std::string(std::size_t{1} << 20, 'n') + "\"}";
  std::list<Raw> slow;
  auto begin = std::chrono::steady_clock::now();
  std::thread watcher;
  std::string got;
  {
    Dashboard dashboard("127.0.0.1:" + std::to_string(port), page, [&] { return news; });
    Raw healthy(port, get("/events", "localhost"));
    healthy.hear("nnnn");
    for (std::size_t i = 1; i < kMaxEventStreams; ++i) {
      slow.emplace_back(port, get("/events", "localhost"), true);
      slow.back().hear("\r\n\r\n");
    }
    BOOST_TEST(Raw(port, get("/events", "localhost")).hear("\r\n\r\n").starts_with("HTTP/1.1 503"));
    for (std::size_t i = 0; i < kMaxBrowsers; ++i) {
      slow.emplace_back(port, get("/", "localhost"), true);
      slow.emplace_back(port, "GET / HTTP/1.1\r\n");
      slow.emplace_back(port);
    }
    const std::string whole = Raw(port, get("/", "localhost")).hear();
    BOOST_TEST(whole.ends_with(page.substr(0, 1000)));
    BOOST_TEST(whole.size() > page.size());
    watcher = std::thread([&] { got = healthy.hear(); });
    begin = std::chrono::steady_clock::now();
    dashboard.end(true, "done");
    BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(2)));
    watcher.join();  // which ends because the stream does
  }
  BOOST_TEST(got.ends_with("event: end\ndata: {\"ok\":true,\"text\":\"done\"}\n\n"));
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_CASE(whoever_says_nothing_is_let_go) {
  const std::uint16_t port = free_port();
  const Dashboard dashboard("127.0.0.1:" + std::to_string(port), "", [] { return std::string("{}"); });
  Raw silent(port), slow(port, "GET / HTT");
  BOOST_TEST(silent.hear() == "");  // until the other side closes
  BOOST_TEST(slow.hear() == "");
}

BOOST_AUTO_TEST_CASE(a_dashboard_ends_although_somebody_watches) {
  const std::uint16_t port = free_port();
  std::thread watcher;
  const auto begin = std::chrono::steady_clock::now();
  {
    Dashboard dashboard("127.0.0.1:" + std::to_string(port), "", [] { return std::string("{}"); });
    std::promise<void> watches;
    watcher = std::thread([&, port] {
      bool first = true;
      httplib::Client("127.0.0.1", port).Get("/events", [&](const char*, std::size_t) {
        if (std::exchange(first, false)) watches.set_value();
        return true;
      });
    });
    BOOST_TEST((watches.get_future().wait_for(std::chrono::seconds(60)) == std::future_status::ready));
  }
  watcher.join();
  BOOST_TEST((std::chrono::steady_clock::now() - begin < std::chrono::seconds(5)));
}

BOOST_AUTO_TEST_SUITE_END()
