#include "apps/live/browser.hpp"

#include <sys/socket.h>

#include <array>
#include <cerrno>

#include "apps/limits.hpp"

namespace tacet::apps {
namespace {

constexpr std::chrono::milliseconds kLinger{500};

std::string head_of(std::string_view status, std::string_view type) {
  return "HTTP/1.1 " + std::string(status) + "\r\nContent-Type: " + std::string(type) +
         "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\nConnection: close\r\n";
}

}  // namespace

Browser::Browser(transport::detail::UniqueFd socket, Clock::time_point now)
    : socket_(std::move(socket)), until_(now + kRequestTimeout) {}

void Browser::read() {
  std::array<char, 4096> buffer;
  while (state_ != State::gone) {
    const ssize_t got = ::recv(socket_.get(), buffer.data(), buffer.size(), 0);
    if (got < 0 && errno == EINTR) continue;
    if (got < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return;
    if (got <= 0) {
      deaf_ = true;
      // Whoever has asked may still listen.
      if (got < 0 || (state_ != State::asked && state_ != State::answering)) state_ = State::gone;
      return;
    }
    heard_ += static_cast<std::size_t>(got);
    if (state_ == State::asking) {
      asked_.append(buffer.data(), static_cast<std::size_t>(got));
      if (asked_.find("\r\n\r\n") != std::string::npos || heard_ > kMaxRequestBytes) state_ = State::asked;
    } else if (heard_ > 2 * kMaxRequestBytes) {
      state_ = State::gone;
    }
  }
}

void Browser::answer(std::string_view status, std::string_view type, std::string_view body,
                     Clock::time_point now) {
  out_ = head_of(status, type) + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n";
  body_ = body;
  state_ = State::answering;
  until_ = now + kResponseTimeout;
  flush(now);
}

void Browser::stream(Clock::time_point now) {
  out_ = head_of("200 OK", "text/event-stream") + "\r\n";
  state_ = State::streaming;
  until_ = now + kResponseTimeout;
  flush(now);
}

void Browser::tell(std::string_view event, Clock::time_point now) {
  if (state_ != State::streaming || !out_.empty()) return;
  out_ = event;
  flush(now);
}

void Browser::end_stream(std::string_view event, Clock::time_point now) {
  if (state_ != State::streaming) return;
  out_ += event;
  state_ = State::answering;
  until_ = now + kResponseTimeout;
  flush(now);
}

bool Browser::send(std::string_view bytes, std::size_t& sent) {
  for (sent = 0; sent < bytes.size();) {
    const ssize_t put = ::send(socket_.get(), bytes.data() + sent, bytes.size() - sent, MSG_NOSIGNAL);
    if (put >= 0) {
      sent += static_cast<std::size_t>(put);
      continue;
    }
    if (errno == EINTR) continue;
    if (errno != EAGAIN && errno != EWOULDBLOCK) state_ = State::gone;
    return false;
  }
  return true;
}

void Browser::flush(Clock::time_point now) {
  std::size_t sent = 0;
  const bool all = send(out_, sent);
  out_.erase(0, sent);
  if (state_ == State::streaming && sent > 0) until_ = now + kResponseTimeout;
  if (!all) return;
  const bool whole = send(body_, sent);
  body_.remove_prefix(sent);
  if (!whole || state_ != State::answering) return;
  ::shutdown(socket_.get(), SHUT_WR);
  state_ = deaf_ ? State::gone : State::leaving;
  until_ = now + kLinger;
}

}  // namespace tacet::apps
