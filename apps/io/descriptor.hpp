#pragma once

#include <unistd.h>

namespace tacet::apps {

/// A file descriptor that is closed on every way out.
class Descriptor {
 public:
  explicit Descriptor(int value = -1) : value_(value) {}
  ~Descriptor() { close(); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  int get() const { return value_; }
  void reset(int value) {
    close();
    value_ = value;
  }
  /// What close(2) says, which some file systems tell of a write only then.
  int close() {
    const int closed = value_ < 0 ? 0 : ::close(value_);
    value_ = -1;
    return closed;
  }

 private:
  int value_;
};

}  // namespace tacet::apps
