#include "apps/live/dashboard.hpp"

#include <httplib.h>

#include <chrono>
#include <condition_variable>
#include <mutex>
#include <nlohmann/json.hpp>
#include <thread>

#include "apps/cluster/cluster.hpp"

namespace tacet::apps {
namespace {

constexpr std::size_t kWatchers = 16;  // more wait for one to go
constexpr std::chrono::milliseconds kPause{250};
constexpr time_t kClientSeconds = 5;  // to say or take something

std::string event(const char* name, const std::string& data) {
  return std::string("event: ") + name + "\ndata: " + data + "\n\n";
}

}  // namespace

struct Dashboard::State {
  std::string url, page;
  std::function<std::string()> news;
  httplib::Server server;
  std::thread thread;
  std::mutex mutex;
  std::condition_variable changed;
  std::string last;  ///< what everyone is told before the end
  bool stopping = false;
  int watchers = 0;

  void count(int more) {
    const std::lock_guard lock(mutex);
    watchers += more;
    changed.notify_all();
  }
  /// One event to one watcher; false when there is nothing more to tell.
  bool tell(httplib::DataSink& sink) {
    const std::string now = event("progress", news());
    if (!sink.write(now.data(), now.size())) return false;
    std::unique_lock lock(mutex);
    changed.wait_for(lock, kPause, [&] { return stopping || !last.empty(); });
    if (!last.empty()) {
      const std::string rest = event("progress", news()) + last;
      sink.write(rest.data(), rest.size());
    }
    if (stopping || !last.empty()) sink.done();
    return true;
  }
};

Dashboard::Dashboard(const std::string& text, std::string page, std::function<std::string()> news)
    : state_(std::make_unique<State>()) {
  State& s = *state_;
  Address address;
  try {
    address = parse_address(text);
  } catch (const Error& e) {
    throw Error(Errc::bad_argument, std::string("--dashboard: ") + e.what());
  }
  s.page = std::move(page), s.news = std::move(news);
  s.url = "http://" + address.to_string() + "/";
  s.server.new_task_queue = [] { return new httplib::ThreadPool(kWatchers); };
  s.server.set_read_timeout(kClientSeconds).set_write_timeout(kClientSeconds);
  s.server.set_keep_alive_timeout(1);
  s.server.set_payload_max_length(0);
  s.server.set_socket_options([](socket_t socket) {  // by default, two programs could share a port
    const int yes = 1;
    ::setsockopt(socket, SOL_SOCKET, SO_REUSEADDR, &yes, sizeof yes);
  });
  s.server.set_default_headers({{"Cache-Control", "no-store"}, {"X-Content-Type-Options", "nosniff"}});
  s.server.Get("/", [&s](const httplib::Request&, httplib::Response& response) {
    response.set_content(s.page, "text/html; charset=utf-8");
  });
  s.server.Get("/events", [&s](const httplib::Request&, httplib::Response& response) {
    s.count(1);
    response.set_chunked_content_provider(
        "text/event-stream", [&s](std::size_t, httplib::DataSink& sink) { return s.tell(sink); },
        [&s](bool) { s.count(-1); });
  });
  if (!s.server.bind_to_port(address.host, address.port))
    throw Error(Errc::bad_argument,
                "--dashboard " + text + ": nobody can listen there (is the port in use?)");
  s.thread = std::thread([&s] { s.server.listen_after_bind(); });
}

Dashboard::~Dashboard() {
  {
    const std::lock_guard lock(state_->mutex);
    state_->stopping = true;
  }
  state_->changed.notify_all();
  state_->server.stop();
  state_->thread.join();
}

const std::string& Dashboard::url() const {
  return state_->url;
}

void Dashboard::end(bool ok, const std::string& text) {
  {
    const std::lock_guard lock(state_->mutex);
    state_->last = event("end", nlohmann::json{{"ok", ok}, {"text", text}}.dump(
                                    -1, ' ', false, nlohmann::json::error_handler_t::replace));
  }
  state_->changed.notify_all();
  std::unique_lock lock(state_->mutex);
  state_->changed.wait_for(lock, std::chrono::seconds(1), [&] { return state_->watchers == 0; });
}

}  // namespace tacet::apps
