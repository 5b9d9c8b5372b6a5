#include "apps/live/dashboard.hpp"

#include <poll.h>

#include <algorithm>
#include <cerrno>
#include <list>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/cluster/cluster.hpp"
#include "apps/limits.hpp"
#include "apps/live/browser.hpp"

namespace tacet::apps {
namespace {

using Clock = Browser::Clock;
using State = Browser::State;

constexpr std::chrono::milliseconds kPause{250};  // between events

std::string event(const char* name, const std::string& data) {
  return std::string("event: ") + name + "\ndata: " + data + "\n\n";
}

}  // namespace

/// One thread that serves everybody and waits for nobody, so that the job's end waits for it as little.
struct Dashboard::Server {
  Address address;
  std::string page;
  std::function<std::string()> news;
  transport::detail::UniqueFd listening;
  transport::detail::Wake wake;
  std::list<Browser> browsers;  // in the order in which they came
  Clock::time_point next_event = Clock::now(), accept_again = next_event;
  std::mutex mutex;  // for the two below
  std::string last;  ///< the event after which there is none
  bool stopping = false;
  std::thread thread;

  void accept(Clock::time_point now) {
    for (;;) {
      transport::detail::Accepted accepted = transport::detail::accept_one(listening.get());
      if (!accepted.fd) {
        // Out of descriptors or memory: whoever waits would wake us again and again.
        if (accepted.error != EAGAIN && accepted.error != EWOULDBLOCK) accept_again = now + kPause;
        return;
      }
      if (browsers.size() >= kMaxBrowsers)
        browsers.erase(std::find_if(browsers.begin(), browsers.end(),
                                    [](const Browser& b) { return b.state() != State::streaming; }));
      browsers.emplace_back(std::move(accepted.fd), now);
    }
  }

  void answer(Browser& b, Clock::time_point now) {
    const auto refuse = [&](std::string_view status) { b.answer(status, "text/plain", status, now); };
    const std::optional<HttpRequest> request = b.request();
    if (!request) return refuse("400 Bad Request");
    if (!is_meant_for(*request, address.host)) return refuse("403 Forbidden");
    if (request->method != "GET") return refuse("405 Method Not Allowed");
    if (request->target == "/") return b.answer("200 OK", "text/html; charset=utf-8", page, now);
    if (request->target != "/events") return refuse("404 Not Found");
    const auto streams = std::count_if(browsers.begin(), browsers.end(),
                                       [](const Browser& x) { return x.state() == State::streaming; });
    if (static_cast<std::size_t>(streams) >= kMaxEventStreams) return refuse("503 Service Unavailable");
    b.stream(now);
    next_event = now;
  }

  /// News to everyone who watches, and the end if it has come.
  void tell(Clock::time_point now) {
    std::string end;
    {
      const std::lock_guard lock(mutex);
      end = last;
    }
    const std::string progress = event("progress", news());
    for (Browser& b : browsers) {
      b.tell(progress, now);
      if (!end.empty()) b.end_stream(end, now);
    }
    next_event = now + kPause;
  }

  bool is_watched() const {
    return std::any_of(browsers.begin(), browsers.end(),
                       [](const Browser& b) { return b.state() == State::streaming; });
  }

  /// Waits for something to do. False when the server is to stop.
  bool wait(std::vector<pollfd>& entries) {
    constexpr std::chrono::seconds kIdle{60};
    const Clock::time_point now = Clock::now();
    const bool accepts = now >= accept_again;
    Clock::time_point until = is_watched() ? next_event : now + kIdle;
    if (!accepts) until = std::min(until, accept_again);
    entries.assign(
        {{wake.descriptor(), POLLIN, 0}, {listening.get(), static_cast<short>(accepts ? POLLIN : 0), 0}});
    for (const Browser& b : browsers) {
      until = std::min(until, b.until());
      const int events = (b.may_say_more() ? POLLIN : 0) | (b.wants_to_write() ? POLLOUT : 0);
      entries.push_back({b.descriptor(), static_cast<short>(events), 0});
    }
    transport::detail::poll_until(entries.data(), entries.size(), until);
    const std::lock_guard lock(mutex);
    return !stopping;
  }

  void serve() {
    std::vector<pollfd> entries;
    while (wait(entries)) {
      const Clock::time_point now = Clock::now();
      std::size_t i = 2;
      for (Browser& b : browsers) {
        const short ready = entries[i++].revents;
        if (ready & (POLLIN | POLLHUP | POLLERR)) b.read();
        if (ready & POLLOUT) b.flush(now);
      }
      for (Browser& b : browsers)
        if (b.state() == State::asked) answer(b, now);
      if (entries[1].revents != 0) accept(now);
      if (entries[0].revents != 0) wake.clear(), next_event = now;
      if (is_watched() && now >= next_event) tell(now);
      browsers.remove_if([&](const Browser& b) { return b.state() == State::gone || b.until() <= now; });
    }
    // What a socket does not take at once its browser does not get.
    if (is_watched()) tell(Clock::now());
  }
};

Dashboard::Dashboard(const std::string& text, std::string page, std::function<std::string()> news)
    : server_(std::make_unique<Server>()) {
  Server& s = *server_;
  try {
    s.address = parse_address(text);
    s.listening = transport::detail::listen_on(s.address.host, s.address.port);
  } catch (const Error& e) {
    throw Error(Errc::bad_argument, std::string("--dashboard: ") + e.what() +
                                        (e.code() == Errc::address_in_use ? " (is the port in use?)" : ""));
  }
  s.page = std::move(page), s.news = std::move(news);
  url_ = "http://" + s.address.to_string() + "/";
  s.thread = std::thread([&s] {
    try {
      s.serve();
    } catch (const std::exception&) {  // no memory: the job goes on without its page
      s.browsers.clear();
      s.listening = {};
    }
  });
}

Dashboard::~Dashboard() {
  {
    const std::lock_guard lock(server_->mutex);
    server_->stopping = true;
  }
  server_->wake.notify();
  server_->thread.join();
}

void Dashboard::end(bool ok, const std::string& text) {
  {
    const std::lock_guard lock(server_->mutex);
    server_->last = event("end", nlohmann::json{{"ok", ok}, {"text", text}}.dump(
                                     -1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  server_->wake.notify();
}

}  // namespace tacet::apps
