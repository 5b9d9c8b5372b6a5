#include "apps/live/roll_call.hpp"

#include <spdlog/spdlog.h>

#include <iostream>

namespace tacet::apps {

void RollCall::update(const transport::Attendance& attendance) {
  using namespace std::chrono_literals;
  const std::lock_guard lock(mutex_);
  lines_.clear();
  for (const auto& one : attendance.peers) {
    const std::string who = transport::describe(one.id, one.name, n_);
    const std::string state = one.missing.empty() ? "connected" : one.missing;
    std::string& before = states_[one.id.value];
    if (before != state)
      spdlog::info("{}{}, {}: {}", who, one.address.empty() ? "" : " at " + one.address, one.fingerprint,
                   state);
    before = state;
    if (!one.missing.empty()) lines_.push_back("waiting for " + who + ": " + one.missing);
  }
  for (const std::string& words : attendance.words) lines_.push_back(words);
  const auto now = Clock::now();
  const bool changed = lines_ != said_;
  if (lines_.empty() || now - started_ < 3s || now - said_at_ < (changed ? 2s : 15s)) return;
  said_ = lines_, said_at_ = now;
  for (const std::string& line : lines_) std::cerr << line << "\n";
}

std::vector<std::string> RollCall::lines() const {
  const std::lock_guard lock(mutex_);
  return lines_;
}

}  // namespace tacet::apps
