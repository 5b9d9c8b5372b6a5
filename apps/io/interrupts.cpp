#include "apps/io/interrupts.hpp"

#include <iterator>

namespace tacet::apps {

namespace {

volatile std::sig_atomic_t noted = 0;
int living = 0;

void note(int) {
  noted = 1;
}

}  // namespace

Interrupts::Interrupts() {
  if (living++ == 0) forget();
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
  --living;
}

bool Interrupts::pending() {
  return noted != 0;
}

void Interrupts::forget() {
  noted = 0;
}

}  // namespace tacet::apps
