#pragma once

#include <csignal>

namespace tacet::apps {

/// While one of these lives, SIGINT, SIGTERM and SIGHUP are noted instead of ending the process, so that
/// whatever is under way can be ended in good order. When the last one goes, a signal that nobody has dealt
/// with takes effect. They may be nested; all by one thread. A SIGHUP that was ignored before (nohup) stays
/// ignored.
class Interrupts {
 public:
  Interrupts();
  ~Interrupts();
  Interrupts(const Interrupts&) = delete;
  Interrupts& operator=(const Interrupts&) = delete;

  /// Whether a signal has come that nobody has dealt with.
  static bool pending();
  /// It has been dealt with.
  static void forget();

 private:
  static constexpr int kSignals[] = {SIGINT, SIGTERM, SIGHUP};
  struct sigaction before_[3];
};

}  // namespace tacet::apps
