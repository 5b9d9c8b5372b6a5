#pragma once

#include <functional>
#include <memory>
#include <string>

namespace tacet::apps {

/// Serves the page of a running job over HTTP, with server-sent events: `news()` a few times a second, as
/// `progress`, and at the end an `end`. Anyone who reaches the address sees it: public facts of the program
/// and what each endpoint of this process has done, never a value. Pages of other origins cannot ask, under
/// whatever name they reach it; how many browsers there are and how slow they are, the job never waits.
class Dashboard {
 public:
  /// `address` as "127.0.0.1:8080". `news` is called from a thread of its own.
  /// Fails: Errc::bad_argument for an address that is none or cannot be listened on.
  Dashboard(const std::string& address, std::string page, std::function<std::string()> news);
  /// Ends the streams and the server, at once.
  ~Dashboard();
  Dashboard(const Dashboard&) = delete;
  Dashboard& operator=(const Dashboard&) = delete;

  /// "http://127.0.0.1:8080/"
  const std::string& url() const { return url_; }
  /// Tells everyone who watches how the job ended. Does not wait for them to take it.
  void end(bool ok, const std::string& text);

 private:
  struct Server;
  std::unique_ptr<Server> server_;
  std::string url_;
};

}  // namespace tacet::apps
