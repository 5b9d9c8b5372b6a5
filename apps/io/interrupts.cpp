#include "apps/io/interrupts.hpp"

#include <atomic>
#include <iterator>

namespace tacet::apps {

namespace {

std::atomic<int> noted = 0;  // by whichever thread the signal comes to
static_assert(std::atomic<int>::is_always_lock_free);
int living = 0;

void note(int number) {
  noted = number;
}

}  // namespace

Interrupts::Interrupts() {
  ++living;
  struct sigaction action {};  // without SA_RESTART: a call that waits returns
  action.sa_handler = note;
  ::sigemptyset(&action.sa_mask);
  for (std::size_t i = 0; i < std::size(kSignals); ++i) {
    ::sigaction(kSignals[i], nullptr, &before_[i]);
    if (kSignals[i] != SIGHUP || before_[i].sa_handler != SIG_IGN) ::sigaction(kSignals[i], &action, nullptr);
  }
}

Interrupts::~Interrupts() {
  for (std::size_t i = 0; i < std::size(kSignals); ++i) ::sigaction(kSignals[i], &before_[i], nullptr);
  const int number = noted;
  if (--living > 0 || number == 0) return;
  forget();
  ::raise(number);
}

bool Interrupts::pending() {
  return noted != 0;
}

void Interrupts::forget() {
  noted = 0;
}

}  // namespace tacet::apps
