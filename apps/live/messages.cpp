#include "apps/live/messages.hpp"

#include <spdlog/sinks/base_sink.h>
#include <spdlog/spdlog.h>

#include <iostream>
#include <mutex>
#include <utility>

namespace tacet::apps {

namespace {

class LogLines : public spdlog::sinks::base_sink<std::mutex> {
 public:
  explicit LogLines(Terminal& terminal) : terminal_(terminal) {}

 protected:
  void sink_it_(const spdlog::details::log_msg& message) override {
    spdlog::memory_buf_t text;
    formatter_->format(message, text);
    terminal_.say({text.data(), text.size() - 1});  // without the end of the line
  }
  void flush_() override {}

 private:
  Terminal& terminal_;
};

}  // namespace

class Messages::Lines : public std::streambuf {
 public:
  explicit Lines(Terminal& terminal) : terminal_(terminal) {}

 protected:
  int_type overflow(int_type c) override {
    const char letter = traits_type::to_char_type(c);
    if (!traits_type::eq_int_type(c, traits_type::eof())) xsputn(&letter, 1);
    return traits_type::not_eof(c);
  }
  std::streamsize xsputn(const char* text, std::streamsize size) override {
    const std::lock_guard lock(mutex_);
    begun_.append(text, static_cast<std::size_t>(size));
    const std::size_t end = begun_.rfind('\n');
    if (end == std::string::npos) return size;
    terminal_.say(begun_.substr(0, end));
    begun_.erase(0, end + 1);
    return size;
  }
  int sync() override {
    {
      const std::lock_guard lock(mutex_);
      if (!begun_.empty()) terminal_.say(std::exchange(begun_, {}));
    }
    terminal_.settle();
    return 0;
  }

 private:
  Terminal& terminal_;
  std::mutex mutex_;
  std::string begun_;  ///< a line without its end
};

Messages::Messages(Terminal& terminal)
    : lines_(std::make_unique<Lines>(terminal)), before_(std::cerr.rdbuf(lines_.get())) {
  // Neither does a word wait for the one before to be written, nor for standard output.
  std::cerr << std::nounitbuf;
  std::cerr.tie(nullptr);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("tacet", std::make_shared<LogLines>(terminal)));
  set_log_level("warn");
}

Messages::~Messages() {
  std::cerr.flush();
  std::cerr.rdbuf(before_);
  std::cerr << std::unitbuf;
  std::cerr.tie(&std::cout);
  spdlog::set_default_logger(std::make_shared<spdlog::logger>("tacet"));
}

void set_log_level(const std::string& level) {
  spdlog::set_level(spdlog::level::from_str(level));
}

}  // namespace tacet::apps
